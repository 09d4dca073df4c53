"""What a test is to show, as one text: an upper limit, a half width, or a difference between two systems.

    FMR<=1e-4                     the interval's upper limit lies at or below 1e-4
    FNMR@FMR=1e-3<=2%             the same for a rate at a target of another one
    FMR+-30%                      the interval's half width is at most 30 % of the true rate
    FNMR+-0.002                   the interval's half width is at most 0.002
    FNMR difference 0.005         a paired comparison of two systems finds a difference of 0.005

A rate is a decimal number, a percentage or a ratio such as 1/1000, and is read exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Measure

Kind = Literal["at_most", "half_width", "difference"]
Trials = Literal["nonmated", "mated", "each", "once"]
EXAMPLES = "'FMR<=1e-4', 'FNMR@FMR=1e-3<=2%', 'FMR+-30%', 'FNMR+-0.002' or 'FNMR difference 0.005'"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An error rate that a test can be planned for.

    name     as the measures are called
    counted  what its trials are, in the plural
    unit     what may be taken as independent
    trials   how many trials come of a subject's samples: all its own pairs (`mated`), pairs with everybody else
             (`nonmated`), one for each sample (`each`), one for each subject (`once`)
    target   the parameter that names a target of another rate (`FMR` in FNMR@FMR=1e-3), and that rate's name
    """

    name: str
    counted: str
    unit: str
    trials: Trials
    targets: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("FMR", "nonmated comparisons", "subject", "nonmated", ("FNMR",), ("threshold",)),
        Quantity("FNMR", "mated comparisons", "subject", "mated", ("FMR",), ("threshold",)),
        Quantity("GFAR", "planned nonmated comparisons", "subject", "nonmated", (), ("threshold",)),
        Quantity("GFRR", "planned mated comparisons", "subject", "mated", (), ("threshold",)),
        Quantity("FPIR", "nonmated searches", "probe subject", "each", (), ("threshold", "rank")),
        Quantity("FNIR", "mated searches", "probe subject", "each", ("FPIR",), ("threshold", "rank")),
        Quantity("APCER", "attack presentations", "attack instrument", "each", (), ("threshold", "species")),
        Quantity("BPCER", "bona fide presentations", "subject", "each", ("APCER",), ("threshold",)),
        Quantity("FTA", "acquired samples", "subject", "each"),
        Quantity("FTE", "enrolments", "subject", "once"),
    )
}

_NAMED_TARGETS = {f"FMR{k}": Measure("FNMR", (("FMR", f"1/{k}"),)) for k in (100, 1000, 10000)}
_NO_RATE = {
    "EER": "EER", "ROCCH-EER": "ROCCH-EER", "AUC": "AUC", "d'": "d'", "dprime": "d'", "minDCF": "minDCF",
    "ZeroFMR": "ZeroFMR", "ZeroFNMR": "ZeroFNMR", "Cllr": "Cllr",
}  # fmt: skip
_HITS = {"TPIR": "FNIR", "TMR": "FNMR", "TAR": "FNMR", "CMC": "FNIR"}
_OPERATOR = re.compile(
    r"(?P<at_most><=|≤)|(?P<half_width>\+/?-|±)|\s(?P<difference>difference|diff)\s|(?P<other>[<>]=?|≥|==)"
)
_NUMBER = re.compile(r"([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?\Z")
_RATIO = re.compile(r"([0-9]{1,40})/([0-9]{1,40})\Z")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a test is to show.

    value      the limit, the half width or the difference; as a share of the true rate where `relative`
    target     the rate that FNMR@FMR and its like are read at, by the other quantity's name, or None
    written    the limit, half width or difference as it was written

    >>> found = Requirement.parse("FNMR@FMR=1e-3 <= 2%")
    >>> found.quantity.name, found.kind, found.value, found.target
    ('FNMR', 'at_most', Fraction(1, 50), ('FMR', Fraction(1, 1000)))
    """

    text: str
    measure: Measure
    quantity: Quantity
    kind: Kind
    value: Fraction
    relative: bool = False
    target: tuple[str, Fraction] | None = None
    written: str = ""

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read a requirement.

        Raises UsageError: `bad_requirement` (form), `unknown_measure` (the nearest one is named), `unknown_parameter`,
        `bad_limit` (a rate that does not lie between 0 and 1).
        """
        found = _OPERATOR.search(text)
        if found is None:
            raise UsageError(
                f"requirement {shown(text)!r} says no limit; write it like {EXAMPLES}", code="bad_requirement"
            )
        name, value = text[: found.start()].strip(), text[found.end() :].strip()
        if found["other"]:
            raise _wrong_operator(text, name, found["other"], value)
        measure, quantity, target = _measure(name, text)
        kind: Kind = "at_most" if found["at_most"] else "half_width" if found["half_width"] else "difference"
        rate, percent = number(value, f"requirement {shown(text)!r}")
        if not 0 < rate < 1:
            raise UsageError(
                f"requirement {shown(text)!r}: {shown(value)} does not lie between 0 and 1, both excluded",
                code="bad_limit",
            )
        # A percentage behind +- is a share of the rate, as in "30 errors give +-30 %"; anywhere else it is a rate.
        relative = percent and kind == "half_width"
        return cls(_spelled(measure, kind, value), measure, quantity, kind, rate, relative, target, value)


