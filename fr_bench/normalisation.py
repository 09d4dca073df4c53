"""Score normalisation against a cohort: what a score means for this reference and this probe, not for the average one.

Some faces score high with everybody. A cohort is a set of other people's templates, none of them of a subject of the
test; the scores of a reference (or a probe) with the cohort tell what is usual for it, and its scores are told in
deviations from that:

    z-norm    by the reference's scores with the cohort          (s - mean_r) / deviation_r
    t-norm    by the probe's scores with the cohort              (s - mean_p) / deviation_p
    zt-norm   z-norm, then t-norm with z-normalised cohort scores
    s-norm    the mean of z-norm and t-norm: symmetric in reference and probe
    as-norm   s-norm with the `top` highest cohort scores of each only (adaptive)

Deviations have the divisor n. Sources: Auckenthaler, Carey and Lloyd-Thomas (2000), z, t and zt; Kenny (2010), s;
Matějka and others (2017), adaptive s. Arrays go in and come out; `normalised` does the same for a `ScoreSet`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.errors import DataError
from fr_bench.metrics.parts import with_values
from fr_bench.metrics.scores import KEEP_MORE
from fr_bench.records import Indices, ScoreSet

__all__ = [
    "METHODS",
    "adaptive_s_norm",
    "cohort_scores",
    "normalised",
    "s_norm",
    "t_norm",
    "z_norm",
    "zt_norm",
]

Method = Literal["z-norm", "t-norm", "zt-norm", "s-norm", "as-norm"]
METHODS: tuple[str, ...] = get_args(Method)
LEAST_COHORT = 2
"""Cohort scores that have a deviation; a usable cohort has hundreds."""

Vector = NDArray[np.float64]


def cohort_scores(templates: ArrayLike, cohort: ArrayLike) -> Vector:
    """(n, k) cosine scores of (n, d) templates with the (k, d) templates of a cohort.

    Raises ValueError for other shapes and for a template without length.

    >>> cohort_scores([[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0]]).tolist()
    [[1.0], [0.0]]
    """
    first, second = (np.asarray(vectors, dtype=np.float64) for vectors in (templates, cohort))
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"templates of shape {first.shape} and a cohort of shape {second.shape}")
    lengths = [np.sqrt((vectors**2).sum(axis=1, keepdims=True)) for vectors in (first, second)]
    if any((length == 0).any() for length in lengths):
        raise ValueError("a template of length 0 has no direction to compare")
    return np.asarray((first / lengths[0]) @ (second / lengths[1]).T, dtype=np.float64)


def z_norm(scores: ArrayLike, reference: ArrayLike, reference_cohort: ArrayLike) -> Vector:
    """Scores in deviations of what is usual for their reference, (n,).

    scores             (n,) similarity scores
    reference          (n,) row of each comparison's reference in `reference_cohort`
    reference_cohort   (references, k) scores of each reference with the cohort

    Raises DataError: `cohort_too_small`, `constant_cohort` where all cohort scores of a row are equal,
    `infinite_score`; ValueError for shapes that do not fit.

    >>> z_norm([5.0, 5.0], [0, 1], [[1.0, 3.0], [4.0, 8.0]]).tolist()
    [3.0, -0.5]
    """
    return _normalised(scores, reference, reference_cohort, "reference")


def t_norm(scores: ArrayLike, probe: ArrayLike, probe_cohort: ArrayLike) -> Vector:
    """Scores in deviations of what is usual for their probe, (n,): as `z_norm` with probes for references.

    >>> t_norm([5.0], [0], [[1.0, 3.0]]).tolist()
    [3.0]
    """
    return _normalised(scores, probe, probe_cohort, "probe")


def zt_norm(
    scores: ArrayLike,
    reference: ArrayLike,
    probe: ArrayLike,
    reference_cohort: ArrayLike,
    probe_cohort: ArrayLike,
    cohort_cohort: ArrayLike,
) -> Vector:
    """z-norm, and then t-norm with cohort scores that are z-normalised in the same way, (n,).

    reference_cohort   (references, k) scores with the first cohort
    probe_cohort       (probes, m) scores with the second cohort, which stand for references
    cohort_cohort      (m, k) scores of the second cohort with the first

    Raises as `z_norm`.
    """
    usual = _cohort(cohort_cohort, "cohort")
    probes = _cohort(probe_cohort, "probe")
    if len(usual) != probes.shape[1]:
        raise ValueError(f"{probes.shape[1]} cohort scores a probe and {len(usual)} rows of the cohort")
    mean, deviation = _usual(usual, "cohort", range(len(usual)))
    return t_norm(z_norm(scores, reference, reference_cohort), probe, (probes - mean) / deviation)


def s_norm(
    scores: ArrayLike, reference: ArrayLike, probe: ArrayLike, reference_cohort: ArrayLike, probe_cohort: ArrayLike
) -> Vector:
    """The mean of z-norm and t-norm, (n,): the same if reference and probe change places. Raises as `z_norm`.

    >>> s_norm([5.0], [0], [0], [[1.0, 3.0]], [[4.0, 8.0]]).tolist()
    [1.25]
    """
    return (z_norm(scores, reference, reference_cohort) + t_norm(scores, probe, probe_cohort)) / 2


def adaptive_s_norm(
    scores: ArrayLike,
    reference: ArrayLike,
    probe: ArrayLike,
    reference_cohort: ArrayLike,
    probe_cohort: ArrayLike,
    *,
    top: int,
) -> Vector:
    """s-norm with the `top` highest cohort scores of each reference and of each probe, (n,).

    Raises as `z_norm`; `cohort_too_small` too where a cohort has fewer than `top`.

    >>> adaptive_s_norm([5.0], [0], [0], [[1.0, 3.0, -9.0]], [[4.0, 8.0, -9.0]], top=2).tolist()
    [1.25]
    """
    of_reference = _highest(_cohort(reference_cohort, "reference"), top)
    of_probe = _highest(_cohort(probe_cohort, "probe"), top)
    return s_norm(scores, reference, probe, of_reference, of_probe)


def normalised(
    scores: ScoreSet,
    method: Method,
    *,
    reference_cohort: ArrayLike | None = None,
    probe_cohort: ArrayLike | None = None,
    cohort_cohort: ArrayLike | None = None,
    top: int = 300,
) -> ScoreSet:
    """A score set with normalised scores, to be measured as any other.

    reference_cohort, probe_cohort   rows in the order of `scores.references.ids` and `scores.probes.ids`; needed where
                                     the method uses them
    top                              for as-norm only

    Raises DataError as `z_norm`, `no_ids` where the scores name no probes and references, `below_floor` where nonmated
    scores were not kept; ValueError for a cohort that the method needs and that is not given.
    """
    if method not in METHODS:
        raise ValueError(f"no normalisation {method!r} among {METHODS}")
    if scores.rest is not None and scores.rest.count:
        raise DataError(
            f"{scores.rest.count} nonmated scores below the floor were counted and not kept; normalisation needs every "
            f"score: {KEEP_MORE}",
            code="below_floor",
        )
    values = []
    for part in (scores.mated, scores.nonmated):
        if part.probe is None or part.reference is None:
            raise DataError(
                "the scores come without ids of probe and reference, so nobody knows whose cohort scores are meant",
                code="no_ids",
            )
        cohorts = (reference_cohort, probe_cohort, cohort_cohort)
        values.append(_by_method(method, part.values, part.reference, part.probe, cohorts, top))
    return with_values(scores, values[0], values[1])


def _by_method(
    method: Method,
    values: ArrayLike,
    reference: Indices,
    probe: Indices,
    cohorts: tuple[ArrayLike | None, ArrayLike | None, ArrayLike | None],
    top: int,
) -> Vector:
    of_reference, of_probe, of_cohort = cohorts
    if method == "z-norm":
        return z_norm(values, reference, _needed(of_reference, "reference_cohort"))
    if method == "t-norm":
        return t_norm(values, probe, _needed(of_probe, "probe_cohort"))
    both = _needed(of_reference, "reference_cohort"), _needed(of_probe, "probe_cohort")
    if method == "zt-norm":
        return zt_norm(values, reference, probe, *both, _needed(of_cohort, "cohort_cohort"))
    if method == "as-norm":
        return adaptive_s_norm(values, reference, probe, *both, top=top)
    return s_norm(values, reference, probe, *both)


def _needed(cohort: ArrayLike | None, name: str) -> ArrayLike:
    if cohort is None:
        raise ValueError(f"{name} is needed")
    return cohort


def _normalised(scores: ArrayLike, rows: ArrayLike, cohort: ArrayLike, name: str) -> Vector:
    values, codes, given = np.asarray(scores, dtype=np.float64), np.asarray(rows), _cohort(cohort, name)
    if values.ndim != 1 or codes.shape != values.shape or codes.dtype.kind not in "iu":
        raise ValueError(f"scores of shape {values.shape} and rows of shape {codes.shape} and type {codes.dtype}")
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(given):
        raise ValueError(f"rows from {codes.min()} to {codes.max()} of {len(given)} {name}s")
    if not np.isfinite(values).all():
        raise DataError(
            f"{int((~np.isfinite(values)).sum())} scores are infinite or NaN and cannot be told in deviations; take "
            "them out as failed comparisons",
            code="infinite_score",
        )
    mean, deviation = _usual(given, name, np.unique(codes).tolist())
    return np.asarray((values - mean[codes]) / deviation[codes], dtype=np.float64)


def _cohort(cohort: ArrayLike, name: str) -> Vector:
    given = np.asarray(cohort, dtype=np.float64)
    if given.ndim != 2:
        raise ValueError(f"cohort scores of shape {given.shape}; expected ({name}s, cohort)")
    if given.shape[1] < LEAST_COHORT:
        raise DataError(
            f"{given.shape[1]} cohort scores a {name}: at least {LEAST_COHORT} are needed, hundreds to be of use",
            code="cohort_too_small",
        )
    if not np.isfinite(given).all():
        raise DataError(
            f"{int((~np.isfinite(given)).sum())} cohort scores of {name}s are infinite or NaN; take those templates "
            "out of the cohort",
            code="infinite_score",
        )
    return given


def _highest(cohort: Vector, top: int) -> Vector:
    """The `top` highest scores of each row, in order: their sum does not hang on how the cohort was listed."""
    if top < LEAST_COHORT or top > cohort.shape[1]:
        raise DataError(
            f"the {top} highest cohort scores were asked for, and there are {cohort.shape[1]}; ask for at least "
            f"{LEAST_COHORT}, and no more than there are",
            code="cohort_too_small",
        )
    return np.asarray(np.sort(cohort, axis=1)[:, cohort.shape[1] - top :])


def _usual(cohort: Vector, name: str, used: Iterable[int]) -> tuple[Vector, Vector]:
    """Mean and deviation of each row. Raises DataError `constant_cohort` naming the first rows in use without any."""
    ordered = np.sort(cohort, axis=1)  # the order of the cohort changes no digit
    mean, deviation = ordered.mean(axis=1), ordered.std(axis=1)
    deviation[ordered[:, 0] == ordered[:, -1]] = 0.0
    constant = [row for row in used if deviation[row] == 0]
    if constant:
        listed = ", ".join(str(row) for row in constant[:10]) + (" ..." if len(constant) > 10 else "")
        raise DataError(
            f"all cohort scores of {len(constant)} {name}s are equal (rows {listed}, counted from 0), so nothing is "
            "usual for them; give another cohort",
            code="constant_cohort",
        )
    return mean, np.where(deviation == 0, 1.0, deviation)
