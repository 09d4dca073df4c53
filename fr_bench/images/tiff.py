"""TIFF and BigTIFF: one directory of checked entries, rebuilt so that a decoder meets the tags of the pixels only."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from fr_bench.images.container import Container, UndecodableImage

_UNITS: Final = {1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8}  # BYTE SHORT LONG RATIONAL UNDEFINED LONG8, in bytes
_SINGLE: Final = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323})
# Fax options, strips, tiles, palette, predictor, extra samples, sample format, JPEG tables, YCbCr description.
_KEPT: Final = _SINGLE | {258, 273, 279, 292, 293, 320, 324, 325, 338, 339, 347, 512, 513, 514, 529, 530, 532}


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Classic TIFF or BigTIFF in one byte order: where things stand and how wide they are."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "L")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHL4s")

    @property
    def word(self) -> int:
        return 8 if self.big else 4


def read_tiff(data: bytes) -> Container:
    """Rebuild the file with one directory, holding checked entries of the pixel tags only; pixel data stay in place."""
    dialect = _Dialect("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
    try:
        (start,) = struct.unpack_from(dialect.offset, data, dialect.word)
        (count,) = struct.unpack_from(dialect.count, data, start)
        first, step = start + struct.calcsize(dialect.count), struct.calcsize(dialect.entry)
        if first + count * step + dialect.word > len(data):
            raise UndecodableImage("truncated", "the TIFF's directory reaches over the end of the file")
        entries = [struct.unpack_from(dialect.entry, data, first + step * i) for i in range(count)]
        (following,) = struct.unpack_from(dialect.offset, data, first + count * step)
    except (struct.error, OverflowError) as fault:
        raise UndecodableImage("truncated", "the TIFF ends before its directory") from fault
    if following:
        raise UndecodableImage("several_images", "a TIFF of several pages")
    tags = {tag: (kind, number, value) for tag, kind, number, value in reversed(entries)}
    kept = {tag: tags[tag] for tag in sorted(tags) if tag in _KEPT}
    _check_entries(kept, dialect, len(data))
    if 277 in kept and _number(kept, 277, dialect) > 8:
        raise UndecodableImage("unsupported", "TIFF with more than 8 samples a pixel")
    _refuse_unclear_samples(kept, dialect, data)
    width, height = (_number(kept, tag, dialect) for tag in (256, 257))
    orientation = _number(tags, 274, dialect) if 274 in tags and tags[274][:2] == (3, 1) else 1
    return Container(
        "TIFF",
        _with_directory(data, kept, dialect),
        orientation if 1 <= orientation <= 8 else 1,
        (width, height),
        _bits(kept, dialect, data),
    )


_Entries = dict[int, tuple[int, int, bytes]]


def _check_entries(entries: _Entries, dialect: _Dialect, length: int) -> None:
    total = 0
    for tag, (kind, number, value) in entries.items():
        sound = kind in _UNITS and number >= 1
        if not sound or (tag in _SINGLE and (number != 1 or kind not in (1, 3, 4, 16))):
            raise UndecodableImage("corrupt", f"TIFF tag {tag} has type {kind} and {number} values")
        size = number * _UNITS[kind]
        total += size
        if size > dialect.word:
            (where,) = struct.unpack(dialect.offset, value)
            if total > length or where + size > length:
                raise UndecodableImage("truncated", f"the values of TIFF tag {tag} lie beyond the end of the file")


def _number(entries: _Entries, tag: int, dialect: _Dialect) -> int:
    """The value of a tag that holds one integer in its entry."""
    if tag not in entries:
        raise UndecodableImage("corrupt", f"the TIFF lacks tag {tag}")
    kind, _, value = entries[tag]
    size = _UNITS[kind]
    if size > len(value):
        raise UndecodableImage("corrupt", f"TIFF tag {tag} has type {kind}")
    return int.from_bytes(value[:size], "little" if dialect.order == "<" else "big")


def _bits(entries: _Entries, dialect: _Dialect, data: bytes) -> int:
    """Bits of the first sample; 1 is the format's default."""
    if 258 not in entries:
        return 1
    kind, number, value = entries[258]
    size = _UNITS[kind]
    if size * number > dialect.word:
        (where,) = struct.unpack(dialect.offset, value)
        value = data[where : where + size]
    return int.from_bytes(value[:size], "little" if dialect.order == "<" else "big")


def _refuse_unclear_samples(entries: _Entries, dialect: _Dialect, data: bytes) -> None:
    """Refuse what Pillow reads as something else: 12 bits as 16, 16-bit white-is-zero unturned, 16-bit planes."""
    bits = _bits(entries, dialect, data)
    inverted = 262 in entries and _number(entries, 262, dialect) == 0
    planes = 284 in entries and _number(entries, 284, dialect) == 2
    if bits > 16 or 8 < bits < 16 or (bits == 16 and (inverted or planes)):
        arrangement = ", white is zero" if inverted else ", one plane a colour" if planes else ""
        raise UndecodableImage("unsupported", f"TIFF with {bits} bits a sample{arrangement}")


def _with_directory(data: bytes, entries: _Entries, dialect: _Dialect) -> bytes:
    padding = b"\0" * (-len(data) % 8)
    where = struct.pack(dialect.offset, len(data) + len(padding))
    body = b"".join(struct.pack(dialect.entry, tag, *entries[tag]) for tag in sorted(entries))
    directory = struct.pack(dialect.count, len(entries)) + body + struct.pack(dialect.offset, 0)
    head = data[: dialect.word] + where
    return b"".join((head, data[len(head) :], padding, directory))
