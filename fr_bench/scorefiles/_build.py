"""From raw scores to a `ScoreSet`: missing scores, polarity, labels against ids, repeated comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.findings import Note
from fr_bench.numerals import grouped, many
from fr_bench.reading import fold_numbers
from fr_bench.records import Floats, Indices, Party, Scores, ScoreSet, refuse_bad_ids
from fr_bench.scorefiles._raw import Asked, RawScores, Texts

SHOWN_ROWS = 10


def build(raw: RawScores, asked: Asked) -> tuple[ScoreSet, tuple[Note, ...]]:
    """Check raw scores and split them into mated and nonmated, in the order of the file.

    Raises DataError: `nan_score`, `bad_number`, `label_id_conflict`, `self_comparison`, `conflicting_duplicates`,
    `empty_id`, `length_mismatch`.
    """
    notes = list(raw.notes)
    labels: tuple[str, ...] = ()
    if asked.ids == "unreliable":
        raw = replace(raw, probe=None, reference=None, probe_subject=None, reference_subject=None)
        labels = ("assumes_independent_comparisons",)
    _refuse_unequal_lengths(raw)
    values = promoted(raw.values, raw.name, notes)
    values = _turned(values, raw, asked, notes)
    subjects = _subjects(raw, notes)
    if raw.probe is not None and raw.reference is not None:
        if raw.same_namespace:
            _refuse_self(raw, raw.probe, raw.reference)
        _on_duplicates(raw, raw.probe, raw.reference, values, notes)
    _refuse_empty_ids(raw)
    probes, probe_codes = _party(raw.probe or raw.probe_subject, subjects and subjects[0])
    references, reference_codes = _party(raw.reference or raw.reference_subject, subjects and subjects[1])
    if probes is None or references is None:
        probes = references = probe_codes = reference_codes = None

    folds = _folds(raw)

    def part(chosen: NDArray[np.bool_]) -> Scores:
        return Scores(
            values=values[chosen],
            probe=None if probe_codes is None else probe_codes[chosen],
            reference=None if reference_codes is None else reference_codes[chosen],
            fold=None if folds is None else folds[chosen],
        )

    mated, nonmated = part(raw.mated), part(~raw.mated)
    scores = ScoreSet(
        mated=mated,
        nonmated=nonmated,
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
        probes=probes,
        references=references,
        labels=labels,
        distances=asked.polarity == "distance",
    )
    return scores, tuple(notes)


def all_missing(values: NDArray[Any]) -> bool:
    """Whether not one score is given."""
    return values.dtype.kind == "f" and bool(np.isnan(values).all())


def promoted(values: NDArray[Any], name: str, notes: list[Note]) -> Floats:
    """Scores as float32 or float64, exactly. Raises DataError `bad_number` for other types and inexact integers."""
    if values.dtype in (np.float32, np.float64):
        return values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype == np.float16:
        distinct = len(np.unique(values))
        text = f"{name}: scores are float16, of {many(distinct, 'distinct value')}; they were promoted, not sharpened."
        notes.append(Note(level="warning", code="quantised", text=text))
        return values.astype(np.float32)
    if values.dtype.kind in "iu":
        exact = values.astype(np.float64)
        if values.size and max(int(values.max()), -int(values.min())) > 2**53:
            row = int(np.argmax(np.abs(exact) > 2.0**53))
            raise DataError(f"{name}: row {row + 1}: integers above 2^53 are not exact in float64", code="bad_number")
        return exact
    raise DataError(f"{name}: scores of type {values.dtype} are no numbers", code="bad_number")


def _folds(raw: RawScores) -> NDArray[np.int16] | None:
    """Number of the fold of each row, from 1 on; 0 where it has none."""
    if raw.fold is None:
        return None
    present = [raw.fold.names[code] for code in np.unique(raw.fold.codes)]
    numbers = fold_numbers(present, f"{raw.name}: the column of folds")
    table = np.array([numbers.get(name, 0) for name in raw.fold.names], dtype=np.int16)
    folds: NDArray[np.int16] = table[raw.fold.codes]
    return folds


def _refuse_unequal_lengths(raw: RawScores) -> None:
    columns = {"score": raw.values, "label": raw.mated}
    texts = {"fold": raw.fold, "probe": raw.probe, "reference": raw.reference, "probe_subject": raw.probe_subject}
    texts |= {f"{name!r}": column for name, pair in raw.attributes.items() for column in pair}
    columns |= {name: column.codes for name, column in texts.items() if column is not None}
    for name, column in columns.items():
        if column is not None and len(column) != len(raw.values):
            raise DataError(
                f"{raw.name}: {len(column):,} entries of {name} for {len(raw.values):,} scores", code="length_mismatch"
            )


def _turned(values: Floats, raw: RawScores, asked: Asked, notes: list[Note]) -> Floats:
    """Higher is more alike, from here on; missing scores are refused, or minus infinity where that was asked for."""
    missing = np.isnan(values)
    count = int(np.count_nonzero(missing))
    if count and asked.missing == "refuse":
        rows = ", ".join(raw.place(int(row)) for row in np.flatnonzero(missing)[:SHOWN_ROWS])
        more = " ..." if count > SHOWN_ROWS else ""
        raise DataError(
            f"{count:,} of {len(values):,} scores are missing or NaN: {rows}{more}; give them, or count them as "
            f"rejected with --missing as-failure",
            code="nan_score",
        )
    if asked.polarity == "distance":
        values = -values + values.dtype.type(0.0)
    if count:
        values = np.where(missing, values.dtype.type(-np.inf), values)
        text = f"{many(count, 'missing score')} of {grouped(len(values))}: minus infinity, a failure and never a match."
        notes.append(Note(level="warning", code="missing_as_failure", text=text))
    return values


def _subjects(raw: RawScores, notes: list[Note]) -> tuple[Texts, Texts] | None:
    """The subject of each side of each row: as given, or as far as mated comparisons join the samples."""
    if raw.probe_subject is not None and raw.reference_subject is not None:
        _refuse_conflicts(raw, raw.probe_subject, raw.reference_subject)
        for ids, subjects in ((raw.probe, raw.probe_subject), (raw.reference, raw.reference_subject)):
            if ids is not None:
                _refuse_two_subjects(raw, ids, subjects)
        return raw.probe_subject, raw.reference_subject
    if raw.probe is None or raw.reference is None or not raw.same_namespace:
        return None
    probe, reference, names = _one_table(raw.probe, raw.reference)
    joined = _joined(probe[raw.mated], reference[raw.mated], len(names))
    if (joined[probe] == joined[reference])[~raw.mated].any():
        text = "Samples joined by mated comparisons have nonmated ones too: the ids tell no subjects, none are counted."
        notes.append(Note(level="warning", code="label_id_conflict", text=text))
        return None
    text = (
        "The file names no subjects: samples that mated comparisons join are taken as one subject, so there may be "
        "fewer subjects than counted."
    )
    notes.append(Note(level="warning", code="subjects_from_pairs", text=text))
    return Texts(joined[probe], names), Texts(joined[reference], names)


def _one_table(first: Texts, second: Texts) -> tuple[Indices, Indices, Sequence[str]]:
    """The codes of two columns by one table of names."""
    if first.names is second.names:
        return first.codes, second.codes, first.names
    code: dict[str, int] = {}
    tables = [
        np.array([code.setdefault(name, len(code)) for name in column.names], dtype=np.int32)
        for column in (first, second)
    ]
    return tables[0][first.codes], tables[1][second.codes], tuple(code)


def _joined(first: Indices, second: Indices, count: int) -> Indices:
    """For each sample the smallest code among those that it is joined to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    number, component = connected_components(links, directed=False)
    smallest = np.full(number, count, dtype=np.int32)
    np.minimum.at(smallest, component, np.arange(count, dtype=np.int32))
    joined: Indices = smallest[component]
    return joined