def number(text: str, where: str) -> tuple[Fraction, bool]:
    """A rate without rounding, and whether it was written as a percentage. Raises UsageError `bad_limit`.

    >>> number("0.3 %", "--true"), number("1/400", "--true")
    ((Fraction(3, 1000), True), (Fraction(1, 400), False))
    """
    bare = text.strip()
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").strip()
    ratio = _RATIO.match(bare)
    if _NUMBER.match(bare) or (ratio and int(ratio[2])):
        return Fraction(bare) / (100 if percent else 1), percent
    raise UsageError(f"{where}: {shown(text)!r} is no rate such as 0.001, 1e-3, 0.1% or 1/1000", code="bad_limit")


def _spelled(measure: Measure, kind: Kind, value: str) -> str:
    sign = {"at_most": "<=", "half_width": "+-", "difference": " difference "}[kind]
    return f"{measure}{sign}{value}"


def _measure(name: str, text: str) -> tuple[Measure, Quantity, tuple[str, Fraction] | None]:
    if not name:
        raise UsageError(
            f"requirement {shown(text)!r} names no measure; write it like {EXAMPLES}", code="bad_requirement"
        )
    measure = _NAMED_TARGETS.get(name) or Measure.parse(name)
    quantity = QUANTITIES.get(measure.name)
    if quantity is None:
        raise UsageError(f"requirement {shown(text)!r}: {_not_planned(measure.name)}", code="unknown_measure")
    target = None
    for key, value in measure.parameters:
        if key in quantity.targets:
            rate, _ = number(value, f"requirement {shown(text)!r}")
            if not 0 < rate < 1:
                raise UsageError(
                    f"requirement {shown(text)!r}: the target {key}={shown(value)} does not lie between 0 and 1",
                    code="bad_limit",
                )
            target = (key, rate)
        elif key not in quantity.free:
            raise UsageError(
                f"requirement {shown(text)!r}: {quantity.name} has no parameter {shown(key)!r}"
                f"{nearest(key, [*quantity.targets, *quantity.free])}",
                code="unknown_parameter",
            )
    return measure, quantity, target


def _not_planned(name: str) -> str:
    if name in _NO_RATE:
        return (
            f"{_NO_RATE[name]} is not one rate of counted trials, and no size can be planned for it; "
            "plan for FNMR@FMR=1e-3, FMR or FNMR"
        )
    if name in _HITS:
        error = _HITS[name]
        return f"{name} counts what went right; plan for its error rate {error}: 99 % or more is {error}<=1%"
    folded = {known.casefold(): known for known in QUANTITIES}
    if name.casefold() in folded:
        return f"no measure named {shown(name)!r}; did you mean {folded[name.casefold()]!r}?"
    return f"no measure named {shown(name)!r} can be planned for{nearest(name.upper(), QUANTITIES)}"


def _wrong_operator(text: str, name: str, operator: str, value: str) -> UsageError:
    plain = name.partition("@")[0]
    if plain in _HITS or plain in _NO_RATE:
        return UsageError(f"requirement {shown(text)!r}: {_not_planned(plain)}", code="unknown_measure")
    why = (
        "a test shows that an error rate is low, never that it is high"
        if operator[0] in ">≥"
        else f"{operator!r} is no way to write a limit"
    )
    return UsageError(
        f"requirement {shown(text)!r}: {why}; did you mean {shown(f'{name}<={value}')!r}?", code="bad_requirement"
    )
