"""Small pictures in every format, made here so that each test knows its pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

RGB: npt.NDArray[np.uint8] = np.random.default_rng(7).integers(0, 256, (9, 14, 3), dtype=np.uint8)
GREY: npt.NDArray[np.uint8] = RGB[..., 0].copy()
GREY16: npt.NDArray[np.uint16] = np.random.default_rng(8).integers(0, 65536, (9, 14), dtype=np.uint16)
RGB16: npt.NDArray[np.uint16] = np.random.default_rng(9).integers(0, 65536, (9, 14, 3), dtype=np.uint16)


def saved(picture: npt.NDArray[Any] | Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, name, **options)
    return file.getvalue()


def by_pillow(data: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def to_8_bits(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return np.floor(values.astype(np.float64) * 255 / 65535 + 0.5).astype(np.uint8)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def png(samples: npt.NDArray[Any], bits: int, colour: int, *extra: bytes, size: tuple[int, int] | None = None) -> bytes:
    """A PNG written by hand: Pillow writes no colour in 16 bits. `extra` chunks stand before the pixels."""
    height, width = samples.shape[:2]
    rows = samples.astype(">u2" if bits == 16 else "u1").reshape(height, -1)
    header = struct.pack(">LLBBBBB", *(size or (width, height)), bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = (chunk(b"IHDR", header), *extra, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


def tiff(samples: npt.NDArray[Any], order: str, tags: dict[int, int], *, following: int = 0) -> bytes:
    """An uncompressed TIFF written by hand, one strip; `tags` adds to or replaces the usual ones."""
    height, width = samples.shape[:2]
    bands, bits = (samples.shape[2] if samples.ndim == 3 else 1), samples.dtype.itemsize * 8
    pixels = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    depths = struct.pack(f"{order}{bands}H", *[bits] * bands)
    where = 8 + len(pixels)
    entries = {256: width, 257: height, 259: 1, 262: 2 if bands == 3 else 1, 273: 8, 277: bands, 278: height}
    entries |= {279: len(pixels)} | tags
    directory = [struct.pack(f"{order}HHLL", tag, 4, 1, value) for tag, value in entries.items()]
    depth = depths.ljust(4, b"\0") if bands == 1 else struct.pack(f"{order}L", where)
    directory.append(struct.pack(f"{order}HHL", 258, 3, bands) + depth)
    directory.sort(key=lambda entry: struct.unpack_from(f"{order}H", entry))
    body = struct.pack(f"{order}H", len(directory)) + b"".join(directory) + struct.pack(f"{order}L", following)
    start = where + len(depths) + len(depths) % 2
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", start)
    return head + pixels + depths.ljust(start - where, b"\0") + body


def every_format() -> dict[str, bytes]:
    """One valid file of each kind, whose mutations the fuzz tests feed."""
    p = Image.fromarray(RGB)
    return {
        "jpeg": saved(RGB, "JPEG", exif=exif(6)),
        "jpeg progressive": saved(RGB, "JPEG", progressive=True),
        "jpeg cmyk": saved(p.convert("CMYK"), "JPEG"),
        "png": saved(RGB, "PNG"),
        "png exif": saved(RGB, "PNG", exif=exif(3)),
        "png palette": saved(p.quantize(16), "PNG", transparency=3),
        "png rgb 16": png(RGB16, 16, 2),
        "png grey alpha 16": png(RGB16[..., :2], 16, 4),
        "webp": saved(RGB, "WEBP"),
        "webp lossless": saved(RGB, "WEBP", lossless=True, exif=exif(8)),
        "bmp": saved(RGB, "BMP"),
        "gif": saved(p.quantize(16), "GIF"),
        "tiff": saved(RGB, "TIFF"),
        "tiff lzw": saved(RGB, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": saved(RGB, "TIFF", compression="jpeg"),
        "tiff 16": tiff(RGB16, ">", {274: 5}),
        "ppm": saved(RGB, "PPM"),
        "pgm 16": b"P5 14 9 65535\n" + GREY16.astype(">u2").tobytes(),
        "pgm plain": b"P2 2 2 99\n1 2 3 99\n",
        "pbm": saved(p.convert("1"), "PPM"),
    }
