"""What GitHub shows of a judgement: annotations on the gate file's lines, worst first, and a summary of the step."""

from __future__ import annotations

import os
from pathlib import Path

from fr_bench.gates.verdict import Judgement, Verdict

MOST = 10
"""Annotations that GitHub shows of one step and kind; more are not seen."""


def workflow_commands(judgement: Judgement) -> list[str]:
    """Workflow commands, one a line: failures and inconclusive gates, the furthest beyond its limit first."""
    found = judgement.worst_first
    shown = found if len(found) <= MOST else found[: MOST - 1]
    lines = [_annotation(verdict, judgement) for verdict in shown]
    if len(found) > len(shown):
        rest = f"{len(found) - len(shown)} more gates did not pass; the summary of this step lists all"
        lines.append(f"::warning title=frbench gate::{_message(rest)}")
    return lines


def _annotation(verdict: Verdict, judgement: Judgement) -> str:
    level = "error" if verdict.word == "fail" else "warning"
    place = _place(judgement.where)
    properties = [f"file={_property(place)}", *([f"line={verdict.line}"] if verdict.line else [])] if place else []
    properties.append(f"title={_property(f'{verdict.word}: {verdict.name}')}")
    return f"::{level} {','.join(properties)}::{_message(verdict.sentence)}"


def _place(where: str) -> str:
    """The gate file's path below the current folder, or "" where it lies elsewhere."""
    path = Path(where)
    if not path.is_file():
        return ""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except (ValueError, OSError):
        return ""


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def summary_file() -> Path | None:
    """Where the step's summary goes, as GitHub tells it."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(named) if named else None
