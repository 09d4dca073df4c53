"""A judgement for people: in the terminal, and as Markdown for a step's summary or a comment.

Texts are made in English; `Telling` says them in another language. Names of gates stay as they are, so that a table, a
JUnit report and a log name the same thing; and the Markdown keeps the English word of a verdict in brackets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fr_bench.errors import shown
from fr_bench.gates.verdict import Judgement, Verdict, Word

SIGNS = {"pass": "✅", "fail": "❌", "inconclusive": "⚠️"}
_ESCAPED = str.maketrans({**{c: f"\\{c}" for c in "\\`*_[]|#~"}, "<": "&lt;", ">": "&gt;", "&": "&amp;"})
INDENT = 14


@dataclass(frozen=True, slots=True)
class Telling:
    """How texts are told: `say` gives a text in the language of the reader, `cells` how wide a text is."""

    say: Callable[[str], str] = str
    cells: Callable[[str], int] = len

    def terms(self, verdict: Verdict) -> str:
        """How a gate was judged, part by part."""
        return "; ".join(self.say(part) for part in verdict.terms.split("; "))


def terminal(judgement: Judgement, width: int = 100, telling: Telling | None = None) -> str:
    """Every verdict with its reason, how it was judged, and what would decide it."""
    told = telling or Telling()
    lines = [told.say(f"Gates of {shown(judgement.run)} ({shown(judgement.where)})"), ""]
    for verdict in judgement.verdicts:
        word = told.say(verdict.word)
        lines.append(f"{word}{' ' * max(1, INDENT - told.cells(word))}{shown(verdict.name)}")
        texts = [told.say(verdict.finding.reason), f"({told.terms(verdict)})", told.say(_decide(verdict))]
        for text in filter(None, texts):
            lines += _wrapped(shown(text, 1000), width - INDENT, told)
    lines += ["", conclusion(judgement, told)]
    lines += [f"{told.say('Forced')}: {shown(told.say(text), 1000)}" for text in judgement.allowed]
    lines += [f"{told.say('Note')}: {shown(told.say(text), 1000)}" for text in judgement.notes]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int, told: Telling) -> list[str]:
    """Lines of at most `width` columns, broken at blanks."""
    lines: list[str] = []
    for word in text.split():
        if lines and told.cells(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [f"{' ' * INDENT}{line}" for line in lines]


def _decide(verdict: Verdict) -> str:
    return verdict.finding.would_decide or ""


def conclusion(judgement: Judgement, telling: Telling | None = None) -> str:
    """How many passed, failed and stayed open, and the exit code."""
    told = telling or Telling()
    words: tuple[tuple[Word, str], ...] = (("pass", "passed"), ("fail", "failed"), ("inconclusive", "inconclusive"))
    counts = ", ".join(
        told.say(f"{len(judgement.of(word))} {text}") for word, text in words if judgement.of(word)
    )  # fmt: skip
    meaning = {0: "passed", 1: "failed", 5: "inconclusive"}[judgement.exit_code]
    code = f"{told.say('exit code')} {judgement.exit_code}"
    return f"{counts or told.say('no gate')}: {told.say(meaning)} ({code})"


def markdown(judgement: Judgement, telling: Telling | None = None) -> str:
    """A table of all gates, those that did not pass first, and what was forced."""
    told = telling or Telling()
    order = [*judgement.worst_first, *judgement.of("pass")]
    lines = [f"### frbench gate: {_cell(judgement.run)}", "", f"**{conclusion(judgement, told)}**", ""]
    lines += [f"| {' | '.join(told.say(name) for name in ('verdict', 'gate', 'why'))} |", "|---|---|---|"]
    for verdict in order:
        decide = f" {_cell(told.say(_decide(verdict)))}" if _decide(verdict) else ""
        why = f"{_cell(told.say(verdict.finding.reason))}{decide}<br><sub>{_cell(told.terms(verdict))}</sub>"
        lines.append(f"| {_mark(verdict.word, told)} | {_cell(verdict.name)} | {why} |")
    for title, texts in (("Forced", judgement.allowed), ("Note", judgement.notes)):
        lines += ["", *(f"- {told.say(title)}: {_cell(told.say(text))}" for text in texts)] if texts else []
    return "\n".join(lines) + "\n"


def _mark(word: Word, told: Telling) -> str:
    said = told.say(word)
    return f"{SIGNS[word]} {said}" if said == word else f"{SIGNS[word]} {said} ({word})"


def _cell(text: str) -> str:
    """Text that neither breaks a table nor becomes markup."""
    return shown(text, 2000).translate(_ESCAPED).replace("@", "@\u2060")


def as_json(judgement: Judgement) -> dict[str, Any]:
    """The judgement as JSON types, for machines."""
    import dataclasses

    return {
        "schema": "fr-bench-gate/1",
        "run": judgement.run,
        "gates": judgement.where,
        "exit_code": judgement.exit_code,
        "inconclusive": judgement.inconclusive,
        "allowed": list(judgement.allowed),
        "notes": list(judgement.notes),
        "verdicts": [
            {
                "name": verdict.name,
                "kind": verdict.kind,
                "verdict": verdict.word,
                "missing": verdict.missing,
                "more_subjects": verdict.more,
                "line": verdict.line,
                "terms": verdict.terms,
                "finding": _finite(dataclasses.asdict(verdict.finding)),
            }
            for verdict in judgement.verdicts
        ],
    }


def _finite(value: Any) -> Any:
    """Infinite thresholds as text: JSON has no infinity."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value
