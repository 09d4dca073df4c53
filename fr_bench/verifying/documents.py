"""The other files of a run folder held against its result: tables, configuration, report, figures.

Tables and configuration are compared to the byte. A report or a figure that was drawn by other versions may differ in
how it looks: then the texts of the report are compared, and what cannot be compared is said.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from typing import Any

from fr_bench.errors import shown
from fr_bench.findings import Result
from fr_bench.provenance import versions
from fr_bench.reading import read_bytes
from fr_bench.reports import render, result_file, table
from fr_bench.reports.drawn import Drawn
from fr_bench.toml_writing import to_toml
from fr_bench.verifying.differences import ABSENT, Difference
from fr_bench.verifying.recomputing import facts_of

LIMIT = 1 << 30
DRAWN_BY = ("fr_bench", "python", "numpy", "matplotlib", "pillow")
"""What a report and its figures look like depends on these."""
MOST_TEXTS = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs, and what could not be compared."""

    differences: tuple[Difference, ...] = ()
    unproved: tuple[str, ...] = ()


def compare(folder: Path, stored: Result, files: Sequence[str]) -> Compared:
    """Hold the files of a run folder against its result.

    files   the names in its manifest: one that no run writes is a difference, too
    """
    if not drawn_at_once(stored):
        return Compared((*_exact(folder, stored), *_strangers(files, ())))
    language = str(_section(stored, "report").get("language", "en"))
    drawn = Drawn([stored], language)
    names = drawn.names()
    found = [*_exact(folder, stored), *_strangers(files, ("report.html", *_figure_files(names)))]
    unproved: list[str] = []
    foreign = drawn_by_others(stored)
    page = render.html(stored, language=language, drawn=drawn)
    for part in (_report(folder, page, foreign), _figures(folder, drawn, names, foreign)):
        found += part.differences
        unproved += part.unproved
    return Compared(tuple(found), tuple(unproved))


def drawn_at_once(stored: Result) -> bool:
    """Whether the run drew its report and figures itself: `report.draw`."""
    return bool(_section(stored, "report").get("draw", True))


def drawn_by_others(stored: Result) -> str:
    """Which versions drew the run's pages, where they are not those that are here; "" where they are."""
    there, here = facts_of(stored), versions()
    return ", ".join(f"{name} {there.get(name)}" for name in DRAWN_BY if there.get(name) != here.get(name))


def _section(stored: Result, name: str) -> dict[str, object]:
    found = stored.run.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _exact(folder: Path, stored: Result) -> Iterator[Difference]:
    wanted = {
        "result.json": result_file.write(stored),
        "metrics.csv": table.metrics_csv(stored).encode("utf-8"),
        "failures.csv": table.failures_csv(stored).encode("utf-8"),
    }
    for name, data in wanted.items():
        there = read_bytes(folder / name, LIMIT)
        if there == data:
            continue
        told = False
        if name.endswith(".csv"):
            for one in _cells(name, there, data):
                told = True
                yield one
        if not told:
            yield _first_line(name, there, data)
    there = read_bytes(folder / "run.toml", LIMIT)
    data = _configuration(there, stored).encode("utf-8")
    if there != data:
        yield _first_line("run.toml", there, data)


def _configuration(there: bytes, stored: Result) -> str:
    """The configuration of the result as TOML, its keys in the order of the file, which the result does not keep."""
    try:
        said = tomllib.loads(_text(there))
    except tomllib.TOMLDecodeError:
        said = {}
    return to_toml(_ordered(stored.run, said))


def _ordered(values: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """The values, their keys in the order of another mapping; keys that it has not come last.

    >>> _ordered({"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": 0}})
    {'b': {'y': 2, 'x': 1}, 'a': 1}
    """
    names = [*(key for key in like if key in values), *(key for key in values if key not in like)]
    return {
        name: _ordered(value, inner)
        if isinstance(value := values[name], Mapping) and isinstance(inner := like.get(name, {}), Mapping)
        else value
        for name in names
    }


def _cells(name: str, there: bytes, wanted: bytes) -> Iterator[Difference]:
    """The cells in which two tables differ, by row and column."""
    left, right = (list(csv.reader(io.StringIO(_text(data), newline=""))) for data in (there, wanted))
    columns = right[0]
    nothing: list[str] = []
    for row, (one, other) in enumerate(zip_longest(left, right, fillvalue=nothing)):
        for k, (cell, counted) in enumerate(zip_longest(one, other, fillvalue=ABSENT)):
            if cell != counted:
                where = f"row {row} ({shown((other or one)[0], 60)}), {columns[k] if k < len(columns) else k}"
                yield Difference(name, where, shown(cell, 100), shown(counted, 100))


def _first_line(name: str, there: bytes, wanted: bytes) -> Difference:
    lines = zip_longest(_text(there).splitlines(), _text(wanted).splitlines(), fillvalue=ABSENT)
    for number, (one, other) in enumerate(lines, 1):
        if one != other:
            return Difference(name, f"line {number}", shown(one, 100), shown(other, 100))
    return Difference(name, "", f"{len(there):,} bytes", f"{len(wanted):,} bytes")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _figure_files(names: Sequence[str]) -> list[str]:
    return [f"figures/{name}.{suffix}" for name in names for suffix in ("png", "svg")]


def _strangers(files: Sequence[str], drawn: Sequence[str]) -> Iterator[Difference]:
    known = {"identity", "log.jsonl", "result.json", "metrics.csv", "failures.csv", "run.toml", *drawn}
    for name in sorted({*files} - known):
        if not name.startswith("scores/"):
            yield Difference(shown(name), "", "there", "no run with this result writes it")


def _report(folder: Path, page: str, foreign: str) -> Compared:
    path = folder / "report.html"
    if not path.is_file():
        return Compared((Difference("report.html", "", ABSENT, "the page that follows from the result"),))
    there = _text(read_bytes(path, LIMIT))
    if there == page:
        return Compared()
    left, right = _texts(there), _texts(page)
    if foreign:
        if left == right:
            return Compared()
        what = f"report.html: drawn by {shown(foreign)}; `frbench report` draws it again from the result"
        return Compared(unproved=(what,))
    found = []
    for word, low, high, other_low, other_high in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if word != "equal":
            printed, counted = " ".join(left[low:high]), " ".join(right[other_low:other_high])
            found.append(Difference("report.html", "", shown(printed or ABSENT, 100), shown(counted or ABSENT, 100)))
    unseen = Difference("report.html", "", "its markup, script or figures", "what this version writes")
    return Compared(tuple(found[:MOST_TEXTS]) or (unseen,))


def _figures(folder: Path, drawn: Drawn, names: Sequence[str], foreign: str) -> Compared:
    found, unproved = [], []
    for name in names:
        for suffix, data in drawn.files(name).items():
            file = f"figures/{name}.{suffix}"
            path = folder / file
            there = read_bytes(path, LIMIT) if path.is_file() else None
            if there == data:
                continue
            if there is not None and foreign:
                unproved.append(f"{file}: drawn by {shown(foreign)}; not compared")
            else:
                printed = ABSENT if there is None else "another picture"
                found.append(Difference(file, "", printed, "the picture that follows from the result"))
    return Compared(tuple(found), tuple(unproved))


class _Texts(HTMLParser):
    """The texts of a page in their order, without those of scripts, styles and drawings."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "svg")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("script", "style", "svg")))

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.found.append(" ".join(data.split()))


def _texts(page: str) -> list[str]:
    parser = _Texts()
    parser.feed(page)
    parser.close()
    return parser.found
