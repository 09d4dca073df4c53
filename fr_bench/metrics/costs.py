"""What errors cost at a threshold that is given: DCF and HTER; and minDCF where both errors cost differently.

A threshold that these scores did not choose is judged here. It may be one in use, or one set on other data (dev and
eval, `fr_bench.metrics.transfer`); a cost at a threshold chosen on the same scores is too small, and nobody can see it.
Costs are exact fractions of counts; no rounding but the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement, Proportion, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.discrimination import min_dcf
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.values import composed, number

ONE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """How often a comparison is mated, and what each error costs.

    prior   the share of mated comparisons in use, between 0 and 1, both excluded
    miss    the cost of a false non-match, above 0
    alarm   the cost of a false match, above 0

    >>> Stakes(prior=Fraction(1, 100), miss=Fraction(10), alarm=Fraction(1)).effective_prior
    Fraction(10, 109)
    """

    prior: Fraction
    miss: Fraction = ONE
    alarm: Fraction = ONE

    def __post_init__(self) -> None:
        if not 0 < self.prior < 1 or self.miss <= 0 or self.alarm <= 0:
            raise ValueError(f"prior {self.prior}, costs {self.miss} and {self.alarm}")

    @property
    def scale(self) -> Fraction:
        """The cost of the better of accepting all and rejecting all: what one gets without looking at the scores."""
        return min(self.miss * self.prior, self.alarm * (1 - self.prior))

    @property
    def effective_prior(self) -> Fraction:
        """The prior at which costs of 1 each weigh both rates alike: normalised costs hang on nothing else."""
        miss, alarm = self.miss * self.prior, self.alarm * (1 - self.prior)
        return miss / (miss + alarm)

    @property
    def weights(self) -> tuple[Fraction, Fraction]:
        """What FNMR and FMR are multiplied with in the normalised cost."""
        return self.miss * self.prior / self.scale, self.alarm * (1 - self.prior) / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Both rates at a threshold and their weighted sum.

    value   weights[0] * FNMR + weights[1] * FMR
    """

    threshold: Threshold
    fmr: Proportion
    fnmr: Proportion
    weights: tuple[Fraction, Fraction]

    @property
    def value(self) -> Fraction:
        """The weighted sum, exact."""
        of_miss, of_alarm = self.weights
        return of_miss * Fraction(self.fnmr.errors, self.fnmr.trials) + of_alarm * Fraction(
            self.fmr.errors, self.fmr.trials
        )


def dcf(scores: SortedScores, threshold: Threshold, stakes: Stakes) -> Cost:
    """The normalised detection cost at a threshold: [Cmiss P FNMR + Cfa (1-P) FMR] / min(Cmiss P, Cfa (1-P)).

    0 is perfect, 1 what accepting all or rejecting all costs, whichever is better; it can be above 1: then the
    threshold is worse than not looking at the scores. `value * stakes.scale` is the cost before normalisation.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: NIST speaker recognition evaluations, normalised detection cost function.

    >>> scores = SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5])
    >>> dcf(scores, 0.6, Stakes(prior=Fraction(1, 4), miss=Fraction(2))).value
    Fraction(1, 3)
    """
    return _at(scores, threshold, stakes.weights)


def hter(scores: SortedScores, threshold: Threshold) -> Cost:
    """(FMR + FNMR) / 2 at a threshold set on other data.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: half total error rate, Bengio and Mariéthoz (2004).

    >>> hter(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]), 0.5).value
    Fraction(1, 3)
    """
    return _at(scores, threshold, (ONE / 2, ONE / 2))


def _at(scores: SortedScores, threshold: Threshold, weights: tuple[Fraction, Fraction]) -> Cost:
    scores.need_both()
    return Cost(
        threshold=threshold,
        fmr=scores.false_matches(threshold),
        fnmr=scores.false_non_matches(threshold),
        weights=weights,
    )


def stakes_of(measure: Measure) -> Stakes:
    """Prior and costs as a measure names them; a cost that it does not name is 1.

    >>> stakes_of(Measure.parse("minDCF@prior=0.01,cmiss=10,cfa=1")).scale
    Fraction(1, 10)
    """
    miss, alarm = (parameters.cost(measure, key) if key in measure else ONE for key in ("cmiss", "cfa"))
    return Stakes(prior=parameters.target(measure, "prior"), miss=miss, alarm=alarm)


def _exact(value: Fraction) -> dict[str, int]:
    return {"numerator": value.numerator, "denominator": value.denominator}


