"""`frbench list`: what there is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from fr_bench.cli import columns
from fr_bench.cli.options import PATH, print_json

EPILOG = """\b
Examples:
  frbench list                    what can be listed, and how much of it there is
  frbench list measures
  frbench list runs --runs runs/
  frbench list recognizers --json

\b
Exit codes: 0 listed · 2 there is no such list
"""

NARROWEST = 20
"""Columns of a terminal below which a wrapped text is not read any more."""


def datasets(_: Path) -> list[dict[str, Any]]:
    """Data set cards that `--dataset NAME` finds."""
    from fr_bench import cards

    found = [cards.read_card(name) for name in cards.available()]
    return [{"name": card.name, "format": card.format, "title": card.title} for card in found]


def plugin_rows(kind: str) -> list[dict[str, Any]]:
    """Plug-ins of a kind, those of other packages included; one that cannot be loaded says why."""
    from fr_bench import plugins

    rows = []
    for name in plugins.names(kind):
        module = plugins.load(kind, name)
        rows.append({"name": name, "title": module.DESCRIPTION, "keys": dict(module.KEYS)})
    for name, point in plugins.announced(kind).items():
        source = point.dist.name if point.dist else "?"
        try:
            title = plugins.load(kind, name).DESCRIPTION
        except (Exception, SystemExit) as problem:  # of other people's code; the list must still be shown
            title = f"cannot be loaded: {problem}"
        rows.append({"name": name, "title": f"{title} (from {source})", "keys": {}})
    return rows


def formats(_: Path) -> list[dict[str, Any]]:
    """Data set layouts."""
    return plugin_rows("formats")


def recognizers(_: Path) -> list[dict[str, Any]]:
    """Recognizers and their options."""
    return plugin_rows("recognizers")


def measures(_: Path) -> list[dict[str, Any]]:
    """Measures by name, with an example that parses."""
    from fr_bench import known_measures

    return [
        {"name": kind.name, "title": kind.title, "example": kind.example, "better": kind.better}
        for kind in known_measures.kinds()
    ]


def profiles(_: Path) -> list[dict[str, Any]]:
    """Certification schemes that `frbench certify --scheme NAME` rehearses."""
    from fr_bench.certification import reading

    found = [reading.profile(name) for name in reading.available()]
    return [
        {"name": one.name, "verdict": one.scheme.verdict, "certainty": one.scheme.certainty,
         "title": one.scheme.title["en"]}
        for one in found
    ]  # fmt: skip


def runs(folder: Path) -> list[dict[str, Any]]:
    """Runs in the runs folder, by name, with their state."""
    from fr_bench.errors import UsageError
    from fr_bench.storage.runs import list_runs

    if folder != Path("runs") and not folder.is_dir():
        raise UsageError(f"--runs {folder}: there is no such folder", code="no_such_file")
    return [
        {"name": entry.path.name, "state": "complete" if entry.complete else "unfinished", "path": str(entry.path)}
        for entry in list_runs(folder)
    ]


def history(_: Path) -> list[dict[str, Any]]:
    """Every run that this machine's log knows, those that were deleted included; damaged lines are told."""
    from fr_bench.storage import history as log

    found = []
    for line in log.read():
        facts = line.facts
        told = {key: str(facts.get(key, "")) for key in ("at", "name", "recognizer", "plan")}
        digests = {key: str(facts.get(key, ""))[:8] for key in ("data", "model")}
        found.append({"line": line.number, **told, **digests, "fault": line.fault})
    return found


def cache(_: Path) -> list[dict[str, Any]]:
    """What the template cache holds."""
    from dataclasses import asdict

    from fr_bench.storage.templates import info

    return [{name: str(value) if name == "path" else value for name, value in asdict(info()).items()}]


LISTS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "datasets": datasets,
    "formats": formats,
    "recognizers": recognizers,
    "measures": measures,
    "profiles": profiles,
    "runs": runs,
    "history": history,
    "cache": cache,
}


@click.command(epilog=EPILOG)
@click.argument("what", required=False, type=click.Choice(list(LISTS)))
@click.option("--runs", "runs_folder", type=PATH, default="runs", show_default=True, help="The folder of runs.")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(what: str | None, runs_folder: Path, as_json: bool) -> int:
    """List data sets, formats, recognizers, measures, schemes, runs, the log of runs, or what the cache holds."""
    if what is None:
        rows = [
            {"name": name, "count": len(rows_of(runs_folder)), "title": (rows_of.__doc__ or "").splitlines()[0]}
            for name, rows_of in LISTS.items()
        ]
    else:
        rows = LISTS[what](runs_folder)
    if as_json:
        print_json(rows)
    else:
        show(rows, shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None)
    return 0


def human(name: str, value: Any) -> str:
    """A value as people read it: bytes in MB, numbers in groups, tables as a list.

    >>> human("file_bytes", 1234567), human("memory bytes at most", 2_000_000_000), human("answers", 800)
    ('1.2 MB', '2 000.0 MB', '800')
    >>> human("recognizers", {"baseline": 800})
    'baseline 800'
    """
    if isinstance(value, dict):
        return ", ".join(f"{key} {human('', one)}" for key, one in value.items())
    if isinstance(value, int) and "bytes" in name.replace("_", " ").split():
        return f"{value / 1e6:,.1f} MB".replace(",", " ")
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def show(rows: list[dict[str, Any]], width: int | None = None) -> None:
    """Print rows as columns under their names; the keys of a plug-in stand indented below it.

    width   of the terminal: the widest column is wrapped to fit it, and where that does not do every row is told by
            itself; None keeps every row on a line of its own
    """
    from fr_bench.errors import shown
    from fr_bench.reports.table import cell_width, wrapped

    if not rows:
        click.echo("none")
        return
    names = [name for name in rows[0] if name != "keys"]
    table = [names, *([shown(human(name, row.get(name))) for name in names] for row in rows)]
    widths = [max(cell_width(line[place]) for line in table) for place in range(len(names))]
    over = sum(widths) + 2 * (len(widths) - 1) - width if width else 0
    broken = _broken(widths, over)
    if width and over > 0 and broken is None and "keys" not in rows[0]:
        columns.show(names, table[1:], width)
        return
    for number, line in enumerate(table):
        parts = [wrapped(cell, widths[place], "") if place == broken else [cell] for place, cell in enumerate(line)]
        for cells in zip_longest(*parts, fillvalue=""):
            padded = [cell + " " * (width_ - cell_width(cell)) for cell, width_ in zip(cells, widths, strict=True)]
            click.echo("  ".join(padded).rstrip())
        for key, meaning in (rows[number - 1] if number else {}).get("keys", {}).items():
            first, *more = wrapped(meaning, width - 19, "") if width else [meaning]
            click.echo("\n".join([f"    {key:<14} {first}", *(f"{'':19}{text}" for text in more)]))


def _broken(widths: list[int], over: int) -> int | None:
    """Which column is wrapped, its width made to fit; None where all fit, or where it would be too narrow to read."""
    widest = widths.index(max(widths))
    if over <= 0 or widths[widest] - over < NARROWEST:
        return None
    widths[widest] -= over
    return widest
