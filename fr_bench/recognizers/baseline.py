"""The recognizer that ships with frbench: principal components and linear discriminants of small grey pictures.

It was trained on generated subjects that no test set shares: another seed and other numbers. What it learned ships as
`baseline.npz`, so that its templates are the same bytes on every machine, whatever linear algebra runs there;
`_baseline_training` makes that file again. It is there so that a first run measures something that errs as a
recognizer errs; nobody should open a door with it.
Belhumeur, Hespanha, Kriegman: Eigenfaces vs. Fisherfaces, 1997, is the method.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options
from fr_bench.provenance import digest_bytes, usable_cores
from fr_bench.recognizers._answers import check_image
from fr_bench.recognizers._settings import Settings, points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTION = "PCA and LDA on small grey pictures, trained on generated faces; ships with frbench"
ARGUMENT = None
KEYS: Mapping[str, str] = {}
ADAPTER_VERSION = "1"

GREY_SIDE = 28
"""Pixels of the side of the grey picture that it sees."""
SIZE = (112, 112)
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The trained recognizer. `embed` may be called from several threads at once."""

    projection: NDArray[np.float64] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)
    digest: str
    version: str
    takes: ImageInput
    preprocessing: Mapping[str, Any]
    concurrent: int
    name: str = "baseline"
    provider: str = "cpu"
    batch_size: int = 1
    fixed_batch: bool = True
    compare: Literal["cosine", "euclidean"] = "cosine"
    notes: tuple[str, ...] = ()
    licence: str = "Apache-2.0, part of frbench"

    def embed(self, captures: Sequence[Capture]) -> list[NDArray[np.float32]]:
        """One template a capture: the discriminants of its picture."""
        return [self._template(check_image(capture, SIZE, self.name)) for capture in captures]

    def _template(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        picture = features(image[None])[0] - self.mean
        # A plain sum, not a matrix product: its order is the same for any number of BLAS threads.
        return np.asarray((self.projection * picture).sum(axis=1), dtype=np.float32)


def load(options: Options) -> Baseline:
    """The recognizer as it ships. Raises UsageError for any option: it has none."""
    from fr_bench.images import ARCFACE_112

    Settings.of(options).refuse_unknown(KEYS)
    projection, mean, digest = learned()
    side = GREY_SIDE
    return Baseline(
        projection=projection,
        mean=mean,
        digest=digest,
        version=f"baseline {ADAPTER_VERSION}",
        takes=ImageInput(size=SIZE, template=points_of(ARCFACE_112), otherwise="resize"),
        preprocessing={"size": list(SIZE), "colour": "grey", "reduced_to": [side, side], "contrast": "mean 0, sd 1"},
        concurrent=usable_cores(),
    )


@lru_cache(maxsize=1)
def learned() -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """The projection (discriminants, features), the mean picture (features,) and the digest of the file of both."""
    data = resources.files("fr_bench.recognizers").joinpath("baseline.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return held["projection"], held["mean"], digest_bytes(data)


def features(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Grey pictures of 28 x 28 as rows, each with mean 0 and standard deviation 1.

    images   (n, side, side, 3) RGB, side a multiple of 28
    """
    side = GREY_SIDE
    step = images.shape[1] // side
    blocks = images.reshape(len(images), side, step, side, step, 3)
    colours = blocks.sum(axis=(2, 4), dtype=np.int64) / float(step * step)
    grey = colours[..., 0] * LUMA[0] + colours[..., 1] * LUMA[1] + colours[..., 2] * LUMA[2]
    rows = grey.reshape(len(images), side * side)
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt((rows * rows).mean(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(spread, 1e-6))
