"""A part of a data set: the samples that listed pairs name, or the first subjects of a trial run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.records import Dataset, ListedPairs, Roles


def select(dataset: Dataset, keep: NDArray[np.bool_]) -> Dataset:
    """The samples where `keep` (n,) is True, in their order; listed pairs with both sides and roles among them stay.

    The card of a part expects no counts: those of the whole would not hold for it.
    """
    if keep.all():
        return dataset
    kept = np.flatnonzero(keep)
    renumbered = np.full(len(keep), -1, dtype=np.int32)
    renumbered[kept] = np.arange(len(kept), dtype=np.int32)
    return replace(
        dataset,
        card=replace(dataset.card, expected={}),
        sample_ids=tuple(dataset.sample_ids[i] for i in kept),
        subjects=tuple(dataset.subjects[i] for i in kept),
        sources=tuple(dataset.sources[i] for i in kept),
        landmarks=None if dataset.landmarks is None else dataset.landmarks[kept],
        attributes={name: tuple(column[i] for i in kept) for name, column in dataset.attributes.items()},
        pairs=None if dataset.pairs is None else _pairs(dataset.pairs, renumbered),
        roles=None if dataset.roles is None else _roles(dataset.roles, renumbered),
    )


def _pairs(pairs: ListedPairs, renumbered: NDArray[np.int32]) -> ListedPairs:
    probe, reference = renumbered[pairs.probe], renumbered[pairs.reference]
    both = (probe >= 0) & (reference >= 0)
    return ListedPairs(probe[both], reference[both], pairs.mated[both].copy(), pairs.fold[both].copy())


def _roles(roles: Roles, renumbered: NDArray[np.int32]) -> Roles:
    reference, probe = renumbered[roles.reference], renumbered[roles.probe]
    return Roles(reference[reference >= 0], probe[probe >= 0])


def named_by_pairs(dataset: Dataset) -> NDArray[np.bool_]:
    """(n,) True for the samples that the listed pairs name."""
    named = np.zeros(len(dataset.sample_ids), dtype=bool)
    if dataset.pairs is not None:
        named[dataset.pairs.probe] = True
        named[dataset.pairs.reference] = True
    return named


def first_subjects(dataset: Dataset, count: int) -> NDArray[np.bool_]:
    """(n,) True for the samples of the first `count` subjects in the order of their names."""
    _, codes = dataset.subject_codes
    return codes < count
