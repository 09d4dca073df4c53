"""How a result is shown: table, Markdown, CSV or JSON on stdout."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from fr_bench.findings import Result

Form = Literal["table", "md", "csv", "json"]


@contextmanager
def results_only() -> Iterator[None]:
    """Keep stdout for results: what a recognizer, or a library that it calls, writes there goes to stderr meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def show_result(result: Result, form: Form, *, language: str = "en") -> None:
    """Write a result to stdout in the form that was asked for."""
    from fr_bench.reports import result_file, table

    if form == "json":
        sys.stdout.write(result_file.write(result).decode("utf-8"))
    elif form == "md":
        click.echo(table.markdown(result, language=language))
    elif form == "csv":
        click.echo(table.metrics_csv(result), nl=False)
    else:
        width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        plain = os.environ.get("TERM") == "dumb" and sys.stdout.isatty()
        click.echo(table.terminal(result, width, colour, unicode=not plain, language=language), nl=False)
