"""What a figure draws of each run, as plain numbers: curve, histograms, operating points, targets, thresholds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from fr_bench.findings import Curve, Distribution, Measure, Measurement, Result


@dataclass(frozen=True, slots=True)
class Mark:
    """A measured operating point: FMR and FNMR attained, and the limits of the FNMR's interval, if any."""

    fmr: float
    fnmr: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What one run draws: its name in the legend, its curve, its histograms, its marks and thresholds."""

    name: str
    curve: Curve | None = None
    distributions: tuple[Distribution, ...] = ()
    marks: tuple[Mark, ...] = ()
    targets: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()


def series(result: Result, name: str = "") -> Series:
    """What a result has to draw. The marks are its FNMR@FMR measurements of everybody, with what they attained."""
    measured = [m for m in result.measurements if not m.group and m.value is not None]
    targets = [found for m in result.measurements if not m.group and (found := target_of(m)) is not None]
    return Series(
        name=name,
        curve=result.curves[0] if result.curves else None,
        distributions=result.distributions,
        marks=tuple(mark for m in measured if (mark := _mark(m)) is not None),
        targets=tuple(sorted(set(targets))),
        thresholds=tuple(sorted({t for m in measured if isinstance(t := m.threshold, float) and math.isfinite(t)})),
    )


def target_of(measurement: Measurement) -> float | None:
    """The FMR that an FNMR was asked at, by FNMR@FMR=x or by a name such as FMR1000; None for other measures."""
    found = _parsed(measurement.measure)
    if found is None:
        return None
    named = re.fullmatch(r"FMR([1-9]\d{0,8})", found.name)
    text = f"1/{named[1]}" if named else found["FMR"] if found.name == "FNMR" and "FMR" in found else ""
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def _parsed(text: str) -> Measure | None:
    from fr_bench.errors import UsageError

    try:
        return Measure.parse(text)
    except UsageError:
        return None


def _mark(measurement: Measurement) -> Mark | None:
    attained = measurement.at.rate if measurement.at is not None else None
    if target_of(measurement) is None or attained is None or measurement.value is None:
        return None
    limits = measurement.interval
    return Mark(attained, measurement.value, limits.low if limits else None, limits.high if limits else None)


def band_points(curve: Curve | None) -> list[tuple[float, float, float]]:
    """Pointwise intervals of a curve, by rising FMR: FMR, and both limits of the FNMR."""
    if curve is None or curve.band is None:
        return []
    rows = zip(curve.band.x, curve.band.low, curve.band.high, strict=True)
    return sorted((x, low, high) for x, low, high in rows if low is not None and high is not None)


def letter(place: int) -> str:
    """The letter of a run among several: A, B ... Z, A1, B1 ...

    >>> letter(0), letter(27)
    ('A', 'B1')
    """
    return chr(ord("A") + place % 26) + (str(place // 26) if place >= 26 else "")


def density(distribution: Distribution) -> tuple[list[float], list[float]]:
    """Finite edges and the share of comparisons per unit of score in each bin; empty when nothing was counted."""
    total = sum(distribution.counts)
    bins = [
        (low, high, count)
        for low, high, count in zip(distribution.edges, distribution.edges[1:], distribution.counts, strict=False)
        if abs(low) < 1e300 and abs(high) < 1e300 and high > low
    ]
    if not total or not bins:
        return [], []
    return [bins[0][0], *(high for _, high, _ in bins)], [count / total / (high - low) for low, high, count in bins]


def roc_points(curve: Curve | None) -> list[tuple[int, float, float]]:
    """Points of a curve that a ROC with a logarithmic axis can show, by rising FMR: index, FMR, 1 - FNMR."""
    if curve is None:
        return []
    rows = zip(range(len(curve.fmr)), curve.fmr, curve.fnmr, strict=False)
    return sorted(((k, x, 1 - y) for k, x, y in rows if x > 0), key=lambda row: (row[1], row[2]))


def det_points(curve: Curve | None) -> list[tuple[int, float, float]]:
    """Points of a curve that normal-deviate axes can show (both rates above 0 and below 1): index, FMR, FNMR."""
    if curve is None:
        return []
    rows = zip(range(len(curve.fmr)), curve.fmr, curve.fnmr, strict=False)
    return sorted(((k, x, y) for k, x, y in rows if 0 < x < 1 and 0 < y < 1), key=lambda row: (row[1], -row[2]))
