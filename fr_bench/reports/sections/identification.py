"""1:N search: who was searched for, the CMC of the closed set, the DET of the open one, and smaller galleries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis, Interval, Series
from fr_bench.reports import numbers, search_figures
from fr_bench.reports.curves import attained
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.figures import as_svg
from fr_bench.reports.labels import explained
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "identification.title"
ORDER = 52
RANKS_TOLD = (1, 5, 10, 20)


def render(page: Page) -> list[Block]:
    """The searches of a run; nothing where it made none."""
    found = [analysis for analysis in page.result.analyses if analysis.kind == "identification"]
    return [block for analysis in found for block in blocks(analysis, page.say)]


def blocks(analysis: Analysis, say: Wording) -> list[Block]:
    """The section of one analysis, closed and open set apart."""
    lines = {series.name: series for series in analysis.series}
    made: list[Block] = [Text(say("identification.intro"), "quiet"), Facts(_facts(analysis, say))]
    made += [Text(say.note(note), "warning" if note.level == "warning" else "quiet") for note in analysis.notes]
    if "cmc" in lines:
        made += [Heading(say("identification.closed")), _cmc(lines, say)]
    if "det" in lines:
        made += [Heading(say("identification.open")), *_det(lines, say)]
    if "tpir_by_gallery" in lines or "fpir_by_gallery" in lines:
        made += [Heading(say("identification.sizes")), _sizes(analysis, lines, say)]
    meanings = explained(sorted({label for series in analysis.series for label in series.labels}), say)
    return [*made, Facts(tuple(meanings), codes=True)] if meanings else made


def _facts(analysis: Analysis, say: Wording) -> tuple[tuple[str, str], ...]:
    names = {
        "gallery": say("identification.gallery"),
        "mated_searches": say("identification.mated_searches"),
        "nonmated_searches": say("identification.nonmated_searches"),
        "probe_subjects": say("identification.probe_subjects"),
        "failed_probes": say("identification.failed_probes"),
        "mates_without_template": say("identification.mates_without_template"),
    }
    return tuple((text, numbers.grouped(int(analysis.facts.get(name, 0)))) for name, text in names.items())


def _words(say: Wording) -> Mapping[str, str]:
    """The words of the figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), search_figures.WORDS["family"]
    return {
        "family": family,
        "rank": say("identification.axis_rank"),
        "tpir": say("identification.axis_tpir"),
        "fpir": say("identification.axis_fpir"),
        "fnir": say("identification.axis_fnir"),
        "gallery": say("identification.axis_gallery"),
        "ties_against": say("identification.ties_against"),
        "ties_for": say("identification.ties_for"),
    }


def _svg(figure: Figure, name: str) -> str:
    return themed(as_svg(figure), name)


def _cmc(lines: Mapping[str, Series], say: Wording) -> Plot:
    strict, lenient = lines["cmc"], lines.get("cmc_optimistic")
    shown = [(x, y) for x, y, _, _ in search_figures.rows(strict) if int(x) in RANKS_TOLD]
    told = "; ".join(say("identification.at_rank", rank=f"{x:g}", tpir=numbers.proportion(y)) for x, y in shown)
    figure = search_figures.cmc(strict, lenient, _words(say))
    table = _table(strict, say("identification.axis_rank"), "TPIR", say("identification.cmc_table"), say)
    caption = say("identification.cmc_caption")
    return Plot("cmc", "", _svg(figure, "cmc"), say("identification.cmc_alt", summary=told), caption, (table,))


def _det(lines: Mapping[str, Series], say: Wording) -> list[Block]:
    corners, points = lines["det"], lines.get("det_points")
    table = _table(points, "FPIR", "FNIR", say("identification.det_table"), say) if points else None
    tables = () if table is None else (table,)
    figure = search_figures.det(corners, points, _words(say))
    if figure is None:
        return [Text(say("identification.det_nothing"), "quiet"), *tables]
    shown = search_figures.rows(points)[::3] if points else ()
    told = "; ".join(
        say("identification.at_fpir", fpir=numbers.proportion(x), fnir=attained(y, say)) for x, y, _, _ in shown
    )
    alt, caption = say("identification.det_alt", summary=told), say("identification.det_caption")
    return [Plot("det-search", "", _svg(figure, "det-search"), alt, caption, tables)]


def _table(series: Series, x: str, y: str, caption: str, say: Wording) -> Table:
    """The points of a line with their counts and intervals."""
    rate = x == "FPIR"
    heads = x, y, say("column.interval"), say("identification.found" if y == "TPIR" else "identification.missed")
    columns = tuple(Column(head, True) for head in heads)
    rows = []
    for (at, value, low, high), (errors, trials) in zip(search_figures.rows(series), series.counts, strict=True):
        counts = say("numbers.of", errors=numbers.grouped(errors), trials=numbers.grouped(trials))
        place = f"<= {numbers.proportion(at)}" if rate else f"{at:g}"
        rows.append((cell(place, at), cell(_rate(y, value, say), value), cell(_limits(low, high, value)), cell(counts)))
    return Table(caption, columns, tuple(rows), folded=True)


def _rate(name: str, value: float, say: Wording) -> str:
    return numbers.proportion(value) if name == "TPIR" else attained(value, say)


def _limits(low: float, high: float, value: float) -> str:
    return numbers.limits(Interval(low, high, 0.95, "subject-exact", "probe subject"), value, "proportion")


def _sizes(analysis: Analysis, lines: Mapping[str, Series], say: Wording) -> Plot:
    drawn = {name: lines[f"{name}_by_gallery"] for name in ("tpir", "fpir") if f"{name}_by_gallery" in lines}
    columns = (
        Column(say("column.measure")), Column(say("identification.gallery"), True), Column(say("column.value"), True),
        Column(say("column.interval"), True), Column(say("identification.counted"), True),
    )  # fmt: skip
    rows = tuple(
        _size_row(dict(zip(table.columns, row, strict=True)), say)
        for table in analysis.tables
        if table.name == "gallery_sizes"
        for row in table.rows
    )
    told = [(x, y) for x, y, _, _ in search_figures.rows(drawn["tpir"])] if "tpir" in drawn else []
    summary = "; ".join(say("identification.at_size", gallery=f"{x:g}", tpir=numbers.proportion(y)) for x, y in told)
    return Plot(
        "gallery-sizes",
        "",
        _svg(search_figures.gallery_sizes(drawn, _words(say)), "gallery-sizes"),
        say("identification.sizes_alt", summary=summary),
        say("identification.sizes_caption"),
        (Table(say("identification.sizes_table"), columns, rows, folded=True),),
    )


def _size_row(row: Mapping[str, Any], say: Wording) -> tuple[Cell, ...]:
    """One rate at one gallery size, as the analysis tabulates it."""
    name, size, value = str(row["measure"]), int(row["gallery"]), float(row["value"])
    counts = say("numbers.of", errors=numbers.grouped(row["errors"]), trials=numbers.grouped(row["trials"]))
    return (
        cell(name),
        cell(numbers.grouped(size), size),
        cell(_rate(name.partition("@")[0], value, say), value),
        cell(_limits(float(row["low"]), float(row["high"]), value)),
        cell(counts),
    )
