"""Which measures there are: found by their text, with what a run must know of them before it makes a score.

A measure is one pure function and one `MeasureKind` in a family under `fr_bench.metrics`; this module finds it by its
text. `measuring` has it counted.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from fr_bench import plugins
from fr_bench.contracts import MeasureKind
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Measure, Measurement
from fr_bench.metrics import parameters

DEFAULT_MEASURES: tuple[str, ...] = (
    "FTA",
    "FTE",
    "EER",
    "FNMR@FMR=1e-2",
    "FNMR@FMR=1e-3",
    "FNMR@FMR=1e-4",
    "ZeroFMR",
    "AUC",
    "d'",
)
"""What is reported where the user names no measure."""

CURVES_TO_FMR = Fraction(1, 100)
"""Up to this FMR the curves of a run are drawn from single scores, whatever its measures ask for."""

_ALIASES = {"dprime": "d'"}
MOST_MEANT = 3
"""Names that a mistyped one is taken for, at most."""


@cache
def kinds() -> tuple[MeasureKind, ...]:
    """All kinds of measures, by family and in the order of the family's file."""
    families = (plugins.load("metrics", name) for name in plugins.names("metrics"))
    return tuple(kind for family in families for kind in getattr(family, "MEASURES", ()))


def resolve(text: str, where: str = "") -> tuple[Measure, MeasureKind]:
    """Find the measure that a text names, with its kind; `where` stands before the message if there is none.

    Raises UsageError: `bad_measure` (form), `unknown_measure` (the nearest one is named), `unknown_parameter`,
    `bad_target` (a rate outside 0 to 1, a threshold that is no number).

    >>> measure, kind = resolve("FNMR@FMR=1e-4")
    >>> str(measure), kind.title
    ('FNMR@FMR=1e-4', 'False non-match rate at an FMR of at most x')
    """
    try:
        return _resolve(text)
    except UsageError as mistake:
        if not where:
            raise
        raise UsageError(f"{where}: {mistake.message}", code=mistake.code) from None


def _resolve(text: str) -> tuple[Measure, MeasureKind]:
    measure = Measure.parse(text)
    measure = replace(measure, name=_ALIASES.get(measure.name, measure.name))
    named = [kind for kind in kinds() if kind.quantity == measure.name]
    if not named:
        raise UsageError(
            f"no measure named '{shown(measure.name)}'{_nearest_name(measure.name)}", code="unknown_measure"
        )
    given = {key for key, _ in measure.parameters}
    for kind in named:
        if given == set(kind.parameters):
            parameters.check(measure)
            return measure, kind
    raise UsageError(
        f"measure '{shown(text)}': {measure.name} is written {' or '.join(kind.example for kind in named)}",
        code="unknown_parameter",
    )


def _nearest_name(name: str) -> str:
    """As `nearest`, not misled by capital letters; of several equally near, those that begin alike first.

    >>> _nearest_name("ERR"), _nearest_name("ZEROFMR")
    ("; did you mean 'EER' or 'FRR'?", "; did you mean 'ZeroFMR'?")
    """
    known, folded = {kind.quantity.casefold(): kind.quantity for kind in kinds()}, name.casefold()
    if exact := known.get(folded):
        return f"; did you mean {exact!r}?"
    close = difflib.get_close_matches(folded, sorted(known), n=MOST_MEANT, cutoff=0.55)
    if not close:
        return nearest("", known.values())
    near = {one: difflib.SequenceMatcher(None, one, folded).ratio() for one in close}
    best = [one for one in close if near[one] == near[close[0]]]
    best.sort(key=lambda one: (one[0] != folded[0], set(one) != set(folded), one))
    return f"; did you mean {' or '.join(repr(known[one]) for one in best)}?"


def largest_fmr(texts: Sequence[str]) -> float:
    """The largest FMR at which one of the measures is read, at least that of the curves.

    >>> largest_fmr(["EER", "FNMR@FMR=1e-3"]), largest_fmr(["FNMR@FMR=0.05"])
    (0.01, 0.05)
    """
    targets = [CURVES_TO_FMR]
    for text in texts:
        measure, kind = resolve(text)
        if "FMR" in measure:
            targets.append(Fraction(measure["FMR"]))
        elif kind.fmr is not None:
            targets.append(kind.fmr)
    return float(max(targets))


def lowest_threshold(texts: Sequence[str]) -> float | None:
    """The lowest threshold at which one of the measures is read; None where none names a threshold.

    >>> lowest_threshold(["EER", "FMR@threshold=0.3", "FNMR@threshold=0.25"]), lowest_threshold(["EER"])
    (0.25, None)
    """
    measures = (resolve(text)[0] for text in texts)
    asked = [parameters.threshold(measure) for measure in measures if "threshold" in measure]
    # Beyond the scores there is nothing to keep: -inf accepts all, inf and "reject_all" lie above.
    return min((t for t in asked if isinstance(t, float) and math.isfinite(t)), default=None)


def refuse_unreached(texts: Sequence[str], where: str = "") -> None:
    """Refuse thresholds above 0 for scores that are minus the distance, none of which is above 0.

    Whoever writes such a threshold thinks of distances: every comparison would be rejected without a word. Measures of
    attacks have scores of their own, and are not looked at.

    where   stands before the message

    Raises UsageError `unreached_threshold`, which names the measure to write.
    """
    for text in texts:
        measure, kind = resolve(text)
        if "threshold" not in measure or kind.needs == "attacks":
            continue
        asked = parameters.threshold(measure)
        if isinstance(asked, float) and asked > 0:
            said = measure["threshold"].removeprefix("+")
            given = tuple((key, f"-{said}" if key == "threshold" else value) for key, value in measure.parameters)
            raise UsageError(
                f"{where}{': ' if where else ''}{measure}: scores are minus the distance, so that none reaches "
                f"{said}; write {replace(measure, parameters=given)}",
                code="unreached_threshold",
            )


def look_below_floor(texts: Sequence[str]) -> bool:
    """Whether one of the measures looks at all scores, also in a run that is too large to keep those below a floor.

    >>> [look_below_floor([text]) for text in ("FNMR@FMR=1e-3", "dprime", "GFAR@threshold=0.1")]
    [False, True, True]
    """
    return any(resolve(text)[1].below_floor for text in texts)


def not_measurable(text: str, reason: str, code: str, bracket: tuple[Fraction, Fraction] | None = None) -> Measurement:
    """The measurement of a measure that could not be measured: no value, and why; `code` is the reason's word.

    bracket   the least and the largest value that it can have, where that is certain
    Raises UsageError for a text that names no measure.

    >>> found = not_measurable("EER", "there is no mated comparison", "empty_mated")
    >>> found.value, found.labels, found.details
    (None, ('not_measurable',), {'code': 'empty_mated'})
    >>> not_measurable("EER", "scores were not kept", "below_floor", (Fraction(1, 8), Fraction(1, 4))).bracket
    (0.125, 0.25)
    """
    measure, kind = resolve(text)
    return Measurement(
        measure=str(measure),
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        value=None,
        reason=reason,
        no_interval="there is no value",
        labels=("not_measurable",) if bracket is None else ("bracketed", "not_measurable"),
        details={"code": code} if bracket is None else {"code": code, **_ends(bracket)},
    )


def _ends(bracket: tuple[Fraction, Fraction]) -> dict[str, float]:
    return {"bracket_low": float(bracket[0]), "bracket_high": float(bracket[1])}
