"""The page of the manual about coverage, made from the figures of a run."""

from __future__ import annotations

import json
from typing import Any

from bench.coverage.bars import judged
from bench.coverage.tables import all_tables, verdicts
from bench.coverage.tallies import Tallies, from_json

_BEFORE = """\
# What the intervals hold

A 95 % interval promises that it holds the true rate in 95 of 100 tests. Whether it does was measured: scores were
drawn again and again from populations whose true rates are known by quadrature, frbench made its intervals from them
as it does from any scores, and it was counted how often the true rate lay inside. `nox -s bar -- coverage` repeats
all of it; `bench/coverage/` holds the code, and `docs/coverage.json` the figures of this page.

## The populations

Nonmated score of subjects i and j: `L (a_i + a_j) + G u_ij + E e`; mated score of i: `mu + K b_i + sqrt(1 - K^2) e`.
u belongs to the pair of subjects, e to the comparison, both are standard normal, and every score has variance 1.

| dependence | L^2 | G^2 | K^2 |
|---|---|---|---|
| none | 0 | 0 | 0 |
| medium | 0.05 | 0.3 | 0.3 |
| strong | 0.15 | 0.5 | 0.6 |

In `gauss` the subject effects a, b are standard normal. In `skew` they have an exponential tail: a few subjects are
taken for others again and again, and a few are often not recognised. Rates at fixed thresholds: 2 samples a subject
in nonmated comparisons (1 at n = 1000), all pairs; 1 to 10 mated comparisons a subject. Curve measures: mu = 3.5, 3
samples a subject (2 at n = 300), every pair of samples compared, {draws} draws behind each interval. Two systems: of
the mated score's variance a share K^2 of 0, 0.6 or 0.6 is the subject's, of which 0, 0 and 0.3 (`-own`) is a system's
own; half of what remains is common to both systems. Differences of FMR: effects of subjects are common.

Other measures of scores: as curve measures, 3 samples a subject throughout. Scores are handed over as
`3.5 (score - 1.75)`, the natural-log likelihood ratio of the Gaussian populations; in the skewed ones Cllr judges
ratios that are not calibrated. True values of Cllr are integrals of both rates, those of minCllr, ROCCH-EER and minDCF
are taken from the hull of both rates over a grid of 4,096 thresholds, to about 1e-5 of the value. `HTER@other-subjects`
is judged at the EER threshold of as many other subjects, each time against the true value there. A transaction is two
attempts of three samples. Where samples give no template, a sample of one subject in five fails in 4 cases of 10, of
the others in 1 of 40.

## How to read the tables

`0.950* (.020 .030) 1.20x` says: in 95.0 % of the data sets the interval held the true value; in 2.0 % the true value
lay below it and in 3.0 % above it; the mean width of the intervals was 1.2 times the true value (AUC: times 1 - AUC;
for differences half the mean width stands after ±). A star marks fewer than 5 expected errors. `none k`: k data sets
were given no interval, which counts as a miss; for differences these are the data sets in which both systems decided
every comparison alike, where frbench bounds the discordance instead. A cell is judged against its bar widened by three
Monte-Carlo standard errors; **MISSED** marks what fails, and `·` cells for which nothing is promised. Widths are
judged from 5 expected errors on: with fewer an exact interval is as long as its few errors make it.

## What to know before relying on an interval

- **Few errors make long intervals.** Exact intervals of few errors cover more than they promise; a discrete count
  allows nothing better without falling below the promise somewhere.
- **Rare subjects who are taken for everybody are not seen until they are in the test.** Where subject effects have
  heavy tails (`skew-strong`) and the FMR is near 1e-3, the default falls below its promise with up to 1,000 subjects. A
  sample without such a subject looks clean, so no label can warn of it; more subjects help. The method `conservative`
  judges the dependence at a higher FMR, where it shows: it stayed above 0.93 in every cell here, at up to four times
  the width. Ask for it where a few people may be taken for many, such as twins and siblings in the data.
- **FNMR@FMR in the same populations** fails for the same reason: the threshold rests on a handful of subjects.
- **Costs that hang on rare false matches**: minDCF with a prior of 0.01 rests on an FMR near 1e-3, and fails in the
  same populations for the same reason, also with its bias taken off: nearly all misses lie above the interval.
- **FMR@FNMR that fewer than 10 errors hold** bears the label `weak_target`; its interval is not judged, and mostly
  falls below its promise. From 10 errors on it is judged.
- **What is least over thresholds is too small.** ROCCH-EER, minDCF and minCllr choose the best threshold, or the best
  calibration, for the very scores that they judge. The printed value is that of the definition; the interval lies
  higher by the bias that the draws show, and may have the value near its lower end.
- **Cllr of few subjects** is carried by those few whose ratios are wrong and large. Its interval reaches farther up
  than down, and is wide where the scores are not calibrated.
- **`independent` intervals**, which most tools print, treat comparisons that share subjects as if they were of
  different people. The tables show what they are worth.
- Bars of the other measures were written down before their first figures, and none was changed after. What the first
  figures showed was mended instead: minCllr held in 87 to 94 %, nearly all misses above, Cllr in 87 to 95 %, GFRR@FMR,
  whose threshold was taken as fixed, in 78 to 98 %.
- An interval speaks of the population that the subjects were drawn from, and of the threshold as fixed beforehand.

## What was found

"""


def page(summary: dict[str, Any]) -> str:
    """The whole page in Markdown, from what `--json` wrote."""
    tallies = from_json(summary["cells"])
    found = judged(tallies)
    outcome = [f"    {line}" for line in verdicts(found)]
    body = [*_replicates(tallies), "", *outcome, "", *all_tables(tallies, found, heading="###")]
    return _BEFORE.replace("{draws}", str(summary["draws"])) + "\n".join(body).rstrip() + "\n"


def figures(summary: dict[str, Any]) -> str:
    """What `page` is made of, as JSON with one cell a line."""
    head = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in summary.items() if key != "cells")
    cells = ",\n".join(json.dumps(cell) for cell in summary["cells"])
    return f'{{{head}, "cells": [\n{cells}\n]}}\n'


def _replicates(tallies: Tallies) -> list[str]:
    families: dict[str, set[int]] = {}
    for cell, tally in tallies.items():
        families.setdefault(cell.family, set()).add(tally.replicates)
    each = [
        f"{family} {min(numbers):,}" + (f" to {max(numbers):,}" if len(numbers) > 1 else "")
        for family, numbers in families.items()
    ]
    return [f"Data sets a cell: {', '.join(each)}."]
