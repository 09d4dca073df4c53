"""The one decoder: image bytes in, RGB pixels out, whatever the file is called.

Every template is made from what this module returns, so its rules are part of the measurement:

  orientation  EXIF orientation is applied (JPEG, PNG, WebP, TIFF).
  grey         replicated to three equal channels; 1-bit images are 0 and 255; palettes are looked up.
  16 bits      v * 255 / 65535, rounded to the nearest (v / 257 never ends in one half). Grey PNG, PGM and TIFF, and
               colour PNG and TIFF alike. PGM and PPM with another greatest value are first spread over the full range.
  CMYK         Pillow's conversion: (255 - c) * (255 - k) / 255 a channel, no colour profile.
  alpha        composited over black: c * a / 255, rounded. Black, because that is what a pipeline that ignores alpha
               (OpenCV's `imread`, Pillow's `convert("RGB")`) sees in the usual file, whose hidden pixels are zero, and
               because the alignment, too, fills what is not picture with 0. Hidden colours are never shown, so a file
               cannot show one face to a person and another to a recognizer. PNG's transparent colour counts as alpha.
  several      of a GIF the first frame; an animated PNG or WebP or a TIFF of several pages is refused.
  profiles     embedded colour profiles and gamma are not applied; recognizers are trained without.

Plain RGB and grey JPEG and PNG give what `PIL.Image.open(...).convert("RGB")` gives, bit for bit.

Formats are told by content; only Pillow's readers for these formats are ever reached (none that starts another
program), and only with a container rebuilt by `fr_bench.images.walk`. No warning filter and no other setting of
the process is touched, so any number of threads may decode at once. One thing is out of reach: for damaged compressed
TIFF files libtiff itself writes a line to the standard error stream, beside the `UndecodableImage` that is raised.
"""

from __future__ import annotations

import functools
import importlib
import io
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from fr_bench.errors import shown
from fr_bench.images.container import Container, Reason, UndecodableImage
from fr_bench.images.walk import read_container

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

T = TypeVar("T")
Pixels = npt.NDArray[np.uint8]

MAX_PIXELS: Final = 50_000_000
# Above this Pillow warns by itself, through filters that belong to the whole process.
_MOST_PIXELS: Final = 89_478_485

_GREY16: Final = frozenset({"I", "I;16", "I;16B", "I;16L"})
_ALPHA: Final = frozenset({"LA", "PA", "RGBA", "RGBa"})
_OPAQUE: Final = frozenset({"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr"})
_OTHER_END: Final = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image file says about itself.

    format         JPEG, PNG, WEBP, BMP, TIFF, GIF or PPM (which stands for PBM, PGM and PPM).
    width, height  in pixels, of the picture that `decode` returns, that is after the orientation is applied.
    mode           Pillow's word for the stored pixels: L, RGB, P, RGBA, CMYK, I;16, 1 ...
    """

    format: str
    width: int
    height: int
    mode: str


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Decode an image to RGB.

    data        the bytes of one image file; the format is told by content.
    max_pixels  width times height allowed, checked before any pixel is decoded; 1 to 89 478 485.

    Gives a read-only, C-contiguous array of shape (height, width, 3), dtype uint8, 0 to 255.
    Raises UndecodableImage with the reason when there is no picture in it, ValueError when `max_pixels` is impossible.

    >>> decode(b"P5 2 1 255 " + bytes([0, 200])).tolist()
    [[[0, 0, 0], [200, 200, 200]]]
    """
    container, image = _opened(data, max_pixels)
    with image:
        pixels = _guarded(container.format, lambda: _pixels(container, image))
    pixels = np.ascontiguousarray(_upright(pixels, container.orientation))
    pixels.flags.writeable = False
    return pixels


def inspect(data: bytes, *, max_pixels: int = MAX_PIXELS) -> ImageHeader:
    """Read what the header says, without decoding a pixel; a picture behind a good header may still be damaged.

    Parameters and errors as in `decode`.

    >>> inspect(b"P5 2 1 255 " + bytes([0, 200]))
    ImageHeader(format='PPM', width=2, height=1, mode='L')
    """
    container, image = _opened(data, max_pixels)
    with image:
        (width, height), mode = image.size, image.mode
    if container.orientation >= 5:
        width, height = height, width
    return ImageHeader(container.format, width, height, "LA;16" if container.grey_alpha else mode)


def _opened(data: bytes, max_pixels: int) -> tuple[Container, ImageFile]:
    if not 1 <= max_pixels <= _MOST_PIXELS:
        raise ValueError(f"max_pixels must lie in 1 to {_MOST_PIXELS}, not {max_pixels}")
    container = read_container(bytes(data))
    if container.size is not None:
        _check_size(container.size, max_pixels)
    image = _guarded(container.format, lambda: _reader(container.format)(io.BytesIO(container.data), ""))
    _check_size(image.size, max_pixels)
    if image.mode not in _GREY16 | _ALPHA | _OPAQUE or (image.mode == "I" and container.format == "TIFF"):
        raise UndecodableImage("unsupported", f"{container.format} with pixels of the kind {image.mode}")
    return container, image


