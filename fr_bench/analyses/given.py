"""What an analysis is made from: the scores of a run, what is known of its samples, and how intervals are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fr_bench.findings import Measurement
from fr_bench.precision import Method
from fr_bench.records import Presentations, ScoreSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How scores are calibrated: trained on development scores, or on a share of the subjects, and judged on the rest.

    method   "affine": logistic regression on the score; "pav": pool adjacent violators
    prior    the share of mated comparisons that training weighs the classes to
    train    the share of subjects to train on where there are no development scores
    """

    method: Literal["affine", "pav"] = "affine"
    prior: float = 0.5
    train: float = 0.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Given:
    """All that the analyses of one run may look at.

    scores         of the run; `scores.searches` where the plan asks 1:N
    measures       texts of the measures asked for
    measurements   what was measured of everybody
    attributes     columns of the samples by name, each a mapping from sample id to text, "" for unknown
    by             which attributes to split by; "sex*age_band" crosses two
    quality        which columns hold a quality, one number a sample; higher is better
    presentations  attacks and bona fide presentations, where there are any
    development    scores of another set, on which thresholds and a calibration are set to be judged on `scores`
    calibration    how scores are to be turned into log-likelihood ratios; None: nobody asked
    likelihoods    whether the scores are declared to be natural-log likelihood ratios
    method         how intervals are made: method, level, draws, seed
    """

    scores: ScoreSet
    measures: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    presentations: Presentations | None = None
    development: ScoreSet | None = None
    calibration: Calibration | None = None
    likelihoods: bool = False
    method: Method = field(default_factory=Method)
