"""Thresholds to deploy, those of other data, and what several systems attain together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fr_bench.findings import Analysis, Interval
from fr_bench.reports import calibration_figures as figures
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.figures import as_svg
from fr_bench.reports.labels import explained
from fr_bench.reports.sections.calibration import drawn_words
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording

TITLE = "thresholds.title"
ORDER = 54


def render(page: Page) -> list[Block]:
    """What a run says of thresholds; nothing where it chose none."""
    made: list[Block] = []
    labels: list[str] = []
    for analysis in page.result.analyses:
        if analysis.kind == "thresholds":
            made += chosen(analysis, page.say)
            labels += [label for point in analysis.facts.get("points", ()) for label in point["labels"]]
        elif analysis.kind == "transfer":
            made += [Heading(page.say("transfer.title")), *transferred(analysis, page.say)]
            labels += [label for one in analysis.measurements for label in one.labels]
    meanings = explained(labels, page.say)
    return [*made, Facts(tuple(meanings), codes=True)] if meanings else made


def chosen(analysis: Analysis, say: Wording) -> list[Block]:
    """The thresholds that the run's own scores gave."""
    keys = "thresholds.target", "column.threshold", "thresholds.limits", "thresholds.fmr", "thresholds.fnmr"
    columns = (
        *(Column(say(key), place > 0, place == 0) for place, key in enumerate(keys)),
        Column(say("column.labels"), wide=True),
    )
    rows = tuple(_point(point, say) for point in analysis.facts.get("points", ()))
    made: list[Block] = [Text(say("thresholds.intro"), "quiet")]
    made += [Table(say("thresholds.caption"), columns, rows)] if rows else []
    for lost in analysis.facts.get("not_given", ()):
        why = say.sentence(lost["reason"])
        made.append(Text(say("thresholds.not_given", measure=lost["measure"], reason=why), "quiet"))
    return made


def _point(point: Mapping[str, Any], say: Wording) -> tuple[Cell, ...]:
    low, high = (_short(point[name], say) for name in ("threshold_low", "threshold_high"))
    return (
        cell(f"FMR <= {point['target']}"),
        Cell((_short(point["threshold"], say),), None, title=str(point["threshold"])),
        cell(f"{low} .. {high}"),
        Cell(_rate(point["fmr"], point["fmr_interval"], say)),
        Cell(_rate(point["fnmr"], point["fnmr_interval"], say)),
        _labels(point["labels"], say),
    )


def _labels(labels: Sequence[str], say: Wording) -> Cell:
    """The labels of one row, each with its meaning."""
    return Cell((), " ".join(labels), labels=tuple(explained(labels, say)))


def _short(threshold: str | None, say: Wording) -> str:
    if threshold is None:
        return say("thresholds.no_limit")
    return say("numbers.reject_all") if threshold == "reject_all" else numbers.threshold(float(threshold), say)


def _rate(counts: list[int] | None, interval: Mapping[str, Any] | None, say: Wording) -> tuple[str, ...]:
    if not counts:
        return ("-",)
    told = say("numbers.of", errors=numbers.grouped(counts[0]), trials=numbers.grouped(counts[1]))
    if interval is None:
        return (told,)
    return (told, numbers.limits(Interval(**interval), counts[0] / counts[1], "proportion"))


def transferred(analysis: Analysis, say: Wording) -> list[Block]:
    """Thresholds of development scores, judged on these."""
    made: list[Block] = [Text(say("transfer.intro"), "quiet")]
    made += [Text(say.note(note), "warning" if note.level == "warning" else "quiet") for note in analysis.notes]
    keys = ("transfer.set_by", "column.threshold", "transfer.developed", "transfer.attained", "transfer.fnmr",
            "transfer.hter", "transfer.held", "column.labels")  # fmt: skip
    columns = tuple(Column(say(key), 0 < place < 6, place in (0, 6, 7)) for place, key in enumerate(keys))
    found = {one.measure: one for one in analysis.measurements}
    table = next((table for table in analysis.tables if table.name == "transfer"), None)
    if table is None:
        return made
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    made.append(Table(say("transfer.caption"), columns, tuple(_transferred(row, found, say) for row in rows)))
    line = next((series for series in analysis.series if series.name == "attained"), None)
    drawn = figures.transfer(line, drawn_words(say, "transfer", figures.WORDS)) if line else None
    if line is not None and drawn is not None:
        pairs = [(numbers.proportion(x), numbers.proportion(y)) for x, y, _, _ in figures.rows(line)]
        alt = say("transfer.alt", told="; ".join(f"{x}: {y}" for x, y in pairs))
        made.append(Plot("transfer", "", themed(as_svg(drawn), "transfer"), alt, say("transfer.plot_caption")))
    return made


def _transferred(row: Mapping[str, Any], found: Mapping[str, Any], say: Wording) -> tuple[Cell, ...]:
    threshold = row["threshold"]
    if threshold is None:
        return (cell(str(row["set_by"])), *[cell("-")] * 5, cell(say.sentence(str(row["reason"]))), Cell(()))
    written = "reject_all" if threshold == "reject_all" else repr(float(threshold))
    rates = [found.get(f"{name}@threshold={written}") for name in ("FMR", "FNMR", "HTER")]
    cells = [
        Cell((numbers.value(one, say, level_shown=False), *numbers.interval_lines(one, say)), one.value)
        if one is not None and one.value is not None
        else cell("-")
        for one in rates
    ]
    developed = say(
        "numbers.of", errors=numbers.grouped(row["dev_fmr_errors"]), trials=numbers.grouped(row["dev_fmr_trials"])
    )
    held = say.get(f"transfer.held_{row['held']}", "-") if row["held"] else "-"
    return (
        cell(str(row["set_by"])),
        cell(numbers.threshold(threshold, say), title=written),
        cell(developed),
        *cells,
        Cell((held,), None, tone="bad" if row["held"] == "above" else "plain"),
        _labels(sorted({label for one in rates if one is not None for label in one.labels}), say),
    )
