"""The recognizer that ships with frbench: principal components and linear discriminants of small grey pictures.

It is trained while it is loaded, on generated subjects that no test set shares: another seed and other numbers. It is
there so that a first run measures something that errs as a recognizer errs; nobody should open a door with it.
Belhumeur, Hespanha, Kriegman: Eigenfaces vs. Fisherfaces, 1997, is the method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options
from fr_bench.provenance import digest_value, usable_cores
from fr_bench.recognizers._answers import check_image
from fr_bench.recognizers._settings import Settings, points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTION = "PCA and LDA on small grey pictures, trained on generated faces; ships with frbench"
ARGUMENT = None
KEYS: Mapping[str, str] = {}
ADAPTER_VERSION = "1"

RECIPE: Mapping[str, Any] = {
    "seed": 715_517,
    "first_subject": 1_000_000,
    "subjects": 120,
    "images": 6,
    "rendered": 56,
    "grey_side": 28,
    "principal_components": 120,
    "discriminants": 48,
    "shrinkage": 0.1,
}
"""What it is trained on, and how. With the generator's version it decides every template."""
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
    """Train the recognizer, in about two seconds. Raises UsageError for any option: it has none."""
    from importlib import metadata

    from fr_bench.generator import GENERATOR_VERSION
    from fr_bench.images import ARCFACE_112

    Settings.of(options).refuse_unknown(KEYS)
    projection, mean = trained()
    side = RECIPE["grey_side"]
    return Baseline(
        projection=projection,
        mean=mean,
        digest=digest_value({"recipe": dict(RECIPE), "generator": GENERATOR_VERSION, "adapter": ADAPTER_VERSION}),
        version=f"baseline {ADAPTER_VERSION}, scikit-learn {metadata.version('scikit-learn')}",
        takes=ImageInput(size=SIZE, template=points_of(ARCFACE_112), otherwise="resize"),
        preprocessing={"size": list(SIZE), "colour": "grey", "reduced_to": [side, side], "contrast": "mean 0, sd 1"},
        concurrent=usable_cores(),
    )


@lru_cache(maxsize=1)
def trained() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The projection (discriminants, features) and the mean picture (features,), by `RECIPE`, on one thread."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from threadpoolctl import threadpool_limits

    pictures, subjects = training_pictures()
    rows = features(pictures)
    with threadpool_limits(limits=1):  # the order of sums inside BLAS depends on its threads
        reduction = PCA(RECIPE["principal_components"], svd_solver="full").fit(rows)
        reduced = reduction.transform(rows)
        discriminants = LinearDiscriminantAnalysis(
            solver="eigen", shrinkage=RECIPE["shrinkage"], n_components=RECIPE["discriminants"]
        ).fit(reduced, subjects)
        chosen = discriminants.scalings_[:, : RECIPE["discriminants"]]
        projection = np.ascontiguousarray((reduction.components_.T @ chosen).T)
    # An eigenvector's sign is nobody's choice: the largest entry is made positive.
    largest = np.abs(projection).argmax(axis=1)
    projection *= np.sign(projection[np.arange(len(projection)), largest])[:, None]
    return projection, np.asarray(reduction.mean_, dtype=np.float64)


def training_pictures() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The aligned training pictures (n, side, side, 3) and the number of each one's subject."""
    from fr_bench.generator import landmarks, plan_conditions, render
    from fr_bench.images import ARCFACE_112, align

    seed, side, images = RECIPE["seed"], RECIPE["rendered"], RECIPE["images"]
    numbers = [RECIPE["first_subject"] + k for k in range(RECIPE["subjects"])]
    conditions = [condition for number in numbers for condition in plan_conditions(seed, number, images)]
    subjects = np.repeat(np.array(numbers, dtype=np.int64), images)
    scale = side / SIZE[0]
    template = (np.array(ARCFACE_112) + 0.5) * scale - 0.5  # pixel centres, not corners, are whole numbers
    drawn = render(seed, subjects, conditions, side)
    places = landmarks(seed, subjects, conditions, side)
    crops = [align(image, points, template, (side, side)) for image, points in zip(drawn, places, strict=True)]
    return np.stack(crops), subjects


def features(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Grey pictures of 28 x 28 as rows, each with mean 0 and standard deviation 1.

    images   (n, side, side, 3) RGB, side a multiple of 28
    """
    side = RECIPE["grey_side"]
    step = images.shape[1] // side
    blocks = images.reshape(len(images), side, step, side, step, 3)
    colours = blocks.sum(axis=(2, 4), dtype=np.int64) / float(step * step)
    grey = colours[..., 0] * LUMA[0] + colours[..., 1] * LUMA[1] + colours[..., 2] * LUMA[2]
    rows = grey.reshape(len(images), side * side)
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt((rows * rows).mean(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(spread, 1e-6))
