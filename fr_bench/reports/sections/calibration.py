"""Calibration: whether scores can be believed as likelihood ratios, in figures, bars, Tippett and reliability plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis, Measurement
from fr_bench.reports import calibration_figures as figures
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Facts, Page, Plot, Table, Text, cell
from fr_bench.reports.figures import as_svg
from fr_bench.reports.labels import explained
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "calibration.title"
ORDER = 57


def render(page: Page) -> list[Block]:
    """The calibrations of a run; where none was asked for, one line if minCllr was measured, else nothing."""
    found = [analysis for analysis in page.result.analyses if analysis.kind == "calibration"]
    if found:
        return [block for analysis in found for block in blocks(analysis, page.say)]
    least = [one for one in page.result.measurements if one.measure == "minCllr" and one.value is not None]
    return [Text(page.say("calibration.short", value=numbers.value(one, page.say)), "quiet") for one in least[:1]]


def blocks(analysis: Analysis, say: Wording) -> list[Block]:
    """The section of one analysis."""
    made: list[Block] = [Text(say("calibration.intro"), "quiet")]
    made += [Text(say.note(note), "warning" if note.level == "warning" else "quiet") for note in analysis.notes]
    if not analysis.measurements:
        return made
    made += [Facts(_facts(analysis, say)), table(analysis.measurements, say)]
    lines = {series.name: series for series in analysis.series}
    words = drawn_words(say, "calibration", figures.WORDS)
    made += _bars(analysis, say, words)
    if "tippett_mated" in lines:
        drawn = figures.tippett(lines["tippett_mated"], lines["tippett_nonmated"], words)
        made.append(_plot("tippett", drawn, say, _misleading(analysis, say)))
    if "reliability" in lines:
        line = lines["reliability"]
        told = "; ".join(f"{x:.1f}: {y:.1f}" for x, y, _, _ in figures.rows(line))
        made.append(_plot("reliability", figures.reliability(line, words), say, told, _points(analysis, say)))
    else:
        made.append(Text(say("calibration.no_reliability"), "quiet"))
    meanings = explained((label for one in analysis.measurements for label in one.labels), say)
    return [*made, Facts(tuple(meanings), codes=True)] if meanings else made


def table(found: tuple[Measurement, ...], say: Wording) -> Table:
    """Measurements with their intervals, as the section of measures shows them, without their thresholds."""
    keys = "column.measure", "column.value", "column.interval", "column.counts"
    columns = tuple(Column(say(key), place > 0, place == 0) for place, key in enumerate(keys))
    rows = tuple(
        (
            Cell((one.measure, say.measure(one.measure)), one.measure),
            cell(numbers.value(one, say, level_shown=False) if one.value is not None else say.reason(one), one.value),
            Cell(tuple(numbers.interval_lines(one, say)) or ("-",)),
            Cell(tuple(numbers.count_lines(one, say)) or ("-",)),
        )
        for one in found
    )
    return Table(say("calibration.caption"), columns, rows)


def _facts(analysis: Analysis, say: Wording) -> tuple[tuple[str, str], ...]:
    known = analysis.facts
    origin = say.get(f"calibration.origin_{known.get('origin')}", str(known.get("origin", "")))
    rows = [(say("calibration.origin"), origin)]
    if "method" in known:
        rows.append((say("calibration.method"), say.get(f"calibration.method_{known['method']}", str(known["method"]))))
    if "slope" in known:
        rows.append((say("calibration.map"), f"{known['slope']:.6g} × s {known['offset']:+.6g}"))
    for name in ("train_subjects", "test_subjects", "train_mated", "train_nonmated", "mated", "nonmated",
                 "left_out_nonmated"):  # fmt: skip
        if name in known:
            rows.append((say(f"calibration.{name}"), numbers.grouped(int(known[name]))))
    return tuple(rows)


def _bars(analysis: Analysis, say: Wording, words: Mapping[str, str]) -> list[Block]:
    known = analysis.facts
    least, more = known.get("discrimination_loss"), known.get("calibration_loss")
    if least is None or more is None:
        return []
    told = say("calibration.losses_alt", least=f"{least:.4f}", more=f"{more:.4f}")
    return [_plot("losses", figures.losses([("Cllr", float(least), float(more))], words), say, told)]


def _misleading(analysis: Analysis, say: Wording) -> str:
    rates = {one.measure.partition("@")[0]: one for one in analysis.measurements}
    shown = [rates[name] for name in ("FNMR", "FMR") if name in rates and rates[name].value is not None]
    return "; ".join(f"{one.measure} {numbers.value(one, say, level_shown=False)}" for one in shown)


def _points(analysis: Analysis, say: Wording) -> tuple[Table, ...]:
    line = next(series for series in analysis.series if series.name == "reliability")
    keys = "calibration.stated", "calibration.observed", "column.interval", "column.mated", "column.nonmated"
    rows = tuple(
        (cell(f"{x:.2f}", x), cell(f"{y:.2f}", y), cell(f"{low:.2f} .. {high:.2f}"),
         cell(numbers.grouped(m), m), cell(numbers.grouped(both - m), both - m))
        for (x, y, low, high), (m, both) in zip(figures.rows(line), line.counts, strict=True)
    )  # fmt: skip
    return (Table(say("calibration.reliability_table"), tuple(Column(say(key), True) for key in keys), rows, True),)


def _plot(name: str, drawn: Figure, say: Wording, told: str, tables: tuple[Table, ...] = ()) -> Plot:
    alt, caption = say(f"calibration.{name}_alt_text", told=told), say(f"calibration.{name}_caption")
    return Plot(name, "", themed(as_svg(drawn), name), alt, caption, tables)


def drawn_words(say: Wording, section: str, english: Mapping[str, str]) -> Mapping[str, Any]:
    """The words of figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), english["family"]
    return {key: say.get(f"{section}.plot_{key}", text) for key, text in english.items()} | {"family": family}
