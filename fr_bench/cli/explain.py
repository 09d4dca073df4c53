"""`frbench explain`: what a measure is, and what its figure in a run says."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import click

from fr_bench.cli.options import PATH, print_json
from fr_bench.cli.output import show_result

EPILOG = """\b
Examples:
  frbench explain EER
  frbench explain FNMR@FMR=1e-3 runs/generated-baseline-1a2b3c4d

\b
Exit codes: 0 explained · 2 no such measure · 3 the run cannot be read
"""


@click.command(epilog=EPILOG)
@click.argument("measure")
@click.argument("run", required=False, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(measure: str, run: Path | None, as_json: bool) -> int:
    """Explain MEASURE: formula, inputs, source; with RUN, what its figure there says."""
    from fr_bench import known_measures

    named, kind = known_measures.resolve(measure)
    facts = {
        "measure": str(named),
        "name": kind.title,
        "formula": kind.formula,
        "unit": kind.unit,
        "better": kind.better,
        "version": kind.version,
        "source": kind.source,
        "example": kind.example,
    }
    if as_json:
        print_json({**facts, "explanation": kind.explanation, **(figure(str(named), run) if run else {})})
        return 0
    click.echo(f"{named}: {kind.title}\n")
    click.echo(textwrap.fill(kind.explanation, 96) + "\n")
    for name in ("formula", "unit", "better", "version", "source"):
        click.echo(textwrap.fill(f"{name:<9} {facts[name]}", 96, subsequent_indent=" " * 10))
    if run is not None:
        tell_figure(str(named), run)
    return 0


def figure(measure: str, run: Path) -> dict[str, object]:
    """The figure of a measure in a run, as JSON types."""
    import json

    from fr_bench.reports import result_file

    result = result_file.read(result_path(run))
    rows = json.loads(result_file.write(result))["measurements"]
    return {"run": str(run), "measurements": [row for row in rows if row["measure"] == measure]}


def tell_figure(measure: str, run: Path) -> None:
    """Print what was counted for a measure in a run."""
    from fr_bench.errors import UsageError, nearest
    from fr_bench.reports import result_file

    result = result_file.read(result_path(run))
    found = [m for m in result.measurements if m.measure == measure]
    if not found:
        known = [m.measure for m in result.measurements]
        raise UsageError(f"{run} did not measure {measure!r}{nearest(measure, known)}", code="unknown_measure")
    click.echo(f"\nin {run}:\n")
    show_result(replace(result, measurements=tuple(found)), "table")


def result_path(run: Path) -> Path:
    """The result file of a run folder, or the file itself."""
    return run / "result.json" if run.is_dir() else run
