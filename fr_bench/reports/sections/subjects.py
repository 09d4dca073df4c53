"""Subjects: whether some are served unlike others, who carries the errors, and which labels a person should look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis
from fr_bench.findings import Table as Found
from fr_bench.reports import numbers, subject_figures
from fr_bench.reports.document import Block, Column, Heading, Page, Plot, Table, Text, cell
from fr_bench.reports.figures import as_svg
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "subjects.title"
ORDER = 59
Row = Mapping[str, Any]
ANIMALS = {
    "goat": "subjects.goat", "lamb": "subjects.lamb", "wolf": "subjects.wolf", "lamb_wolf": "subjects.lamb_wolf",
    "dove": "subjects.dove", "worm": "subjects.worm", "chameleon": "subjects.chameleon", "phantom": "subjects.phantom",
}  # fmt: skip
MEANINGS = {
    "dove": "subjects.dove_meaning", "worm": "subjects.worm_meaning", "chameleon": "subjects.chameleon_meaning",
    "phantom": "subjects.phantom_meaning",
}  # fmt: skip
ERRORS = {"FNMR": "subjects.FNMR", "FMR": "subjects.FMR"}
MOST = {"FNMR": "subjects.most_FNMR", "FMR": "subjects.most_FMR"}


def render(page: Page) -> list[Block]:
    """The subjects of a run; nothing where the scores do not name them."""
    found = [one for one in page.result.analyses if one.kind == "subjects"]
    return [block for one in found for block in _Part(page.say, one).blocks()]


class _Part:
    """What the blocks of the section are made of."""

    def __init__(self, say: Wording, analysis: Analysis) -> None:
        self.say, self.analysis, self.facts = say, analysis, analysis.facts
        self.tables = {table.name: _rows(table) for table in analysis.tables}
        self.herds = {
            series.name.partition(":")[2]: series for series in analysis.series if series.name.startswith("animals:")
        }
        self.curves = {series.name: series for series in analysis.series if series.name.startswith("carriers:")}
        self.names = {name: say(key) for name, key in ANIMALS.items()}

    def blocks(self) -> Iterator[Block]:
        """First whether there is anything, then who, then what else may be behind it."""
        yield Text(self.say("subjects.intro"), "quiet")
        for note in self.analysis.notes:
            yield Text(self.say.note(note), "warning" if note.level == "warning" else "quiet")
        yield from self._effects()
        yield from self._carriers()
        yield from self._menagerie()
        yield from self._labels()

    def _effects(self) -> Iterator[Block]:
        rows = self.tables.get("effects", [])
        if not rows:
            return
        columns = (
            Column(self.say("subjects.question"), wide=True), Column(self.say("subjects.statistic"), True),
            Column(self.say("subjects.by_chance"), True), Column("p", True), Column(self.say("subjects.draws"), True),
            Column(self.say("subjects.verdict"), wide=True),
        )  # fmt: skip
        made = tuple(
            (
                cell(self.say("subjects.mated_alike") if row["of"] == "mated"
                     else self.say("subjects.false_matches_alike", point=self._point(row["point"]))),
                cell(numbers.short(row["statistic"], 4), row["statistic"]),
                cell(numbers.short(row["by_chance"], 4), row["by_chance"]), cell(_p(row["p"]), row["p"]),
                cell(numbers.grouped(row["draws"]), row["draws"]),
                cell(self.say("subjects.differ" if row["p"] < 0.05 else "subjects.may_be_alike")),
            )
            for row in rows
        )  # fmt: skip
        yield Table(self.say("subjects.effects"), columns, made)

    # Who has the errors

    def _carriers(self) -> Iterator[Block]:
        points: Sequence[Row] = self.facts.get("points", ())
        if not points:
            return
        yield Heading(self.say("subjects.carriers"))
        yield self._summary(points)
        main = self.facts.get("main")
        lines = {rate: self.curves[f"carriers:{rate}:{main}"] for rate in ("FNMR", "FMR")
                 if f"carriers:{rate}:{main}" in self.curves}  # fmt: skip
        if lines:
            yield self._curve(lines, main or "")
        for point in points:
            for rate in ("FNMR", "FMR"):
                rows = [r for r in self.tables["carriers"] if r["point"] == point["name"] and r["rate"] == rate]
                if rows:
                    yield self._carrier_table(rows, point, rate)

    def _summary(self, points: Sequence[Row]) -> Table:
        """A row a point and kind of error."""
        say = self.say
        columns = (
            Column(say("subjects.point")), Column(say("subjects.errors")), Column(say("column.counts"), True),
            Column(say("subjects.with_errors"), True), Column(say("subjects.half"), True),
            Column(say("subjects.carry"), True), Column(say("subjects.significant"), wide=True),
        )  # fmt: skip
        rows = []
        for point in points:
            for rate in ("FNMR", "FMR"):
                one = point.get(rate)
                if one is None:
                    continue
                kinds = ("goat",) if rate == "FNMR" else ("lamb", "wolf", "lamb_wolf")
                herds = [
                    row for row in self.tables["herds"] if row["point"] == point["name"] and row["animal"] in kinds
                ]
                rows.append((
                    cell(self._point(point["name"])), cell(say(ERRORS[rate])),
                    cell(_of(one["errors"], one["trials"], say)),
                    cell(_people(one["with_errors"], one["subjects"], say)),
                    cell(numbers.grouped(one["half"]) if one["errors"] else "-", one["half"]),
                    cell(numbers.short(one["carry"], 3) if one["errors"] else "-", one["carry"]),
                    cell("; ".join(self._herd(row) for row in herds) or say("subjects.not_tested")),
                ))  # fmt: skip
        return Table(say("subjects.summary", level=_level(self.facts)), columns, tuple(rows))

    def _herd(self, row: Row) -> str:
        return self.say(
            "subjects.herd", animal=self.names[row["animal"]], count=numbers.grouped(row["subjects"]),
            errors=numbers.grouped(row["errors"]),
        )  # fmt: skip

    def _curve(self, lines: Mapping[str, Any], main: str) -> Plot:
        say = self.say
        (point,) = [one for one in self.facts["points"] if one["name"] == main]
        told = "; ".join(
            say("subjects.curve_told", errors=say(ERRORS[rate]), half=numbers.grouped(point[rate]["half"]),
                subjects=numbers.grouped(point[rate]["subjects"]))
            for rate in lines
        )  # fmt: skip
        figure = subject_figures.carriers(lines, _words(say))
        return _plot("carriers", figure, say("subjects.curve", point=self._point(main)),
                     say("subjects.curve_alt", summary=told), say("subjects.curve_caption"))  # fmt: skip

    def _carrier_table(self, found: Sequence[Row], point: Row, rate: str) -> Table:
        say, one = self.say, point[rate]
        columns = (
            Column(say("subjects.subject"), wide=True), Column(say("subjects.errors"), True),
            Column(say("subjects.trials"), True), Column(say("subjects.share"), True), Column("p", True),
            Column(say("subjects.animal")),
        )  # fmt: skip
        rows = tuple(
            (
                cell(row["subject"]), cell(numbers.grouped(row["errors"]), row["errors"]),
                cell(numbers.grouped(row["trials"]), row["trials"]),
                cell(numbers.proportion(row["share"]), row["share"]), cell(_p(row["p"]), row["p"]),
                cell(", ".join(self.names.get(name, name) for name in row["animals"].split()) or "-"),
            )
            for row in found
        )  # fmt: skip
        left = one["with_errors"] - len(rows)
        left_out = say("subjects.further", count=numbers.grouped(left)) if left else ""
        caption = say(MOST[rate], point=self._point(point["name"]))
        return Table(caption, columns, rows, folded=True, left_out=left_out, sortable=True)

    # The menagerie

    def _menagerie(self) -> Iterator[Block]:
        say = self.say
        if not self.herds:
            return
        yield Heading(say("subjects.menagerie"))
        shown = sum(len(series.x) for series in self.herds.values())
        caption = say("subjects.scatter_caption")
        if shown < self.facts.get("with_both", 0):
            caption += " " + say("subjects.thinned", shown=numbers.grouped(shown),
                                 total=numbers.grouped(self.facts["with_both"]))  # fmt: skip
        counts = ", ".join(
            f"{self.names[name]} {len(series.x)}" for name, series in self.herds.items() if name != "sheep"
        )
        figure = subject_figures.menagerie(self.herds, self.facts.get("quarters", {}), _words(say),
                                           shares=bool(self.facts.get("shares")))  # fmt: skip
        title = say("subjects.scatter", subjects=numbers.grouped(self.facts.get("with_both", 0)))
        yield _plot("menagerie", figure, title, say("subjects.scatter_alt", herds=counts or "-"), caption)
        yield Text(say("subjects.roles" if self.facts.get("roles") else "subjects.no_roles"), "quiet")
        rows = self.tables.get("animals", [])
        if rows:
            yield self._animals(rows)

    def _animals(self, found: Sequence[Row]) -> Table:
        say = self.say
        columns = (
            Column(say("subjects.animal")), Column(say("column.subjects"), True),
            Column(say("subjects.expected"), True), Column("p", True),
            Column(say("subjects.meaning"), wide=True), Column(say("subjects.examples"), wide=True),
        )  # fmt: skip
        rows = tuple(
            (
                cell(self.names[row["animal"]]), cell(numbers.grouped(row["subjects"]), row["subjects"]),
                cell(numbers.short(row["expected"], 3), row["expected"]),
                cell(_p(row["p_adjusted"]), row["p_adjusted"]),
                cell(say(MEANINGS[row["animal"]])), cell(row["examples"] or "-"),
            )
            for row in found
        )  # fmt: skip
        return Table(say("subjects.animals"), columns, rows)

    # Labels

    def _labels(self) -> Iterator[Block]:
        say = self.say
        ids, persons = self.facts.get("two_ids", {}), self.facts.get("two_persons", {})
        yield Heading(say("subjects.labels"))
        if not ids.get("comparisons") and not persons.get("comparisons"):
            yield Text(say("subjects.no_suspects"))
            return
        yield Text(say("subjects.labels_intro"))
        rows = self.tables.get("two_ids", [])
        if rows:
            caption = say("subjects.two_ids", pairs=numbers.grouped(ids["pairs"]),
                          comparisons=numbers.grouped(ids["comparisons"]), limit=_limit(ids["limit"]))  # fmt: skip
            yield self._suspects(rows, caption, ids["pairs"], pairs=True)
        rows = self.tables.get("two_persons", [])
        if rows:
            caption = say(
                "subjects.two_persons", subjects=numbers.grouped(persons["subjects"]),
                comparisons=numbers.grouped(persons["comparisons"]), limit=_limit(persons["limit"]),
            )  # fmt: skip
            yield self._suspects(rows, caption, persons["subjects"], pairs=False)

    def _suspects(self, found: Sequence[Row], caption: str, total: int, *, pairs: bool) -> Table:
        say = self.say
        columns = (
            Column(say("subjects.subject"), wide=True),
            *((Column(say("subjects.other"), wide=True),) if pairs else ()),
            Column(say("subjects.suspected"), True), Column(say("column.score"), True),
            Column(say("subjects.example"), wide=True),
        )  # fmt: skip
        rows = tuple(
            (
                cell(row["subject"]), *((cell(row["other"]),) if pairs else ()),
                cell(_of(row["comparisons"], row["compared"], say) if row["compared"] is not None
                     else numbers.grouped(row["comparisons"]), row["comparisons"]),
                cell("∞" if row["score"] is None else numbers.short(row["score"], 4), row["score"]),
                cell(f"{row['probe']} / {row['reference']}"),
            )
            for row in found
        )  # fmt: skip
        left = total - len(rows)
        left_out = say("subjects.further", count=numbers.grouped(left)) if left else ""
        return Table(caption, columns, rows, folded=len(rows) > 10, left_out=left_out, sortable=True)

    def _point(self, name: str) -> str:
        """ "FMR <= 1e-3", or the threshold."""
        key, _, value = name.partition("=")
        if key == "threshold":
            return self.say("subjects.at_threshold", value=numbers.short(float(value), 4) if _finite(value) else value)
        return self.say("measure_parts.at_most", key=key, value=value)


def _rows(table: Found) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _of(count: int, total: int, say: Wording) -> str:
    return say("numbers.of", errors=numbers.grouped(count), trials=numbers.grouped(total))


def _people(count: int, total: int, say: Wording) -> str:
    """A part of the subjects: Korean counts people by another word than comparisons."""
    return say("precision.carried", carry=numbers.grouped(count), units=numbers.grouped(total))


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return numbers.short(value, 2) if value >= 1e-4 else "< 1e-4"


def _limit(value: float | None) -> str:
    return "-" if value is None else numbers.short(value, 4)


def _finite(text: str) -> bool:
    return text not in ("reject_all", "inf", "-inf", "+inf")


def _level(facts: Mapping[str, Any]) -> str:
    return f"{round((1 - facts.get('level', 0.95)) * 100, 6):g} %"


def _plot(name: str, figure: Figure, title: str, alt: str, caption: str) -> Plot:
    return Plot(name, title, themed(as_svg(figure), name), alt, caption)


def _words(say: Wording) -> Mapping[str, str]:
    """The words of the figures: of the page's language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for

    family = family_for(say.language)
    if say.language == "en" or family is None:
        say, family = wording("en"), subject_figures.WORDS["family"]
    return {
        "family": family,
        "mated": say("subjects.axis_mated"),
        "nonmated": say("subjects.axis_nonmated"),
        "nonmated_share": say("subjects.axis_nonmated_share"),
        "carriers": say("subjects.axis_carriers"),
        "share": say("subjects.axis_share"),
        "sheep": say("subjects.sheep"),
        "goat": say("subjects.goat"),
        "lamb": say("subjects.lamb"),
        "wolf": say("subjects.wolf"),
        "lamb_wolf": say("subjects.lamb_wolf"),
        "FNMR": say("subjects.FNMR"),
        "FMR": say("subjects.FMR"),
    }
