"""Groups: their rates with intervals, the test of equality, summaries, the FMR between groups, score quantiles.

One part for each attribute. The tables of the groups stand before any summary: no single number is complete alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fr_bench.findings import Analysis, Interval, Measurement
from fr_bench.findings import Table as Found
from fr_bench.reports import group_figures, group_tables, numbers
from fr_bench.reports.document import Block, Cell, Column, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.group_figures import Dot, Spread, Square
from fr_bench.reports.labels import explained
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

TITLE = "groups.title"
ORDER = 55
RATES = ("FMR", "FNMR")
FIRM = 10
"""False matches that a target needs to be drawn first."""


def render(page: Page) -> list[Block]:
    """Every attribute that the run was split by; nothing where it was split by none."""
    analyses = [one for one in page.result.analyses if one.kind == "groups"]
    if not analyses:
        return []
    blocks: list[Block] = [Text(page.say("groups.intro"), "quiet")]
    for place, analysis in enumerate(analyses):
        blocks += _Part(page.say, analysis, f"groups-{place}").blocks()
    return blocks


class _Part:
    """The part of one attribute: what its blocks are made of."""

    def __init__(self, say: Wording, analysis: Analysis, name: str) -> None:
        self.say, self.analysis, self.name = say, analysis, name
        self.points: Sequence[Mapping[str, Any]] = analysis.facts.get("points", ())
        self.tables = {table.name: _rows(table) for table in analysis.tables}
        self.shown = {group["name"]: _shown(group["values"], say) for group in analysis.facts.get("groups", ())}
        self.known = {group["name"] for group in analysis.facts.get("groups", ()) if group["known"]}
        self.words = _words(say)

    def blocks(self) -> Iterator[Block]:
        """Notes, the main point with its figures, the quantiles, then what is folded."""
        attributes = " × ".join(self.analysis.facts.get("by", [self.analysis.subject]))
        yield Heading(self.say("groups.by", attribute=attributes))
        for note in self.analysis.notes:
            yield Text(self.say.note(note), "warning" if note.level == "warning" else "quiet")
        main = _main(self.points)
        if main is not None:
            yield from self._main_point(main)
        if self.analysis.series:
            yield self._quantiles(main)
        yield from self._folded(main)

    def _main_point(self, point: Mapping[str, Any]) -> Iterator[Block]:
        yield self._rates(point, folded=False)
        yield self._forest(point)
        for row in self.tables.get("equality", ()):
            if row["point"] == point["name"]:
                yield Text(self._equality(row))
        yield self._summaries(point, folded=False)
        if 2 <= len(self.shown) <= group_figures.MOST_CELLS:
            yield self._matrix_figure(point)
        yield from self._worst_served(point)

    def _folded(self, main: Mapping[str, Any] | None) -> Iterator[Block]:
        yield from self._failures()
        for point in self.points:
            if point is not main:
                yield self._rates(point, folded=True)
                yield self._summaries(point, folded=True)
        if self.tables.get("ratios"):
            yield group_tables.ratio_table(self.tables["ratios"], self.shown, self.say)
        if self.tables.get("matrix"):
            yield group_tables.matrix_table(self.tables["matrix"], self.shown, self.say)
        if self.tables.get("sizes"):
            yield group_tables.size_table(self.tables["sizes"], self.shown, self.say)

    def _point(self, point: Mapping[str, Any]) -> str:
        """ "FMR <= 1e-3, threshold 0.4199"."""
        key, _, value = str(point["name"]).partition("=")
        threshold = numbers.threshold(point["threshold"], self.say)
        if key == "threshold":
            return self.say("groups.at_threshold", threshold=threshold)
        return self.say(
            "groups.at_target", condition=self.say("measure_parts.at_most", key=key, value=value), threshold=threshold
        ).replace("<= ", "≤ ")

    def _of(self, point: Mapping[str, Any], rate: str) -> list[Measurement]:
        return [
            one
            for one in self.analysis.measurements
            if one.group and one.measure.startswith(f"{rate}@") and one.details.get("point") == point["name"]
        ]

    def _rates(self, point: Mapping[str, Any], *, folded: bool) -> Table:
        """A row a group: value, interval and counts of both rates."""
        say = self.say
        fmr, fnmr = self._of(point, "FMR"), self._of(point, "FNMR")
        keys = ["group", "groups.fmr_within", "FNMR", "groups.subjects"]
        rows: list[tuple[Cell, ...]] = []
        for a, b in zip(fmr, fnmr, strict=True):
            name = _shown(list(a.group.values()), say)
            shared = [label for label in (*a.labels, *b.labels) if label not in point.get("labels", ())]
            shown = sorted({*shared} - {"subjects_as_unit", "threshold_taken_as_fixed", "not_measurable"})
            judged = a.details.get("judged") or b.details.get("judged")
            remark = () if judged else (say("groups.not_judged"),)
            rows.append((
                Cell((name, *remark), name, tone="plain" if judged else "quiet"),
                _rate_cell(a, say),
                _rate_cell(b, say),
                Cell((f"{numbers.grouped(a.subjects or 0)} / {numbers.grouped(b.subjects or 0)}",), a.subjects),
                Cell((), " ".join(shown), labels=tuple(explained(shown, say))),
            ))  # fmt: skip
        if any(row[-1].labels for row in rows):
            keys.append("labels")
        else:
            rows = [row[:-1] for row in rows]
        columns = tuple(
            Column(say(key) if "." in key else key if key.isupper() else say(f"column.{key}"),
                   key not in ("group", "labels"), key == "labels")
            for key in keys
        )  # fmt: skip
        return Table(say("groups.rates", point=self._point(point)), columns, tuple(rows), folded=folded, sortable=True)

    def _failures(self) -> Iterator[Block]:
        """FTA and FTE of the groups, folded unless there is a failure."""
        say, found = self.say, [one for one in self.analysis.measurements if one.measure in ("FTA", "FTE")]
        names = [name for name in ("FTA", "FTE") if any(one.measure == name for one in found)]
        by_group: dict[str, dict[str, Measurement]] = {}
        for one in found:
            by_group.setdefault(_shown(list(one.group.values()), say), {})[one.measure] = one
        rows = tuple(
            (cell(group), *(_rate_cell(of[name], say) if name in of else cell("-") for name in names))
            for group, of in by_group.items()
        )
        if rows:
            columns = (Column(say("column.group"), wide=True), *(Column(name, True) for name in names))
            folded = not any(one.value for one in found)
            yield Table(say("groups.failures"), columns, rows, folded=folded)

    def _forest(self, point: Mapping[str, Any]) -> Plot:
        panels = {rate.lower(): [self._dot(one) for one in self._of(point, rate)] for rate in RATES}
        panels = {rate: dots for rate, dots in panels.items() if any(dot.value is not None for dot in dots)} or panels
        everybody = {rate.lower(): _rate(point.get(rate)) for rate in RATES}
        figure = group_figures.forest(panels, everybody, self.words)
        known = [(dot.name, dot.value) for dot in panels.get("fmr", ()) if dot.value is not None]
        alt = self.say("groups.forest_alt", fmr=", ".join(f"{n} {numbers.proportion(v)}" for n, v in known[:12]))
        return self._plot("forest", figure, self.say("groups.forest", point=self._point(point)), alt,
                          self.say("groups.forest_caption"))  # fmt: skip

    def _dot(self, one: Measurement) -> Dot:
        low, high = (one.interval.low, one.interval.high) if one.interval else (None, None)
        name = _shown(list(one.group.values()), self.say)
        return Dot(name, one.value, low, high, bool(one.details.get("judged")))

    def _equality(self, row: Mapping[str, Any]) -> str:
        found = self.say(
            "groups.equality", rate=row["rate"], groups=row["groups"], statistic=numbers.short(row["statistic"], 3),
            degrees=row["degrees"], p=f"= {numbers.short(row['p'], 2)}" if row["p"] >= 1e-4 else "< 1e-4",
        )  # fmt: skip
        parts = [found, self.say("groups.unequal" if row["p"] < 0.05 else "groups.may_be_equal")]
        if row["expected_ratio"] is not None:
            parts.append(self.say("groups.expected", ratio=numbers.short(row["expected_ratio"], 3)))
        if row["labels"]:
            parts.append(self.say("groups.rough"))
        return " ".join(parts)

    def _summaries(self, point: Mapping[str, Any], *, folded: bool) -> Block:
        """A row a summary, with a column for each rate and one for both; one sentence if nothing can be summed up."""
        say = self.say
        found = {
            one.measure.partition("@")[0]: one for one in self.analysis.measurements
            if not one.group and one.details.get("point") == point["name"] and "by=" in one.measure
        }  # fmt: skip
        caption = say("groups.summaries", point=self._point(point), level=_level(self.analysis.facts))
        if all(one.value is None for one in found.values()):
            reasons = sorted({say.reason(one) for one in found.values()})
            return Text(f"{self._point(point)}: {'; '.join(reasons)}.", "quiet")
        names = list(dict.fromkeys(_without_rate(name) for name in found))
        rows = []
        for name in names:
            cells = [self._summary(found.get(key)) for key in (f"FMR-{name}", f"FNMR-{name}", name)]
            rows.append((Cell((name, self._meaning(name)), name), *cells))
        columns = (
            Column(say("groups.summary"), wide=True), Column("FMR", True), Column("FNMR", True),
            Column(say("groups.both"), True),
        )  # fmt: skip
        why = dict.fromkeys(say.reason(one) for one in found.values() if one.value is None)
        return Table(caption, columns, tuple(rows), folded=folded, left_out="; ".join(why))

    def _meaning(self, name: str) -> str:
        known = {
            "max-min-ratio": "groups.max_min_ratio", "max-min-difference": "groups.max_min_difference",
            "max-geomean-ratio": "groups.max_geomean_ratio", "max-mean-ratio": "groups.max_mean_ratio",
            "Gini": "groups.gini",
        }  # fmt: skip
        return self.say(known[name]) if name in known else self.say.get(f"measure.{name}", name)

    def _summary(self, one: Measurement | None) -> Cell:
        """Value, limits, and which groups are the highest and the lowest; below the table stands why there is none."""
        say = self.say
        if one is None:
            return cell("")
        least = one.details.get("at_least")
        open_end = [say("groups.at_least", low=numbers.short(least, 3))] if least is not None else []
        if one.value is None:
            missing = "numbers.not_measurable" if one.details.get("code") == "too_few_groups" else "groups.undefined"
            return Cell((say(missing), *open_end), None, tone="quiet", title=say.reason(one))
        limits = [_limits(one.interval, one)] if one.interval is not None else open_end
        return Cell((_number(one), *limits, *self._extremes(one)), one.value)

    def _extremes(self, one: Measurement) -> list[str]:
        """Which group is the highest and which the lowest, where the measure is of one rate."""
        if not one.measure.startswith(("FMR-", "FNMR-")):
            return []
        rate = one.measure.partition("-")[0].lower()
        high, low = one.details.get(f"highest_{rate}", ""), one.details.get(f"lowest_{rate}", "")
        return [f"{self.shown.get(high, high)} / {self.shown.get(low, low)}"]

    def _matrix_figure(self, point: Mapping[str, Any]) -> Plot:
        place = {name: k for k, name in enumerate(self.shown)}
        rows = [row for row in self.tables.get("matrix", ()) if row["point"] == point["name"]]
        cells = {(place[row["row"]], place[row["column"]]): self._square(row) for row in rows}
        roles = bool(self.analysis.facts.get("roles"))
        figure = group_figures.matrix(list(self.shown.values()), cells, roles=roles, words=self.words)
        told = [
            f"{self.shown[row['row']]} / {self.shown[row['column']]} {numbers.proportion(row['rate'])}"
            for row in rows if row["rate"]
        ]  # fmt: skip
        return self._plot("matrix", figure, self.say("groups.matrix", point=self._point(point)),
                          self.say("groups.matrix_alt", cells=", ".join(told[:20])),
                          self.say("groups.matrix_caption" if roles else "groups.matrix_caption_half"))  # fmt: skip

    def _square(self, row: Mapping[str, Any]) -> Square:
        counts = self.say("numbers.of", errors=numbers.grouped(row["errors"]), trials=numbers.grouped(row["trials"]))
        enough = row["subjects"] >= self.analysis.facts.get("least_subjects", 20)
        judged = enough and {row["row"], row["column"]} <= self.known
        if not row["trials"]:
            return Square(None, ("-",), False)
        if not row["errors"]:
            return Square(0.0, (f"≤ {numbers.proportion(row['high'])}", counts), judged)
        return Square(row["rate"], (numbers.proportion(row["rate"]), counts), judged)

    def _worst_served(self, point: Mapping[str, Any]) -> Iterator[Block]:
        say = self.say
        _, _, target = str(point["name"]).partition("=")
        for one in self.analysis.measurements:
            if one.measure.startswith("FNMR-worst-served@FMR=" + target + ","):
                if one.value is None:
                    yield Text(say("groups.worst_missing", target=target, reason=say.reason(one)), "quiet")
                    continue
                yield Text(say(
                    "groups.worst", target=target, threshold=numbers.threshold(one.threshold, say),
                    fnmr=numbers.value(one, say), interval=" ".join(numbers.interval_lines(one, say)),
                    before=_proportion(_rate(point.get("FNMR"))),
                ))  # fmt: skip
                rows = [row for row in self.tables.get("worst_served", ()) if row["point"] == point["name"]]
                if rows:
                    yield group_tables.worst_served_table(rows, self.shown, say, target)

    def _quantiles(self, main: Mapping[str, Any] | None) -> Plot:
        sides: dict[str, list[Spread]] = {"mated": [], "nonmated": []}
        for one in self.analysis.series:
            kind, _, name = one.name.partition(":")
            sides[kind].append(Spread(self.shown.get(name, name), one.y))
        threshold = main["threshold"] if main is not None else None
        lines = [float(threshold)] if isinstance(threshold, int | float) else []
        figure = group_figures.spreads(sides["mated"], sides["nonmated"], lines, self.words)
        columns = (Column(self.say("column.group"), wide=True), Column(self.say("groups.class")),
                   *(Column(f"{round(100 * share)} %", True) for share in self.analysis.series[0].x))  # fmt: skip
        rows = tuple(
            (cell(one.name), cell(self.say(f"plot.{kind}")),
             *(cell(self.say("groups.below_floor") if value is None else numbers.short(value, 4), value)
               for value in one.quantiles))
            for kind, side in sides.items() for one in side
        )  # fmt: skip
        table = Table(self.say("groups.quantiles_table"), columns, rows, folded=True)
        medians = [f"{one.name} {numbers.short(one.quantiles[2], 3)}" for one in sides["mated"] if one.quantiles[2]]
        return self._plot("spreads", figure, self.say("groups.quantiles"),
                          self.say("groups.quantiles_alt", medians=", ".join(medians[:12])),
                          self.say("groups.quantiles_caption"), (table,))  # fmt: skip

    def _plot(self, kind: str, figure: Any, title: str, alt: str, caption: str, tables: tuple[Table, ...] = ()) -> Plot:
        name = f"{self.name}-{kind}"
        return Plot(name, title, themed(group_figures.as_svg(figure), name), alt, caption, tables)


def _rows(table: Found) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _without_rate(name: str) -> str:
    """
    >>> _without_rate("FNMR-max-min-ratio"), _without_rate("GARBE")
    ('max-min-ratio', 'GARBE')
    """
    return name.partition("-")[2] if name.startswith(("FMR-", "FNMR-")) else name


def _shown(values: Sequence[str], say: Wording) -> str:
    """The values of a group; an unknown one is said."""
    return " × ".join(value or say("dataset.empty") for value in values)


def _main(points: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The point that is drawn: the strictest target with ten false matches of everybody, else the first there is."""
    firm = [
        point for point in points
        if str(point["name"]).startswith("FMR=") and point.get("FMR", (0, 0))[0] >= FIRM
    ]  # fmt: skip
    by_rate = sorted(firm, key=lambda point: _rate(point.get("FMR")) or 0.0)
    return by_rate[0] if by_rate else points[0] if points else None


