"""Attributes of samples in a file of scores: a column for the probe and one for the reference, under one name.

`probe_gender` with `reference_gender`, or with bob's `bio_ref_gender`, tells the attribute `gender` of both samples of
each row. A sample stands in many rows and has one value in all of them; an empty cell says that it is unknown there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.findings import Note
from fr_bench.scorefiles._raw import KNOWN_NAMES, RawScores, Texts

PROBE = "probe_"
REFERENCE = ("reference_", "bio_ref_", "ref_")
SHOWN = 10
_IDS = frozenset(name for names in KNOWN_NAMES.values() for name in names)


def paired(header: Iterable[str], used: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The columns of each attribute, probe's and reference's, among those that hold no score, label, id or fold.

    >>> paired(["probe_subject_id", "bio_ref_subject_id", "probe_gender", "bio_ref_gender", "score"], ["score"])
    {'gender': ('probe_gender', 'bio_ref_gender')}
    """
    taken = set(used)
    free = {name.strip().lower(): name for name in header if name not in taken and name.strip().lower() not in _IDS}
    found = {}
    for lowered, name in free.items():
        attribute = name.strip()[len(PROBE) :]
        if lowered.startswith(PROBE) and attribute:
            others = (free.get(start + attribute.lower()) for start in REFERENCE)
            if other := next((one for one in others if one), None):
                found[attribute] = (name, other)
    return found


def unused_note(header: Sequence[str], used: Iterable[str], offered: Iterable[str], name: str) -> tuple[Note, ...]:
    """Which columns of a file were not looked at, and by which of them scores could be split."""
    taken = set(used)
    left = [column for column in header if column not in taken]
    if not left:
        return ()
    more = ", ..." if len(left) > SHOWN else ""
    text = f"{name}: not used: {', '.join(shown(column, 40) for column in left[:SHOWN])}{more}."
    if attributes := [shown(one, 40) for one in offered][:SHOWN]:
        text += f" --by splits scores by {', '.join(attributes)}."
    return (Note(level="information", code="columns_not_used", text=text),)


def by_sample(raw: RawScores) -> dict[str, dict[str, str]]:
    """The value of each attribute for each sample that a file names, "" for unknown.

    Where only subjects are named they stand for their samples. Raises DataError `attribute_conflict` where a sample
    has two values.
    """
    probe, reference = raw.probe or raw.probe_subject, raw.reference or raw.reference_subject
    if probe is None or reference is None:
        return {}
    return {name: _values(raw, name, (probe, reference), sides) for name, sides in raw.attributes.items()}


def _values(raw: RawScores, name: str, ids: tuple[Texts, Texts], sides: tuple[Texts, Texts]) -> dict[str, str]:
    found: dict[str, str] = {}
    for samples, column in zip(ids, sides, strict=True):
        rows, pairs = _first_rows(samples, column)
        for row, (sample, value) in zip(rows, pairs, strict=True):
            text = column.names[value].strip()
            before = found.setdefault(samples.names[sample], text)
            if before and text and before != text:
                raise DataError(
                    f"{raw.place(row)}: the {name!r} of {shown(samples.names[sample])!r} is {shown(text)!r} here and "
                    f"{shown(before)!r} elsewhere; a sample has one value",
                    code="attribute_conflict",
                )
            found[samples.names[sample]] = before or text
    return found


def _first_rows(samples: Texts, column: Texts) -> tuple[list[int], list[tuple[int, int]]]:
    """Each pair of a sample and a value that occurs, and the first row that it occurs in, in the order of the rows."""
    keys = samples.codes.astype(np.int64) * len(column.names) + column.codes
    distinct, rows = np.unique(keys, return_index=True)
    order: NDArray[np.intp] = np.argsort(rows, kind="stable")
    pairs = [divmod(int(key), len(column.names)) for key in distinct[order]]
    return rows[order].tolist(), pairs


def chosen(asked: Sequence[str], offered: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The columns of the attributes that somebody asked for."""
    return {name: offered[name] for name in asked if name in offered}
