"""Small pictures of samples for a report: failures, the worst false matches and false non-matches."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import ImageInput
from fr_bench.errors import DataError
from fr_bench.findings import FailedSample, NotableComparison
from fr_bench.images import UnalignableFace, UndecodableImage, align, decode
from fr_bench.records import Dataset, Failure

SIDE = 112
"""Longest side of a picture in pixels: enough to see who it is, small enough for hundreds in one file."""

MOST_FAILURES = 60
"""Failures that are shown with a picture; all of them are listed in `failures.csv`."""


def add_pictures(
    dataset: Dataset,
    takes: ImageInput,
    comparisons: Sequence[NotableComparison],
) -> tuple[NotableComparison, ...]:
    """The same comparisons, each with the pictures of its two samples as the recognizer saw them."""
    index = {sample: number for number, sample in enumerate(dataset.sample_ids)}
    made: dict[str, str | None] = {}

    def picture(sample: str) -> str | None:
        if sample not in made:
            made[sample] = picture_of(dataset, index[sample], takes) if sample in index else None
        return made[sample]

    return tuple(
        replace(c, probe_picture=picture(c.probe), reference_picture=picture(c.reference)) for c in comparisons
    )


def failed_samples(dataset: Dataset, failures: Mapping[int, Failure], *, pictures: bool) -> tuple[FailedSample, ...]:
    """The failures of a template set as rows of the report, with a picture where the image could be decoded."""
    rows = []
    for shown, (index, failure) in enumerate(sorted(failures.items())):
        picture = picture_of(dataset, index, None) if pictures and shown < MOST_FAILURES else None
        rows.append(
            FailedSample(
                sample=dataset.sample_ids[index],
                subject=dataset.subjects[index],
                stage=failure.stage,
                reason=failure.reason,
                detail=failure.detail,
                picture=picture,
            )
        )
    return tuple(rows)


def picture_of(dataset: Dataset, index: int, takes: ImageInput | None) -> str | None:
    """A sample's picture as a data URI: the aligned crop where there are landmarks, else the whole image, made small.

    None where there is no image or it cannot be decoded: a missing picture never stops a report.
    """
    source = dataset.sources[index]
    if source is None:
        return None
    try:
        image = decode(source.read())
    except (UndecodableImage, DataError):
        return None
    marks = dataset.landmarks
    if takes is not None and takes.template and takes.size and marks is not None and np.isfinite(marks[index]).all():
        with contextlib.suppress(UnalignableFace):
            image = align(image, marks[index], takes.template, takes.size)
    return data_uri(image)


def data_uri(image: NDArray[np.uint8]) -> str:
    """A JPEG of at most `SIDE` pixels a side, as a data URI."""
    from PIL import Image

    small = Image.fromarray(image)
    small.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
