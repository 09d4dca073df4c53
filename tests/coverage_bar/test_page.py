"""The page of the manual says what the figures beside it say."""

from __future__ import annotations

import json
from pathlib import Path

from bench.coverage import more, page, tables
from bench.coverage.bars import judged
from bench.coverage.populations import POPULATIONS
from bench.coverage.tallies import Cell, Tally, as_json

DOCS = Path(__file__).parent.parent.parent / "docs"
HIT = Cell("FMR", 100, "gauss-none", "FMR@1e-1", "subject-exact")
MISSED = Cell("FMR", 100, "gauss-strong", "FMR@1e-4", "subject-exact")
TALLIES = {
    HIT: Tally(truth=0.1, expected=1980, replicates=1000, below=20, above=30, widths=12.0, values=100.0),
    MISSED: Tally(truth=1e-4, expected=2, replicates=1000, above=200, without=1, widths=0.999, values=0.1),
}


def test_page_is_made_of_the_figures_beside_it() -> None:
    figures = json.loads((DOCS / "coverage.json").read_text("utf-8"))
    assert (DOCS / "coverage.md").read_text("utf-8") == page.page(figures)


def test_figures_are_json_with_one_cell_a_line() -> None:
    summary = {"draws": 250, "product": "0", "cells": as_json(TALLIES)}
    written = page.figures(summary)
    assert json.loads(written) == summary
    assert len(written.splitlines()) == len(TALLIES) + 2


def test_an_entry_tells_coverage_sides_width_and_verdict() -> None:
    lines = tables.all_tables(TALLIES, judged(TALLIES))
    assert "| 100 | gauss-none | 0.950 (.020 .030) 0.12x |  |" in lines
    assert "| 100 | gauss-strong |  | 0.799* (.000 .200) 10x none 1 **MISSED** |" in lines


def test_a_family_of_many_measures_has_several_tables() -> None:
    tally = Tally(truth=0.1, expected=0, replicates=400, above=20, widths=40.0)
    names = ("minCllr", "Cllr", "HTER@EER", "DCF@FMR=1e-2,prior=0.5")
    lines = tables.all_tables({Cell("more", 50, "gauss-none", name, "default"): tally for name in names}, [])
    assert "| n | population | Cllr | minCllr |" in lines
    assert "| n | population | DCF@FMR=1e-2,prior=0.5 | HTER@EER |" in lines


def test_every_measure_of_the_family_stands_in_a_table() -> None:
    named = {measure for measures in tables.PARTS.values() for measure in measures}
    assert named == {*more.asked(POPULATIONS[0], 50), more.OTHERS}


def test_columns_stand_in_the_order_of_the_family() -> None:
    tally = Tally(truth=0.1, expected=0, replicates=400, above=20, widths=40.0)
    lines = tables.all_tables(
        {Cell("failures", 50, "gauss-none", name, "default"): tally for name in reversed(tables.PLANNED)}, []
    )
    assert f"| n | population | {' | '.join(tables.PLANNED)} |" in lines


def test_missed_bars_are_listed_with_their_figures() -> None:
    assert tables.verdicts(judged(TALLIES)) == [
        "MISSED FMR n=100 gauss-strong FMR@1e-4 subject-exact: coverage 0.799, bar 0.94 to 1.0",
        "2 bars on coverage: 1 PASS; 0 bars on width: 0 PASS: MISSED",
    ]
