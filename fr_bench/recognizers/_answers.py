"""What comes out of a recognizer, checked: one row an image, of numbers, in the right shape.

A row that is not finite or all zero is a failure of its image, counted with its reason; a wrong shape is a fault of
the recognizer and stops the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fr_bench.contracts import Capture
from fr_bench.errors import RecognizerError, shown
from fr_bench.records import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_image(capture: Capture, size: tuple[int, int] | None, name: str) -> NDArray[np.uint8]:
    """The picture of a capture. ValueError if it has none, or another size than the recognizer asked for."""
    image = capture.image
    if image is None or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"{name} was given no RGB picture for {capture.sample_id!r}")
    if size is not None and image.shape[:2] != (size[1], size[0]):
        raise ValueError(f"{name} takes {size}, not {image.shape[1::-1]} of {capture.sample_id!r}")
    return image


def rows_of(given: Any, count: int, told: str) -> NDArray[np.float32]:
    """An output as (count, d) float32. Raises RecognizerError for anything that is not one row of numbers an image."""
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "fiu":
        kind = given.dtype if isinstance(given, np.ndarray) else type(given).__name__
        raise RecognizerError(f"{told} gives {shown(str(kind))}, which is no array of numbers", code="output_type")
    trailing = int(np.prod(given.shape[2:]))  # (n, d, 1, 1) is (n, d) to a convolutional network
    if given.ndim < 2 or given.shape[0] != count or trailing != 1 or given.shape[1] < 1:
        raise RecognizerError(
            f"{told} gives the shape {list(given.shape)} for {count} image{'s' * (count > 1)}; a template is one row "
            f"of numbers an image: [{count}, d]",
            code="output_shape",
        )
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(given.reshape(count, given.shape[1]), dtype=np.float32)


def row_of(row: NDArray[np.float32], *, unit_length: bool) -> NDArray[np.float32] | Failure:
    """A template, of unit length if asked, or the failure `not_finite` or `zero_template`."""
    if not np.isfinite(row).all():
        bad = int(np.count_nonzero(~np.isfinite(row)))
        return Failure("embed", "not_finite", f"{bad} of {row.size} numbers of the template are NaN or infinite")
    if not row.any():
        return Failure("embed", "zero_template", "all numbers of the template are zero")
    return normalised(row) if unit_length else row


def normalised(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """The row at unit length: divided in float64 by its L2 norm, then rounded to float32.

    >>> normalised(np.array([3.0, 4.0], dtype=np.float32)).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    exact = row.astype(np.float64)
    largest = np.abs(exact).max()
    exact /= largest  # tiny and huge rows keep their direction: squares neither vanish nor overflow
    exact /= np.sqrt(np.dot(exact, exact))
    return exact.astype(np.float32)
