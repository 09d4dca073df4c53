"""From five landmarks to the crop a recognizer was trained on: similarity transform, warp, resize, mirror.

Coordinates are in pixels, x to the right and y down; the centre of the top left pixel is (0, 0). Landmarks come in the
order: eye at the image's left, eye at the image's right, nose tip, mouth corner at the left, mouth corner at the right.

The arithmetic is float64 and in a fixed order, so the same image and landmarks give the same crop in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
Reason = Literal["not_finite", "degenerate", "outside"]

# The five-point template of ArcFace (InsightFace) crops of 112 x 112 pixels, in the recognizers' own digits.
ARCFACE_112: Final = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)

TEMPLATES: Final = {"arcface": (ARCFACE_112, (112, 112))}


class UnalignableFace(Exception):  # noqa: N818 - an outcome that is counted, not a mistake to mend
    """The landmarks give no crop: a counted failure, like `UndecodableImage`, and not an `FrBenchError`.

    reason  `not_finite` (a coordinate is NaN or infinite), `degenerate` (all points coincide, or no turned and scaled
            copy of them resembles the template), `outside` (the crop would hold nothing of the image).
    detail  one sentence for the table of failures.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def five_point_template(which: str | Sequence[Sequence[float]], size: tuple[int, int] = (112, 112)) -> Float:
    """Give the five target points for a crop of `size`.

    which  a name in `TEMPLATES`, scaled from its own crop size to `size` (x by the widths, y by the heights), or five
           (x, y) points, meant for `size` as they are.
    size   (width, height) of the crop in pixels.

    Raises ValueError for an unknown name, a wrong shape, points that are not finite, or an empty size.

    >>> five_point_template("arcface", (224, 224))[0].tolist()
    [76.5892, 103.3926]
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"a crop of {width} x {height} pixels is empty")
    if isinstance(which, str):
        if which not in TEMPLATES:
            raise ValueError(f"no five-point template named {which!r}; known: {', '.join(sorted(TEMPLATES))}")
        points, (own_width, own_height) = TEMPLATES[which]
        return np.array(points) * (width / own_width, height / own_height)
    given = np.array(which, dtype=np.float64)
    if given.shape != (5, 2) or not np.isfinite(given).all():
        raise ValueError(f"a five-point template is five finite (x, y) points, not an array of shape {given.shape}")
    return given


def similarity_transform(points: npt.ArrayLike, template: npt.ArrayLike) -> Float:
    """Find rotation, one scale and translation that bring points nearest to the template, by least squares.

    points    (5, 2) or (n, 5, 2), any number of points from two up instead of five.
    template  (5, 2) target points.

    Gives [[a, -b, tx], [b, a, ty]] of shape (2, 3) or (n, 2, 3), float64: x' = a x - b y + tx. Never a reflection: with
    points taken as complex numbers the answer is one complex factor, which is Umeyama's closed form in two dimensions.
    Raises UnalignableFace (`not_finite`, `degenerate`), naming the first such row; ValueError for wrong shapes.
    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns, 1991.

    >>> similarity_transform([[0, 0], [1, 0], [0, 1]], [[1, 1], [1, 3], [-1, 1]]).round(12).tolist()
    [[0.0, -2.0, 1.0], [2.0, 0.0, 1.0]]
    """
    source, target = np.asarray(points, dtype=np.float64), np.asarray(template, dtype=np.float64)
    if target.ndim != 2 or target.shape[0] < 2 or target.shape[1] != 2 or source.shape[-2:] != target.shape:
        raise ValueError(f"points of shape {source.shape} do not match a template of shape {target.shape}")
    if source.ndim not in (2, 3):
        raise ValueError(f"points must have shape (k, 2) or (n, k, 2), not {source.shape}")
    _refuse(~np.isfinite(source).all(axis=(-2, -1)), "not_finite", "a landmark is NaN or infinite")
    source_mean, target_mean = source.mean(axis=-2), target.mean(axis=0)
    from_centre, to_centre = source - source_mean[..., None, :], target - target_mean
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        spread = (from_centre**2).sum(axis=(-2, -1))
        along = (from_centre * to_centre).sum(axis=(-2, -1))
        across = (from_centre[..., 0] * to_centre[:, 1] - from_centre[..., 1] * to_centre[:, 0]).sum(axis=-1)
        a, b = along / spread, across / spread
        shift_x = target_mean[0] - (a * source_mean[..., 0] - b * source_mean[..., 1])
        shift_y = target_mean[1] - (b * source_mean[..., 0] + a * source_mean[..., 1])
        matrix = np.stack([np.stack([a, -b, shift_x], axis=-1), np.stack([b, a, shift_y], axis=-1)], axis=-2)
        # A spread of rounding errors, or a factor that is one, means that the points say nothing of pose or size.
        magnitude = np.abs(source).max(axis=(-2, -1))
        aligned = np.hypot(along, across) / np.sqrt(spread * (to_centre**2).sum())
        sound = (spread > (1e-9 * magnitude) ** 2) & (aligned > 1e-9) & np.isfinite(matrix).all(axis=(-2, -1))
    _refuse(~sound, "degenerate", "the landmarks coincide or resemble no face")
    return matrix


def _refuse(bad: npt.NDArray[np.bool_] | np.bool_, reason: Reason, detail: str) -> None:
    if np.any(bad):
        where = f" (row {int(np.argmax(bad))})" if np.ndim(bad) else ""
        raise UnalignableFace(reason, detail + where)


def warp(image: Pixels, matrix: npt.ArrayLike, size: tuple[int, int] = (112, 112)) -> Pixels:
    """Cut the crop that a transform describes out of an image.

    image   (height, width, 3) or any number of channels, uint8.
    matrix  (2, 3) from image to crop coordinates, as `similarity_transform` gives it.
    size    (width, height) of the crop.

    Each crop pixel's centre is carried back into the image and read there by bilinear interpolation in float64 between
    the four nearest pixel centres; what lies outside the image counts as 0. The value is floor(v + 0.5).
    Gives (size[1], size[0], channels), uint8. Raises UnalignableFace `outside` when no crop pixel touches the image,
    `degenerate` when the matrix cannot be inverted; ValueError for wrong shapes.
    """
    inverse = _inverted(matrix)
    width, height = size
    if image.dtype != np.uint8 or image.ndim != 3 or 0 in image.shape or width < 1 or height < 1:
        raise ValueError(f"cannot warp {image.dtype} of shape {image.shape} to {width} x {height} pixels")
    return _sampled(image, inverse, width, height)


def _inverted(matrix: npt.ArrayLike) -> Float:
    """The inverse of a (2, 3) affine map, by Cramer's rule."""
    forward = np.asarray(matrix, dtype=np.float64)
    if forward.shape != (2, 3):
        raise ValueError(f"a transform has shape (2, 3), not {forward.shape}")
    (a, b, tx), (c, d, ty) = forward.tolist()
    determinant = a * d - b * c
    if not (np.isfinite(forward).all() and abs(determinant) > 0.0):
        raise UnalignableFace("degenerate", "the transform cannot be inverted")
    turned = np.array([[d, -b, b * ty - d * tx], [-c, a, c * tx - a * ty]])
    with np.errstate(over="ignore", invalid="ignore"):
        inverse: Float = turned / determinant
    if not (np.abs(inverse) < 2.0**40).all():
        raise UnalignableFace("outside", "the transform looks for the crop astronomically far away")
    return inverse


