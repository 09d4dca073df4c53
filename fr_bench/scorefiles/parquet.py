"""Parquet tables with the columns of the CSV layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.reading import open_regular, parse_label
from fr_bench.scorefiles._attributes import chosen, paired, unused_note
from fr_bench.scorefiles._raw import Asked, RawScores, Texts

DESCRIPTION = "Parquet with scores and labels, or with mated and nonmated scores (needs the extra `parquet`)"
IDS = ("probe", "reference", "probe_subject", "reference_subject")
PARQUET_LIMIT = 8 << 30


def recognises(paths: Sequence[Path], asked: Asked) -> bool:  # noqa: ARG001 - the suffix says it
    """One file that ends in .parquet or .pq."""
    return len(paths) == 1 and paths[0].suffix.lower() in (".parquet", ".pq")


def read(paths: Sequence[Path], asked: Asked) -> RawScores:
    """Raises UsageError `missing_extra` without pyarrow, DataError `damaged_parquet`, `too_large`, `unknown_column`."""
    name = shown(str(paths[0]))
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(
            f"reading {name} needs pyarrow: pip install 'fr-bench-toolkit[parquet]'", code="missing_extra"
        ) from None
    with open_regular(paths[0]) as opened:
        try:
            file = parquet.ParquetFile(opened)
            declared = sum(file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups))
            if declared > PARQUET_LIMIT:
                raise DataError(f"{name} declares {declared:,} bytes, over {PARQUET_LIMIT:,}", code="too_large")
            header = [str(column) for column in file.schema_arrow.names]
            found = asked.found_in(header, name)
            offered = paired(header, found.values()) if "score" in found else {}
            wanted = chosen(asked.by, offered)
            used = {*found.values(), *(column for pair in wanted.values() for column in pair)}
            table = file.read(columns=sorted(used))
        except (pyarrow.ArrowException, OSError) as fault:
            raise DataError(f"{name} is no Parquet file that can be read: {fault}", code="damaged_parquet") from None
    raw = _raw({field: table[column] for field, column in found.items()}, asked, name)
    return replace(
        raw,
        attributes={key: (_words(table[one]), _words(table[other])) for key, (one, other) in wanted.items()},
        offered=tuple(offered),
        notes=unused_note(header, used, [key for key in offered if key not in wanted], name),
    )


def _raw(found: Mapping[str, Any], asked: Asked, name: str) -> RawScores:
    if {"mated", "nonmated"} <= found.keys() and "score" not in asked.columns:
        mated, nonmated = (_numbers(found[key].drop_null(), name) for key in ("mated", "nonmated"))
        labels = np.arange(len(mated) + len(nonmated)) < len(mated)
        return RawScores(values=np.concatenate([mated, nonmated]), mated=labels, name=name)
    if "score" not in found or not ("label" in found or {"probe_subject", "reference_subject"} <= found.keys()):
        raise DataError(f"{name}: no columns of scores and labels, or of mated and nonmated", code="unknown_column")
    sides = dict(zip(IDS, _texts([found.get(key) for key in IDS], name), strict=True))
    probe, reference = sides["probe_subject"], sides["reference_subject"]
    if "label" in found:
        labels = _labels(found["label"], name)
    elif probe is not None and reference is not None:
        labels = probe.codes == reference.codes
    return RawScores(
        values=_numbers(found["score"], name),
        mated=labels,
        name=name,
        fold=_words(found["fold"]) if "fold" in found else None,
        probe=sides.get("probe"),
        reference=sides.get("reference"),
        probe_subject=sides.get("probe_subject"),
        reference_subject=sides.get("reference_subject"),
    )


def _numbers(column: Any, name: str) -> NDArray[Any]:
    """A column as numbers; null is NaN."""
    kind = str(column.type)
    if not kind.startswith(("float", "double", "halffloat", "int", "uint")):
        raise DataError(f"{name}: a column of scores holds {kind}", code="bad_number")
    values: NDArray[Any] = column.to_numpy()
    return values


def _texts(columns: Sequence[Any], name: str) -> list[Texts | None]:
    """Columns as texts by one table of names: numbers in their own spelling; null is refused."""
    code: dict[str, int] = {}
    coded: list[Any] = []
    for column in columns:
        if column is None:
            coded.append(None)
            continue
        if column.null_count:
            raise DataError(f"{name}: {column.null_count:,} ids are null; every comparison needs them", code="empty_id")
        whole = column.combine_chunks().dictionary_encode()
        names = [str(value) for value in whole.dictionary.to_pylist()]
        table = np.array([code.setdefault(text, len(code)) for text in names], dtype=np.int32)
        coded.append(table[whole.indices.to_numpy(zero_copy_only=False)])
    return [None if codes is None else Texts(codes, tuple(code)) for codes in coded]


def _words(column: Any) -> Texts:
    """Labels of folds, values of attributes; null is the empty text."""
    whole = column.combine_chunks().dictionary_encode()
    names = [str(value) for value in whole.dictionary.to_pylist()]
    codes = whole.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return Texts(codes.astype(np.int32), (*names, ""))


def _labels(column: Any, name: str) -> NDArray[np.bool_]:
    whole = column.combine_chunks().dictionary_encode()
    words = []
    for value in whole.dictionary.to_pylist():
        label = parse_label(str(value))
        if label is None:
            raise DataError(f"{name}: label {shown(str(value))!r} says neither mated nor nonmated", code="bad_label")
        words.append(label)
    if column.null_count:
        raise DataError(f"{name}: {column.null_count:,} labels are null", code="bad_label")
    mated: NDArray[np.bool_] = np.array(words, dtype=np.bool_)[whole.indices.to_numpy(zero_copy_only=False)]
    return mated
