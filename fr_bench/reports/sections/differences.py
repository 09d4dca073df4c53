"""What differs between two systems on the same comparisons: table, forest plot, method."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.findings import Analysis, Measurement
from fr_bench.reports.differences import KIND, facts, mcnemar_lines, method_line, reason_lines, why_not, written
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Notes, Page, Plot, Table, Text, Tone, cell
from fr_bench.reports.labels import explained
from fr_bench.reports.wording import Wording, wording

TITLE = "differences.title"
ORDER = 15


def render(page: Page) -> list[Block]:
    """The differences that a result holds; none in the result of a single run."""
    found = [analysis for analysis in page.result.analyses if analysis.kind == KIND]
    return [block for analysis in found for block in blocks(analysis, page.say)]


def blocks(found: Analysis, say: Wording) -> list[Block]:
    """The section of one comparison."""
    compared = [row for row in found.measurements if row.value is not None]
    others = [row for row in found.measurements if row.value is None]
    made: list[Block] = [Text(say("differences.intro"), "quiet"), Facts(tuple(facts(found, say)))]
    made += [table(compared, say)] if compared else []
    drawn = plot(found, say)
    made += [drawn] if drawn is not None else []
    made += [Text(say("differences.direction")), Text(method_line(found, say), "quiet")]
    made += [Text(line, "quiet") for line in (*reason_lines(compared, say), *mcnemar_lines(compared, say))]
    if found.notes:
        levels: dict[str, Tone] = {"warning": "warning", "information": "plain"}
        items = tuple((levels[note.level], say(f"summary.{note.level}"), say.note(note)) for note in found.notes)
        made.append(Notes(say("summary.notes"), items))
    made += [Heading(say("differences.not_compared_title")), _left_aside(others, say)] if others else []
    meanings = explained((label for row in compared for label in row.labels), say)
    return [*made, Heading(say("measures.labels_title")), Facts(tuple(meanings), codes=True)] if meanings else made


def table(rows: Sequence[Measurement], say: Wording) -> Table:
    """One row a measure: both values, the difference with its interval, p, what could have been detected, verdict."""
    keys = (
        "column.measure", "differences.first", "differences.second", "differences.difference", "differences.p",
        "differences.detectable", "column.verdict", "column.labels",
    )  # fmt: skip
    columns = tuple(Column(say(key), 0 < k < 6, k in (0, 6, 7)) for k, key in enumerate(keys))
    return Table(say("differences.caption"), columns, tuple(_row(row, say) for row in rows))


def _row(row: Measurement, say: Wording) -> tuple[Cell, ...]:
    text, details = written(row, say), row.details
    tone: Tone = "good" if text.tone == "good" else "bad" if text.tone == "bad" else "plain"
    limits = [text.interval] if text.interval != "-" else []
    return (
        _name(row, say),
        *_values(row, say),
        Cell((text.difference, *limits), row.value),
        cell(text.p, details.get("p_adjusted")),
        cell(text.detectable, details.get("minimum_detectable")),
        cell(text.verdict, tone=tone),
        Cell((), " ".join(row.labels), labels=tuple(explained(row.labels, say))),
    )


def _left_aside(rows: Sequence[Measurement], say: Wording) -> Table:
    """The measures without a difference, and why."""
    keys = ("column.measure", "differences.first", "differences.second", "column.reason")
    columns = tuple(Column(say(key), k in (1, 2), k in (0, 3)) for k, key in enumerate(keys))
    cells = tuple((_name(row, say), *_values(row, say), cell(why_not(row, say), tone="quiet")) for row in rows)
    return Table(say("differences.not_compared_caption"), columns, cells)


def _name(row: Measurement, say: Wording) -> Cell:
    title = say.measure(row.measure)
    return Cell((row.measure, *([title] if title != row.measure else [])), row.measure)


def _values(row: Measurement, say: Wording) -> tuple[Cell, Cell]:
    """Both systems' own figures."""
    text = written(row, say)
    first, second = (row.details.get(side, {}).get("value") for side in ("first", "second"))
    return cell(text.first, first), cell(text.second, second)


def plot(found: Analysis, say: Wording) -> Plot | None:
    """The forest plot with what it says in words; None where no measure has an interval."""
    from fr_bench.reports import figures
    from fr_bench.reports.fonts import family_for
    from fr_bench.reports.forest import drawable, forest
    from fr_bench.reports.theme import themed

    family = family_for(say.language)
    drawn_in = say if family is not None else wording("en")
    words = {
        "family": family or figures.ENGLISH["family"],
        "axis": drawn_in("differences.axis", power=f"{found.facts['power'] * 100:g}"),
        "better": drawn_in("differences.side_better"),
        "worse_side": drawn_in("differences.side_worse"),
        "worse": drawn_in("differences.worse"),
        "not worse": drawn_in("differences.not_worse"),
        "inconclusive": drawn_in("findings.inconclusive"),
    }
    figure = forest(found, words)
    if figure is None:
        return None
    told = [f"{row.measure}: {written(row, say).difference}, {written(row, say).verdict}" for row in drawable(found)]
    svg = themed(figures.as_svg(figure), KIND)
    alt = say("differences.alt", summary="; ".join(told))
    return Plot(KIND, "", svg, alt, say("differences.plot_caption"))
