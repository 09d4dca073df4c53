"""Who answers what: the verification cases of tests/conformance put to fr_bench and to what else measures them.

    python bench/conformance.py [--json FILE] [--tools NAME ...] [--environments FOLDER]

Each tool runs in an environment of its own, made with venv and pip and kept in FOLDER (or FRBENCH_BENCH_ENVIRONMENTS)
for the next time, else in a temporary one; a tool that does not install is a row "not run" with the reason. fr_bench
itself runs in this one. A tool sees similarities and questions, never answers; its script under
bench/conformance_tools/ uses it as its own guide does, and where it gives only a curve, with the few lines that users
write around it.

Every kind of answer is counted as right (to 1e-12), rounded (right to 1e-6: single precision), wrong, refused (the tool
raised or gave no number), or cannot (it has no such measure). "Wrong" is measured by the rules of tests/conformance:
some are another convention, such as an EER read off the nearest threshold. The bar: fr_bench has every answer right.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "conformance"
SCRIPTS = Path(__file__).resolve().parent / "conformance_tools"
EXACT, SINGLE = 1e-12, 1e-6
INSTALLING, ANSWERING = 1800, 600
OUTCOMES = ("right", "rounded", "wrong", "refused", "cannot")
WITH_THRESHOLD = ("fnmr_at_fmr", "fmr_at_fnmr", "zero_fmr", "zero_fnmr", "eer")
EVEN = {"cost_miss": "1", "cost_fa": "1"}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, what pip installs for it (nothing: it runs in this environment), and the distribution to be named."""

    name: str
    script: str
    requirements: tuple[str, ...]
    distribution: str


