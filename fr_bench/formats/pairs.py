"""A list of one's own comparisons: two images a line, whether mated, and perhaps subjects and folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.formats._samples import QUALITY, assemble, option_text, path_of, tree_of
from fr_bench.reading import TEXT_LIMIT, CsvTable, decode_text, fold_numbers, parse_csv, parse_label, read_bytes
from fr_bench.records import Card, Dataset, ListedPairs
from fr_bench.sources import Tree, same_name

DESCRIPTION = "a list of comparisons: probe,reference[,mated][,fold][,probe_subject,reference_subject]"
KEYS = {
    "pairs": "the list: CSV, TSV or blanks between the fields, with or without header; default: the root itself",
    "images": "folder or .zip archive that the paths in the list start from; default: the folder of the list",
    "delimiter": "one character, 'tab' or 'blank'; default: by the file's suffix and first line",
    "quality": QUALITY,
}
NAMES = {
    "probe": ("probe", "probe_path", "path1", "image1", "img1", "file1", "first", "left"),
    "reference": ("reference", "reference_path", "path2", "image2", "img2", "file2", "second", "right", "ref"),
    "mated": ("mated", "label", "same", "is_same", "issame", "match", "genuine", "target"),
    "fold": ("fold", "split"),
    "probe_subject": ("probe_subject", "subject1", "id1"),
    "reference_subject": ("reference_subject", "subject2", "id2"),
}
"""Columns, and under which names they are recognised."""
SUBJECTS_FROM_PAIRS = "subjects_from_pairs"
"""Option in the card of a data set whose subjects are known only as far as its mated pairs join them."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One image of a comparison: its path as stored, and its subject where the list says it."""

    stored: str
    subject: str | None


