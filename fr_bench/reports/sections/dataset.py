"""The data set: counts, licence, attributes, and figures that others published beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Facts, Heading, Page, Table, Text, cell

TITLE = "dataset.title"
ORDER = 80


def render(page: Page) -> list[Block]:
    """Facts, attributes, published figures."""
    say, data = page.say, page.result.dataset
    if data is None:
        return [Text(say("dataset.none"), "quiet")]
    facts = (
        (say("dataset.name"), f"{say.sentence(data.title)} ({data.name})" if data.title else data.name),
        (say("dataset.format"), data.format),
        (say("dataset.subjects"), numbers.grouped(data.subjects)),
        (say("dataset.samples"), numbers.grouped(data.samples)),
        (say("dataset.generated"), say("dataset.yes" if data.generated else "dataset.no")),
        (say("dataset.licence"), say.sentence(data.licence) or say("dataset.not_stated")),
        (say("dataset.source"), data.source or say("dataset.not_stated")),
    )
    blocks: list[Block] = [Facts(facts)]
    if data.attributes:
        blocks.append(_attributes(page, data.attributes))
    if data.published:
        blocks += [Heading(say("dataset.published")), Text(say("dataset.published_note"), "quiet")]
        blocks.append(_published(page, data.published))
    return blocks


def _attributes(page: Page, attributes: Mapping[str, Mapping[str, int]]) -> Table:
    say = page.say
    columns = (Column(say("column.attribute"), wide=True), Column(say("column.value"), wide=True),
               Column(say("column.samples"), True))  # fmt: skip
    rows = tuple(
        (cell(name), cell(value or say("dataset.empty")), cell(numbers.grouped(count), count))
        for name, values in sorted(attributes.items())
        for value, count in sorted(values.items(), key=lambda item: (-item[1], item[0]))[:50]
    )
    return Table(say("dataset.attributes"), columns, rows, folded=len(rows) > 20)


def _published(page: Page, published: tuple[Mapping[str, Any], ...]) -> Table:
    say = page.say
    columns = tuple(Column(say(f"column.{key}"), key in ("published", "here"), key in ("figure", "source"))
                    for key in ("figure", "published", "here", "source"))  # fmt: skip
    rows = tuple(
        (
            cell(str(row.get("figure", ""))),
            cell(_value(row.get("value"))),
            _here(page, str(row.get("figure", ""))),
            cell(str(row.get("source", ""))),
        )
        for row in published
    )
    return Table(say("dataset.published"), columns, rows)


def _value(value: Any) -> str:
    # a published figure is shown with the digits it was published with
    return "" if value is None else str(value)


def _here(page: Page, figure: str) -> Cell:
    for row in page.result.measurements:
        if row.measure == figure and not row.group:
            limits = numbers.interval_lines(row, page.say) if row.interval else []
            return Cell((numbers.value(row, page.say), *limits))
    return cell(page.say("dataset.not_here"), tone="quiet")
