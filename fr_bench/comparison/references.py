"""References of several samples: how their templates become one, and which references have none.

A reference of one sample is that sample's template, untouched, so that its scores are those of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.records import References, TemplateSet, frozen


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """The references that have a template.

    numbers   (k,) number of each in `References`, ascending
    starts    (k + 1,) reference k is made of the rows `vectors[starts[k] : starts[k + 1]]`: one row, or with "best"
              one row for each member that has a template
    vectors   (rows, d) float32
    samples   (rows,) sample index of each row; -1 where a row is a mean
    """

    numbers: NDArray[np.int32]
    starts: NDArray[np.int64]
    vectors: NDArray[np.float32]
    samples: NDArray[np.int32]

    def __post_init__(self) -> None:
        for array in (self.numbers, self.starts, self.vectors, self.samples):
            frozen(array)

    @property
    def single(self) -> bool:
        """Whether every reference is one row."""
        return len(self.starts) == len(self.samples) + 1


def enrol(references: References, templates: TemplateSet) -> Enrolled:
    """The templates of the references. Failed members are left out; a reference without any template fails to enrol.

    With "mean" and cosine, several templates are normalised, added in the order of the members and normalised again,
    all in float64, then rounded to float32; with Euclidean distance they are averaged as they are. Members that cancel
    each other give no template.
    """
    present = templates.has_template
    keep = present[references.members]
    counts = np.add.reduceat(keep, references.offsets[:-1], dtype=np.int64) if len(references) else np.zeros(0, int)
    numbers = np.flatnonzero(counts).astype(np.int32)
    members = references.members[keep]
    starts = np.concatenate([[0], np.cumsum(counts[numbers])]).astype(np.int64)
    if references.combine == "best" or len(members) == len(numbers):
        return Enrolled(numbers, starts, chosen(templates.vectors, members), members)
    return _means(numbers, starts, members, templates)


def chosen(vectors: NDArray[np.float32], rows: NDArray[np.int32]) -> NDArray[np.float32]:
    """Some templates; all of them in their order are no copy, so that a file mapped into memory stays one."""
    if len(rows) == len(vectors) and np.array_equal(rows, np.arange(len(rows))):
        return np.asarray(vectors)
    return np.asarray(vectors[rows])


def _means(
    numbers: NDArray[np.int32], starts: NDArray[np.int64], members: NDArray[np.int32], templates: TemplateSet
) -> Enrolled:
    vectors = np.zeros((len(numbers), templates.vectors.shape[1]), dtype=np.float32)
    made = np.ones(len(numbers), dtype=bool)
    samples = members[starts[:-1]].copy()
    for row, (first, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        group = np.asarray(templates.vectors[members[first:end]])
        if end - first == 1:
            vectors[row] = group[0]
            continue
        samples[row] = -1
        combined = mean_template(group, unit_length=templates.comparison == "cosine")
        if combined is None:
            made[row] = False
        else:
            vectors[row] = combined
    return Enrolled(numbers[made], np.arange(np.count_nonzero(made) + 1, dtype=np.int64), vectors[made], samples[made])


def mean_template(group: NDArray[np.float32], *, unit_length: bool) -> NDArray[np.float32] | None:
    """The mean of (k, d) templates, added from the first to the last; None where it has no direction.

    unit_length   normalise each before, and the mean after: then the mean is the sum, normalised

    >>> mean_template(np.array([[1, 0], [0, 1]], dtype=np.float32), unit_length=True)
    array([0.70710677, 0.70710677], dtype=float32)
    >>> mean_template(np.array([[1, 0], [-1, 0]], dtype=np.float32), unit_length=True) is None
    True
    """
    # cumsum adds strictly from left to right, whatever the processor; sum() adds in an order of its own.
    wide = group.astype(np.float64)
    if not unit_length:
        return np.asarray(np.cumsum(wide, axis=0)[-1] / len(wide), dtype=np.float32)
    lengths = np.sqrt(np.cumsum(wide * wide, axis=1)[:, -1:])
    if not lengths.all():
        return None
    total = np.cumsum(wide / lengths, axis=0)[-1]
    length = np.sqrt(np.cumsum(total * total)[-1])
    # Templates that cancel each other leave the rounding errors of their float32 numbers, which point nowhere.
    if length <= 2.0**-22 * len(wide):
        return None
    return np.asarray(total / length, dtype=np.float32)
