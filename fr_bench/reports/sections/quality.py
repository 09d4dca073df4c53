"""Image quality: how well each quality tells what will be rejected, and what a requirement on it would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis, Interval, Measurement, Series
from fr_bench.reports import numbers, quality_figures
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.figures import as_svg
from fr_bench.reports.labels import explained
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "quality.title"
ORDER = 56
START = "FNMR=0.1"
CORRELATION = "quality-correlation"
MOST_BANDS = 3
"""Curves with bands in one figure: with more of them nothing could be told apart."""
MOST_SHOWN = 6
"""Qualities with a figure of their own; of further ones there are the tables."""


def render(page: Page) -> list[Block]:
    """Every quality of the run side by side, then each by itself; nothing where none was asked for."""
    found = [one for one in page.result.analyses if one.kind == "quality"]
    if not found:
        return []
    say = page.say
    made: list[Block] = [Text(say("quality.intro"), "quiet")]
    made += [_overview(found, say), *_started(found, say)]
    for place, analysis in enumerate(found):
        made += _Part(say, analysis, f"quality-{place}", drawn=place < MOST_SHOWN).blocks()
    labels = {label for one in found for measured in one.measurements for label in measured.labels}
    labels |= {label for one in found for series in one.series for label in series.labels}
    return [*made, Facts(tuple(explained(sorted(labels), say)), codes=True)] if labels else made


def _overview(found: Sequence[Analysis], say: Wording) -> Table:
    """A row a quality: what is known, the correlation, the area, and what is left after a discard of a tenth."""
    columns = (
        Column(say("quality.column"), wide=True), Column(say("quality.samples"), True),
        Column(say("quality.correlation"), True), Column(say("quality.area"), True),
        Column(say("quality.after"), True),
    )  # fmt: skip
    rows = []
    for one in found:
        facts = one.facts
        known = facts.get("samples", 0) - facts.get("samples_unknown", 0)
        counted = say(
            "quality.known_of", known=numbers.grouped(known), samples=numbers.grouped(facts.get("samples", 0))
        )
        rows.append((
            cell(one.subject), cell(counted, known),
            _value_cell(_measured(one, f"{CORRELATION}@"), say),
            _value_cell(_measured(one, f"FNMR-EDC-pAUC@{START},"), say),
            _value_cell(_measured(one, f"FNMR-after-discard@{START},"), say),
        ))  # fmt: skip
    return Table(say("quality.overview", level=_level(found[0])), columns, tuple(rows), sortable=len(rows) > 1)


def _started(found: Sequence[Analysis], say: Wording) -> Iterator[Block]:
    """All qualities from the same FNMR."""
    every = [(one.subject, series) for one in found for series in one.series]
    lines = [(name, series) for name, series in every if series.name == f"FNMR:{START}" and any(series.y)]
    if not lines:
        return
    drawn = quality_figures.starting(lines)
    told = "; ".join(
        say("quality.told", column=name, before=_rate(series.y[0]), after=_rate(series.y[5]))
        for name, series in lines[:12]
    )
    caption = say("quality.started_caption")
    if len(drawn) < len(lines):
        caption += " " + say("quality.not_drawn", count=len(lines) - len(drawn))
    yield _plot("quality-start", quality_figures.from_start(drawn, _words(say)), say("quality.started"),
                say("quality.started_alt", summary=told), caption)  # fmt: skip


class _Part:
    """The part of one quality."""

    def __init__(self, say: Wording, analysis: Analysis, name: str, *, drawn: bool) -> None:
        self.say, self.analysis, self.name, self.drawn = say, analysis, name, drawn
        self.lines = {series.name: series for series in analysis.series}

    def blocks(self) -> Iterator[Block]:
        """Heading, notes, the figure, then tables that are folded."""
        yield Heading(self.say("quality.of", column=self.analysis.subject))
        for note in self.analysis.notes:
            yield Text(self.say.note(note), "warning" if note.level == "warning" else "quiet")
        lines = {name.partition(":")[2]: series for name, series in self.lines.items() if name.startswith("FNMR:")}
        lines.pop(START, None)
        if self.drawn and lines:
            most = sorted(lines, key=lambda name: -(lines[name].y[0] or 0.0))[:MOST_BANDS]
            yield from self._figure({name: series for name, series in lines.items() if name in most})
        if self.analysis.measurements:
            yield self._measurements()
        if self.lines:
            yield self._curves()

    def _figure(self, lines: Mapping[str, Series]) -> Iterator[Block]:
        shown = {self._point(name): series for name, series in lines.items()}
        figure = quality_figures.at_thresholds(shown, _words(self.say))
        if figure is None:
            yield Text(self.say("quality.nothing"), "quiet")
            return
        told = "; ".join(
            self.say("quality.told", column=name, before=_rate(series.y[0]), after=_rate(series.y[5]))
            for name, series in shown.items()
        )
        yield _plot(self.name, figure, self.say("quality.at_thresholds"),
                    self.say("quality.at_thresholds_alt", column=self.analysis.subject, summary=told),
                    self.say("quality.at_thresholds_caption"))  # fmt: skip

    def _point(self, name: str) -> str:
        key, _, value = name.partition("=")
        if key == "threshold":
            return self.say("quality.threshold", value=_threshold(value))
        return self.say("measure_parts.at_most", key=key, value=value)

    def _measurements(self) -> Table:
        say = self.say
        columns = (
            Column(say("column.measure"), wide=True), Column(say("column.value"), True),
            Column(say("column.interval"), True), Column(say("quality.left_out"), True),
            Column(say("column.labels"), wide=True),
        )  # fmt: skip
        rows = []
        for one in self.analysis.measurements:
            value, limits = _value(one, say), _limits(one) or "-"
            labels = explained(one.labels, say)
            rows.append((
                cell(one.measure), Cell((value,) if one.value is not None else (value, say.reason(one)), one.value),
                cell(limits), cell(numbers.grouped(one.details.get("unknown", 0)), one.details.get("unknown", 0)),
                Cell((), " ".join(one.labels), labels=tuple(labels)),
            ))  # fmt: skip
        return Table(say("quality.measures", level=_level(self.analysis)), columns, tuple(rows), folded=True)

    def _curves(self) -> Table:
        """Every curve at every fifth of its points, and the quality that a requirement would have to ask for."""
        say = self.say
        (limits,) = [table for table in self.analysis.tables if table.name == "limits"]
        at = {float(row[0] or 0.0): row[1] for row in limits.rows}
        names = list(self.lines)
        columns = (
            Column(say("quality.discarded"), True), Column(say("quality.limit"), True),
            *(Column(f"{name.partition(':')[0]}, {self._point(name.partition(':')[2])}", True) for name in names),
        )  # fmt: skip
        rows = []
        first = self.lines[names[0]]
        for k in range(0, len(first.x), 5):
            limit = at.get(first.x[k])
            cells = [
                cell(f"{round(100 * first.x[k])} %", first.x[k]),
                cell(numbers.short(float(limit), 4) if limit is not None else "-"),
            ]
            rows.append((*cells, *(self._at(self.lines[name], k) for name in names)))
        labels = (explained(self.lines[name].labels, say) for name in names)
        rows.append((cell(say("column.labels")), Cell(()), *(Cell((), labels=tuple(told)) for told in labels)))
        return Table(say("quality.curves"), columns, tuple(rows), folded=True)

    def _at(self, series: Series, k: int) -> Cell:
        value, low, high = series.y[k], series.low[k], series.high[k]
        if value is None:
            return cell("-")
        if low is None or high is None:
            return cell(_rate(value), value)
        interval = Interval(low, high, 0.95, "subject-exact", "subject")
        shown = numbers.digits(value, interval)
        written = shown.write(value) + shown.unit if value else f"≤ {numbers.ends(interval, value, 'proportion')[1]}"
        return Cell((written, numbers.limits(interval, value, "proportion")), value)


def _measured(one: Analysis, start: str) -> Measurement | None:
    return next((found for found in one.measurements if found.measure.startswith(start)), None)


def _value_cell(found: Measurement | None, say: Wording) -> Cell:
    if found is None:
        return cell("-")
    if found.value is None:
        return Cell((_value(found, say), say.reason(found)), None, tone="quiet")
    limits = _limits(found)
    return Cell((_value(found, say), *((limits,) if limits else ())), found.value)


def _value(found: Measurement, say: Wording) -> str:
    if found.value is not None and found.unit != "proportion":
        return numbers.short(found.value, 3)
    return numbers.value(found, say)


def _limits(found: Measurement) -> str:
    if found.interval is None or found.value is None:
        return ""
    if found.unit != "proportion":
        return f"[{numbers.short(found.interval.low, 3)}, {numbers.short(found.interval.high, 3)}]"
    return numbers.limits(found.interval, found.value, found.unit)


def _rate(value: float | None) -> str:
    return "-" if value is None else numbers.proportion(value)


def _threshold(text: str) -> str:
    try:
        return numbers.short(float(text), 4)
    except ValueError:
        return text


def _level(one: Analysis) -> str:
    return f"{round(one.facts.get('level', 0.95) * 100, 6):g} %"


def _plot(name: str, figure: Figure, title: str, alt: str, caption: str) -> Plot:
    return Plot(name, title, themed(as_svg(figure), name), alt, caption)


def _words(say: Wording) -> Mapping[str, Any]:
    """The words of the figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), quality_figures.WORDS["family"]
    return {
        "family": family,
        "discard": say("quality.axis_discard"),
        "fnmr": say("quality.axis_fnmr"),
        "ideal": say("quality.ideal"),
    }
