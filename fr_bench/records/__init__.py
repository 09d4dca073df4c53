"""The values that travel between the stages of a run: Card → Dataset → TemplateSet → ComparisonPlan → ScoreSet.

All are frozen; their arrays are made read-only and their invariants are checked at birth, so a stage can rely on what
it is given. None of them computes: behaviour lives in the functions of the stages. A sample is known inside a run by
its index in `Dataset.sample_ids`; a reference by its index in `References`.
"""

from fr_bench.records.arrays import Floats, Indices, frozen
from fr_bench.records.dataset import Card, Dataset, Failure, ListedPairs, Roles, Source, refuse_bad_ids
from fr_bench.records.presentations import Presentations, TemplateCost
from fr_bench.records.scores import (
    Crossing,
    Histogram,
    Party,
    Rest,
    Scores,
    ScoreSet,
    Searches,
    SubjectSums,
)
from fr_bench.records.templates import Acquisition, ComparisonPlan, References, SubjectTrials, TemplateSet

__all__ = [
    "Acquisition",
    "Card",
    "ComparisonPlan",
    "Crossing",
    "Dataset",
    "Failure",
    "Floats",
    "Histogram",
    "Indices",
    "ListedPairs",
    "Party",
    "Presentations",
    "References",
    "Rest",
    "Roles",
    "ScoreSet",
    "Scores",
    "Searches",
    "Source",
    "SubjectSums",
    "SubjectTrials",
    "TemplateCost",
    "TemplateSet",
    "frozen",
    "refuse_bad_ids",
]
