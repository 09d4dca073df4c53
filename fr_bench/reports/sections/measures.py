"""Every measurement with counts, interval and labels, and what the labels that occur mean."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.findings import Measurement
from fr_bench.reports import bounds, numbers
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Table, Text, cell
from fr_bench.reports.labels import explained
from fr_bench.reports.table import group_text
from fr_bench.reports.wording import Wording

TITLE = "measures.title"
ORDER = 20


def render(page: Page) -> list[Block]:
    """The table of everybody, the table of groups, the methods of the intervals, the legend of the labels."""
    rows, say = page.result.measurements, page.say
    if not rows:
        return [Text(say("measures.none"))]
    blocks: list[Block] = [Text(say("measures.intro"), "quiet")]
    everybody, groups = [m for m in rows if not m.group], [m for m in rows if m.group]
    if everybody:
        blocks.append(measurement_table(everybody, say, say("measures.caption")))
    if groups:
        blocks += [Heading(say("measures.groups")), measurement_table(groups, say, say("measures.groups_caption"))]
    return blocks + methods(rows, say) + legend(rows, say)


def measurement_table(rows: Sequence[Measurement], say: Wording, caption: str) -> Table:
    """A row a measurement. What is not measurable gives its reason where the value would stand."""
    grouped = any(row.group for row in rows)
    keys = [
        "measure",
        *(["group"] if grouped else []),
        "value",
        "interval",
        "counts",
        "threshold",
        "subjects",
        "labels",
    ]
    figures = {"value", "interval", "counts", "threshold", "subjects"}
    columns = tuple(Column(say(f"column.{key}"), key in figures, key in ("measure", "labels", "group")) for key in keys)
    return Table(caption, columns, tuple(_row(row, say, grouped) for row in rows), sortable=True)


def _row(row: Measurement, say: Wording, grouped: bool) -> tuple[Cell, ...]:
    limits = row.interval
    why = say.no_interval(row.no_interval) if row.no_interval else ""
    shown = numbers.interval_lines(row, say)
    group = (cell(group_text(row)),) if grouped else ()
    title = say.measure(row.measure)
    return (
        Cell((row.measure, *([title] if title != row.measure else [])), row.measure),
        *group,
        value_cell(row, say),
        Cell((" ".join(shown), *_companions(row, say)), limits.low if limits else None, title="" if limits else why),
        Cell((*numbers.count_lines(row, say), *_attained(row, say)), row.counts.trials if row.counts else None),
        _threshold(row, say),
        cell("-" if row.subjects is None else numbers.grouped(row.subjects), row.subjects),
        Cell((), " ".join(row.labels), labels=tuple(explained(row.labels, say))),
    )


def _companions(row: Measurement, say: Wording) -> list[str]:
    """The one-sided and the sober limit, where errors are none or all."""
    told = (("bounds.cell_one_sided", bounds.below(row, say)), ("bounds.cell_sober", bounds.reach(row, say)))
    return [say(key, limit=text) for key, text in told if text]


def _threshold(row: Measurement, say: Wording) -> Cell:
    """Six digits to read, all of them where the pointer rests: a threshold is used as it is."""
    if row.threshold is None or isinstance(row.threshold, str):
        return cell(numbers.threshold(row.threshold, say) or "-")
    return cell(numbers.threshold(row.threshold, say), row.threshold, title=repr(float(row.threshold)))


def value_cell(row: Measurement, say: Wording) -> Cell:
    """The value, or the word and the reason why there is none."""
    if row.value is None:
        return Cell((numbers.value(row, say), say.reason(row)), None, tone="quiet")
    # The interval beside a bound says that it has two sides, and the lines below the table of which level it is.
    return Cell((numbers.value(row, say, level_shown=row.interval is None),), row.value)


def _attained(row: Measurement, say: Wording) -> list[str]:
    if row.at is None:
        return []
    other = numbers.other_rate(row.measure)
    return [say("measures.threshold_at", name=other, counts=numbers.counted(row.at, say)).strip()]


def legend(rows: Sequence[Measurement], say: Wording) -> list[Block]:
    """What the labels that occur mean."""
    found = explained((label for row in rows for label in row.labels), say)
    return [Heading(say("measures.labels_title")), Facts(tuple(found), codes=True)] if found else []


def methods(rows: Sequence[Measurement], say: Wording) -> list[Block]:
    """How the intervals were made, by the unit taken as independent, and why measures have none; each text once."""
    made: dict[tuple[str, str], list[str]] = {}
    missing: dict[str, list[str]] = {}
    for row in rows:
        if row.interval is not None:
            told = f"{numbers.level(row.interval)}, {say.get(f'method.{row.interval.method}', row.interval.method)}"
            made.setdefault((row.interval.unit, told), []).append(row.measure)
        elif row.no_interval:
            missing.setdefault(row.no_interval, []).append(row.measure)
    facts = [
        (
            say("measures.method_head", unit=say.get(f"unit.{unit}", unit)),
            say("measures.method_line", method=told, measures=_listed(names)),
        )
        for (unit, told), names in made.items()
    ]
    facts += [
        (_listed(names), say("summary.no_interval", reason=say.no_interval(why))) for why, names in missing.items()
    ]
    return [Heading(say("measures.methods")), Facts(tuple(facts))] if facts else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
