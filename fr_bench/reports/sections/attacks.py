"""Presentation attacks: each species at each threshold beside the bona fide subjects, the trade-off, the scores.

No rate is pooled over species, and APCER and BPCER are never averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis, Interval, Measure, Measurement, Series
from fr_bench.reports import attack_figures, numbers
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.group_figures import as_svg
from fr_bench.reports.labels import explained
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "attacks.title"
ORDER = 53
USUAL = ("subjects_as_unit", "threshold_taken_as_fixed")
"""Labels that hold for nearly every row, and are explained once below."""


def render(page: Page) -> list[Block]:
    """The presentation attacks of a result; nothing where none were made."""
    found = [analysis for analysis in page.result.analyses if analysis.kind == "attacks"]
    return [block for analysis in found for block in blocks(analysis, page.say)]


def blocks(analysis: Analysis, say: Wording) -> list[Block]:
    """The section of one analysis."""
    made: list[Block] = [Text(say("attacks.intro"), "quiet")]
    made += [Text(say.note(note), "warning" if note.level == "warning" else "quiet") for note in analysis.notes]
    tables = [*_at_thresholds(analysis, say), *_of_the_system(analysis, say)]
    made += tables[:1]
    made += _trade_off(analysis, say)
    made += _scores(analysis, say)
    made += tables[1:]
    made += _silent(analysis, say)
    used = sorted({label for one in analysis.measurements for label in one.labels})
    meanings = explained(used, say)
    return [*made, Heading(say("measures.labels_title")), Facts(tuple(meanings), codes=True)] if meanings else made


def _at_thresholds(analysis: Analysis, say: Wording) -> Iterator[Table]:
    """For each detection threshold the APCER of every species, of the worst one, and the BPCER."""
    for place, point in enumerate(analysis.facts.get("points", ())):
        rows = [
            one for one in analysis.measurements
            if one.threshold == point["threshold"] and Measure.parse(one.measure).name in ("APCER", "BPCER")
        ]  # fmt: skip
        shown = numbers.threshold(point["threshold"], say)
        caption = say("attacks.at_threshold", threshold=shown, measure=point["name"])
        yield _rates(analysis, rows, caption, say, folded=place > 0)


def _of_the_system(analysis: Analysis, say: Wording) -> Iterator[Table]:
    """For each pair of thresholds the IAPAR of every species, of the worst one, and the RIAPAR."""
    for place, system in enumerate(analysis.facts.get("systems", ())):
        rows = [one for one in analysis.measurements if _of_system(one, system)]
        key = "attacks.system" if "detection" in system else "attacks.no_detection_system"
        yield _rates(analysis, rows, say(key, **system), say, folded=place > 0)


def _of_system(one: Measurement, system: Mapping[str, str]) -> bool:
    named = Measure.parse(one.measure)
    thresholds = {key: value for key, value in named.parameters if key != "species"}
    return named.name in ("IAPAR", "RIAPAR") and thresholds == dict(system)


def _silent(analysis: Analysis, say: Wording) -> list[Block]:
    rows = [one for one in analysis.measurements if Measure.parse(one.measure).name in ("APNRR", "BPNRR")]
    return [_rates(analysis, rows, say("attacks.silent"), say, folded=True)] if rows else []


def _rates(
    analysis: Analysis, measurements: list[Measurement], caption: str, say: Wording, *, folded: bool
) -> Table:  # fmt: skip
    """A row a rate: what it is of, by how many instruments or subjects, value, interval, counts, labels."""
    census = {row[0]: row for table in analysis.tables for row in table.rows}
    rows = []
    for one in measurements:
        named = Measure.parse(one.measure)
        labels = [label for label in one.labels if label not in USUAL]
        units = one.details.get("precision", {}).get("units")
        if units is None:
            units = (census.get(_kind_of(one)) or ("", None))[1]
        rows.append((
            cell(_who(one, say)),
            cell(named.name),
            cell("-" if units is None else numbers.grouped(int(units)), units),
            _value(one, say),
            Cell((" ".join(numbers.interval_lines(one, say)),), one.interval.low if one.interval else None),
            Cell(tuple(numbers.count_lines(one, say)), one.counts.trials if one.counts else None),
            Cell((), " ".join(labels), labels=tuple(explained(labels, say))),
        ))  # fmt: skip
    columns = (
        Column(say("attacks.presentations"), wide=True), Column(say("column.measure")),
        Column(say("attacks.units"), True), Column(say("column.value"), True), Column(say("column.interval"), True),
        Column(say("column.counts"), True), Column(say("column.labels"), wide=True),
    )  # fmt: skip
    return Table(caption, columns, tuple(rows), folded=folded)


def _kind_of(one: Measurement) -> str:
    """The species that a rate is of, "" for bona fide presentations."""
    named = Measure.parse(one.measure)
    return named["species"] if "species" in named else str(one.details.get("species", ""))


def _who(one: Measurement, say: Wording) -> str:
    named = Measure.parse(one.measure)
    if "species" in named:
        return named["species"]
    if named.name in ("APCER", "IAPAR", "APNRR"):
        return say("attacks.worst", species=one.details.get("species", "-"))
    return say("attacks.everybody" if named.name == "RIAPAR" else "attacks.bona_fide")


def _value(one: Measurement, say: Wording) -> Cell:
    if one.value is None:
        return Cell((say("numbers.not_measurable"), say.reason(one)), None, tone="quiet")
    return cell(numbers.value(one, say, level_shown=False), one.value)


def _words(say: Wording) -> Mapping[str, str]:
    """The words of the figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), attack_figures.WORDS["family"]
    return {
        "family": family,
        "apcer": say("attacks.axis_apcer"),
        "bpcer": say("attacks.axis_bpcer"),
        "detection_score": say("attacks.axis_detection_score"),
        "recognition_score": say("attacks.axis_recognition_score"),
        "bona_fide": say("attacks.axis_bona_fide"),
    }