@functools.cache
def _reader(name: str) -> Callable[..., ImageFile]:
    """Pillow's class for one format. `Image.open` is passed by: it would warn through process-wide filters."""
    module, reader = {
        "JPEG": ("Jpeg", "JpegImageFile"),
        "PNG": ("Png", "PngImageFile"),
        "WEBP": ("WebP", "WebPImageFile"),
        "BMP": ("Bmp", "BmpImageFile"),
        "TIFF": ("Tiff", "TiffImageFile"),
        "GIF": ("Gif", "GifImageFile"),
        "PPM": ("Ppm", "PpmImageFile"),
    }[name]
    opened: Callable[..., ImageFile] = getattr(importlib.import_module(f"PIL.{module}ImagePlugin"), reader)
    return opened


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UndecodableImage("corrupt", f"the image says it is {width} x {height} pixels")
    if width * height > max_pixels:
        raise UndecodableImage("too_large", f"{width} x {height} pixels; at most {max_pixels} are decoded")


def _guarded(name: str, work: Callable[[], T]) -> T:
    """Run a step of Pillow; whatever it raises about the bytes becomes `UndecodableImage`.

    Pillow promises no exception type for damaged files: OSError, SyntaxError, ValueError, struct.error, zlib.error,
    IndexError, KeyError, OverflowError and more have all been seen. The step reads nothing but these bytes, so every
    exception of it is about them.
    """
    try:
        return work()
    except UndecodableImage:
        raise
    except Exception as fault:
        raise UndecodableImage(_reason(fault), f"{name}: {shown(str(fault)) or type(fault).__name__}") from fault


def _reason(fault: Exception) -> Reason:
    words = str(fault).lower()
    if isinstance(fault, MemoryError) or "decompression bomb" in words or "out of memory" in words:
        return "too_large"
    if isinstance(fault, (EOFError, struct.error)) or any(sign in words for sign in _SIGNS_OF_TRUNCATION):
        return "truncated"
    if isinstance(fault, NotImplementedError) or "unsupported" in words or "not supported" in words:
        return "unsupported"
    return "corrupt"


_SIGNS_OF_TRUNCATION: Final = ("truncated", "not enough", "unexpected end", "eof", "broken png file", "ran out")


def _pixels(container: Container, image: ImageFile) -> Pixels:
    """Decode to (height, width, 3), before the orientation."""
    if container.grey_alpha:
        packed = np.asarray(image).astype(np.uint16)
        grey, alpha = (_to_8_bits(_joined(packed[..., i], packed[..., i + 1])) for i in (0, 2))
        return _over_black(_replicated(grey), alpha)
    if image.mode in _GREY16:
        values = np.asarray(image)
        return _without_key(_replicated(_to_8_bits(values)), values[..., None], container.key)
    if container.bits == 16:
        return _colour16(container, image)
    if image.mode in _ALPHA or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        return _over_black(rgba[..., :3], rgba[..., 3])
    rgb = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    # A key of 1, 2 or 4 bits is spread over 0..255 as its pixels were.
    return _without_key(rgb, rgb, container.key and tuple(k * 255 // (2**container.bits - 1) for k in container.key))


def _colour16(container: Container, image: ImageFile) -> Pixels:
    """Colour in 16 bits: Pillow keeps one byte a sample, so the file is decoded once for each half."""
    with _reader(container.format)(io.BytesIO(container.data), "") as again:
        again.tile = [_other_half(tile) for tile in again.tile]
        low = np.asarray(again).astype(np.uint16)
    values = _joined(np.asarray(image).astype(np.uint16), low)
    scaled = _to_8_bits(values)
    if image.mode == "RGBA":
        return _over_black(scaled[..., :3], scaled[..., 3])
    if image.mode == "CMYK":
        from PIL import Image

        return np.asarray(Image.frombytes("CMYK", image.size, scaled.tobytes()).convert("RGB"))
    return _without_key(scaled, values, container.key)


def _other_half(tile: Any) -> Any:
    """Pillow's description of a piece of the file, asking for the low byte of each sample instead of the high one."""
    rawmode = tile[3] if isinstance(tile[3], str) else tile[3][0]
    kind, _, end = rawmode.rpartition(";16")
    if kind not in ("RGB", "RGBA", "RGBX", "CMYK") or end not in _OTHER_END:
        raise UndecodableImage("unsupported", f"16-bit samples stored as {rawmode}")
    swapped = f"{kind};16{_OTHER_END[end]}"
    changed = swapped if isinstance(tile[3], str) else (swapped, *tile[3][1:])
    return tile._replace(args=changed) if hasattr(tile, "_replace") else (*tile[:3], changed)


def _joined(high: npt.NDArray[np.uint16], low: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    return high << np.uint16(8) | low


def _to_8_bits(values: npt.NDArray[Any]) -> Pixels:
    """v * 255 / 65535 = v / 257, rounded; 257 is odd, so there are no ties."""
    return ((values.astype(np.int32) + 128) // 257).astype(np.uint8)


def _replicated(grey: Pixels) -> Pixels:
    return np.repeat(grey[..., None], 3, axis=2)


def _over_black(colour: Pixels, alpha: Pixels) -> Pixels:
    """c * a / 255, rounded; the greatest product and 127 fit into 16 bits."""
    product = colour.astype(np.uint16) * alpha[..., None]
    product += 127
    return (product // 255).astype(np.uint8)


def _without_key(rgb: Pixels, stored: npt.NDArray[Any], key: tuple[int, ...] | None) -> Pixels:
    """Black wherever the stored value is the transparent one."""
    if key is None:
        return rgb
    hidden = (stored == np.array(key)).all(axis=2)
    return np.where(hidden[..., None], np.uint8(0), rgb)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF orientation: 2 mirrored, 3 turned by 180, 4 upside down, 5 transposed, 6 and 8 a quarter turn, 7."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
