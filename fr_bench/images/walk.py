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
from typing import Final

from fr_bench.images.container import Container, UndecodableImage
from fr_bench.images.tiff import read_tiff


def sniff(data: bytes) -> str:
    r"""Name the format by its first bytes; the file's name is never asked.

    >>> sniff(b"\x89PNG\r\n\x1a\n....")
    'PNG'
    >>> sniff(b"<html>")
    Traceback (most recent call last):
    ...
    fr_bench.images.container.UndecodableImage: not_an_image: none of JPEG, PNG, WebP, BMP, TIFF, GIF, PBM, PGM, PPM
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
    "TIFF": read_tiff,
}
