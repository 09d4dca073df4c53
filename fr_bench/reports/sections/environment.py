"""Machine, versions and times: they explain a run and are part of no figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fr_bench.numerals import grouped, short
from fr_bench.reports.document import Block, Facts, Heading, Page, Text, flattened
from fr_bench.reports.sections.record import EARLIER

TITLE = "environment.title"
ORDER = 110


def render(page: Page) -> list[Block]:
    """What the run recorded of its machine, then its times."""
    say, result = page.say, page.result
    if not result.environment and not result.timing:
        return [Text(say("environment.none"), "quiet")]
    blocks: list[Block] = [Text(say("environment.intro"), "quiet")]
    for key, tree in (("environment", machine(result.environment)), ("timing", result.timing)):
        if tree:
            shown = rounded(tree) if key == "timing" else tree
            blocks += [Heading(say(f"environment.{key}")), Facts(tuple(flattened(shown)), exact=True)]
    return blocks


def machine(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The machine alone: earlier runs on the same data stand with the record."""
    return {key: value for key, value in tree.items() if key != EARLIER}


def rounded(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Times with three significant digits, whole numbers as they are.

    >>> rounded({"embedding_seconds": 13.231691019998834, "computed": 4000.0})
    {'embedding_seconds': '13.2', 'computed': '4 000'}
    """
    return {name: _rounded(value) for name, value in tree.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return rounded(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return value
    if value == int(value) or abs(value) >= 100:
        return grouped(round(value))
    return short(value, 3)