def _svg(figure: Figure, name: str) -> str:
    return themed(as_svg(figure), name)


def _trade_off(analysis: Analysis, say: Wording) -> list[Block]:
    lines = {series.name: series for series in analysis.series}
    if "trade_off" not in lines:
        return []
    points = lines.get("trade_off_points")
    tables = () if points is None else (_points(points, analysis.facts, say),)
    figure = attack_figures.trade_off(lines["trade_off"], points, _words(say))
    head = Heading(say("attacks.trade_off"))
    if figure is None:
        return [head, Text(say("attacks.trade_off_nothing"), "quiet"), *tables]
    known = [] if points is None else [(x, y) for x, y in zip(points.x, points.y, strict=True) if y is not None]
    told = "; ".join(
        say("attacks.at_apcer", apcer=numbers.proportion(x), bpcer=numbers.proportion(y)) for x, y in known
    )
    plot = Plot(
        "attacks-trade-off", "", _svg(figure, "attacks-trade-off"), say("attacks.trade_off_alt", summary=told),
        say("attacks.trade_off_caption"), tables,
    )  # fmt: skip
    return [head, plot]


def _points(points: Series, facts: Mapping[str, Any], say: Wording) -> Table:
    columns = (
        Column("APCER", True), Column("BPCER", True), Column(say("column.interval"), True),
        Column(say("column.counts"), True),
    )  # fmt: skip
    rows = []
    for x, y, low, high, (errors, trials) in zip(
        points.x, points.y, points.low, points.high, points.counts, strict=True
    ):
        if y is None or low is None or high is None:
            continue
        limits = Interval(low, high, float(facts.get("level", 0.95)), "subject-exact", "subject")
        counts = say("numbers.of", errors=numbers.grouped(errors), trials=numbers.grouped(trials))
        rows.append((
            cell(f"<= {numbers.proportion(x)}", x), cell(numbers.proportion(y), y),
            cell(numbers.limits(limits, y, "proportion"), low), cell(counts, errors),
        ))  # fmt: skip
    return Table(say("attacks.points"), columns, tuple(rows), folded=True)


def _scores(analysis: Analysis, say: Wording) -> list[Block]:
    kinds = [
        Series(name=one.name.partition(":")[2], x=one.x, y=one.y, counts=one.counts)
        for one in analysis.series if one.name.startswith("scores:")
    ]  # fmt: skip
    if not kinds:
        return []
    detection = bool(analysis.facts.get("detection"))
    points = analysis.facts.get("points", ()) if detection else ()
    thresholds = [float(point["threshold"]) for point in points if not isinstance(point["threshold"], str)]
    figure = attack_figures.scores(
        kinds, thresholds, "detection_score" if detection else "recognition_score", _words(say)
    )
    names = ", ".join(kind.name or say("attacks.bona_fide") for kind in kinds[: attack_figures.MOST_PANELS])
    left_out = max(0, len(kinds) - attack_figures.MOST_PANELS)
    caption = say("attacks.scores_caption") + (say("attacks.scores_left_out", count=left_out) if left_out else "")
    plot = Plot(
        "attacks-scores", "", _svg(figure, "attacks-scores"), say("attacks.scores_alt", names=names), caption,
        (_census(analysis, say),),
    )  # fmt: skip
    return [Heading(say("attacks.scores")), plot]


def _census(analysis: Analysis, say: Wording) -> Table:
    """How many presentations there are of each kind, from how many instruments or subjects."""
    keys = ("attacks.presentations", "attacks.units", "attacks.made", "attacks.without")
    columns = tuple(Column(say(key), place > 0) for place, key in enumerate(keys))
    rows = []
    for table in analysis.tables:
        for name, units, made, silent in table.rows:
            shown = "-" if units is None else numbers.grouped(int(units))
            rows.append((
                cell(str(name) or say("attacks.bona_fide")), cell(shown, None if units is None else float(units)),
                cell(numbers.grouped(int(made or 0)), float(made or 0)),
                cell(numbers.grouped(int(silent or 0)), float(silent or 0)),
            ))  # fmt: skip
    return Table(say("attacks.census"), columns, tuple(rows), folded=True)
