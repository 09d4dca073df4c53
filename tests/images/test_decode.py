"""What the one decoder gives for every format, and the reasons it gives when there is no picture."""

from __future__ import annotations

import pickle
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from fr_bench.errors import FrBenchError
from fr_bench.images import REASONS, UndecodableImage, decode, inspect

sys.path.insert(0, str(Path(__file__).parent))
import pictures as made

FILES = made.every_format()


def reason(data: bytes, **options: int) -> str:
    with pytest.raises(UndecodableImage) as caught:
        decode(data, **options)
    assert caught.value.detail
    assert caught.value.reason in REASONS
    return caught.value.reason


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_rgb_bytes(name: str) -> None:
    pixels = decode(FILES[name])
    header = inspect(FILES[name])
    assert pixels.shape == (header.height, header.width, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert not pixels.flags.writeable


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("picture", [made.RGB, made.GREY], ids=["rgb", "grey"])
def test_lossless_formats_give_the_pixels_back(name: str, picture: np.ndarray) -> None:
    expected = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    assert np.array_equal(decode(made.saved(picture, name)), expected)


@pytest.mark.parametrize("picture", [made.RGB, made.GREY], ids=["rgb", "grey"])
@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"subsampling": 0}), ("PNG", {}), ("WEBP", {})],
)
def test_plain_files_equal_pillows_rgb(picture: np.ndarray, name: str, options: dict[str, int]) -> None:
    data = made.saved(picture, name, **options)
    assert np.array_equal(decode(data), made.by_pillow(data))


def test_adobe_cmyk_jpeg_equals_pillows_conversion() -> None:
    assert np.array_equal(decode(FILES["jpeg cmyk"]), made.by_pillow(FILES["jpeg cmyk"]))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(name: str, orientation: int) -> None:
    options = {"lossless": True} if name == "WEBP" else {}
    plain = made.saved(made.RGB, name, **options)
    turned = made.saved(made.RGB, name, exif=made.exif(orientation), **options)
    tagged = Image.fromarray(made.by_pillow(plain))
    tagged.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(tagged))
    assert np.array_equal(decode(turned), expected)
    assert (inspect(turned).height, inspect(turned).width) == expected.shape[:2]


def test_damaged_exif_leaves_the_picture_as_stored() -> None:
    data = made.saved(made.RGB, "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff\xff\xff")
    assert np.array_equal(decode(data), made.by_pillow(made.saved(made.RGB, "JPEG")))


@pytest.mark.parametrize(
    "data",
    [
        made.saved(made.GREY16, "PNG"),
        made.saved(made.GREY16, "TIFF"),
        made.saved(made.GREY16, "TIFF", compression="tiff_lzw"),
        made.tiff(made.GREY16, "<", {}),
        made.tiff(made.GREY16, ">", {}),
        FILES["pgm 16"],
    ],
    ids=["png", "tiff", "tiff lzw", "tiff little", "tiff big", "pgm"],
)
def test_16_bit_grey_is_scaled_by_255_over_65535(data: bytes) -> None:
    assert np.array_equal(decode(data), np.repeat(made.to_8_bits(made.GREY16)[..., None], 3, axis=2))


@pytest.mark.parametrize(
    "data",
    [made.png(made.RGB16, 16, 2), made.tiff(made.RGB16, "<", {}), made.tiff(made.RGB16, ">", {})],
    ids=["png", "tiff little", "tiff big"],
)
def test_16_bit_colour_is_scaled_by_255_over_65535(data: bytes) -> None:
    assert np.array_equal(decode(data), made.to_8_bits(made.RGB16))


def test_all_65536_values_round_to_nearest() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(decode(made.png(values, 16, 0))[..., 1], made.to_8_bits(values))


def over_black(rgba: np.ndarray) -> np.ndarray:
    return np.floor(rgba[..., :3] * (rgba[..., 3:] / 255.0) + 0.5).astype(np.uint8)


@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_composited_over_black(name: str) -> None:
    rgba = np.dstack([made.RGB, made.GREY.T.reshape(9, 14)])
    options = {"lossless": True, "exact": True} if name == "WEBP" else {}
    assert np.array_equal(decode(made.saved(rgba, name, **options)), over_black(rgba))


def test_grey_with_alpha_is_composited_over_black() -> None:
    pair = made.RGB[..., :2]
    expected = over_black(np.dstack([pair[..., :1]] * 3 + [pair[..., 1:]]))
    assert np.array_equal(decode(made.png(pair, 8, 4)), expected)


def test_16_bit_grey_with_16_bit_alpha_is_scaled_then_composited() -> None:
    pair = made.to_8_bits(made.RGB16[..., :2])
    expected = over_black(np.dstack([pair[..., :1]] * 3 + [pair[..., 1:]]))
    assert np.array_equal(decode(FILES["png grey alpha 16"]), expected)


def test_16_bit_rgba_is_scaled_then_composited() -> None:
    rgba = np.dstack([made.RGB16, made.GREY16])
    assert np.array_equal(decode(made.png(rgba, 16, 6)), over_black(made.to_8_bits(rgba)))


@pytest.mark.parametrize(("bits", "samples"), [(8, made.RGB), (16, made.RGB16)])
def test_transparent_colour_of_png_is_black(bits: int, samples: np.ndarray) -> None:
    key = b"".join(int(v).to_bytes(2, "big") for v in samples[2, 3])
    expected = (samples if bits == 8 else made.to_8_bits(samples)).copy()
    expected[2, 3] = 0
    assert np.array_equal(decode(made.png(samples, bits, 2, made.chunk(b"tRNS", key))), expected)


