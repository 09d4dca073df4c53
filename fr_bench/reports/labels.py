"""Labels with what they mean, for tables, cards and the legend."""

from __future__ import annotations

from collections.abc import Iterable

from fr_bench.reports.wording import Wording


def explained(labels: Iterable[str], say: Wording) -> list[tuple[str, str]]:
    """Each label once, in order, with its meaning; a label of another version is shown as it is.

    >>> from fr_bench.reports.wording import wording
    >>> [(label, meaning[:24]) for label, meaning in explained(["no_errors", "no_errors"], wording("en"))]
    [('no_errors', 'No error was counted: on')]
    """
    return [(label, say.get(f"label.{label}", say("label.unknown"))) for label in dict.fromkeys(labels)]
