"""What an analysis is made from: the scores of a run, what is known of its samples, and how intervals are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fr_bench.findings import Measurement
from fr_bench.precision import Method
from fr_bench.records import Presentations, ScoreSet


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
    likelihoods: bool = False
    method: Method = field(default_factory=Method)
