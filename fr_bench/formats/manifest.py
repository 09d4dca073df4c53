"""A table of samples: `path,subject` and any further columns, as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError, nearest, shown
from fr_bench.formats import _landmarks
from fr_bench.formats._parquet import read_parquet
from fr_bench.formats._samples import QUALITY, assemble, folder_of, option_text, path_of
from fr_bench.reading import TEXT_LIMIT, CsvTable, parse_csv, read_csv
from fr_bench.records import Card, Dataset, Roles
from fr_bench.sources import AnySource, ArchiveTree, Tree, open_tree, packed

DESCRIPTION = "a table of samples, CSV or Parquet: path,subject[,id] and any further columns"
KEYS = {
    "manifest": "the table; default: the root itself, or manifest.csv or manifest.parquet in it",
    "images": "folder or .zip archive that paths in the table start from; default: the folder of the table",
    "path_column": "the column of paths; default: path",
    "subject_column": "the column of subjects; default: subject",
    "id_column": "the column of sample ids; default: id, or the paths where there is none",
    "delimiter": "one character between the fields, or 'tab'; default: comma, tab in a .tsv file",
    "quality": QUALITY,
}
ROLES = ("reference", "probe", "both")
RESERVED = ("path", "subject", "id", "role", "sha256")
DEFAULT_NAMES = ("manifest.csv", "manifest.tsv", "manifest.parquet")


def recognises(path: Path) -> bool:
    """A folder or zip archive with a manifest in it, a Parquet file, or a CSV file with a column of subjects."""
    if path.is_dir():
        return not (path / "pairs.txt").is_file() and any((path / name).is_file() for name in DEFAULT_NAMES)
    if not path.is_file():
        return False
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return open_tree(path).find("manifest.csv") is not None
    if suffix in (".csv", ".tsv"):
        with path.open("rb") as file:
            first = file.readline(1 << 16).decode("utf-8-sig", "replace").strip("\r\n")
        return "subject" in [cell.strip('" ') for cell in first.split("\t" if suffix == ".tsv" else ",")]
    return suffix in (".parquet", ".pq")


def read(card: Card) -> Dataset:
    """Each row is a sample: image `path` below the manifest's folder, `subject`, and its id (the path, or column `id`).

    Columns lex … rmy are landmarks; `role` (reference, probe, both) says who is enrolled; `sha256` are digests, which
    go into the card's `digests` under the samples' file names; every other column is an attribute, as text.
    A table without paths describes samples that are templates only.
    Raises DataError: `unknown_column`, `empty_id`, `file_missing` (all at once), `path_outside`, `bad_role` ...
    """
    table, tree = _open(card)
    names = {key: option_text(card, f"{key}_column", key) for key in ("path", "subject", "id")}
    subjects = table.column(names["subject"])
    _refuse_empty(table, subjects, names["subject"])
    paths = table.column(names["path"]) if names["path"] in table or names["id"] not in table else None
    ids = table.column(names["id"]) if names["id"] in table else paths or ()
    _refuse_empty(table, ids, names["id"] if names["id"] in table else names["path"])
    _refuse_repeated(table, ids)
    sources = _sources(table, paths, tree) if paths is not None else [None] * len(table)
    left = {*names.values(), *_landmarks.COLUMNS, "role", "sha256"}
    return assemble(
        replace(card, digests={**card.digests, **_digests(table, sources)}),
        ids=ids,
        subjects=subjects,
        sources=sources,
        landmarks=_landmarks.landmarks_of(table),
        attributes={name: table.column(name) for name in table.header if name not in left and name},
        roles=_roles(table),
    )


def _open(card: Card) -> tuple[CsvTable, Tree]:
    """The table, and the folder or archive of its images."""
    delimiter = {"tab": "\t"}.get(option_text(card, "delimiter", ""), card.options.get("delimiter", ""))
    if card.root.suffix.lower() == ".zip" and "images" not in card.options:
        tree = open_tree(card.root)
        name = option_text(card, "manifest", "manifest.csv")
        stored = tree.find(name)
        if stored is None or not isinstance(tree, ArchiveTree):
            raise DataError(f"{shown(str(card.root))} holds no {name}", code="file_missing")
        data = tree.archive.read(stored, TEXT_LIMIT)
        return parse_csv(data, f"{shown(str(card.root))}/{shown(stored)}", delimiter=delimiter or ","), tree
    path = _table_path(card)
    tree = open_tree(packed(path_of(card, "images")) if "images" in card.options else path.parent)
    if path.suffix.lower() in (".parquet", ".pq"):
        return read_parquet(path), tree
    return read_csv(path, delimiter=delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")), tree


def _table_path(card: Card) -> Path:
    if "manifest" in card.options:
        return path_of(card, "manifest")
    if card.root.is_file():
        return card.root
    for name in DEFAULT_NAMES:
        if (card.root / name).is_file():
            return card.root / name
    raise DataError(
        f"{shown(str(folder_of(card)))} holds no {' or '.join(DEFAULT_NAMES)}; the option `manifest` names another",
        code="file_missing",
    )


def _sources(table: CsvTable, paths: Sequence[str], tree: Tree) -> list[AnySource]:
    """The source of each row. All missing files are told at once, the first ten by name and line."""
    found = [tree.find(path, where=table.where(row)) for row, path in enumerate(paths)]
    missing = [row for row, stored in enumerate(found) if stored is None]
    if missing:
        listed = "; ".join(f"{table.where(row)}: {shown(paths[row])}" for row in missing[:10])
        raise DataError(
            f"{len(missing)} of {len(paths)} images are missing in {shown(str(tree.root))}: {listed}",
            code="file_missing",
        )
    return [tree.source(stored) for stored in found if stored is not None]


def _refuse_empty(table: CsvTable, column: Sequence[str], name: str) -> None:
    if "" in column:
        what = "every sample needs a subject" if name == "subject" else "every sample needs one"
        raise DataError(f"{table.where(column.index(''), name)}: '' is empty; {what}", code="empty_id")


def _refuse_repeated(table: CsvTable, ids: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for row, sample in enumerate(ids):
        if first.setdefault(sample, row) != row:
            raise DataError(
                f"{table.where(row)}: sample {shown(sample)!r} is on line {table.lines[first[sample]]} already",
                code="duplicate_id",
            )


def _digests(table: CsvTable, sources: Sequence[AnySource | None]) -> Mapping[str, str]:
    """Digests by the name of the source; an empty cell asks for none."""
    if "sha256" not in table:
        return {}
    digests = {}
    for row, (cell, source) in enumerate(zip(table.column("sha256"), sources, strict=True)):
        digest = cell.strip().lower()
        if digest and (len(digest) != 64 or not set(digest) <= set("0123456789abcdef")):
            raise DataError(f"{table.where(row, 'sha256')}: {shown(cell)!r} is no SHA-256", code="bad_digest")
        if digest and source is not None:
            digests[source.name] = digest
    return digests


def _roles(table: CsvTable) -> Roles | None:
    if "role" not in table:
        return None
    roles = table.column("role")
    for row, role in enumerate(roles):
        if role not in ROLES:
            raise DataError(
                f"{table.where(row, 'role')}: unknown role {shown(role)!r}{nearest(role, ROLES)}", code="bad_role"
            )
    sides = [[k for k, role in enumerate(roles) if role in (side, "both")] for side in ("reference", "probe")]
    return Roles(*(np.array(side, dtype=np.int32) for side in sides))
