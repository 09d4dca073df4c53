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

Searches: the score of a search of p with the enrolled identity g is `L (a_p + c_g) + G u_pg + E e`, with its own
reference `4.5 + K b_p + sqrt(1 - K^2) e`. n identities are enrolled and search, n strangers search too, 1 to 10 times
each. The effects c of the gallery are the same in all data sets, for the promise is one for this gallery. t1e-1 and
t1e-2 are the thresholds with a true FPIR of 0.1 and 0.01; `half` is half of the gallery, as in the table of gallery
sizes. Groups: 30 and 20 subjects (n = 50), 40, 35 and 25 (100), 120, 90, 60 and 30 (300), 3 samples each, every pair of
samples compared; t1e-1 and t1e-2 have an FMR of 0.1 and 0.01 where nothing is shifted, at t1e-2 the FNMR is 0.1. Where
groups differ, nonmated scores within them are 0, 0.2, 0.4 and 0.6 higher, mated ones 0, 0.15, 0.3 and 0.45 lower, and
nonmated scores between two groups 0.3 lower. `large` and `small` are the largest and the smallest group, `between` the
comparisons of these two, `ratio` the smallest over the largest. Attacks: 20, 40 or 100 instruments of each of three
species and n bona fide subjects, 1 to 10 presentations each, with a share K^2 of instrument or subject in the variance
of every score; at t1 two species pass in 10 % and one in 5 %, at t2 they pass in 2 %; the detector is silent in 4 % of
attacks and 2 % of bona fide presentations. Quality: mated score `0.5 Q + K b_i + sqrt(0.75 - K^2) e`, Q the quality of
the probe, of whose variance K^2 is the subject's; at t the FNMR is 0.1. Animals: subjects who are all alike; in
`alike-pairs` half of the variance of a nonmated score is the pair's, in `alike-samples` 0.3 of that of every score is
its two samples'. All true values are by quadrature, but for the summaries of groups, which follow from true rates.

## How to read the tables

`0.950* (.020 .030) 1.20x` says: in 95.0 % of the data sets the interval held the true value; in 2.0 % the true value
lay below it and in 3.0 % above it; the mean width of the intervals was 1.2 times the true value (AUC: times 1 - AUC;
for differences half the mean width stands after ±). A star marks fewer than 5 expected errors. `none k`: k data sets
were given no interval, which counts as a miss; for differences these are the data sets in which both systems decided
every comparison alike, where frbench bounds the discordance instead. `half k`: k data sets were given a lower limit
alone, as a ratio has no upper one where the rate of a group may be 0. Of a test the share of data sets is given in
which it says, at 5 %, that there is a difference where there is none; `,few` are those that frbench labels
`few_errors`. A cell is judged against its bar widened by three
Monte-Carlo standard errors; **MISSED** marks what fails, and `·` cells for which nothing is promised. Widths are
judged from 5 expected errors on: with fewer an exact interval is as long as its few errors make it. The bars of
searches, groups, attacks and quality are 0.91 to 0.995 from 5 expected errors on, and 0.93 or more with fewer; what has
the limits of several rates at once must reach 0.93 and may be wider than needed; tests may give 5 % false alarms.

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
  same populations for the same reason, also with its bias taken off: most misses lie above the interval.
- **FMR@FNMR that fewer than 10 errors hold** bears the label `weak_target`; its interval is not judged, and mostly
  falls below its promise. From 10 errors on it is judged.
- **What is least over thresholds is too small.** ROCCH-EER, minDCF and minCllr choose the best threshold, or the best
  calibration, for the very scores that they judge. The printed value is that of the definition; the interval lies
  higher by the bias that follows from the draws, and may have the value near its lower end.
- **Cllr of few subjects** is carried by those few whose ratios are wrong and large. Its interval reaches farther up
  than down, and is wide where the scores are not calibrated.
- **`independent` intervals**, which most tools print, treat comparisons that share subjects as if they were of
  different people. The tables show what they are worth.
- Bars of the other measures were written down before their first figures, and none was changed after. What the first
  figures showed was mended instead: the intervals of minCllr held in 87 to 94 % with nearly all misses above, those of
  Cllr in 87 to 95 %, and those of GFRR@FMR, which took the threshold as fixed, in 78 to 98 %.
- An interval speaks of the population that the subjects were drawn from, and of the threshold as fixed beforehand.
- **Searches** have intervals for the gallery that was searched: who searches is drawn, who is enrolled is not. An
  FNIR@FPIR that fewer than 10 false positives hold bears the label `weak_target` and is not judged: it falls to 86 %.
- **The worst of several species, sums, and summaries of groups** have limits that hold whatever the true worst species
  or group is. They cover more than they promise, and ratios to a rate near 0 have hardly any upper limit.
- **BPCER at a target APCER** rests on the few instruments that pass: its interval holds, and is long.
- **The FMR within a group** of 20 to 40 subjects has the intervals of any FMR of so few: where a few people are taken
  for many they fall to 90 %, as above.
- **The test of equality** of groups keeps its 5 % where its p value is not labelled `few_errors`; with that label, and
  rare subjects who carry the errors, it may give a few per cent more false alarms.
- **Quality from an FNMR of 10 %** (`@FNMR`): the threshold follows the same scores, which steadies the figure; the
  interval takes the threshold as given and is longer than needed.
- **Animals of the zoo are tested comparison by comparison.** Where all subjects are alike but pairs of them resemble
  each other (`alike-pairs`), or some samples are poor (`alike-samples`), the tests find effects and animals nearly
  always: in such data an animal is a subject with poor samples or a double, and no kind of person.
- Bars of searches, groups, attacks, quality and the zoo were written down before their figures, and none was changed
  after. What the first figures showed was mended instead: BPCER at a target APCER, whose threshold was taken as fixed,
  held in 50 to 84 %; the test of equality rejected equal FMRs in up to 28 % of the tests where few subjects carry the
  errors; rates of searches with few errors, which borrowed no design effect, held in 78 % at worst; the area under an
  error-versus-discard curve in 83 % at worst.

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
