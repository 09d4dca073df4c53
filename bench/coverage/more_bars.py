"""The bars of the families `more` and `failures`, written down before its first figures were seen.

Measures drawn by subject have the bar of EER and AUC, 0.91 to 0.995, with 50 subjects of skewed effects from 0.90.
Costs at a threshold are sums of two exact intervals, which may cover more where one of them has few errors; rates of
transactions have the bars of the same rates of comparisons. Nothing is promised where nothing is for the rate that a
measure is made of: of skew-strong near an FMR of 1e-3, and for rates at a threshold that hangs on few errors.
"""

from __future__ import annotations

MANY, SOME = 50, 10
LOW, HIGH = 0.91, 0.995
DRAWN = ("ROCCH-EER", "d'", "Cllr", "minCllr", "minDCF@prior=0.5")
"""Measures of the whole curve, for which a bar holds in every population."""


def limits(population: str, subjects: int, measure: str, expected: float) -> tuple[float, float] | None:
    """Coverage from and to; None where nothing is promised.

    expected   errors expected in one data set, as `Tally` has them
    """
    low = 0.90 if population.startswith("skew") and subjects < 100 else LOW
    if measure in DRAWN:
        return low, HIGH
    name, _, at = measure.partition("@")
    if name == "FRR" or (name == "GFRR" and not at.startswith("FMR=")):
        return (0.93, 0.975) if expected >= MANY else (0.94, 1.0)
    if name in ("FAR", "GFAR"):
        return _far(population, subjects, expected)
    if name in ("DCF", "HTER"):
        return _cost(population, low, at, expected)
    if population == "skew-strong":  # FMR@FNMR, GFRR@FMR and a minimum near an FMR of 1e-3
        return None
    if name in ("FMR", "GFRR"):
        return (0.93, HIGH) if expected >= SOME else None
    return low, HIGH


def _far(population: str, subjects: int, expected: float) -> tuple[float, float] | None:
    """As FMR at a threshold."""
    if expected < SOME:
        return 0.94, 1.0
    if population.startswith("gauss"):
        return (0.93, 0.985) if expected >= MANY else (0.93, 1.0)
    if subjects < 100:
        return None
    return {"skew-medium": 0.90, "skew-strong": 0.84}[population], 1.0


def _cost(population: str, low: float, at: str, expected: float) -> tuple[float, float] | None:
    if population == "skew-strong" and at.startswith("FMR=1e-3"):
        return None
    return low, HIGH if expected >= MANY else 1.0