def _refuse_conflicts(raw: RawScores, probe: Texts, reference: Texts) -> None:
    first, second, names = _one_table(probe, reference)
    wrong = (first == second) != raw.mated
    if wrong.any():
        rows = np.flatnonzero(wrong)
        row = int(rows[0])
        said = "mated" if raw.mated[row] else "nonmated"
        raise DataError(
            f"{raw.place(row)}: labelled {said}, but the subjects are {shown(names[first[row]])!r} and "
            f"{shown(names[second[row]])!r} ({len(rows):,} such rows)",
            code="label_id_conflict",
        )


def _refuse_two_subjects(raw: RawScores, ids: Texts, subjects: Texts) -> None:
    subject_of = np.zeros(len(ids.names), dtype=np.int32)
    subject_of[ids.codes] = subjects.codes
    wrong = subject_of[ids.codes] != subjects.codes
    if wrong.any():
        row = int(np.argmax(wrong))
        names = subjects.names
        raise DataError(
            f"{raw.place(row)}: {shown(ids.names[ids.codes[row]])!r} has subject {shown(names[subjects.codes[row]])!r} "
            f"here and {shown(names[subject_of[ids.codes[row]]])!r} elsewhere",
            code="label_id_conflict",
        )


def _refuse_empty_ids(raw: RawScores) -> None:
    """Ids are refused elsewhere too, but here the row is known."""
    given = {name: getattr(raw, name) for name in ("probe", "reference", "probe_subject", "reference_subject")}
    for name, column in given.items():
        if column is not None and "" in column.names:
            empty = np.flatnonzero(column.codes == list(column.names).index(""))
            if empty.size:
                text = f"{raw.place(int(empty[0]))}: the {name.replace('_', ' ')} is empty ({empty.size:,} such rows)"
                raise DataError(f"{text}; every row needs one", code="empty_id")