TOOLS = (
    Tool("frbench", "with_frbench.py", (), "fr-bench-toolkit"),
    Tool("scikit-learn", "with_scikit_learn.py", ("scikit-learn",), "scikit-learn"),
    Tool("bob.measure", "with_bob_measure.py", ("bob.measure",), "bob.measure"),
    Tool("PyEER", "with_pyeer.py", ("pyeer", "setuptools<81"), "pyeer"),
    Tool("torchmetrics", "with_torchmetrics.py", ("torch", "torchmetrics"), "torchmetrics"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of a tool. `expected`: a value; None where there is none; or the code of a refusal.

    `thresholds` are those that would be right; empty where none is judged.
    """

    case: str
    kind: str
    asked: dict[str, Any]
    expected: Fraction | float | str | None
    thresholds: tuple[float | str, ...] = ()


class NotRun(Exception):  # noqa: N818 - a row of the table, no mistake
    """Why a tool has no answers."""


# Questions


def questions() -> list[Question]:
    """Every answer of the verification cases of both files, as a question."""
    files = [json.loads((CASES / name).read_text(encoding="utf-8")) for name in ("cases.json", "own_cases.json")]
    cases = [case for file in files for case in file["cases"] if case["kind"] == "verification"]
    return [question for case in cases for question in of_case(case)]


def of_case(case: dict[str, Any]) -> Iterator[Question]:
    """The questions of one case, distances negated."""
    sign = -1 if case["polarity"] == "distance" else 1
    scores = {side: [turned(s, sign) for s in case[side]] for side in ("mated", "nonmated")}

    def question(measure: str, expected: Any, *, threshold: Any = None, kind: str = "", **more: Any) -> Question:
        thresholds = () if threshold is None else tuple(turned(t, sign) for t in threshold)
        return Question(case["id"], kind or measure, {"measure": measure, **scores, **more}, expected, thresholds)

    answer, ask = case["answer"], case["ask"]
    if "error" in answer:
        measure = next((m for m in ("fnmr_at_fmr", "fmr_at_fnmr") if ask.get(m)), "eer")
        more = {"target": ask[measure][0]} if measure != "eer" else {}
        yield question(measure, answer["error"], kind="must refuse", **more)
        return
    for measure in ("fmr", "fnmr"):
        for row in answer.get(measure, ()):
            if row["t"] != "reject_all":
                yield question(measure, Fraction(row["value"]), t=turned(row["t"], sign))
    for measure, rate in (("fnmr_at_fmr", "fnmr"), ("fmr_at_fnmr", "fmr")):
        for row in answer.get(measure, ()):
            found = row[rate] and Fraction(row[rate])
            kind = "not measurable" if found is None else ""
            yield question(measure, found, kind=kind, threshold=None if found is None else [row["threshold"]],
                           target=row["target"])  # fmt: skip
    yield from _of_summary(answer, question)
    yield from _of_costs(answer, question, sign)


def _of_summary(answer: dict[str, Any], question: Any) -> Iterator[Question]:
    if "eer" not in answer:
        return
    for measure, rate in (("zero_fmr", "fnmr"), ("zero_fnmr", "fmr"), ("eer", "mean")):
        yield question(measure, Fraction(answer[measure][rate]), threshold=[answer[measure]["threshold"]])
    for measure in ("rocch_eer", "auc"):
        yield question(measure, Fraction(answer[measure]))
    for key, prior in (("min_dcf_half", "1/2"), ("min_dcf_1_100", "1/100")):
        yield question("min_dcf", Fraction(answer[key]), prior=prior, **EVEN)
    for measure in ("cllr", "min_cllr"):
        if measure in answer:
            yield question(measure, math.inf if answer[measure] is None else float(answer[measure]))


def _of_costs(answer: dict[str, Any], question: Any, sign: int) -> Iterator[Question]:
    for row in answer.get("min_dcf", ()):
        costs = {key: row[key] for key in ("prior", "cost_miss", "cost_fa")}
        yield question("min_dcf", Fraction(row["value"]), **costs)
    for row in answer.get("dcf", ()):
        if row["t"] != "reject_all":
            costs = {key: row[key] for key in ("prior", "cost_miss", "cost_fa")}
            yield question("dcf", Fraction(row["value"]), t=turned(row["t"], sign), **costs)


def turned(score: float | str, sign: int) -> float | str:
    """A score or threshold as a similarity, written as in the files."""
    if score == "reject_all":
        return "reject_all"
    number = sign * float(score) + 0.0
    return number if math.isfinite(number) else str(number)


# Judging


def judged(question: Question, answer: dict[str, Any]) -> str:
    """right, rounded, wrong, refused or cannot."""
    if answer.get("cannot"):
        return "cannot"
    value = float(answer["value"]) if "value" in answer else None
    if question.expected is None or isinstance(question.expected, str):
        return "right" if value is None or math.isnan(value) else "wrong"
    if value is None or math.isnan(value):
        return "refused" if question.expected != math.inf else "right"
    if math.isinf(value) or math.isinf(question.expected):
        return "right" if value == question.expected else "wrong"
    off = abs(Fraction(value) - Fraction(question.expected)) / max(1, abs(Fraction(question.expected)))
    return "right" if off <= EXACT else "rounded" if off <= SINGLE else "wrong"


def judged_threshold(question: Question, answer: dict[str, Any]) -> str:
    """Whether the threshold named is one of the right ones; above every score inf is as good as reject_all."""
    named = answer.get("threshold")
    if named is None:
        return "cannot"
    highest = max(float(s) for side in ("mated", "nonmated") for s in question.asked[side])
    meant = [
        t if t != "reject_all" else math.inf for t in question.thresholds if t != "reject_all" or highest < math.inf
    ]
    given = math.inf if named == "reject_all" else float(named)
    named_so = named == "reject_all" and "reject_all" in question.thresholds
    return "right" if named_so or given in [float(t) for t in meant] else "wrong"


def tally(asked: list[Question], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts by kind of answer, and the first wrong answer of each kind in words."""
    counts: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    for question, answer in zip(asked, answers, strict=True):
        outcome = judged(question, answer)
        counts.setdefault(question.kind, Counter())[outcome] += 1
        if outcome in ("wrong", "refused") and question.kind not in first:
            first[question.kind] = in_words(question, answer)
        if question.kind in WITH_THRESHOLD and question.thresholds and outcome in ("right", "rounded"):
            counts.setdefault("threshold", Counter())[judged_threshold(question, answer)] += 1
    return {"counts": {kind: dict(found) for kind, found in counts.items()}, "first": first}


def in_words(question: Question, answer: dict[str, Any]) -> str:
    """The case, what was asked, what was answered, what is right."""
    asked = ", ".join(f"{k}={v}" for k, v in question.asked.items() if k not in ("measure", "mated", "nonmated"))
    said = answer["refused"].splitlines()[0][:90] if "refused" in answer else f"{answer['value']}"
    warned = " (with a warning)" if answer.get("warned") else ""
    right = "no value" if question.expected is None else str(question.expected)
    return f"{question.case}{' ' + asked if asked else ''}: {said}{warned}; right: {right}"


# Running


def answers_of(tool: Tool, asked: list[Question], environments: Path) -> tuple[list[dict[str, Any]], str]:
    """A tool's answers and its version. Raises NotRun with the reason."""
    python = environment(tool, environments) if tool.requirements else Path(sys.executable)
    surroundings = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    if not tool.requirements:
        surroundings["PYTHONPATH"] += os.pathsep + str(ROOT)
    command = [str(python), str(SCRIPTS / tool.script)]
    try:
        done = subprocess.run(
            command, input=json.dumps([q.asked for q in asked]), capture_output=True, text=True, timeout=ANSWERING,
            env=surroundings, cwd=environments, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotRun(f"no answer within {ANSWERING} s") from None
    if done.returncode:
        raise NotRun(f"ended with {done.returncode}: {last_line(done.stderr)}")
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found, version(python, tool)


def environment(tool: Tool, environments: Path) -> Path:
    """The interpreter of the tool's own environment, made now unless it is there. Raises NotRun."""
    folder = environments / tool.script.removesuffix(".py")
    python, ready = folder / "bin" / "python", folder / "installed.txt"
    if ready.is_file() and ready.read_text(encoding="utf-8") == "\n".join(tool.requirements):
        return python
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *tool.requirements],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALLING, check=False)
        except subprocess.TimeoutExpired:
            raise NotRun(f"does not install within {INSTALLING} s") from None
        if done.returncode:
            raise NotRun(f"does not install: {last_line(done.stderr or done.stdout)}")
    ready.write_text("\n".join(tool.requirements), encoding="utf-8")
    return python


def version(python: Path, tool: Tool) -> str:
    """The version that answered; frbench's own stands in the package."""
    code = f"import importlib.metadata as m; print(m.version({tool.distribution!r}))"
    if not tool.requirements:
        code = "import fr_bench; print(fr_bench.__version__)"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout.strip() or "unknown"


def last_line(text: str) -> str:
    """What a failed command said at last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


# Printing


def cell(counts: dict[str, int]) -> str:
    """`12` if all are right; else the counts that differ, in words."""
    total, right = sum(counts.values()), counts.get("right", 0)
    if right == total:
        return str(right)
    if counts.get("cannot", 0) == total:
        return "cannot"
    return ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts.get(name))


def table(results: dict[str, dict[str, Any]]) -> str:
    """Tools down, a block each: kinds of answer with their counts and the first one that is not right."""
    lines = []
    for name, found in results.items():
        if "not_run" in found:
            lines.append(f"{name}: not run: {found['not_run']}")
            continue
        lines.append(f"{name} {found['version']}: {sum_of(found)}")
        for kind, counts in found["counts"].items():
            first = found["first"].get(kind)
            lines.append(f"  {kind:<15}{cell(counts):<42}{'first: ' + first if first else ''}".rstrip())
    return "\n".join(lines)


def sum_of(found: dict[str, Any]) -> str:
    """All kinds together."""
    total = sum((Counter(c) for kind, c in found["counts"].items() if kind != "threshold"), Counter())
    return ", ".join(f"{total[name]} {name}" for name in OUTCOMES if total[name])


def overview(results: dict[str, dict[str, Any]]) -> str:
    """One row a kind, one column a tool: how many of the answers are right."""
    ran = {name: found for name, found in results.items() if "counts" in found}
    kinds = list(dict.fromkeys(kind for found in ran.values() for kind in found["counts"]))
    lines = [f"{'right answers':<16}{'asked':>6}" + "".join(f"{name:>15}" for name in ran)]
    for kind in kinds:
        asked = max(sum(found["counts"].get(kind, {}).values()) for found in ran.values())
        cells = [found["counts"].get(kind, {}) for found in ran.values()]
        shown = ["-" if set(c) <= {"cannot"} else str(c.get("right", 0) + c.get("rounded", 0)) for c in cells]
        lines.append(f"{kind:<16}{asked:>6}" + "".join(f"{text:>15}" for text in shown))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Ask every tool, print, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tools", nargs="+", choices=[tool.name for tool in TOOLS], default=[t.name for t in TOOLS])
    parser.add_argument("--environments", type=Path, default=os.environ.get("FRBENCH_BENCH_ENVIRONMENTS"))
    given = parser.parse_args(arguments)
    asked = questions()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.environments or temporary).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        results: dict[str, dict[str, Any]] = {}
        for tool in [tool for tool in TOOLS if tool.name in given.tools]:
            try:
                answers, answered_by = answers_of(tool, asked, folder)
                results[tool.name] = {"version": answered_by, **tally(asked, answers)}
            except NotRun as reason:
                results[tool.name] = {"not_run": str(reason)}
    print(f"{len(asked)} answers asked for, {len({q.case for q in asked})} verification cases\n")
    print(overview(results), "\n", table(results), sep="\n")
    ours = results.get("frbench", {}).get("counts", {"none": {"wrong": 1}})
    passed = all(set(counts) <= {"right"} for counts in ours.values())
    print(f"\n{'PASS' if passed else 'MISSED'}: frbench has every answer right")
    if given.json:
        given.json.write_text(json.dumps({"asked": len(asked), "passed": passed, "tools": results}, indent=1) + "\n")
    return 0 if passed or "frbench" not in given.tools else 1


if __name__ == "__main__":
    sys.exit(main())
