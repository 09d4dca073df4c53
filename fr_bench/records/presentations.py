"""Presentations to a sensor: attacks by species and instrument, and bona fide ones, with their detection scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.records.arrays import Floats, frozen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Presentations:
    """Presentations with a detection score each, high for bona fide; classified as bona fide iff score >= threshold.

    score       (p,) detection scores; NaN where the detector did not respond
    species     one text a presentation: the species of the attack instrument, "" for a bona fide presentation
    instrument  one text a presentation: which instrument (attacks) or which subject (bona fide), "" where unknown
    recognition (p,) scores of the recognizer for the same presentation against its claimed reference, NaN where there
                is none; None: detection was tested alone
    """

    score: Floats
    species: tuple[str, ...]
    instrument: tuple[str, ...]
    recognition: Floats | None = None

    def __post_init__(self) -> None:
        columns = (
            self.score,
            self.species,
            self.instrument,
            *(() if self.recognition is None else (self.recognition,)),
        )
        if len({len(column) for column in columns}) != 1:
            raise ValueError("presentations with columns of unequal lengths")
        frozen(self.score)
        if self.recognition is not None:
            frozen(self.recognition)

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TemplateCost:
    """What templates and comparisons cost: bytes of a template, seconds of each template, seconds of a comparison.

    template_bytes       bytes of one stored template
    template_seconds     (n,) wall seconds of each template that was made now, not taken from a cache
    comparison_seconds   (k,) mean wall seconds of a comparison in each batch that was timed
    told_beside          times are kept beside the figures that these are counted for, as a run keeps them
    """

    template_bytes: int | None
    template_seconds: NDArray[np.float64]
    comparison_seconds: NDArray[np.float64]
    told_beside: bool = False

    def __post_init__(self) -> None:
        frozen(self.template_seconds)
        frozen(self.comparison_seconds)
