"""What an ONNX file says about itself, read without executing anything: is it one, and which files does it lean on?

An ONNX file is a Protocol Buffers message. Only its outline is walked: the lengths of the parts, and the entries that
say "this tensor lies in another file". onnxruntime would open those files by itself; they are part of the model, so
they are checked (inside the model's folder, regular) and hashed before it does. Lengths that do not add up, and nests
deeper than any real model, make it "not an ONNX file".

Numbers of fields: github.com/onnx/onnx, onnx/onnx.proto.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from fr_bench.errors import RecognizerError, nearest, shown
from fr_bench.provenance import digest_value

MOST_BYTES = 2**31 - 1
"""Protocol Buffers allow no longer message."""
DEEPEST = 48

Field = tuple[int, int | memoryview]

# Where tensors can stand: message -> number of the field -> message inside.
INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}


class NotOnnx(ValueError):  # noqa: N818 - a verdict on bytes, turned into a RecognizerError where the file is known
    """The bytes are no ONNX model; the text says why."""


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """A model as it lies on disk.

    data      the bytes of the file itself
    digest    SHA-256 of those bytes; with external data, of the names and SHA-256s of all its files
    external  the further files that hold its tensors, relative to its folder
    """

    path: Path
    data: bytes
    digest: str
    external: tuple[str, ...] = ()


def read_onnx(path: Path, where: str) -> OnnxFile:
    """Read and hash a model. Raises RecognizerError if it is missing, no ONNX file, or leans on files it may not."""
    data = _read(path, where)
    try:
        external = tuple(sorted(external_files(memoryview(data))))
    except NotOnnx as problem:
        raise RecognizerError(
            f"{where}{shown(str(path))} is not an ONNX file ({problem}); give the model that was exported to ONNX",
            code="not_onnx",
        ) from None
    digest = hashlib.sha256(data).hexdigest()
    if external:
        parts = {name: _digest_part(path, name, where) for name in external}
        digest = digest_value({"model": digest, "external": parts})
    return OnnxFile(path, data, digest, external)


def external_files(message: memoryview) -> set[str]:
    """Names of the files that hold tensors of the model, as it gives them. Raises NotOnnx for anything else.

    >>> external_files(memoryview(b"PK.."))
    Traceback (most recent call last):
    ...
    fr_bench.recognizers._onnx_file.NotOnnx: its fields do not add up
    """
    numbers = {number for number, _ in fields(message)}
    if not {1, 7} <= numbers:
        raise NotOnnx("it holds no version and graph")
    return set(_external(message, "model", 0))


def _external(message: memoryview, kind: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise NotOnnx("its graphs are nested too deeply")
    if kind == "tensor":
        yield from _location(message)
        return
    inside = INSIDE[kind]
    for number, value in fields(message):
        if number in inside and isinstance(value, memoryview):
            yield from _external(value, inside[number], depth + 1)


def _location(tensor: memoryview) -> Iterator[str]:
    """The file that a tensor lies in, if it says so: `external_data` is field 13, a list of key and value."""
    for number, value in fields(tensor):
        if number == 13 and isinstance(value, memoryview):
            entry = {key: bytes(text) for key, text in fields(value) if isinstance(text, memoryview)}
            if entry.get(1) == b"location":
                yield entry.get(2, b"").decode("utf-8", "surrogateescape")


def fields(message: memoryview) -> Iterator[Field]:
    """Number and content of each field of a message: an integer, or the bytes of what has a length."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise NotOnnx("its fields do not add up")
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == 2:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise NotOnnx("its fields do not add up")
        if length > end - at:
            raise NotOnnx("it is cut short")
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise NotOnnx("it is cut short")
        octet = message[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
    raise NotOnnx("its fields do not add up")


def _read(path: Path, where: str) -> bytes:
    if not path.exists():
        beside = [other.name for other in path.parent.glob("*.onnx")][:100] if path.parent.is_dir() else []
        raise RecognizerError(
            f"{where}there is no model {shown(str(path))}{nearest(path.name, beside)}", code="file_missing"
        )
    if not path.is_file():
        raise RecognizerError(f"{where}{shown(str(path))} is no regular file", code="not_regular_file")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecognizerError(
                f"{where}{shown(str(path))} has over 2 GiB, which no ONNX file has; keep its tensors in external data",
                code="too_large",
            )
        return path.read_bytes()
    except OSError as problem:
        raise RecognizerError(
            f"{where}{shown(str(path))} cannot be read: {problem.strerror}", code="file_unreadable"
        ) from None


def _digest_part(path: Path, name: str, where: str) -> str:
    """SHA-256 of a file of external data, which must be a regular file inside the model's folder."""
    told = f"{where}{shown(str(path))} keeps tensors in {shown(repr(name))}"
    strange = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\0" in name or not name
    folder = path.parent.resolve()
    if strange or not (folder / name).resolve().is_relative_to(folder):
        raise RecognizerError(f"{told}, which is outside its folder; such a model is not loaded", code="path_outside")
    part = folder / name
    if not part.is_file():
        raise RecognizerError(f"{told}, which is not there; put it beside the model", code="external_data_missing")
    with part.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
