"""The registry as rows and sections of its page, in English or Korean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from fr_bench.findings import Measurement
from fr_bench.registry import listing
from fr_bench.registry.entry import SCHEMA, Entry, Judged, Rehearsed, Signed
from fr_bench.registry.index import Answer
from fr_bench.reports import numbers, registry_page
from fr_bench.reports.document import Block, Cell, Column, Facts, Section, Table, Text, Tone, cell
from fr_bench.reports.escaping import shortened
from fr_bench.reports.registry_page import Row
from fr_bench.reports.wording import Wording, wording

MOST_DETAILED = 500
"""Entries above which the page shows no details: it must stay a page that a browser opens."""
HEADLINES = 3
MOST_LIMITS = 4
MOST_SIGNED = 3
SHORT_KEY = 20
"""Letters of a fingerprint in the list: enough to tell keys apart, the details have all."""
LONGEST = 120
TONES: Mapping[str | None, Tone] = {"pass": "good", "fail": "bad", "inconclusive": "warning"}
Titles = Callable[[str, str], str]
"""What a category of a scheme is called, from the scheme's name and the category's; as it is where it is not known."""


def html(answer: Answer, *, language: str = "en", titles: Titles = lambda _, category: category) -> str:
    """The page. Raises UsageError `unknown_language`."""
    say = wording(language)
    detailed = len(answer.entries) <= MOST_DETAILED
    rows = [_row(entry, say, titles, detailed) for entry in answer.entries]
    vendors = len(listing.vendors(answer.entries))
    intro: list[Block] = [Text(say("registry.intro", count=numbers.grouped(len(rows)), vendors=vendors))]
    if not detailed:
        intro.append(Text(say("registry.no_details"), "quiet"))
    further = [_left_out(answer, say), _reading(say)]
    return registry_page.html(answer.title or say("registry.title"), intro, rows, further, say, schema=SCHEMA)


def _row(entry: Entry, say: Wording, titles: Titles, detailed: bool) -> Row:
    product = entry.product
    name, vendor = listing.name(entry), listing.vendor(entry, say)
    number = product.number if product is not None else ""
    below = [entry.id, *([number] if number else []), shortened(entry.folder, LONGEST)]
    day, data = entry.tested, listing.data(entry, say)
    withdrawn: Tone = "bad" if product is not None and product.withdrawn is not None else "plain"
    cells: tuple[tuple[Cell, ...], ...] = (
        (Cell((shortened(name, LONGEST), *below), name.casefold()),),
        (Cell((shortened(vendor, LONGEST), *([product.category] if product and product.category else [])),
              entry.vendor.casefold()),),
        tuple(_verdict(one, say) for one in entry.rehearsed) or (cell("–", ""),),
        tuple(_figures(entry, say, titles)) or (cell("–", ""),),
        (cell(shortened(data, LONGEST), data.casefold()),),
        _record(entry, say),
        (cell(listing.tested(entry, say), day.isoformat() if day else ""),
         Cell((listing.validity(entry, say),), tone=withdrawn)),
    )  # fmt: skip
    first, last = _days(entry)
    return Row(
        id=entry.id, name=name, cells=cells, vendor=entry.vendor,
        verdicts=tuple((one.scheme, listing.word(one.verdict, say)) for one in entry.rehearsed),
        valid=bool(product and (product.valid_from or product.valid_until or product.withdrawn)),
        valid_from=first, valid_until=last,
        details=tuple(_details(entry, say, titles)) if detailed else (),
    )  # fmt: skip


def _days(entry: Entry) -> tuple[str, str]:
    """The first and the last day on which the entry is valid, as ISO texts; "" where that side is open."""
    product = entry.product
    if product is None:
        return "", ""
    ends = [product.valid_until] if product.valid_until is not None else []
    ends += [product.withdrawn - timedelta(days=1)] if product.withdrawn is not None else []
    return (product.valid_from.isoformat() if product.valid_from else ""), (min(ends).isoformat() if ends else "")


def _record(entry: Entry, say: Wording) -> tuple[Cell, ...]:
    """Whether the run is signed, and the how many-th on its data it is; the details have both in full."""
    if entry.kind != "run":
        return (cell("–", ""),)
    signed = [_signature(one, say) for one in entry.signed[:MOST_SIGNED]] or [cell(say("registry.unsigned"), "")]
    told = entry.earlier
    if told is None:
        number = say("registry.short_unknown")
    else:
        number = say("registry.short_number" if told.others else "registry.short_first", number=told.others + 1)
    return (*signed, cell(number))


def _signature(one: Signed, say: Wording) -> Cell:
    if one.good:
        lines = (say("registry.short_signed"), one.kind, shortened(one.fingerprint, SHORT_KEY))
        return Cell(tuple(shortened(line, LONGEST) for line in lines), one.fingerprint)
    bad = one.good is False
    return Cell((say("registry.short_bad" if bad else "registry.short_unchecked"), shortened(one.file, LONGEST)),
                tone="bad" if bad else "warning")  # fmt: skip


def _verdict(one: Rehearsed, say: Wording) -> Cell:
    return Cell(
        (shortened(listing.verdict(one, say), LONGEST), say("registry.rehearsal")), one.scheme.casefold(),
        TONES.get(one.verdict, "plain"),
    )  # fmt: skip


def _figures(entry: Entry, say: Wording, titles: Titles) -> list[Cell]:
    """The headline figures of a run; of a rehearsal alone, those of its limits."""
    rows = [(one.scheme, row) for one in entry.rehearsed for row in one.judged]
    if entry.kind == "rehearsal" and rows:
        return [_figure(row.measurement, say, titles(scheme, row.category)) for scheme, row in rows[:MOST_LIMITS]]
    return [_figure(one, say) for one in entry.figures[:HEADLINES]]


def _figure(one: Measurement, say: Wording, title: str = "") -> Cell:
    value, interval, *counts = listing.figure_parts(one, say)
    head = f"{one.measure} {value}"
    below = [interval, ", ".join(counts)]
    return Cell((f"{title}: {head}" if title else head, *(text for text in below if text)), one.measure)


def _details(entry: Entry, say: Wording, titles: Titles) -> list[Block]:
    blocks: list[Block] = [Text(text, "quiet") for text in listing.warnings(entry, say)]
    blocks.append(Facts(tuple(listing.facts(entry, say))))
    blocks.append(Facts(tuple(listing.digests(entry, say)), exact=True))
    for one in entry.rehearsed:
        if one.judged:
            blocks.append(_limits(one, say, titles))
        else:
            blocks.append(Text(f"{listing.verdict(one, say)} ({say('registry.rehearsal')})"))
        blocks.append(Facts(tuple(listing.record(one, say)), exact=True))
    if entry.figures:
        blocks.append(_measured(entry, say))
    return blocks


def _limits(one: Rehearsed, say: Wording, titles: Titles) -> Table:
    keys = ("category", "measure", "value", "interval", "verdict")
    columns = tuple(Column(say(f"certify.column_{key}") if key != "interval" else say("column.interval"))
                    for key in keys)  # fmt: skip
    caption = say("registry.limits", scheme=listing.verdict(one, say))
    rows = tuple(_limit(row, say, titles(one.scheme, row.category)) for row in one.judged)
    return Table(f"{caption} ({say('registry.rehearsal')})", columns, rows)


def _limit(row: Judged, say: Wording, title: str) -> tuple[Cell, ...]:
    found = row.measurement
    limit = listing.limit(row)
    lines = listing.decided(row, say)
    return (
        cell(title or say("certify.all")), Cell((found.measure, *([limit] if limit else []))), _value(found, say),
        _interval(found, say), Cell(tuple(lines), tone=TONES.get(row.verdict, "plain")),
    )  # fmt: skip


def _measured(entry: Entry, say: Wording) -> Table:
    keys = ("measure", "value", "interval")
    columns = tuple(Column(say(f"column.{key}")) for key in keys)
    rows = tuple((cell(one.measure), _value(one, say), _interval(one, say)) for one in entry.figures)
    return Table(say("registry.figures"), columns, rows)


def _value(one: Measurement, say: Wording) -> Cell:
    if one.value is None:
        return Cell((numbers.value(one, say), say.reason(one)))
    return Cell((numbers.value(one, say), *numbers.count_lines(one, say)))


def _interval(one: Measurement, say: Wording) -> Cell:
    if one.interval is None or one.value is None:
        return Cell(("–", *([say.no_interval(one.no_interval)] if one.no_interval and one.value is not None else [])))
    method = say.get(f"method.{one.interval.method}", one.interval.method)
    return Cell((numbers.limits(one.interval, one.value, one.unit), f"{numbers.level(one.interval)}, {method}"))


def _left_out(answer: Answer, say: Wording) -> Section:
    title = say("registry.section_left_out")
    if not answer.problems:
        return Section("left-out", title, (Text(say("registry.left_out_none")),))
    columns = tuple(Column(say(f"registry.column_{key}"), wide=key != "state") for key in ("folder", "state", "reason"))
    rows = tuple(
        (cell(one.place), cell(say.get(f"registry.state_{one.state}", one.state)), cell(one.reason))
        for one in answer.problems
    )
    table = Table(say("registry.left_out_intro"), columns, rows)
    return Section("left-out", title, (table,))


def _reading(say: Wording) -> Section:
    keys = ("rehearsal", "compare", "valid", "signed", "earlier", "truth")
    texts = tuple(Text(say(f"registry.reading_{key}")) for key in keys)
    return Section("reading", say("registry.section_reading"), texts)
