"""What scores themselves give away: turned round, constant, quantised, saturated, or compared twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Note
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.scores import NotMeasurable, SortedScores, as_threshold
from fr_bench.numerals import grouped, many
from fr_bench.records import Floats, Scores, ScoreSet

QUANTISED = 0.01
SATURATED = 0.01
BY_CHANCE = 5
APART = 0.1
"""A repeated end value this share of the other scores' range away from them is suspected to be a code."""
LEAST_DISTINCT = 50
"""With fewer different values scores may lie anywhere."""


def score_notes(scores: ScoreSet, ordered: SortedScores) -> tuple[Note, ...]:
    """Notes on the scores, worst level first: `polarity_suspect`, `constant_scores`, `quantised`, `saturated`,
    `sentinel_suspect`, `duplicate_comparisons`. With a floor, quantised and saturated look at the scores kept.
    """
    found = [*_polarity(ordered), *_steps(ordered), *_sentinels(ordered), *_duplicates(scores)]
    return tuple(sorted(found, key=lambda note: note.level != "warning"))


def _polarity(scores: SortedScores) -> Iterator[Note]:
    try:
        area = auc(scores)
    except NotMeasurable:
        return
    if area * 2 < 1:
        yield Note(
            level="warning",
            code="polarity_suspect",
            text=f"Nonmated scores are higher than mated ones (AUC {float(area):.4f}). If these are distances, say "
            "so (--polarity distance), or the two files are swapped; nothing was turned round.",
        )


def _steps(scores: SortedScores) -> Iterator[Note]:
    total = len(scores.mated) + len(scores.nonmated)
    distinct = _distinct(scores)
    everything_kept = not (scores.rest and scores.rest.count)
    if distinct == 1 and total > 1 and everything_kept:
        yield Note(level="warning", code="constant_scores", text=f"All {grouped(total)} scores are equal.")
        return
    if distinct < QUANTISED * total:
        yield Note(
            level="warning",
            code="quantised",
            text=f"The {grouped(total)} scores have only {many(distinct, 'different value')}: operating points move in "
            "coarse steps.",
        )
    for name, ascending in (("mated", scores.mated), ("nonmated", scores.nonmated)):
        value = _frequent(ascending, len(scores.mated) if name == "mated" else scores.nonmated_total)
        if value is not None:
            equal = np.searchsorted(ascending, value, side="right") - np.searchsorted(ascending, value, side="left")
            yield Note(
                level="warning",
                code="saturated",
                text=f"{grouped(int(equal))} {name} scores are all equal to {as_threshold(value)!r}: the scores are "
                "cut off, rounded or repeated there.",
            )


def _sentinels(scores: SortedScores) -> Iterator[Note]:
    """A value at an end of the scores that occurs again and again, far from all others: -1 for a failure, say."""
    sides = [side[np.searchsorted(side, -np.inf, side="right") : np.searchsorted(side, np.inf)]
             for side in (scores.mated, scores.nonmated)]  # fmt: skip
    sides = [side for side in sides if len(side)]
    if not _many_values(sides):
        return
    lowest_known = scores.rest is None or not scores.rest.count
    low, high = min(side[0] for side in sides), max(side[-1] for side in sides)
    # Only the ends are looked at: the scores need no other place in memory.
    above = [side[np.searchsorted(side, low, side="right") :] for side in sides]
    below = [side[: np.searchsorted(side, high)] for side in sides]
    second = min(part[0] for part in above if len(part))
    last_but_one = max(part[-1] for part in below if len(part))
    total = sum(len(side) for side in sides)
    for end, beside, others, rest, known in (
        (low, second, float(high) - float(second), above, lowest_known),
        (high, last_but_one, float(last_but_one) - float(low), below, True),
    ):
        count = total - sum(len(part) for part in rest)
        if count > 1 and abs(float(end) - float(beside)) > APART * others and known:
            yield Note(
                level="warning",
                code="sentinel_suspect",
                text=f"{grouped(count)} scores are exactly {as_threshold(end)!r}, far from all "
                f"others (the next is {as_threshold(beside)!r}): a code for a failure, or identical images. "
                "A failure is no score; leave its cell empty and say --missing as-failure.",
            )


def _many_values(sides: list[Floats]) -> bool:
    """Whether there are enough distinct values for one to be far from the others; sides ascend."""
    if any(np.count_nonzero(_new(side)) >= LEAST_DISTINCT for side in sides):
        return True
    return len({float(v) for side in sides for v in side[_new(side)]}) >= LEAST_DISTINCT


def _new(ascending: Floats) -> NDArray[np.bool_]:
    """Which scores differ from the one before."""
    return np.append(True, ascending[1:] != ascending[:-1])


def _distinct(scores: SortedScores) -> int:
    """Distinct values of both classes together."""
    both = [v for v in (scores.mated, scores.nonmated) if len(v)]
    apart = sum(int(np.count_nonzero(v[1:] != v[:-1])) + 1 for v in both)
    if len(both) < 2:
        return apart
    at = scores.placements.at
    place = np.searchsorted(scores.nonmated, at)
    inside = place < len(scores.nonmated)
    return apart - int(np.count_nonzero(scores.nonmated[place[inside]] == at[inside]))


def _frequent(ascending: Floats, total: int) -> np.floating | None:
    """A value that one score in a hundred of the class has; the lowest of several.

    Two scores or more; and five, or a tenth of a class of fewer than 50, as a few are equal by chance where scores are
    written with few digits.
    """
    run = max(2, -(-total // round(1 / SATURATED)), min(BY_CHANCE, -(-total // 10)))
    if len(ascending) < run:
        return None
    held = ascending[run - 1 :] == ascending[: len(ascending) - run + 1]
    first = int(np.argmax(held))
    return ascending[first] if held[first] else None


def _duplicates(scores: ScoreSet) -> Iterator[Note]:
    again = sum(_repeated(part, scores) for part in (scores.mated, scores.nonmated))
    if again:
        yield Note(
            level="warning",
            code="duplicate_comparisons",
            text=f"{many(again, 'comparison')} {'repeats' if again == 1 else 'repeat'} one of the same probe and "
            "reference; each is counted as often as it is listed.",
        )


def _repeated(part: Scores, scores: ScoreSet) -> int:
    if part.probe is None or part.reference is None or scores.references is None or not len(part):
        return 0
    pair = part.probe.astype(np.int64)
    pair *= len(scores.references.ids)
    pair += part.reference
    pair.sort()
    return int(np.count_nonzero(pair[1:] == pair[:-1]))