def _refuse_self(raw: RawScores, probe: Texts, reference: Texts) -> None:
    first, second, names = _one_table(probe, reference)
    same = first == second
    if same.any():
        row = int(np.argmax(same))
        raise DataError(
            f"{raw.place(row)}: {shown(names[first[row]])!r} is compared with itself "
            f"({int(np.count_nonzero(same)):,} such rows); leave these rows out",
            code="self_comparison",
        )


def _on_duplicates(raw: RawScores, probe: Texts, reference: Texts, values: Floats, notes: list[Note]) -> None:
    """Repeated comparisons: with another score or label refused, with the same counted."""
    keys = probe.codes.astype(np.int64) * len(reference.names) + reference.codes
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not again.size:
        return
    rows = np.flatnonzero(np.isin(keys, again))
    rows = rows[np.argsort(keys[rows], kind="stable")]
    follows = keys[rows][1:] == keys[rows][:-1]
    before, after = rows[:-1][follows], rows[1:][follows]
    wrong = (values[before] != values[after]) | (raw.mated[before] != raw.mated[after])
    if wrong.any():
        one, other = int(before[wrong][0]), int(after[wrong][0])
        names = probe.names[probe.codes[one]], reference.names[reference.codes[one]]
        raise DataError(
            f"{raw.place(other)}: {shown(names[0])!r} with {shown(names[1])!r} has another score or label than at "
            f"{raw.place(one)} ({int(np.count_nonzero(wrong)):,} such rows)",
            code="conflicting_duplicates",
        )
    number = f"{many(len(again), 'comparison')} {'is' if len(again) == 1 else 'are'}"
    text = f"{raw.name}: {number} there more than once, with equal scores; each row is counted."
    notes.append(Note(level="warning", code="duplicates", text=text))


def _party(ids: Texts | None, subjects: Texts | None) -> tuple[Party | None, Indices | None]:
    """The ids that occur, in the order of their names, with their subjects, and the row's code among them."""
    if ids is None or subjects is None:
        return None, None
    subject_of = np.zeros(len(ids.names), dtype=np.int32)
    subject_of[ids.codes] = subjects.codes
    present = np.flatnonzero(np.bincount(ids.codes, minlength=len(ids.names)))
    order = sorted(present.tolist(), key=ids.names.__getitem__)
    place = np.zeros(len(ids.names), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    texts = tuple(ids.names[k] for k in order)
    named = tuple(subjects.names[subject_of[k]] for k in order)
    refuse_bad_ids("sample", texts, unique=False, where="scores")
    refuse_bad_ids("subject", named, unique=False, where="scores")
    return Party(ids=texts, subjects=named), place[ids.codes]