def _rate(counts: Sequence[int] | None) -> float | None:
    return counts[0] / counts[1] if counts and counts[1] else None


def _rate_cell(one: Measurement, say: Wording) -> Cell:
    if one.value is None:
        return Cell((say("numbers.not_measurable"), one.reason or ""), None, tone="quiet")
    return Cell((numbers.value(one, say, level_shown=False), *numbers.interval_lines(one, say),
                 *numbers.count_lines(one, say)), one.value)  # fmt: skip


def _number(one: Measurement) -> str:
    value = one.value or 0.0
    return numbers.proportion(value) if one.unit == "proportion" else numbers.short(value, 4)


def _limits(interval: Interval, one: Measurement) -> str:
    if one.unit == "proportion":
        return numbers.limits(interval, one.value or 0.0, one.unit)
    return f"[{numbers.short(interval.low, 3)}, {numbers.short(interval.high, 3)}]"


def _proportion(rate: float | None) -> str:
    return "-" if rate is None else numbers.proportion(rate)


def _level(facts: Mapping[str, Any]) -> str:
    return f"{round(100 * float(facts.get('level', 0.95)), 6):g} %"


def _words(say: Wording) -> Mapping[str, str]:
    """The words of the figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), "DejaVu Sans"
    return {"family": family, **{key: say(text) for key, text in _AXES.items()}}


_AXES = {
    "fmr": "groups.axis_fmr", "fnmr": "groups.axis_fnmr", "mated": "groups.axis_mated",
    "nonmated": "groups.axis_nonmated", "score": "groups.axis_score", "probe_group": "groups.axis_probe_group",
    "reference_group": "groups.axis_reference_group", "one_group": "groups.axis_one_group",
    "other_group": "groups.axis_other_group",
}  # fmt: skip
