"""The wrong changes: one place of one file changed in one way, in the text itself, so that a diff can be read."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.MatMult: ast.Mult, ast.BitXor: ast.BitOr,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum",
         "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor", "cumsum": "cumprod",
         "bisect_left": "bisect_right", "bisect_right": "bisect_left"}  # fmt: skip
SIDES = {"left": "right", "right": "left"}
WORDING = {"MEASURES", "__all__"}
"""Assigned names whose right side is wording."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: bytes `start` to `end` of `path` become `text`.

    function   first and last line of the function it stands in; None where it runs at import only
    kind       the change in words, such as `< to <=`
    key        names the change while its file, function and line read the same, wherever they stand
    """

    path: str
    line: int
    function: tuple[int, int] | None
    start: int
    end: int
    text: str
    kind: str
    before: str
    key: str

    def applied(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def diff(self, source: bytes) -> str:
        """The changed lines before and after, without what surrounds them."""
        old, new = source.splitlines(), self.applied(source).splitlines()
        first = self.line - 1
        last = first + source[self.start : self.end].count(b"\n")
        after = last + len(new) - len(old)
        changed = [*(f"- {row.decode().strip()}" for row in old[first : last + 1]),
                   *(f"+ {row.decode().strip()}" for row in new[first : after + 1])]  # fmt: skip
        return "\n".join(changed)


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Every change of one file that still parses, in the order of the text."""
    tree = ast.parse(source)
    starts = _line_starts(source)
    rows = source.split(b"\n")
    found: list[Mutant] = []
    seen: dict[tuple[str, ...], int] = {}
    for node, where, changed, kind in _changes(tree):
        start, end = _span(node, starts)
        line = int(node.lineno)  # type: ignore[attr-defined]
        before = rows[line - 1].decode().strip()
        name = (path, where.name, before, kind)
        seen[name] = seen.get(name, 0) + 1
        key = hashlib.sha256("\0".join([*name, str(seen[name])]).encode()).hexdigest()[:16]
        mutant = Mutant(path, line, where.function, start, end, changed, kind, before, key)
        if _parses(mutant.applied(source)):
            found.append(mutant)
    return found


def sample(root: Path, folders: Sequence[str], size: int, seed: int) -> list[Mutant]:
    """`size` changes over all files of some folders, drawn by a hash: a new file takes its share, the others stay."""
    files = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    every = [m for path in files for m in mutants_of(path.relative_to(root).as_posix(), path.read_bytes())]
    drawn = sorted(every, key=lambda m: hashlib.sha256(f"{seed}\0{m.key}".encode()).digest())[:size]
    return sorted(drawn, key=lambda m: (m.path, m.start, m.kind))


@dataclass(frozen=True, slots=True)
class _Where:
    """The innermost function or class by its dotted name, and the lines of the outermost function."""

    name: str = ""
    function: tuple[int, int] | None = None

    def inside(self, node: ast.FunctionDef | ast.ClassDef) -> _Where:
        lines = self.function
        if lines is None and isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            lines = first, node.end_lineno or node.lineno
        return _Where(f"{self.name}.{node.name}".lstrip("."), lines)


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, _Where, str, str]]:
    """(node, where it stands, new text, kind), wording and annotations left out."""
    yield from _walk(tree, _Where())


def _walk(node: ast.AST, where: _Where) -> Iterator[tuple[ast.AST, _Where, str, str]]:
    for text, kind in _of_node(node, where):
        yield node, where, text, kind
    for child in _children(node):
        body = isinstance(node, ast.FunctionDef | ast.ClassDef) and child in node.body
        yield from _walk(child, where.inside(node) if body else where)  # type: ignore[arg-type]


def _children(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that do something: no annotations, decorators, messages, docstrings, f-strings."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert):
        return []
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in WORDING for t in node.targets):
        return []
    if isinstance(node, ast.AnnAssign):
        named = isinstance(node.target, ast.Name) and node.target.id in WORDING
        return [] if named or node.value is None else [node.value]
    if isinstance(node, ast.FunctionDef):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        return [*defaults, *node.body]
    if isinstance(node, ast.ClassDef):
        return list(node.body)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []
    if isinstance(node, ast.Call) and _says_why(node.func):
        return []
    return list(ast.iter_child_nodes(node))


