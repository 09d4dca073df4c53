"""How the baseline recognizer was trained: the recipe, and the making of its file.

`python -m fr_bench.recognizers._baseline_training` writes `baseline.npz` again. Another version of scikit-learn or of
the linear algebra below it may give another last digit, so the file that ships is the recognizer, not this recipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fr_bench.recognizers import baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECIPE: Mapping[str, Any] = {
    "seed": 715_517,
    "first_subject": 1_000_000,
    "subjects": 120,
    "images": 6,
    "rendered": 56,
    "principal_components": 120,
    "discriminants": 48,
    "shrinkage": 0.1,
}
"""What it is trained on, and how."""


def trained() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The projection (discriminants, features) and the mean picture (features,), by `RECIPE`, on one thread."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from threadpoolctl import threadpool_limits

    pictures, subjects = training_pictures()
    rows = baseline.features(pictures)
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
    scale = side / baseline.SIZE[0]
    template = (np.array(ARCFACE_112) + 0.5) * scale - 0.5  # pixel centres, not corners, are whole numbers
    drawn = render(seed, subjects, conditions, side)
    places = landmarks(seed, subjects, conditions, side)
    crops = [align(image, points, template, (side, side)) for image, points in zip(drawn, places, strict=True)]
    return np.stack(crops), subjects


if __name__ == "__main__":
    projection, mean = trained()
    np.savez(Path(__file__).with_name("baseline.npz"), projection=projection, mean=mean)
