"""Groups of people in a dossier: rates at everybody's threshold, beside everybody's rate, and max over geomean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fr_bench.certification.counted import counts
from fr_bench.findings import Analysis, Measurement, Proportion, Result
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Table, Text, cell
from fr_bench.reports.wording import Wording

RATES = ("FNMR", "FMR")
SUMMARY = "{}-max-geomean-ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group at one point: its rates by name, and each over everybody's; None where either has no error."""

    name: str
    subjects: int | None
    rates: Mapping[str, Measurement]
    over_all: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """All groups of an attribute at one point, with the highest rate over the geometric mean of all, by rate."""

    attribute: str
    point: str
    groups: tuple[Group, ...]
    max_geomean: Mapping[str, Measurement]


def splits(result: Result) -> tuple[Split, ...]:
    """Every attribute that the run was split by, at every point that it was measured at."""
    found = []
    for analysis in result.analyses:
        if analysis.kind == "groups":
            found += [_split(analysis, point) for point in analysis.facts.get("points", ())]
    return tuple(found)


def _split(analysis: Analysis, point: Mapping[str, Any]) -> Split:
    name = str(point["name"])
    rows = [m for m in analysis.measurements if m.details.get("point") == name]
    by_group: dict[str, dict[str, Measurement]] = {}
    for one in rows:
        quantity = one.measure.partition("@")[0]
        if one.group and quantity in RATES:
            by_group.setdefault(" / ".join(one.group.values()), {})[quantity] = one
    summaries = {one.measure.partition("@")[0]: one for one in rows if not one.group}
    everybody = {rate: Proportion(*point[rate]) for rate in RATES if point.get(rate)}
    return Split(
        attribute=analysis.subject,
        point=name,
        groups=tuple(
            Group(
                name=group,
                subjects=min((m.subjects for m in rates.values() if m.subjects is not None), default=None),
                rates=rates,
                over_all={rate: _over(m.value, everybody.get(rate)) for rate, m in rates.items()},
            )
            for group, rates in by_group.items()
        ),
        max_geomean={rate: summaries[text] for rate in RATES if (text := SUMMARY.format(rate)) in summaries},
    )


def _over(value: float | None, everybody: Proportion | None) -> float | None:
    if not value or everybody is None or not everybody.errors:
        return None
    return value / (everybody.errors / everybody.trials)


def blocks(result: Result, say: Wording) -> Iterator[Block]:
    """The tables of a dossier; where the run was not split, how it is."""
    found = splits(result)
    if not found:
        yield Text(missing(result, say), "warning")
        return
    yield Text(say("certify.groups_intro"))
    for one in found:
        titles = [say("certify.column_group"), say("certify.column_subjects")]
        titles += [text for rate in RATES for text in (rate, say("certify.column_over_all", rate=rate))]
        columns = tuple(Column(title, figures=place > 0) for place, title in enumerate(titles))
        caption = say("certify.groups_table", attribute=one.attribute, point=one.point)
        yield Table(caption, columns, tuple(_row(group, say) for group in one.groups))
        for rate, summary in one.max_geomean.items():
            yield Text(f"{rate} max/geomean: {_summary(summary, say)}")


def missing(result: Result, say: Wording) -> str:
    """Why no groups are shown: the run was not split, or has no point at which groups could be compared."""
    split = any(one.kind == "groups" for one in result.analyses)
    return say("certify.no_group_points" if split else "certify.no_groups")


def lines(result: Result, say: Wording) -> list[str]:
    """Max over geometric mean of every attribute and point, for a terminal; why there is none is told once."""
    found, told = [], set()
    for one in splits(result):
        for rate, summary in one.max_geomean.items():
            if summary.value is not None:
                found.append(f"{one.attribute} {one.point}  {rate} max/geomean  {_summary(summary, say)}")
            elif one.attribute not in told:
                told.add(one.attribute)
                found.append(f"{one.attribute}  max/geomean  {_summary(summary, say)}")
    return found


def as_json(result: Result, plain: Any) -> list[dict[str, Any]]:
    """The same for machines; `plain` turns a measurement into JSON types."""
    return [
        {
            "attribute": one.attribute,
            "point": one.point,
            "groups": [
                {"group": group.name, "subjects": group.subjects, "over_all": dict(group.over_all),
                 "rates": {rate: plain(m) for rate, m in group.rates.items()}}
                for group in one.groups
            ],
            "max_geomean": {rate: plain(m) for rate, m in one.max_geomean.items()},
        }
        for one in splits(result)
    ]  # fmt: skip


def _summary(found: Measurement, say: Wording) -> str:
    if found.value is None:
        return f"– ({say.reason(found)})"
    return " ".join([numbers.value(found, say), *_interval(found, say)])


def _interval(found: Measurement, say: Wording) -> Sequence[str]:
    return numbers.interval_lines(found, say) if found.interval is not None else ()


def _percent(share: float) -> str:
    """A difference in whole per cent.

    >>> _percent(0.254), _percent(-0.003), _percent(-0.5)
    ('+25 %', '0 %', '-50 %')
    """
    whole = round(100 * share)
    return f"{whole:+d} %" if whole else "0 %"


def _row(group: Group, say: Wording) -> tuple[Cell, ...]:
    found = [cell(group.name), cell("–" if group.subjects is None else f"{group.subjects:,}")]
    for rate in RATES:
        one = group.rates.get(rate)
        if one is None or one.value is None:
            found += [cell("–"), cell("–")]
            continue
        over = group.over_all.get(rate)
        told = (numbers.value(one, say), *counts(one, say))
        few = (say("certify.too_few"),) if "too_few_subjects" in one.labels else ()
        found += [Cell((*told, *few)), cell("–" if over is None else _percent(over - 1), over)]
    return tuple(found)