def test_palette_is_looked_up() -> None:
    picture = Image.fromarray(made.RGB).quantize(16)
    assert np.array_equal(decode(made.saved(picture, "PNG")), np.asarray(picture.convert("RGB")))


def test_transparent_palette_entry_is_black() -> None:
    picture = Image.fromarray(made.RGB).quantize(16)
    pixels = decode(made.saved(picture, "PNG", transparency=3))
    assert not pixels[np.asarray(picture) == 3].any()
    assert pixels[np.asarray(picture) != 3].any()


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_one_bit_images_are_0_and_255(name: str) -> None:
    picture = Image.fromarray(made.GREY).convert("1", dither=Image.Dither.NONE)
    expected = np.where(made.GREY >= 128, 255, 0)
    assert np.array_equal(decode(made.saved(picture, name))[..., 2], expected)


def test_gif_gives_its_first_frame() -> None:
    frames = [Image.fromarray(made.RGB).quantize(16), Image.fromarray(255 - made.RGB).quantize(16)]
    data = made.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(decode(data), np.asarray(frames[0].convert("RGB")))


@pytest.mark.parametrize("name", ["PNG", "WEBP", "TIFF"])
def test_several_images_in_one_file_are_refused(name: str) -> None:
    other = Image.fromarray(255 - made.RGB)
    assert reason(made.saved(made.RGB, name, save_all=True, append_images=[other])) == "several_images"


def test_no_bytes_are_empty() -> None:
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [b"\0" * 100, b"<html>", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"%PDF-1.7", b"GIF", b"P7\n", b"\xff\xd8", b"PK\3\4"],
)
def test_other_content_is_not_an_image(data: bytes) -> None:
    assert reason(data) == "not_an_image"


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_refused(name: str) -> None:
    data = FILES[name]
    if name == "pgm plain":
        data = data[:-4]
    assert reason(data[: len(data) * 2 // 3]) in ("truncated", "corrupt")


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "bmp", "tiff", "ppm"])
def test_a_file_cut_within_its_pixels_is_truncated(name: str) -> None:
    big = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = made.saved(big, name, **({"quality": 95} if name == "jpeg" else {}))
    assert reason(data[: len(data) // 2]) == "truncated"


def test_a_huge_header_is_too_large_before_anything_is_decoded() -> None:
    assert reason(made.png(made.RGB, 8, 2, size=(100_000, 100_000))) == "too_large"


@pytest.mark.parametrize("name", FILES)
def test_the_pixel_cap_holds_for_every_format(name: str) -> None:
    header = inspect(FILES[name])
    pixels = header.width * header.height
    assert decode(FILES[name], max_pixels=pixels).size == pixels * 3
    assert reason(FILES[name], max_pixels=pixels - 1) == "too_large"
    with pytest.raises(UndecodableImage, match="too_large"):
        inspect(FILES[name], max_pixels=pixels - 1)


def test_an_impossible_cap_is_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="max_pixels"):
        decode(FILES["png"], max_pixels=0)


@pytest.mark.parametrize(
    "data",
    [
        made.saved(made.RGB[..., 0].astype(np.float32), "TIFF"),
        made.saved(made.GREY.astype(np.int32), "TIFF"),
        made.tiff(made.GREY16, "<", {262: 0}),
        b"Pf 1 1 1.0\n\0\0\0\0".replace(b"Pf", b"P5").replace(b"1.0", b"99999"),
    ],
    ids=["float", "32 bits", "16 bits white is zero", "impossible maxval"],
)
def test_pixels_without_an_agreed_meaning_are_refused(data: bytes) -> None:
    assert reason(data) in ("unsupported", "corrupt")


def test_the_reason_survives_a_process_boundary_and_is_no_mistake_to_mend() -> None:
    fault = pickle.loads(pickle.dumps(UndecodableImage("empty", "the file holds no bytes")))
    assert (fault.reason, str(fault)) == ("empty", "empty: the file holds no bytes")
    assert not isinstance(fault, FrBenchError)


def test_nothing_is_warned_about(recwarn: pytest.WarningsRecorder) -> None:
    warnings.simplefilter("always")
    damaged_exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + b"\x1a\x01\x05\0\xff\xff\xff\x7f\xff\xff\xff\x7f" * 2
    for data in (*FILES.values(), made.saved(made.RGB, "JPEG", exif=damaged_exif)):
        decode(data)
    assert not recwarn.list


def test_threads_decode_the_same_bytes_at_once() -> None:
    files = list(FILES.values()) * 20
    alone = [decode(data).tobytes() for data in files]
    with ThreadPoolExecutor(8) as pool:
        assert [pixels.tobytes() for pixels in pool.map(decode, files)] == alone


@settings(
    max_examples=4 * settings().max_examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_damaged_files_raise_nothing_but_undecodable(name: str, draw: st.DataObject) -> None:
    data = bytearray(FILES[name])
    # Most damage near the start and the end, where the structure of every format is.
    last = len(data) - 1
    place = st.integers(0, last) | st.integers(0, min(60, last)) | st.integers(max(0, last - 150), last)
    for at, byte in draw.draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=6)):
        data[at] = byte
    cut, repeated = draw.draw(st.integers(0, 3)), draw.draw(st.integers(0, 5))
    if cut == 0:
        del data[draw.draw(place) :]
    if repeated == 0:
        data += data[draw.draw(place) :]
    for read in (decode, inspect):
        try:
            read(bytes(data), max_pixels=2_000_000)
        except UndecodableImage as fault:
            assert fault.reason in REASONS  # noqa: PT017 - a picture may survive the damage