def recognises(path: Path) -> bool:
    """A text file whose first line names a probe and a reference, or holds two paths of images."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline(1 << 16).decode("utf-8-sig", "replace").strip("\r\n")
    cells = [cell.strip('" ') for cell in _split(first, _delimiter(path, first, ""))]
    known = _columns(cells)
    return {"probe", "reference"} <= known.keys() or (len(cells) > 1 and all("." in cell for cell in cells[:2]))


def read(card: Card) -> Dataset:
    """The images that the list names, and its comparisons in its order.

    Subjects are those of the subject columns. Without these columns they are the images' folders, if these agree with
    every label. Otherwise images that mated pairs join, directly or through others, are taken as one subject, named
    by its first image; then only listed comparisons make sense, and the card's option `subjects_from_pairs` says so.
    Without a column of labels, equal subjects make a mated pair.
    Raises DataError: `file_missing`, `path_outside`, `bad_pairs`, `self_comparison`, `label_id_conflict`.
    """
    path = path_of(card, "pairs") if "pairs" in card.options else card.root
    table = _read_table(card, path)
    columns = _columns(table.header)
    tree = tree_of(card)
    sides, spelled = _sides(table, columns, tree)
    labels = _labels(table, columns)
    subjects, joined = _subjects(table, sides, labels)
    mated = labels or [subjects[probe.stored] == subjects[reference.stored] for probe, reference in sides]
    stored = sorted(subjects)
    place = {name: k for k, name in enumerate(stored)}
    pairs = ListedPairs(
        np.array([place[probe.stored] for probe, _ in sides], dtype=np.int32),
        np.array([place[reference.stored] for _, reference in sides], dtype=np.int32),
        np.array(mated, dtype=np.bool_),
        np.array(_folds(table, columns), dtype=np.int16),
    )
    if joined:
        card = replace(card, options={**card.options, SUBJECTS_FROM_PAIRS: True})
    return assemble(
        card,
        ids=[spelled[name] for name in stored],
        subjects=[subjects[name] for name in stored],
        sources=[tree.source(name) for name in stored],
        pairs=pairs,
    )


def _read_table(card: Card, path: Path) -> CsvTable:
    name = shown(str(path))
    data = read_bytes(path, TEXT_LIMIT)
    text = decode_text(data, name)
    first = text.split("\n", 1)[0].rstrip("\r")
    delimiter = _delimiter(path, first, option_text(card, "delimiter", ""))
    if delimiter == " ":
        data = "\n".join("\t".join(line.split()) for line in text.split("\n")).encode()
        delimiter = "\t"
    cells = [cell.strip('" ') for cell in _split(first, delimiter)]
    has_header = {"probe", "reference"} <= _columns(cells).keys()
    table = parse_csv(data, name, delimiter=delimiter, header=has_header)
    if has_header:
        return table
    width = len(table.header)
    layouts = {2: "probe reference", 3: "probe reference mated", 4: "probe reference mated fold"}
    if width not in layouts:
        raise DataError(
            f"{name}:1: {width} fields and no header that names them; the columns are probe, reference, mated, fold, "
            f"probe_subject, reference_subject",
            code="bad_pairs",
        )
    return replace(table, header=tuple(layouts[width].split()))


def _delimiter(path: Path, first: str, asked: str) -> str:
    if asked:
        delimiter = {"tab": "\t", "blank": " ", "space": " "}.get(asked, asked)
        if len(delimiter) != 1:
            raise UsageError(f"delimiter {asked!r} is not one character, 'tab' or 'blank'", code="bad_option")
        return delimiter
    if path.suffix.lower() == ".csv":
        return ","
    return "\t" if path.suffix.lower() == ".tsv" or "\t" in first else "," if "," in first else " "


def _split(line: str, delimiter: str) -> list[str]:
    return line.split() if delimiter == " " else line.split(delimiter)


def _columns(header: Sequence[str]) -> dict[str, str]:
    """The column of the table for each field that it has."""
    lowered = {name.strip().lower(): name for name in reversed(header)}
    found = {}
    for field, names in NAMES.items():
        for name in names:
            if name in lowered:
                found[field] = lowered[name]
                break
    return found


def _sides(table: CsvTable, columns: dict[str, str], tree: Tree) -> tuple[list[tuple[_Side, _Side]], dict[str, str]]:
    """Both images of each comparison, and how the list spells each stored path; all missing files are told at once."""
    spelled: dict[str, str] = {}
    found: dict[str, str | None] = {}
    missing: dict[str, str] = {}
    halves: list[list[_Side]] = []
    for field in ("probe", "reference"):
        paths = table.column(columns[field])
        subject_column = columns.get(f"{field}_subject")
        subjects = table.column(subject_column) if subject_column else None
        half = []
        for row, path in enumerate(paths):
            if path not in found:
                found[path] = tree.find(path, where=table.where(row))
            stored = found[path]
            if stored is None:
                missing.setdefault(path, f"{table.where(row)}: {shown(path)}")
                continue
            spelled[stored] = min(path, spelled.get(stored, path))
            half.append(_Side(stored, subjects[row] if subjects else None))
        halves.append(half)
    if missing:
        listed = "; ".join(list(missing.values())[:10])
        raise DataError(
            f"{len(missing)} images that the list names are missing in {shown(str(tree.root))}: {listed}",
            code="file_missing",
        )
    sides = list(zip(halves[0], halves[1], strict=True))
    for row, (probe, reference) in enumerate(sides):
        if probe.stored == reference.stored:
            raise DataError(
                f"{table.where(row)}: {shown(probe.stored)!r} is compared with itself", code="self_comparison"
            )
    return sides, spelled


def _labels(table: CsvTable, columns: dict[str, str]) -> list[bool] | None:
    if "mated" not in columns:
        return None
    labels = []
    for row, cell in enumerate(table.column(columns["mated"])):
        label = parse_label(cell)
        if label is None:
            raise DataError(
                f"{table.where(row, columns['mated'])}: {shown(cell)!r} says neither mated nor nonmated; write 1 or 0",
                code="bad_pairs",
            )
        labels.append(label)
    return labels


def _folds(table: CsvTable, columns: dict[str, str]) -> list[int]:
    if "fold" not in columns:
        return [0] * len(table)
    cells = table.column(columns["fold"])
    numbers = fold_numbers(set(cells), f"{table.name}: column {shown(columns['fold'])!r}")
    return [numbers[cell] for cell in cells]


def _subjects(
    table: CsvTable, sides: Sequence[tuple[_Side, _Side]], labels: list[bool] | None
) -> tuple[dict[str, str], bool]:
    """The subject of each stored path, and whether they are no more than what mated pairs join."""
    given = {side.stored: side.subject for pair in sides for side in pair if side.subject is not None}
    if len(given) == len({side.stored for pair in sides for side in pair}):
        _refuse_two_subjects(table, sides, given)
        _refuse_conflicts(table, sides, labels, given)
        return given, False
    folders = {side.stored: side.stored.rpartition("/")[0] for pair in sides for side in pair}
    subjects = {stored: folder.rpartition("/")[2] for stored, folder in folders.items()}
    if all(subjects.values()) and _conflict(sides, labels, subjects) is None:
        return subjects, False
    if labels is None:
        raise DataError(
            f"{table.name}: no column says which comparisons are mated, and the images lie in no subjects' folders; "
            f"add a column mated (1 or 0)",
            code="bad_pairs",
        )
    joined = _joined(sides, labels)
    _refuse_conflicts(table, sides, labels, joined)
    return joined, True


def _conflict(sides: Sequence[tuple[_Side, _Side]], labels: list[bool] | None, subjects: dict[str, str]) -> int | None:
    """The first row whose label contradicts the subjects."""
    for row, (probe, reference) in enumerate(sides):
        if labels is not None and labels[row] != (subjects[probe.stored] == subjects[reference.stored]):
            return row
    return None


def _refuse_conflicts(
    table: CsvTable, sides: Sequence[tuple[_Side, _Side]], labels: list[bool] | None, subjects: dict[str, str]
) -> None:
    row = _conflict(sides, labels, subjects)
    if row is not None and labels is not None:
        probe, reference = sides[row]
        raise DataError(
            f"{table.where(row)}: labelled {'mated' if labels[row] else 'nonmated'}, but the subjects are "
            f"{shown(subjects[probe.stored])!r} and {shown(subjects[reference.stored])!r}",
            code="label_id_conflict",
        )


def _refuse_two_subjects(table: CsvTable, sides: Sequence[tuple[_Side, _Side]], given: dict[str, str]) -> None:
    for row, pair in enumerate(sides):
        for side in pair:
            if side.subject != given[side.stored]:
                raise DataError(
                    f"{table.where(row)}: {shown(side.stored)!r} has subject {shown(str(side.subject))!r} here and "
                    f"{shown(given[side.stored])!r} elsewhere",
                    code="label_id_conflict",
                )


def _joined(sides: Sequence[tuple[_Side, _Side]], labels: Sequence[bool]) -> dict[str, str]:
    """Images joined by mated pairs, each named by the first image (in the order of names) of those it is joined to."""
    parent = {side.stored: side.stored for pair in sides for side in pair}

    def top(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for (probe, reference), mated in zip(sides, labels, strict=True):
        if mated:
            first, second = sorted((top(probe.stored), top(reference.stored)))
            parent[second] = first
    return {name: same_name(top(name)) for name in parent}
