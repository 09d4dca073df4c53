"""What stands around the pixels of an image file: format, declared size, orientation, and the parts a decoder needs.

Before Pillow sees a file, its container is walked here and rebuilt from the parts that decide the pixels. Colour
profiles, comments, thumbnails and EXIF blocks are left behind: Pillow warns about damaged ones through the process-wide
warning filters, and they are the parts in which a small file unfolds into a large one. The walk also yields the EXIF
orientation and, for the formats whose decoder reserves the canvas on opening, the size before anything is reserved.

The functions here trust no length and no offset: a container that does not add up raises `UndecodableImage`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

Reason = Literal["empty", "not_an_image", "truncated", "corrupt", "too_large", "several_images", "unsupported"]

REASONS: Final[tuple[Reason, ...]] = (
    "corrupt",
    "empty",
    "not_an_image",
    "several_images",
    "too_large",
    "truncated",
    "unsupported",
)


class UndecodableImage(Exception):  # noqa: N818 - an outcome that is counted, not a mistake to mend
    """The bytes give no picture: a failure to acquire that is counted with its reason.

    Not an `FrBenchError` on purpose: nobody is to mend a probe image, and it must not stop a run. Extraction catches
    it and writes a failed outcome, so that the sample stays in the denominators.

    reason  one of `REASONS`: `empty` (no bytes), `not_an_image` (no known format by content), `truncated` (ends too
            early), `corrupt` (does not add up), `too_large` (more pixels than allowed), `several_images` (animation
            or several pages: which is the sample?), `unsupported` (a variant whose pixels have no agreed meaning).
    detail  one sentence for the table of failures.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Container:
    """An image file reduced to what its pixels depend on.

    format       JPEG, PNG, WEBP, BMP, TIFF, GIF or PPM (which stands for PBM, PGM and PPM).
    data         the rebuilt file, with one image and without metadata.
    orientation  EXIF orientation, 1 to 8; 1 where none or nonsense is said.
    size         (width, height) as declared, where it was read here; None where opening the file is cheap.
    bits         bits per sample where it was read here (PNG, TIFF), else 8.
    key          PNG's transparent colour in the file's own units (one grey or three colour values), or None.
    grey_alpha   the data are 16-bit grey with 16-bit alpha, relabelled as 8-bit RGBA: grey high and low, alpha.
    """

    format: str
    data: bytes
    orientation: int = 1
    size: tuple[int, int] | None = None
    bits: int = 8
    key: tuple[int, ...] | None = None
    grey_alpha: bool = False


def sniff(data: bytes) -> str:
    r"""Name the format by its first bytes; the file's name is never asked.

    >>> sniff(b"\x89PNG\r\n\x1a\n....")
    'PNG'
    >>> sniff(b"<html>")
    Traceback (most recent call last):
    ...
    fr_bench.images.containers.UndecodableImage: not_an_image: none of JPEG, PNG, WebP, BMP, TIFF, GIF, PBM, PGM, PPM
    """
    if not data:
        raise UndecodableImage("empty", "the file holds no bytes")
    for prefix, name in _PREFIXES:
        if data.startswith(prefix):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3] in b" \t\n\v\f\r#" and len(data) > 2:
        return "PPM"
    raise UndecodableImage("not_an_image", "none of JPEG, PNG, WebP, BMP, TIFF, GIF, PBM, PGM, PPM")


def read_container(data: bytes) -> Container:
    """Reduce an image file to what its pixels depend on. Raises `UndecodableImage`; decodes nothing."""
    name = sniff(data)
    walk = _WALKS.get(name)
    return walk(data) if walk else Container(name, data)