def _sampled(image: Pixels, inverse: Float, width: int, height: int) -> Pixels:
    """Read the image at the crop's pixel centres; the heart of `warp`, about 0.4 ms for 112 x 112."""
    (a, b, tx), (c, d, ty) = inverse.tolist()
    across, down = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)[:, None]
    x, y = a * across + (b * down + tx), c * across + (d * down + ty)
    if not _inside(x, image.shape[1]) or not _inside(y, image.shape[0]):
        image = _with_margin(image, x, y)
    whole_x, whole_y = np.floor(x), np.floor(y)
    x -= whole_x
    y -= whole_y
    # Positions in the flat image are exact in float64, which is the faster type to compute them in.
    _, columns, channels = image.shape
    whole_y *= columns
    whole_y += whole_x
    whole_y *= channels
    positions = whole_y.astype(np.intp).ravel()
    return _interpolated(image, positions, x.ravel(), y.ravel()).reshape(height, width, channels)


def _inside(coordinate: Float, length: int) -> bool:
    """Whether both neighbours of every coordinate are pixels. A linear map has its extremes at the corners."""
    corners = (coordinate[0, 0], coordinate[0, -1], coordinate[-1, 0], coordinate[-1, -1])
    return bool(min(corners) >= 0 and max(corners) < length - 1)


