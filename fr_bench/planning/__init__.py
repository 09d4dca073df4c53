"""Planning before the test: how many subjects show what is wanted, and what a size that is given can decide.

    plan("FMR<=1e-4")                     the smallest test that shows it with 90 % probability
    decide("FMR<=1e-4", subjects=300)     what a test of this size can and cannot decide
    capabilities(result)                  what every rate of a finished run could have shown

Subjects, not comparisons, are what is planned: comparisons that share subjects are worth less than their number, and
more samples of the same subjects soon add nothing.
"""

from fr_bench.planning.assumptions import Aim, Assumed
from fr_bench.planning.deciding import capabilities, decide
from fr_bench.planning.planned import plan
from fr_bench.planning.requirement import Requirement
from fr_bench.planning.sizes import Capability, Companion, Decision, Plan, Size

__all__ = [
    "Aim",
    "Assumed",
    "Capability",
    "Companion",
    "Decision",
    "Plan",
    "Requirement",
    "Size",
    "capabilities",
    "decide",
    "plan",
]
