"""A baseline: what is kept of a run so that later runs can be compared with it, paired by subject, without its scores.

Kept for each measure: value, counts, interval, threshold, and what the paired test needs:

    FNMR at a threshold     errors of each subject
    FMR at a threshold      false matches of each pair of subjects, where there are few; else draws
    FNMR at an FMR, EER ... the measure in every draw of subjects, in the draws' order; errors by subject for FNMR
    FTA, FTE                samples without a template of each subject

Subjects stand under pseudonyms: a keyed hash whose key lies in the file, so whoever has a list of names can look them
up; it keeps names out of a repository and is no anonymity. Given up against `frbench diff`: which single comparisons
were decided differently, and comparisons that only one of the runs could make.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparing import Side
from fr_bench.comparing.sides import made_alike
from fr_bench.contracts import MeasureKind
from fr_bench.drawn_scores import STATISTICS
from fr_bench.errors import UsageError
from fr_bench.findings import Measurement, Threshold
from fr_bench.gates.evidence import Figures, method_of
from fr_bench.intervals import draws as drawing
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.dyads import PairErrors
from fr_bench.known_measures import resolve
from fr_bench.subject_scores import SubjectScores

MOST_PAIRS = 1_000
"""Pairs of subjects with false matches that are kept for one measure; beyond, draws are kept."""
ALPHA = 0.05

Draws = NDArray[np.float32]
Names = Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kept:
    """One measure of a baseline.

    measurement   as the run gave it, without details
    errors        errors of each subject with any, by pseudonym; None: not kept
    pairs         false matches of each pair of subjects with any: two pseudonyms, number; None: not kept
    draws         (B,) the measure in every draw of subjects; None: not kept
    """

    measurement: Measurement
    errors: Names | None = None
    pairs: tuple[tuple[str, str, int], ...] | None = None
    draws: Draws | None = None

    @property
    def paired(self) -> bool:
        """Whether a later run can be paired with it."""
        return self.errors is not None or self.pairs is not None or self.draws is not None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Baseline:
    """What is kept of a run.

    facts      what must agree before anything is compared: data digest, plan, preprocessing, polarity, level ...
    salt       key of the pseudonyms
    mated      digest of who has how many mated comparisons, by pseudonym
    design     digest of who has how many nonmated ones
    """

    name: str
    facts: Mapping[str, Any]
    alpha: float
    draws: int
    seed: int
    salt: str
    mated: str
    design: str
    measures: tuple[Kept, ...]
    recognizer: Mapping[str, Any] = field(default_factory=dict)
    made_by: str = ""

    def kept(self, measure: str) -> Kept | None:
        """A measure of the baseline."""
        return next((one for one in self.measures if one.measurement.measure == measure), None)


def baseline_of(run: Side, *, measures: Sequence[str] = (), alpha: float = ALPHA, draws: int | None = None) -> Baseline:
    """What is kept of a run.

    measures   texts; empty: all that the run reports of everybody
    alpha      one-sided error level that regressions against it are judged at
    draws      how often subjects are drawn for measures of a curve; None: as the run

    Raises UsageError: `no_subjects` where the scores do not name them, `unknown_measure`.
    """
    from fr_bench import __version__

    reported = [m.measure for m in run.result.measurements if not m.group]
    texts = tuple(dict.fromkeys(str(resolve(text)[0]) for text in measures or reported))
    method = method_of(run)
    if draws is not None:
        method = type(method)(name=method.name, level=method.level, draws=draws, seed=method.seed)
    level = run.level if run.level is not None else method.level
    figures = Figures(run=run, asked=texts, method=method)
    if figures.by_subject is None or figures.by_subject.design is None:
        raise UsageError(
            f"{run.name} does not say whose samples were compared, so that nothing can be paired by subject; run with "
            "subject ids",
            code="no_subjects",
        )
    salt = salt_of(run)
    names = pseudonyms(figures.by_subject.names, salt)
    found = [figures.measurement(text, level) for text in texts]
    return Baseline(
        name=run.name,
        facts=facts_of(run),
        alpha=alpha,
        draws=method.draws,
        seed=method.seed,
        salt=salt,
        mated=mated_digest(figures.by_subject, names),
        design=design_digest(figures.by_subject, names),
        measures=tuple(_kept(m, figures, names) for m in found if m is not None),
        recognizer=recognizer_of(run),
        made_by=f"fr_bench {__version__}",
    )


def facts_of(run: Side) -> dict[str, Any]:
    """What two runs must agree in before their figures are compared."""
    made, data, recognizer = run.result.comparison, run.result.dataset, run.result.recognizer
    return {
        "data": None if data is None else data.digest,
        "plan": {
            "plan": made.plan,
            "mated": made.mated_planned,
            "nonmated": made.nonmated_planned,
            **made_alike(run.result),
        },
        "preprocessing": {} if recognizer is None else dict(recognizer.preprocessing),
        "polarity": "suspect" if any("polarity_suspect" in m.labels for m in run.result.measurements) else "similarity",
    }


def recognizer_of(run: Side) -> dict[str, Any]:
    """Which recognizer was measured; another one is what a comparison is for."""
    known = run.result.recognizer
    if known is None:
        return {}
    return {"name": known.name, "version": known.version, "digest": known.digest, "provider": known.provider}


def salt_of(run: Side) -> str:
    """The key of the pseudonyms: the same for the same data, so that a baseline made again is the same file."""
    data = run.result.dataset.digest if run.result.dataset else run.result.comparison.plan
    return hashlib.sha256(f"fr_bench.baseline/1|{data}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def pseudonyms(names: Sequence[str], salt: str) -> tuple[str, ...]:
    """A name under which a subject stands in the file: 48 bits of a keyed hash, more where two would be alike.

    >>> pseudonyms(["Kim", "Lee"], "00")[0] == pseudonyms(["Kim"], "00")[0]
    True
    """
    whole = [
        hmac.new(salt.encode("ascii"), name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        for name in names
    ]
    short = tuple(text[:12] for text in whole)
    return short if len(set(short)) == len(set(names)) else tuple(whole)


def mated_digest(known: SubjectScores, names: Sequence[str]) -> str:
    """Who has how many mated comparisons, whatever their order."""
    counts = np.bincount(known.mated, minlength=len(names))
    return _digest(f"{name}:{int(count)}" for name, count in zip(names, counts, strict=True) if count)


def design_digest(known: SubjectScores, names: Sequence[str]) -> str:
    """Who has how many nonmated comparisons, whatever their order."""
    if known.design is None:
        return ""
    counts = known.design.by_subject()
    rows = (f"{name}:{int(count)}" for name, count in zip(names, counts, strict=True) if count)
    return _digest((*sorted(rows), f"total:{known.design.total}", f"squares:{known.design.sum_of_squares()}"))


def _digest(rows: Any) -> str:
    return hashlib.sha256("\n".join(sorted(rows)).encode("utf-8")).hexdigest()


def _kept(found: Measurement, figures: Figures, names: Sequence[str]) -> Kept:
    kind = resolve(found.measure)[1]
    if found.value is None:
        return Kept(measurement=found)
    if kind.needs == "samples":
        return Kept(measurement=found, errors=failed_by_subject(figures.run, salt_of(figures.run)))
    if kind.needs not in ("scores", "likelihoods"):
        return Kept(measurement=found)
    if kind.interval == "fmr":
        pairs = pairs_of(figures, found.threshold, names)
        return Kept(measurement=found, pairs=pairs, draws=None if pairs is not None else draws_of(found, kind, figures))
    errors = errors_of(figures, found.threshold, names) if kind.interval in ("fnmr", "fnmr_at_fmr") else None
    return Kept(measurement=found, errors=errors, draws=draws_of(found, kind, figures))


def errors_of(figures: Figures, threshold: Threshold | None, names: Sequence[str]) -> dict[str, int] | None:
    """False non-matches of each subject with any."""
    known = figures.by_subject
    if known is None or threshold is None:
        return None
    counts = known.false_non_matches(threshold)
    mated = np.unique(known.mated)
    return {
        names[code]: int(errors) for code, errors in zip(mated.tolist(), counts.errors.tolist(), strict=True) if errors
    }


def pairs_of(
    figures: Figures, threshold: Threshold | None, names: Sequence[str]
) -> tuple[tuple[str, str, int], ...] | None:
    """False matches of each pair of subjects with any; None where they are not known, or too many to be kept."""
    known = figures.by_subject
    found = None if known is None or threshold is None else known.false_matches(threshold)
    if found is None or len(found.errors) > MOST_PAIRS:
        return None
    rows = zip(found.first.tolist(), found.second.tolist(), found.errors.tolist(), strict=True)
    pairs = ((*sorted((names[one], names[other])), int(count)) for one, other, count in rows)
    return tuple(sorted((str(one), str(other), count) for one, other, count in pairs))


def draws_of(found: Measurement, kind: MeasureKind, figures: Figures) -> Draws | None:
    """The measure in every draw of subjects; None where it is not drawn."""
    drawn = figures.any_level.evidence.drawn
    if drawn is None:
        return None
    if kind.interval == "fnmr_at_fmr":
        return drawn.fnmr_at_fmr(Fraction(found.details["target"])).astype(np.float32)
    if kind.interval == "fmr" and found.threshold is not None and not isinstance(found.threshold, str):
        if found.threshold < figures.run.scores.floor:
            return None
        return drawing.fmr_draws(drawn.lists, [found.threshold])[:, 0].astype(np.float32)
    if kind.interval in STATISTICS and drawn.missing(kind.interval) is None:
        return drawn.statistic(kind.interval, resolve(found.measure)[0]).astype(np.float32)
    return None


def failed_by_subject(run: Side, salt: str) -> dict[str, int]:
    """Samples without a template of each subject with any."""
    found: dict[str, int] = {}
    for failure in run.result.failures:
        (name,) = pseudonyms([failure.subject], salt)
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def clusters_of(kept: Names, known: SubjectScores, names: Sequence[str]) -> ClusterCounts | None:
    """Kept errors as counts of the subjects of a run with mated comparisons; None where a subject is not there."""
    counts = np.bincount(known.mated, minlength=len(names)).astype(np.int64)
    errors, number = np.zeros(len(names), np.int64), {name: k for k, name in enumerate(names)}
    for name, count in kept.items():
        if name not in number or count > counts[number[name]]:
            return None
        errors[number[name]] = count
    present = counts > 0
    return ClusterCounts(errors[present], counts[present])


def pair_errors_of(kept: Sequence[tuple[str, str, int]], names: Sequence[str]) -> PairErrors | None:
    """Kept false matches under the numbers of a run's subjects; None where a subject is not there."""
    number = {name: k for k, name in enumerate(names)}
    if any(name not in number for one, other, _ in kept for name in (one, other)):
        return None
    first = [number[one] for one, _, count in kept for _ in range(count)]
    second = [number[other] for _, other, count in kept for _ in range(count)]
    return PairErrors.of(np.array(first, np.int64), np.array(second, np.int64))
