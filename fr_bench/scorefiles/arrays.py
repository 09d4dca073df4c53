"""NumPy arrays: .npz with `mated` and `nonmated`, or `scores` and `labels`; .npy of two columns, scores and labels."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.archives import Archive
from fr_bench.errors import DataError, shown
from fr_bench.reading import open_regular, parse_label
from fr_bench.scorefiles._attributes import chosen, paired, unused_note
from fr_bench.scorefiles._raw import Asked, RawScores, Texts

DESCRIPTION = ".npz with mated and nonmated, or scores and labels; .npy of two columns, scores and labels"
IDS = ("probe", "reference", "probe_subject", "reference_subject")
ARRAY_LIMIT = 8 << 30


def recognises(paths: Sequence[Path], asked: Asked) -> bool:  # noqa: ARG001 - the suffix says it
    """One file that ends in .npz or .npy."""
    return len(paths) == 1 and paths[0].suffix.lower() in (".npy", ".npz")


def read(paths: Sequence[Path], asked: Asked) -> RawScores:
    """Raises DataError: `unsafe_format` for pickled objects, `too_large`, `length_mismatch`, `unknown_column`."""
    path = paths[0]
    name = shown(str(path))
    if path.suffix.lower() == ".npz":
        return _named(_members(path), asked, name)
    table = _load(path)
    if table.ndim != 2 or table.shape[1] != 2:
        raise DataError(
            f"{name} has shape {table.shape}; expected (n, 2), scores and labels, or two files, mated and nonmated",
            code="length_mismatch",
        )
    return RawScores(values=table[:, 0].copy(), mated=_labels(table[:, 1], name), name=name)


def one_class(path: Path, *, mated: bool) -> RawScores:
    """The scores of one class from an .npy file of one dimension."""
    name = shown(str(path))
    values = _flat(_load(path), name)
    return RawScores(values=values, mated=np.full(len(values), mated), name=name)


def _named(arrays: Mapping[str, NDArray[Any]], asked: Asked, name: str) -> RawScores:
    fields = asked.found_in(list(arrays), name)
    found = {field: arrays[key] for field, key in fields.items()}
    if {"mated", "nonmated"} <= found.keys() and "score" not in asked.columns:
        mated, nonmated = (_flat(found[key], f"{name}:{key}") for key in ("mated", "nonmated"))
        if mated.dtype != nonmated.dtype and not (mated.size and nonmated.size):
            mated, nonmated = (array.astype((mated if mated.size else nonmated).dtype) for array in (mated, nonmated))
        labels = np.arange(len(mated) + len(nonmated)) < len(mated)
        notes = unused_note(list(arrays), [fields["mated"], fields["nonmated"]], (), name)
        return RawScores(values=np.concatenate([mated, nonmated]), mated=labels, name=name, notes=notes)
    if not {"score", "label"} <= found.keys():
        raise DataError(
            f"{name} holds {', '.join(map(shown, arrays)) or 'nothing'}; expected mated and nonmated, or scores and "
            f"labels",
            code="unknown_column",
        )
    sides = {key: _texts(_flat(found[key], f"{name}:{key}")) for key in IDS if key in found}
    labels = _labels(_flat(found["label"], name), name)
    offered = paired(arrays, fields.values())
    wanted = chosen(asked.by, offered)
    used = {*fields.values(), *(key for pair in wanted.values() for key in pair)}
    return RawScores(
        values=_flat(found["score"], name),
        mated=labels,
        name=name,
        attributes={
            key: (_words(arrays, one, name), _words(arrays, other, name)) for key, (one, other) in wanted.items()
        },
        offered=tuple(offered),
        notes=unused_note(list(arrays), used, [key for key in offered if key not in wanted], name),
        fold=_texts(_flat(found["fold"], name)) if "fold" in found else None,
        probe=sides.get("probe"),
        reference=sides.get("reference"),
        probe_subject=sides.get("probe_subject"),
        reference_subject=sides.get("reference_subject"),
    )


def _members(path: Path) -> dict[str, NDArray[Any]]:
    archive = Archive(path)
    found = {}
    for member in archive.members:
        if not member.endswith(".npy"):
            raise DataError(f"{shown(str(path))}/{shown(member)} is no array", code="unsafe_format")
        data = archive.read(member, ARRAY_LIMIT)
        found[member.removesuffix(".npy")] = _array(io.BytesIO(data), len(data), f"{shown(str(path))}/{shown(member)}")
    return found


def _load(path: Path) -> NDArray[Any]:
    with open_regular(path) as file:
        size = path.stat().st_size
        if size > ARRAY_LIMIT:
            raise DataError(f"{shown(str(path))} has over {ARRAY_LIMIT:,} bytes", code="too_large")
        return _array(file, size, shown(str(path)))


def _array(file: Any, size: int, name: str) -> NDArray[Any]:
    """An array whose header agrees with the size of its content; objects are never unpickled."""
    try:
        version = np.lib.format.read_magic(file)
        head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = head(file)
        if dtype.hasobject:
            raise DataError(
                f"{name} holds pickled objects, which can run code when read; save plain numbers or texts",
                code="unsafe_format",
            )
        declared = dtype.itemsize * int(np.prod([int(side) for side in shape], dtype=object))
        if declared != size - file.tell():
            raise DataError(
                f"{name} declares {declared:,} bytes of content and has {size - file.tell():,}", code="length_mismatch"
            )
        file.seek(0)
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return array
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as fault:
        code = "unsafe_format" if "magic" in str(fault) else "damaged_array"
        raise DataError(f"{name} is no NumPy array: {fault}", code=code) from None


def _flat(array: NDArray[Any], name: str) -> NDArray[Any]:
    if array.ndim != 1:
        raise DataError(f"{name} has shape {array.shape}; expected one dimension", code="length_mismatch")
    return array


def _labels(column: NDArray[Any], name: str) -> NDArray[np.bool_]:
    if column.dtype.kind == "b":
        return column
    distinct, codes = np.unique(column, return_inverse=True)
    words = []
    for value in distinct.tolist():
        label = parse_label(str(value))
        if label is None:
            raise DataError(f"{name}: label {shown(str(value))!r} says neither mated nor nonmated", code="bad_label")
        words.append(label)
    return np.array(words, dtype=np.bool_)[codes.reshape(-1)]


def _words(arrays: Mapping[str, NDArray[Any]], key: str, name: str) -> Texts:
    """The values of an attribute; NaN is the empty text."""
    column = _texts(_flat(arrays[key], f"{name}:{key}"))
    return Texts(column.codes, tuple("" if text == "nan" else text for text in column.names))


def _texts(column: NDArray[Any]) -> Texts:
    distinct, codes = np.unique(column, return_inverse=True)
    return Texts(codes.astype(np.int32), tuple(str(value) for value in distinct.tolist()))
