"""Which comparisons are made: counted by arithmetic, never listed, and never a sample against itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.records import ComparisonPlan, Dataset, Indices, ListedPairs, References

KINDS = ("auto", "all", "listed", "gallery", "search")
ROWS_NAMED = 10
"""Offending rows that an error message names."""


def build(
    dataset: Dataset,
    kind: str = "auto",
    *,
    combine: Literal["mean", "best"] = "mean",
    references: Literal["auto", "subject", "sample"] = "auto",
) -> ComparisonPlan:
    """The plan of a data set's comparisons.

    kind        "all": every unordered pair of samples; "listed": the pairs that the data set lists; "gallery": every
                reference with every probe, as the data set's roles say; "auto": listed if it lists pairs, else gallery
                if it has roles, else all; "search": as "gallery", and each probe is searched for among all references,
                those of one subject being one candidate with its best score
    combine     "gallery" and "search": how several samples of a reference become one
    references  "gallery" and "search": "subject" makes one reference of all reference samples of a subject, "sample"
                one of each; "auto" takes "sample" where a sample is both reference and probe, else "subject"

    In "gallery" and "search" a probe is not compared with a reference that it is a member of; so with one reference a
    subject, a subject whose probes are all members of its reference has no mated comparison.
    Raises UsageError `unknown_plan` and `plan_needs_pairs` or `plan_needs_roles`; DataError `label_id_conflict`,
    `self_comparison`, and `no_comparisons` if there are neither mated nor nonmated ones. One empty class is allowed;
    `why_empty` says why.
    """
    if kind not in KINDS:
        raise UsageError(f"no comparison plan named {shown(kind)!r}{nearest(kind, KINDS)}", code="unknown_plan")
    if kind == "auto":
        kind = "listed" if dataset.pairs is not None else "gallery" if dataset.roles is not None else "all"
    if kind == "listed":
        plan = _listed(dataset)
    elif kind in ("gallery", "search"):
        plan = _gallery(dataset, combine, references)
        if kind == "search":
            plan = _searched(plan)
    else:
        plan = _all(dataset)
    if plan.mated == 0 and plan.nonmated == 0:
        raise DataError(
            f"data set {shown(dataset.name)!r} allows no comparison under plan {plan.kind!r}: {len(plan.probes)} "
            f"probes, {len(plan.references)} references; at least two samples are needed",
            code="no_comparisons",
        )
    return plan


def _all(dataset: Dataset) -> ComparisonPlan:
    _, subject = dataset.subject_codes
    every = np.arange(len(subject), dtype=np.int32)
    mated, nonmated = count_all(subject)
    return ComparisonPlan(
        kind="all",
        subject=subject,
        references=one_each(every),
        probes=every.copy(),
        mated=mated,
        nonmated=nonmated,
    )


def _listed(dataset: Dataset) -> ComparisonPlan:
    pairs = dataset.pairs
    if pairs is None:
        raise UsageError(
            f"plan 'listed' needs pairs, and data set {shown(dataset.name)!r} lists none; take plan 'all'",
            code="plan_needs_pairs",
        )
    _, subject = dataset.subject_codes
    _refuse_contradictions(dataset, pairs, subject)
    every = np.arange(len(subject), dtype=np.int32)
    mated = int(np.count_nonzero(pairs.mated))
    return ComparisonPlan(
        kind="listed",
        subject=subject,
        references=one_each(every),
        probes=every.copy(),
        mated=mated,
        nonmated=len(pairs.mated) - mated,
        pairs=pairs,
    )


def _refuse_contradictions(dataset: Dataset, pairs: ListedPairs, subject: Indices) -> None:
    itself = np.flatnonzero(pairs.probe == pairs.reference)
    if itself.size:
        raise DataError(
            f"data set {shown(dataset.name)!r}: {itself.size} listed pairs compare a sample with itself "
            f"({_named(dataset, pairs, itself)}); remove them",
            code="self_comparison",
        )
    wrong = np.flatnonzero((subject[pairs.probe] == subject[pairs.reference]) != pairs.mated)
    if wrong.size:
        raise DataError(
            f"data set {shown(dataset.name)!r}: {wrong.size} listed pairs are labelled mated with two subjects, or "
            f"nonmated with one ({_named(dataset, pairs, wrong)}); correct the label or the subject",
            code="label_id_conflict",
        )


def _named(dataset: Dataset, pairs: ListedPairs, rows: NDArray[np.intp]) -> str:
    named = [
        f"pair {row + 1}: {shown(dataset.sample_ids[pairs.probe[row]], 40)} and "
        f"{shown(dataset.sample_ids[pairs.reference[row]], 40)}"
        for row in rows[:ROWS_NAMED].tolist()
    ]
    return "; ".join(named) + ("; …" if rows.size > ROWS_NAMED else "")


def _gallery(dataset: Dataset, combine: Literal["mean", "best"], per: str) -> ComparisonPlan:
    roles = dataset.roles
    if roles is None:
        raise UsageError(
            f"plans 'gallery' and 'search' need roles, and data set {shown(dataset.name)!r} says of no sample whether "
            "it is a reference or a probe; take plan 'all'",
            code="plan_needs_roles",
        )
    if per not in ("auto", "subject", "sample"):
        raise UsageError(
            f"references per {shown(per)!r}{nearest(per, ['auto', 'subject', 'sample'])}", code="unknown_plan"
        )
    _, subject = dataset.subject_codes
    enrolled = np.unique(roles.reference).astype(np.int32)
    probes = np.unique(roles.probe).astype(np.int32)
    if per == "auto":
        per = "sample" if np.intersect1d(enrolled, probes).size else "subject"
    references = one_each(enrolled) if per == "sample" else one_a_subject(enrolled, subject, combine)
    mated, nonmated = count_gallery(references, probes, subject)
    return ComparisonPlan(
        kind="gallery",
        subject=subject,
        references=references,
        probes=probes,
        mated=mated,
        nonmated=nonmated,
    )


def _searched(plan: ComparisonPlan) -> ComparisonPlan:
    """The same comparisons asked as 1:N, the references of a subject one after another."""
    references = plan.references
    order = np.argsort(reference_subjects(references, plan.subject), kind="stable")
    lengths = np.diff(references.offsets)[order]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    members = np.arange(starts[-1]) - np.repeat(starts[:-1] - references.offsets[:-1][order], lengths)
    return replace(
        plan,
        kind="search",
        references=References(
            offsets=starts, members=references.members[members], combine=references.combine
        ),
    )  # fmt: skip


def one_each(samples: Indices) -> References:
    """One reference of each sample, in their order."""
    return References(offsets=np.arange(len(samples) + 1, dtype=np.int64), members=samples.copy())


def one_a_subject(samples: Indices, subject: Indices, combine: Literal["mean", "best"]) -> References:
    """One reference of all given samples of each subject: subjects by code, samples by index."""
    order = np.lexsort((samples, subject[samples]))
    members = samples[order]
    _, first = np.unique(subject[members], return_index=True)
    return References(
        offsets=np.append(first, len(members)).astype(np.int64), members=members.astype(np.int32), combine=combine
    )


def reference_subjects(references: References, subject: Indices) -> Indices:
    """(r,) subject code of each reference: that of its first member."""
    return subject[references.members[references.offsets[:-1]]]


def enrolled_probes(plan: ComparisonPlan) -> NDArray[np.bool_]:
    """(p,) whether a reference of the probe's subject is planned that the probe is no member of: a mated search."""
    codes = int(plan.subject.max()) + 1 if len(plan.subject) else 0
    enrolled = np.bincount(reference_subjects(plan.references, plan.subject), minlength=codes)
    own = np.bincount(plan.references.members, minlength=len(plan.subject))
    return np.asarray(enrolled[plan.subject[plan.probes]] > own[plan.probes])


