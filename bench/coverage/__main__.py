"""Measures the coverage and the width of the intervals of frbench, and judges the bars.

    python -m bench.coverage [--only PATTERN ...] [--replicates N] [--draws N] [--processes N] [--judge-only]

Cells are named FAMILY/n=SUBJECTS/POPULATION, such as FMR/n=300/skew-strong; PATTERN may hold * and ?. Families: FMR,
FNMR, curve, more, failures, paired-FNMR, paired-FMR, search, group, group-equal, attack, quality, animals. Each batch
of data sets is kept at once in the results file; the same command goes on where it was stopped. Exit code 0 if every
bar that could be judged holds, 1 if one is missed, 2 for a wrong option.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.coverage import campaign, page, tables, tallies
from bench.coverage.bars import judged

RESULTS = Path(__file__).parent.parent / "results" / "coverage.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """Run what is missing, print the tables, judge the bars."""
    asked = _parser().parse_args(arguments)
    try:
        chosen = campaign.jobs(asked.only)
    except ValueError as unknown:
        print(unknown, file=sys.stderr)
        return 2
    wanted = campaign.batches(chosen, asked.replicates, asked.draws)
    results = campaign.Results(asked.results, asked.also)
    if not asked.judge_only:
        _run(wanted, results, asked.processes)
    kept = _kept(asked.keep, {batch.job.family for batch in wanted})
    found = dict(sorted({**tallies.from_json(kept["cells"]), **results.tallies(wanted)}.items()))
    if not found:
        print(f"nothing was measured yet with this version of the code: {asked.results}", file=sys.stderr)
        return 2
    verdicts = judged(found)
    print("\n".join([*tables.all_tables(found, verdicts), *tables.verdicts(verdicts)]))
    products = sorted({*kept["product"], *results.products(wanted)})
    summary = {"draws": asked.draws, "product": products, "cells": tallies.as_json(found)}
    if asked.json:
        asked.json.write_text(page.figures(summary), encoding="utf-8")
    if asked.page:
        asked.page.write_text(page.page(summary), encoding="utf-8")
    return int(any(verdict.verdict == "MISSED" for verdict in verdicts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coverage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", nargs="+", default=[], metavar="PATTERN", help="cells to measure and judge; default: all")
    add("--replicates", type=_positive, help="data sets a cell; default 2,000, and 400 for measures drawn by subject")
    add("--draws", type=_positive, default=250, help="draws behind each interval of a curve measure")
    add("--processes", type=_positive, default=1, help="processes that measure side by side")
    add("--results", type=Path, default=RESULTS, help="file that holds the batches, one a line")
    add("--also", nargs="+", default=[], metavar="DIGEST", help="count what code of that digest measured, too")
    add("--keep", type=Path, metavar="JSON", help="take families not asked here from what --json wrote")
    add("--json", type=Path, help="write the figures of all cells to this file")
    add("--page", type=Path, help="write the page of the manual to this file")
    add("--judge-only", action="store_true", help="measure nothing; judge what the results file holds")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _kept(file: Path | None, measured: set[str]) -> dict[str, Any]:
    """The cells of an earlier run whose families are not measured now."""
    if file is None:
        return {"product": [], "cells": []}
    earlier = json.loads(file.read_text("utf-8"))
    return {**earlier, "cells": [row for row in earlier["cells"] if row["family"] not in measured]}


def _run(wanted: list[campaign.Batch], results: campaign.Results, processes: int) -> None:
    missing = sum(not results.has(batch) for batch in wanted)
    print(f"{len(wanted)} batches, {len(wanted) - missing} of them there already", file=sys.stderr)
    began, last = time.monotonic(), 0.0
    for done, line in enumerate(campaign.run(wanted, results, processes), start=1):
        now = time.monotonic() - began
        if now - last > 10 or done == missing:
            last = now
            left = now / done * (missing - done)
            print(f"{done} of {missing}: {line['job']}, about {left / 60:.0f} min left", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