def _counted(found: Cost) -> dict[str, list[float]]:
    """What an interval of a weighted sum is made from, beside the counts."""
    return {"weights": [float(weight) for weight in found.weights]}


def _dcf(scores: SortedScores, measure: Measure) -> Measurement:
    stakes = stakes_of(measure)
    found = dcf(scores, parameters.threshold(measure), stakes)
    fractions = {"fmr": [found.fmr.errors, found.fmr.trials], "fnmr": [found.fnmr.errors, found.fnmr.trials]}
    return number(
        measure,
        float(found.value),
        threshold=found.threshold,
        details={
            "fractions": fractions,
            **_exact(found.value),
            **_counted(found),
            "unnormalised": float(found.value * stakes.scale),
        },
    )


def _hter(scores: SortedScores, measure: Measure) -> Measurement:
    found = hter(scores, parameters.threshold(measure))
    return composed(
        measure,
        float(found.value),
        fractions={"fmr": found.fmr, "fnmr": found.fnmr},
        threshold=found.threshold,
        details={**_exact(found.value), **_counted(found)},
    )


def _min_dcf(scores: SortedScores, measure: Measure) -> Measurement:
    stakes = stakes_of(measure)
    value, threshold = min_dcf(scores, stakes.effective_prior)
    details = {**_exact(value), "unnormalised": float(value * stakes.scale)}
    return number(measure, float(value), threshold=threshold, details=details)


_NIST = "NIST speaker recognition evaluations, normalised detection cost function"
_DCF = (
    "What decisions at the threshold cost if a share p of the comparisons is mated, divided by the cost of accepting "
    "all or rejecting all, whichever is less: 0 is perfect, and above 1 the threshold does harm. The threshold must "
    "come from elsewhere: other data, or the threshold in use."
)


def _cost_at_threshold(name: str, keys: tuple[str, ...], example: str, formula: str, words: str) -> MeasureKind:
    return MeasureKind(
        name=name,
        title="Detection cost at a threshold",
        unit="number",
        better="lower",
        version=1,
        source=_NIST,
        example=example,
        formula=formula,
        explanation=_DCF + words,
        needs="scores",
        compute=_dcf,
        interval="weighed_rates",
        parameters=keys,
        below_floor=True,
    )


MEASURES: tuple[MeasureKind, ...] = (
    _cost_at_threshold(
        "DCF@threshold",
        ("threshold", "prior"),
        "DCF@threshold=0.35,prior=0.5",
        "[p FNMR(t) + (1-p) FMR(t)] / min(p, 1-p)",
        " Both errors cost the same.",
    ),
    _cost_at_threshold(
        "DCF@threshold,cmiss",
        ("threshold", "prior", "cmiss", "cfa"),
        "DCF@threshold=0.35,prior=0.01,cmiss=10,cfa=1",
        "[cmiss p FNMR(t) + cfa (1-p) FMR(t)] / min(cmiss p, cfa (1-p))",
        " A false non-match costs cmiss, a false match cfa.",
    ),
    MeasureKind(
        name="minDCF@cmiss",
        title="Minimum detection cost with costs",
        unit="number",
        better="lower",
        version=1,
        source=_NIST,
        example="minDCF@prior=0.01,cmiss=10,cfa=1",
        formula="min over t of [cmiss p FNMR(t) + cfa (1-p) FMR(t)] / min(cmiss p, cfa (1-p))",
        explanation="As minDCF@prior, where a false non-match costs cmiss and a false match cfa. Normalised, prior and "
        "costs act only together: it is minDCF at the prior cmiss p / (cmiss p + cfa (1-p)).",
        needs="scores",
        compute=_min_dcf,
        interval="min_dcf",
        parameters=("prior", "cmiss", "cfa"),
        below_floor=True,
    ),
    MeasureKind(
        name="HTER@threshold",
        title="Half total error rate at a threshold",
        unit="proportion",
        better="lower",
        version=1,
        source="Bengio and Mariéthoz, 2004: half total error rate, threshold set on other data",
        example="HTER@threshold=0.35",
        formula="(FMR(t) + FNMR(t)) / 2",
        explanation="The mean of both error rates at a threshold that was set on other data, mostly the EER threshold "
        "of a development set. With a threshold chosen on these very scores it would be too small: use EER for that. "
        "It weighs a false match and a false non-match alike, which hardly any application does.",
        needs="scores",
        compute=_hter,
        interval="weighed_rates",
        parameters=("threshold",),
        below_floor=True,
    ),
)
