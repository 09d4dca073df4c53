"""A judgement for people: in the terminal, and as Markdown for a step's summary or a comment."""

from __future__ import annotations

import textwrap
from typing import Any

from fr_bench.errors import shown
from fr_bench.gates.verdict import Judgement, Word

MARKS = {"pass": "✅ pass", "fail": "❌ fail", "inconclusive": "⚠️ inconclusive"}
_ESCAPED = str.maketrans({**{c: f"\\{c}" for c in "\\`*_[]|#~"}, "<": "&lt;", ">": "&gt;", "&": "&amp;"})


def terminal(judgement: Judgement, width: int = 100) -> str:
    """Every verdict with its reason, how it was judged, and what would decide it."""
    lines = [f"Gates of {shown(judgement.run)} ({shown(judgement.where)})", ""]
    for verdict in judgement.verdicts:
        lines.append(f"{verdict.word:<14}{shown(verdict.name)}")
        texts = [verdict.finding.reason, f"({verdict.terms})", verdict.finding.would_decide or ""]
        for text in filter(None, texts):
            indent = " " * 14
            lines += textwrap.wrap(
                shown(text, 1000), width, break_on_hyphens=False, initial_indent=indent, subsequent_indent=indent
            )
    lines += ["", conclusion(judgement)]
    lines += [f"Forced: {shown(text, 1000)}" for text in judgement.allowed]
    lines += [f"Note: {shown(text, 1000)}" for text in judgement.notes]
    return "\n".join(lines) + "\n"


def conclusion(judgement: Judgement) -> str:
    """How many passed, failed and stayed open, and the exit code."""
    words: tuple[tuple[Word, str], ...] = (("pass", "passed"), ("fail", "failed"), ("inconclusive", "inconclusive"))
    counts = ", ".join(f"{len(judgement.of(word))} {text}" for word, text in words if judgement.of(word))
    meaning = {0: "passed", 1: "failed", 5: "inconclusive"}[judgement.exit_code]
    return f"{counts or 'no gate'}: {meaning} (exit code {judgement.exit_code})"


def markdown(judgement: Judgement) -> str:
    """A table of all gates, those that did not pass first, and what was forced."""
    order = [*judgement.worst_first, *judgement.of("pass")]
    lines = [f"### frbench gate: {_cell(judgement.run)}", "", f"**{conclusion(judgement)}**", ""]
    lines += ["| verdict | gate | why |", "|---|---|---|"]
    for verdict in order:
        decide = f" {verdict.finding.would_decide}" if verdict.finding.would_decide else ""
        why = f"{_cell(verdict.finding.reason)}{_cell(decide)}<br><sub>{_cell(verdict.terms)}</sub>"
        lines.append(f"| {MARKS[verdict.word]} | {_cell(verdict.name)} | {why} |")
    for title, texts in (("Forced", judgement.allowed), ("Note", judgement.notes)):
        lines += ["", *(f"- {title}: {_cell(text)}" for text in texts)] if texts else []
    return "\n".join(lines) + "\n"


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