def exif_orientation(block: bytes) -> int:
    """Read tag 274 of an EXIF block (a small TIFF file); 1 where it is missing, damaged or not in 1 to 8.

    >>> exif_orientation(bytes.fromhex("4d4d002a00000008 0001 0112 0003 00000001 0006 0000 00000000".replace(" ", "")))
    6
    >>> exif_orientation(b"MM")
    1
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "L", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for entry in range(count):
            tag, kind = struct.unpack_from(order + "HH", block, start + 2 + 12 * entry)
            if tag == 274:
                value = struct.unpack_from(order + ("L" if kind == 4 else "H"), block, start + 10 + 12 * entry)[0]
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a damaged block says nothing; the picture itself may be whole
    return 1


# --- JPEG ------------------------------------------------------------------------------------------------------------

# Frame headers, tables, restart interval, JFIF and Adobe (colour transform). Everything else is metadata.
_JPEG_KEPT: Final = frozenset(range(0xC0, 0xD0)) | {0xDB, 0xDD, 0xE0, 0xEE}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> Container:
    """Several pictures in one file (MPO of a phone) are one picture here: the rest are previews and depth maps."""
    kept, orientation, size = [b"\xff\xd8"], 1, None
    for marker, start, end in _jpeg_segments(data):
        if marker == 0xDA:
            kept.append(data[start:])
            return Container("JPEG", b"".join(kept), orientation, size)
        if marker == 0xE1 and orientation == 1 and data[start + 4 : start + 10] == b"Exif\0\0":
            orientation = exif_orientation(data[start + 10 : end])
        if marker in _JPEG_FRAMES and end - start >= 9:
            precision, height, width = struct.unpack_from(">BHH", data, start + 4)
            if precision != 8:
                raise UndecodableImage("unsupported", f"JPEG with {precision} bits a sample")
            size = width, height
        if marker in _JPEG_KEPT:
            kept.append(data[start:end])
    raise UndecodableImage("truncated", "the JPEG ends before its picture begins")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) up to and with the first scan. Bytes between segments are skipped, as Pillow does."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x00 or marker in _JPEG_BARE:
            at += 2
        else:
            if marker == 0xD9:
                return
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            if length < 2 or (end := at + 2 + length) > len(data):
                return
            yield marker, at, end
            at = end


# --- PNG -------------------------------------------------------------------------------------------------------------


def _png(data: bytes) -> Container:
    """Grey with alpha in 16 bits is relabelled as 8-bit RGBA: same row layout, and Pillow would drop the low bytes."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise UndecodableImage("truncated" if len(data) < 33 else "corrupt", "the PNG has no whole IHDR chunk")
    width, height, bits, colour = struct.unpack_from(">LLBB", data, 16)
    kept, orientation, key = [data[:8]], 1, None
    for name, start, end in _png_chunks(data):
        body = data[start + 8 : end - 4]
        if name == b"acTL" and body[:4] not in (b"\0\0\0\0", b"\0\0\0\1"):
            raise UndecodableImage("several_images", "an animated PNG")
        if name == b"eXIf":
            orientation = exif_orientation(body)
        elif name == b"tRNS" and colour in (0, 2):
            key = struct.unpack(">" + "H" * (len(body) // 2), body[: len(body) // 2 * 2])
        elif name == b"IHDR" and (bits, colour) == (16, 4):
            relabelled = b"IHDR" + data[16:24] + b"\x08\x06" + data[26:29]
            kept.append(data[8:12] + relabelled + zlib.crc32(relabelled).to_bytes(4, "big"))
        elif name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(data[start:end])
    if key is not None and len(key) != (1 if colour == 0 else 3):
        raise UndecodableImage("corrupt", "the PNG names a transparent colour of the wrong length")
    return Container("PNG", b"".join(kept), orientation, (width, height), bits, key, (bits, colour) == (16, 4))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end); the last chunk may be cut, which the decoder then reports."""
    at = 8
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, min(end, len(data))
        at = end


# --- WebP and GIF: only the size, which their decoders reserve on opening ---------------------------------------------


def _webp(data: bytes) -> Container:
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise UndecodableImage("truncated", "the WebP ends within its header")
    if len(data) < int.from_bytes(data[4:8], "little") + 8:
        raise UndecodableImage("truncated", "the WebP is shorter than it says")
    if kind == b"VP8X":
        if body[0] & 2:
            raise UndecodableImage("several_images", "an animated WebP")
        size = 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    elif kind == b"VP8L":
        packed = int.from_bytes(body[1:5], "little")
        size = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        size = int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    else:
        raise UndecodableImage("corrupt", "the WebP begins with none of VP8, VP8L, VP8X")
    return Container("WEBP", data, _webp_orientation(data), size)


def _webp_orientation(data: bytes) -> int:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            block = data[at + 8 : at + 8 + length]
            return exif_orientation(block[6:] if block[:6] == b"Exif\0\0" else block)
        at += 8 + length + (length & 1)
    return 1


def _gif(data: bytes) -> Container:
    """The canvas is the screen, widened to the first frame where that reaches over it, as decoders do."""
    if len(data) < 13:
        raise UndecodableImage("truncated", "the GIF ends within its header")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while data[at : at + 1] == b"!":
        at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    if data[at : at + 1] != b"," or at + 10 > len(data):
        raise UndecodableImage("truncated" if at + 10 > len(data) else "corrupt", "the GIF holds no frame")
    left, top, wide, high = struct.unpack_from("<HHHH", data, at + 1)
    return Container("GIF", data, 1, (max(width, left + wide), max(height, top + high)))


# --- TIFF ------------------------------------------------------------------------------------------------------------

_TIFF_UNITS: Final = {1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8}  # BYTE SHORT LONG RATIONAL UNDEFINED LONG8, in bytes
_TIFF_SINGLE: Final = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323})
# Fax options, strips, tiles, palette, predictor, extra samples, sample format, JPEG tables, YCbCr description.
_TIFF_KEPT: Final = _TIFF_SINGLE | {258, 273, 279, 292, 293, 320, 324, 325, 338, 339, 347, 512, 513, 514, 529, 530, 532}


@dataclass(frozen=True, slots=True)
class _TiffDialect:
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


def _tiff(data: bytes) -> Container:
    """Rebuild the file with one directory, holding checked entries of the pixel tags only; pixel data stay in place."""
    dialect = _TiffDialect("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
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
    kept = {tag: tags[tag] for tag in sorted(tags) if tag in _TIFF_KEPT}
    _check_tiff_entries(kept, dialect, len(data))
    if 277 in kept and _tiff_number(kept, 277, dialect) > 8:
        raise UndecodableImage("unsupported", "TIFF with more than 8 samples a pixel")
    _refuse_unclear_samples(kept, dialect, data)
    width, height = (_tiff_number(kept, tag, dialect) for tag in (256, 257))
    orientation = _tiff_number(tags, 274, dialect) if 274 in tags and tags[274][:2] == (3, 1) else 1
    return Container(
        "TIFF",
        _with_directory(data, kept, dialect),
        orientation if 1 <= orientation <= 8 else 1,
        (width, height),
        _tiff_bits(kept, dialect, data),
    )


_Entries = dict[int, tuple[int, int, bytes]]


def _check_tiff_entries(entries: _Entries, dialect: _TiffDialect, length: int) -> None:
    total = 0
    for tag, (kind, number, value) in entries.items():
        sound = kind in _TIFF_UNITS and number >= 1
        if not sound or (tag in _TIFF_SINGLE and (number != 1 or kind not in (1, 3, 4, 16))):
            raise UndecodableImage("corrupt", f"TIFF tag {tag} has type {kind} and {number} values")
        size = number * _TIFF_UNITS[kind]
        total += size
        if size > dialect.word:
            (where,) = struct.unpack(dialect.offset, value)
            if total > length or where + size > length:
                raise UndecodableImage("truncated", f"the values of TIFF tag {tag} lie beyond the end of the file")


def _tiff_number(entries: _Entries, tag: int, dialect: _TiffDialect) -> int:
    """The value of a tag that holds one integer in its entry."""
    if tag not in entries:
        raise UndecodableImage("corrupt", f"the TIFF lacks tag {tag}")
    kind, _, value = entries[tag]
    size = _TIFF_UNITS[kind]
    if size > len(value):
        raise UndecodableImage("corrupt", f"TIFF tag {tag} has type {kind}")
    return int.from_bytes(value[:size], "little" if dialect.order == "<" else "big")


def _tiff_bits(entries: _Entries, dialect: _TiffDialect, data: bytes) -> int:
    """Bits of the first sample; 1 is the format's default."""
    if 258 not in entries:
        return 1
    kind, number, value = entries[258]
    size = _TIFF_UNITS[kind]
    if size * number > dialect.word:
        (where,) = struct.unpack(dialect.offset, value)
        value = data[where : where + size]
    return int.from_bytes(value[:size], "little" if dialect.order == "<" else "big")


def _refuse_unclear_samples(entries: _Entries, dialect: _TiffDialect, data: bytes) -> None:
    """Refuse what Pillow reads as something else: 12 bits as 16, 16-bit white-is-zero unturned, 16-bit planes."""
    bits = _tiff_bits(entries, dialect, data)
    inverted = 262 in entries and _tiff_number(entries, 262, dialect) == 0
    planes = 284 in entries and _tiff_number(entries, 284, dialect) == 2
    if bits > 16 or 8 < bits < 16 or (bits == 16 and (inverted or planes)):
        arrangement = ", white is zero" if inverted else ", one plane a colour" if planes else ""
        raise UndecodableImage("unsupported", f"TIFF with {bits} bits a sample{arrangement}")


def _with_directory(data: bytes, entries: _Entries, dialect: _TiffDialect) -> bytes:
    padding = b"\0" * (-len(data) % 8)
    where = struct.pack(dialect.offset, len(data) + len(padding))
    body = b"".join(struct.pack(dialect.entry, tag, *entries[tag]) for tag in sorted(entries))
    directory = struct.pack(dialect.count, len(entries)) + body + struct.pack(dialect.offset, 0)
    head = data[: dialect.word] + where
    return b"".join((head, data[len(head) :], padding, directory))


_PREFIXES: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
)

_WALKS: Final[dict[str, Callable[[bytes], Container]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "GIF": _gif,
    "TIFF": _tiff,
}
