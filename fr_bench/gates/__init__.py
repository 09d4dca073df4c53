"""Gates: a verdict on a run for continuous integration, that neither misses a regression nor cries wolf.

    read(path)                     the rules of a gate file
    baseline_of(run)               what is kept of a run for later comparison, small enough for git
    judge(run, gates, baseline)    a verdict for every rule: pass, fail, or inconclusive with what would decide it

A limit is judged on the bound of the measure's interval, a regression on the paired difference by subject; a point
estimate decides only where the gate file asks for it, and the verdict says so.
"""

from fr_bench.gates.baseline import Baseline, baseline_of
from fr_bench.gates.baseline_file import read as read_baseline
from fr_bench.gates.baseline_file import write as write_baseline
from fr_bench.gates.judging import Allowed, judge
from fr_bench.gates.reading import asked, gates_for, read
from fr_bench.gates.rules import Cost, Gates, Limit, Regression, Settings
from fr_bench.gates.verdict import Judgement, Verdict

__all__ = [
    "Allowed",
    "Baseline",
    "Cost",
    "Gates",
    "Judgement",
    "Limit",
    "Regression",
    "Settings",
    "Verdict",
    "asked",
    "baseline_of",
    "gates_for",
    "judge",
    "read",
    "read_baseline",
    "write_baseline",
]