def _says_why(called: ast.expr) -> bool:
    """Whether a call makes a reason for a reader: its arguments are wording."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("NotMeasurable", "below_floor", "cast", "UsageError", "DataError", "ValueError")


def _of_node(node: ast.AST, where: _Where) -> Iterator[tuple[str, str]]:
    """The changes of one node: its new text, and in words."""
    if isinstance(node, ast.expr):
        yield from _of_expression(node)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return None", "return value dropped"
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        new = ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        yield ast.unparse(new), f"{_sign(node.op)}= to {_sign(new.op)}="
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and where.function is not None:
        yield "pass", "call removed"
    elif isinstance(node, ast.Continue | ast.Break):
        yield ("break", "continue to break") if isinstance(node, ast.Continue) else ("continue", "break to continue")
    elif isinstance(node, ast.keyword) and node.arg == "side" and isinstance(node.value, ast.Constant):
        yield f'side="{SIDES[node.value.value]}"', "side turned"


def _of_expression(node: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            new = COMPARISONS[type(op)]()
            ops = [*node.ops[:k], new, *node.ops[k + 1 :]]
            yield _in_brackets(ast.Compare(node.left, ops, node.comparators)), f"{_word(op)} to {_word(new)}"
    elif isinstance(node, ast.BinOp) and not any(isinstance(s, ast.Constant | ast.JoinedStr) and not _is_number(s)
                                                 for s in (node.left, node.right)):  # fmt: skip
        other = ARITHMETIC[type(node.op)]()
        yield _in_brackets(ast.BinOp(node.left, other, node.right)), f"{_sign(node.op)} to {_sign(other)}"
    elif isinstance(node, ast.BoolOp):
        new_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        kind = "and to or" if isinstance(node.op, ast.And) else "or to and"
        yield _in_brackets(ast.BoolOp(new_op, node.values)), kind
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield _in_brackets(node.operand), f"{ {ast.Not: 'not', ast.USub: '-', ast.Invert: '~'}[type(node.op)] } dropped"
    elif isinstance(node, ast.IfExp):
        yield _in_brackets(ast.IfExp(node.test, node.orelse, node.body)), "branches exchanged"
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield NAMES[node.id], f"{node.id} to {NAMES[node.id]}"
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield f"{ast.unparse(node.value)}.{NAMES[node.attr]}", f"{node.attr} to {NAMES[node.attr]}"
    elif isinstance(node, ast.Slice):
        yield from _of_slice(node)


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, str]]:
    value = node.value
    if isinstance(value, bool):
        yield str(not value), f"{value} to {not value}"
    elif isinstance(value, int):
        yield str(value + 1), f"{value} to {value + 1}"
        yield f"({value - 1})", f"{value} to {value - 1}"
    elif isinstance(value, float):
        yield f"({value + 1!r})", f"{value!r} to {value + 1!r}"


def _of_slice(node: ast.Slice) -> Iterator[tuple[str, str]]:
    for name in ("lower", "upper"):
        bound = getattr(node, name)
        if bound is not None and not isinstance(bound, ast.Constant):
            new = ast.Slice(**{key: getattr(node, key) for key in ("lower", "upper", "step")})
            setattr(new, name, ast.BinOp(bound, ast.Add(), ast.Constant(1)))
            yield ast.unparse(new), f"{name} end of slice one further"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _in_brackets(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _sign(op: ast.operator) -> str:
    return ast.unparse(ast.BinOp(ast.Name("a"), op, ast.Name("b")))[1:-1].strip()


def _word(op: ast.cmpop) -> str:
    return ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[1:-1].strip()


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    for row in source.split(b"\n"):
        starts.append(starts[-1] + len(row) + 1)
    return starts


def _span(node: ast.AST, starts: list[int]) -> tuple[int, int]:
    """Byte offsets; the tree counts columns in bytes of UTF-8."""
    first = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
    return first, starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
