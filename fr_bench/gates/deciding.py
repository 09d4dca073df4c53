"""How many more subjects would decide what stayed open."""

from __future__ import annotations

import math
from typing import Literal

from fr_bench.errors import UsageError
from fr_bench.findings import Measurement, Result
from fr_bench.intervals.differences import Difference
from fr_bench.numerals import many
from fr_bench.planning import Aim, plan, rules

POWER = 0.9
MOST = 10**9


def for_limit(
    found: Measurement,
    limit: float,
    bound: float,
    *,
    subjects: int | None,
    level: float,
    sided: Literal["one", "two"],
    result: Result | None,
) -> tuple[int | None, str]:
    """How many more subjects would decide a limit if the true value is that seen, and a sentence that says so.

    bound    the limit of the interval that has to move across
    result   the run, for its design effect: rates below an upper limit are planned as `frbench plan` does. None: the
             interval is taken to shorten with the square root of the subjects
    """
    value = found.value
    if value is None or not subjects:
        return None, ""
    distance = abs(limit - value)
    if distance <= 1e-9 * max(abs(limit), abs(value)):
        return None, "The value lies on the limit: no number of subjects decides it while it stays there."
    needed = None
    if result is not None and found.unit == "proportion" and found.better == "lower" and value < limit < 1:
        needed = _planned(found.measure, value, limit, level=level, sided=sided, result=result)
    how = f" with {100 * POWER:g} % probability" if needed is not None and needed > subjects else ""
    if needed is None or needed <= subjects:
        needed = _squared(subjects, abs(bound - value) / distance)
    return _told(needed - subjects if needed is not None else None, how)


def _planned(
    measure: str, value: float, limit: float, *, level: float, sided: Literal["one", "two"], result: Result
) -> int | None:
    true = value if value > 0 else None
    try:
        found = plan(f"{measure}<={limit!r}", Aim(power=POWER, level=level, sided=sided, true=true), run=result)
    except UsageError:  # no rate of counted trials, or no design effect: the rule of the square root says it then
        return None
    return found.needed.subjects


def for_difference(found: Difference, margin: float, loss: float, alpha: float) -> tuple[int | None, str]:
    """How many more subjects would decide a regression if the true loss is that seen."""
    distance = abs(margin - loss)
    if not found.variance > 0 or distance == 0:
        return None, ""
    tau = found.standard_error * math.sqrt(found.units)
    wanted = rules.subjects_for_difference(distance, tau, POWER, alpha, found.degrees)
    needed = max(found.units + 1, math.ceil(wanted)) if wanted < MOST else None
    return _told(needed - found.units if needed is not None else None, f" with {100 * POWER:g} % probability")


def _squared(subjects: int, ratio: float) -> int | None:
    """Subjects at which an interval is shorter by the ratio; None beyond 10^9."""
    wanted = subjects * ratio**2
    return max(subjects + 1, math.ceil(wanted)) if wanted < MOST else None


def _told(more: int | None, how: str) -> tuple[int | None, str]:
    if more is None or more > MOST:
        return None, "No number of subjects up to 10^9 would decide it, if the true value is that seen."
    size = 10 ** max(0, len(str(more)) - 2)
    about = -(-more // size) * size
    return about, f"About {many(about, 'more subject')} would decide it{how}, if the true value is that seen."
