"""The registry as one HTML file: a row an entry, with details to open; the script of the page adds search and sorting.

Everything is there without JavaScript; the fields to search by are shown only where it runs. Equal rows give equal
bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fr_bench.reports.document import Block, Cell, Section
from fr_bench.reports.escaping import script_json
from fr_bench.reports.fonts import faces
from fr_bench.reports.render import _asset, _environment, policy
from fr_bench.reports.wording import Wording

COLUMNS = ("product", "vendor", "verdict", "figures", "data", "record", "dates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry: its cells in the order of `COLUMNS`, its details, and what the script filters by.

    cells                 each a stack of one or more, as an entry has one verdict or several
    verdicts              scheme and verdict of each rehearsal; the verdict as a word of the page's language
    valid_from, valid_until   ISO days; the first day and the last on which it holds. "" for none: open on that side
    valid                 whether any validity is stated
    """

    id: str
    name: str
    cells: tuple[tuple[Cell, ...], ...]
    details: tuple[Block, ...] = ()
    vendor: str = ""
    verdicts: tuple[tuple[str, str], ...] = ()
    valid: bool = False
    valid_from: str = ""
    valid_until: str = ""


def html(
    name: str, intro: Sequence[Block], rows: Sequence[Row], further: Sequence[Section], say: Wording, *, schema: str
) -> str:
    """The page. `name` is its heading; `further` are the sections below the list."""
    script = _asset("script.js") + _asset("registry.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    results = Section("results", say("registry.section_results"), tuple(intro))
    values: dict[str, Any] = {
        "say": say, "name": name, "kicker": say("registry.kicker"), "badge": say("registry.badge"),
        "note": say("registry.no_certificate"),
        "sections": [results, *further], "schema": schema, "script": script, "policy": policy(digest),
        "style": _asset("style.css") + _asset("registry.css") + faces(say.language), "points": script_json({}),
        "size_note": "", "rows": rows, "columns": [say(f"registry.column_{key}") for key in COLUMNS],
        "choices": _choices(rows, say), "as_json": script_json,
    }  # fmt: skip
    return _environment().get_template("registry.html").render(values)


def _choices(rows: Sequence[Row], say: Wording) -> list[tuple[str, str, list[str]]]:
    """The fields to choose from: what each filters by, what it is called, and its values, each once and in order."""
    verdicts = [pair for row in rows for pair in row.verdicts]
    found = {
        "vendor": {row.vendor for row in rows if row.vendor},
        "scheme": {scheme for scheme, _ in verdicts},
        "verdict": {word for _, word in verdicts},
    }
    return [(key, say(f"registry.choose_{key}"), sorted(values)) for key, values in found.items() if values]