def _with_margin(image: Pixels, x: Float, y: Float) -> Pixels:
    """Cut out the region that is read, with zeros where there is no image; x and y are moved into it, in place.

    A coordinate at or beyond one pixel outside reads zeros only, so it is moved to where the margin has them.
    """
    rows, columns, channels = image.shape
    if not ((x > -1) & (x < columns) & (y > -1) & (y < rows)).any():
        raise UnalignableFace("outside", f"the crop lies outside the image of {columns} x {rows} pixels")
    np.clip(x, -1, columns, out=x)
    np.clip(y, -1, rows, out=y)
    left, top = int(np.floor(x.min())), int(np.floor(y.min()))
    right, bottom = int(np.floor(x.max())) + 2, int(np.floor(y.max())) + 2
    region = np.zeros((bottom - top, right - left, channels), dtype=np.uint8)
    seen = image[max(top, 0) : bottom, max(left, 0) : right]
    region[max(-top, 0) :, max(-left, 0) :][: seen.shape[0], : seen.shape[1]] = seen
    x -= left
    y -= top
    return region


def _interpolated(image: Pixels, positions: npt.NDArray[np.intp], right: Float, below: Float) -> Pixels:
    """Bilinear values, floor(v + 0.5), for flat positions of upper left neighbours and the fractions beyond them."""
    channels, row = image.shape[2], image.shape[1] * image.shape[2]
    flat = np.ascontiguousarray(image).reshape(-1)
    crop = np.empty((positions.size, channels), dtype=np.uint8)
    byte = np.empty(positions.size, dtype=np.uint8)
    corners = np.empty((4, positions.size), dtype=np.float64)
    top, top_right, bottom, bottom_right = corners
    for channel in range(channels):
        for corner, step in zip(corners, (0, channels, row, row + channels), strict=True):
            # Every position is within the image; "wrap" is the mode that checks that fastest and needs no copy.
            flat[channel + step :].take(positions, out=byte, mode="wrap")
            corner[:] = byte
        for start, end in ((top, top_right), (bottom, bottom_right)):
            end -= start
            end *= right
            start += end
        bottom -= top
        bottom *= below
        top += bottom
        top += 0.5
        crop[:, channel] = top  # the conversion cuts off the fraction, which is the floor of a number above 0
    return crop


def align(image: Pixels, points: npt.ArrayLike, template: npt.ArrayLike, size: tuple[int, int] = (112, 112)) -> Pixels:
    """Turn, scale and cut a face so that its landmarks lie on the template's: `similarity_transform`, then `warp`.

    image     (height, width, 3) uint8, as `decode` gives it.
    points    (5, 2) landmarks in the image.
    template  (5, 2) as `five_point_template` gives it for `size`.
    size      (width, height) of the crop.

    Gives (size[1], size[0], 3) uint8. Raises UnalignableFace; ValueError for wrong shapes.
    """
    return warp(image, similarity_transform(points, template), size)


def resize(image: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale a whole picture to (width, height) with the one pinned resampler: Pillow's bilinear.

    It widens its triangle when it shrinks a picture, so that nothing is skipped (cv2's linear does not, and gives other
    values). A picture that has the size already is returned as it is.
    """
    from PIL import Image

    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"cannot resize to {width} x {height} pixels")
    if (image.shape[1], image.shape[0]) == (width, height):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def mirror(image: Pixels) -> Pixels:
    """Swap left and right of (height, width, 3) or (n, height, width, 3) pictures; a contiguous copy.

    >>> mirror(np.array([[[1], [2]]], dtype=np.uint8)).ravel().tolist()
    [2, 1]
    """
    return np.ascontiguousarray(image[..., ::-1, :])
