"""From a sample to what a recognizer sees of it: read, checked against its digest, decoded, aligned or scaled.

A picture that cannot be had is a failure with its stage and reason, counted and never skipped. What cannot be counted,
because it would change what is measured, stops the run: bytes that are no longer those that were inspected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fr_bench.contracts import Capture, ImageInput
from fr_bench.errors import DataError, shown
from fr_bench.provenance import digest_bytes
from fr_bench.records import Dataset, Failure
from fr_bench.sources import COUNTED_FAULTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WRONG_SIZE = "wrong_size"


def capture_sample(
    dataset: Dataset, contents: Sequence[str], index: int, takes: ImageInput
) -> tuple[Capture | Failure, str]:
    """The capture of a sample, or the failure to acquire it, and the SHA-256 of its bytes ("" where there are none).

    contents   SHA-256 that each sample's bytes had when the data were inspected; "" where that is not known

    Raises DataError `input_changed` if the bytes are others now.
    """
    sample = dataset.sample_ids[index]
    if not takes.images:
        return Capture(sample, None), ""
    data = _read(dataset, contents, index)
    if isinstance(data, Failure):
        return data, ""
    digest = digest_bytes(data)
    if contents[index] and digest != contents[index]:
        raise _changed(dataset, index, "its bytes are others now")
    image = _decoded(data)
    if not isinstance(image, Failure):
        image = fitted(image, None if dataset.landmarks is None else dataset.landmarks[index], takes)
    return (image if isinstance(image, Failure) else Capture(sample, image)), digest


def fitted(
    image: NDArray[np.uint8], points: NDArray[np.float64] | None, takes: ImageInput
) -> NDArray[np.uint8] | Failure:
    """The picture in the size that a recognizer takes: aligned by landmarks, as it is, or resized if it may be.

    image    (height, width, 3) RGB as decoded
    points   (5, 2) landmarks in it, NaN or None where there are none
    """
    from fr_bench.images import UnalignableFace, align, resize

    if takes.size is None:
        return image
    if takes.template is not None and points is not None and np.isfinite(points).all():
        try:
            return align(image, points, takes.template, takes.size)
        except UnalignableFace as outcome:
            return Failure("align", outcome.reason, outcome.detail)
    if image.shape[1::-1] == takes.size:
        return image
    if takes.otherwise == "resize":
        return resize(image, takes.size)
    return Failure(
        "align",
        WRONG_SIZE,
        f"{image.shape[1]} x {image.shape[0]} pixels and no landmarks; the recognizer takes "
        f"{takes.size[0]} x {takes.size[1]}",
    )


def how_pictures_are_fitted(dataset: Dataset, takes: ImageInput) -> str:
    """One sentence for the record: what is done to the pictures of this data set."""
    if not takes.images:
        return "no pictures: templates are looked up by sample id"
    if takes.size is None:
        return "as decoded"
    size = f"{takes.size[0]} x {takes.size[1]}"
    rest = f"others resized to {size}" if takes.otherwise == "resize" else "others refused"
    if takes.template is not None and dataset.landmarks is not None:
        return f"aligned by landmarks to {size}; without landmarks: of that size as they are, {rest}"
    return f"{size} as they are, {rest}"


def _read(dataset: Dataset, contents: Sequence[str], index: int) -> bytes | Failure:
    source = dataset.sources[index]
    if source is None:
        return Failure("read", "no_image", "the data set gives this sample no image")
    try:
        return source.read()
    except DataError as problem:
        if contents[index]:
            raise _changed(dataset, index, f"it could be read then, and now {problem.message}") from problem
        if problem.code in COUNTED_FAULTS:
            return Failure("read", problem.code, problem.message)
        raise


def _decoded(data: bytes) -> NDArray[np.uint8] | Failure:
    from fr_bench.images import UndecodableImage, decode

    try:
        return decode(data)
    except UndecodableImage as outcome:
        return Failure("decode", outcome.reason, outcome.detail)


def _changed(dataset: Dataset, index: int, how: str) -> DataError:
    source = dataset.sources[index]
    name = source.name if source else dataset.sample_ids[index]
    return DataError(
        f"{shown(name)} changed while the run was under way: {shown(how, 300)}; let the data rest and run again",
        code="input_changed",
    )