def count_all(subject: Indices) -> tuple[int, int]:
    """Mated and nonmated unordered pairs of samples with these subject codes.

    >>> count_all(np.array([0, 0, 0, 1, 2], dtype=np.int32))
    (3, 7)
    """
    n = len(subject)
    mated = sum(c * (c - 1) // 2 for c in np.unique(subject, return_counts=True)[1].tolist())
    return mated, n * (n - 1) // 2 - mated


def count_gallery(references: References, probes: Indices, subject: Indices) -> tuple[int, int]:
    """Mated and nonmated comparisons of every reference with every probe that is no member of it."""
    codes = int(subject.max()) + 1 if len(subject) else 0
    enrolled = np.bincount(reference_subjects(references, subject), minlength=codes)
    probing = np.bincount(subject[probes], minlength=codes)
    same = sum(r * p for r, p in zip(enrolled.tolist(), probing.tolist(), strict=True))
    memberships = np.bincount(references.members, minlength=len(subject))
    return same - int(memberships[probes].sum()), len(references) * len(probes) - same


def needed_samples(plan: ComparisonPlan) -> Indices:
    """The samples that take part in a comparison, ascending: only these need a template."""
    if plan.pairs is not None:
        return np.unique(np.concatenate([plan.pairs.probe, plan.pairs.reference])).astype(np.int32)
    return np.unique(np.concatenate([plan.probes, plan.references.members])).astype(np.int32)


def why_empty(plan: ComparisonPlan) -> str | None:
    """Why the plan has no mated, or no nonmated, comparison; None if it has both."""
    people, samples = len(np.unique(plan.subject)), len(plan.subject)
    if plan.mated == 0:
        reason = {
            "all": f"no subject has two samples ({people} subjects, {samples} samples)",
            "listed": "no listed pair is labelled mated",
        }.get(plan.kind, "no probe has a reference of its own subject that it is not a member of")
        return f"plan has 0 mated comparisons: {reason}"
    if plan.nonmated == 0:
        reason = {
            "all": f"all {samples} samples are of one subject",
            "listed": "no listed pair is labelled nonmated",
        }.get(plan.kind, "probes and references are all of one subject")
        return f"plan has 0 nonmated comparisons: {reason}"
    return None
