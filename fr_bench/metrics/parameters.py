"""The parameters of a measure, read exactly: a target rate is a decimal text or a fraction, never a binary number.

0.29 of 100 comparisons are 29; in binary64 the product is 28.999999999999996 and one false match would be lost.
"""

from __future__ import annotations

import re
from fractions import Fraction

from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Measure, Threshold

# At most 4 digits of exponent and 60 of mantissa: an exact fraction of 1e-999999999 would fill the memory.
_DECIMAL = re.compile(r"[+-]?([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,4})?\Z")
SMALLEST = Fraction(1, 10**300)
"""The smallest target that is taken."""
_RATIO = re.compile(r"[0-9]{1,60}/[0-9]{1,60}\Z")


def target(measure: Measure, key: str) -> Fraction:
    """The rate under `key`, such as 1e-3, 0.001 or 1/1000, exactly.

    Raises UsageError `bad_target` unless it lies strictly between 0 and 1: at 0 and 1 every threshold would do; and
    below 1e-300, where a number of the machine is no longer exact, and no test is large enough.

    >>> target(Measure.parse("FNMR@FMR=0.29"), "FMR")
    Fraction(29, 100)
    """
    rate = exact(measure, key)
    if not 0 < rate < 1:
        instead = "; for no error at all ask for ZeroFMR or ZeroFNMR" if key in ("FMR", "FNMR") else ""
        raise UsageError(
            f"measure '{measure}': the target {key}={measure[key]} does not lie between 0 and 1, both excluded"
            f"{instead}",
            code="bad_target",
        )
    if rate < SMALLEST:
        raise UsageError(
            f"measure '{measure}': the target {key}={measure[key]} lies below 1e-300, which no test could show; write "
            "one such as 1e-6",
            code="bad_target",
        )
    return rate


def exact(measure: Measure, key: str) -> Fraction:
    """The number under `key` without rounding. Raises UsageError `bad_target` if it is none."""
    text = measure[key]
    if _DECIMAL.match(text) or (_RATIO.match(text) and int(text.partition("/")[2])):
        return Fraction(text)
    raise UsageError(
        f"measure '{measure}': {key}={text!r} is no number such as 0.001, 1e-3 or 1/1000", code="bad_target"
    )


def threshold(measure: Measure, key: str = "threshold") -> Threshold:
    """The decision threshold that a measure names under `key`: a number, `inf`, `-inf` or `reject_all`.

    >>> threshold(Measure.parse("FMR@threshold=0.35"))
    0.35
    """
    text = measure[key]
    if text == REJECT_ALL:
        return REJECT_ALL
    if _DECIMAL.match(text) or text in ("inf", "+inf", "-inf"):
        return float(text) + 0.0
    raise UsageError(f"measure '{measure}': {key}={text!r} is no number, inf, -inf or reject_all", code="bad_target")


def cost(measure: Measure, key: str) -> Fraction:
    """What an error costs, under `key`, exactly. Raises UsageError `bad_target` unless it is above 0.

    >>> cost(Measure.parse("minDCF@prior=0.5,cmiss=10,cfa=1"), "cmiss")
    Fraction(10, 1)
    """
    found = exact(measure, key)
    if found <= 0:
        raise UsageError(f"measure '{measure}': the cost {key}={measure[key]} is not above 0", code="bad_target")
    return found


def whole(measure: Measure, key: str, *, least: int) -> int:
    """The whole number under `key`, at least `least`. Raises UsageError `bad_target` otherwise."""
    text = measure[key]
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least:
        raise UsageError(
            f"measure '{measure}': {key}={text!r} is no whole number of at least {least}", code="bad_target"
        )
    return int(text)


def attributes(measure: Measure) -> str:
    """The attribute under `by`, or several joined by "*". Raises UsageError `bad_attribute` where one has no name.

    >>> attributes(Measure.parse("FDR@FMR=1e-3,by=sex*age_band"))
    'sex*age_band'
    """
    if not all(part.strip() for part in measure["by"].split("*")):
        raise UsageError(
            f"measure '{measure}': by={measure['by']!r} is no attribute, nor several joined by * such as sex*age_band",
            code="bad_attribute",
        )
    return measure["by"]


def counted(measure: Measure) -> None:
    """That `nonresponse` says `counted`, the only other way to treat non-responses. Raises UsageError `bad_target`."""
    if measure["nonresponse"] != "counted":
        raise UsageError(
            f"measure '{measure}': nonresponse={measure['nonresponse']!r} is not 'counted'; leave it out to keep "
            "non-responses apart",
            code="bad_target",
        )


def check(measure: Measure) -> None:
    """Read every parameter of a measure once, so that a mistake is found before anything is computed.

    Raises UsageError `bad_target`; ValueError for a key that no measure takes.
    """
    for key, _ in measure.parameters:
        if key in ("FMR", "FNMR", "FPIR", "APCER", "prior", "to", "discard", "quantile"):
            target(measure, key)
        elif key in ("threshold", "detection"):
            threshold(measure, key)
        elif key == "nonresponse":
            counted(measure)
        elif key in ("cmiss", "cfa"):
            cost(measure, key)
        elif key == "by":
            attributes(measure)
        elif key in ("rank", "attempts"):
            whole(measure, key, least=1)
        elif key == "folds":
            whole(measure, key, least=2)
        elif key not in ("quality", "species"):  # any name of a column, and of a species, will do
            raise ValueError(f"measure '{measure}': nobody reads the parameter {key!r}")
