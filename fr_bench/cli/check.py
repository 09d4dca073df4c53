"""`frbench check`: everything that can be wrong, said before a long run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fr_bench.cli.options import output_options, print_json, say, specification, what_to_run
from fr_bench.cli.output import results_only
from fr_bench.cli.run import facts_as_lines

EPILOG = """\b
Examples:
  frbench check my.toml
  frbench check --dataset faces/ --recognizer onnx:model.onnx
  frbench check --dataset faces/ --recognizer python:my_recognizer.py:Mine --json

\b
Exit codes: 0 fit to run (read the warnings) · 2 command line or configuration · 3 data · 4 recognizer or model
"""


@click.command(epilog=EPILOG)
@what_to_run
@output_options
def command(config: Path | None, as_json: bool, progress: Any, quiet: bool, **options: Any) -> int:
    """Check data, pairs, recognizer, disk and time before a long run.

    The recognizer is tried on a few images: length of templates, NaN, whether the same image gives the same template
    again, and whether a template depends on the other images of its batch.
    """
    from fr_bench import trial
    from fr_bench.errors import shown
    from fr_bench.numerals import many
    from fr_bench.progress import Shown

    spec = specification(config, **options)
    with results_only(), Shown("none" if quiet else progress) as observer:
        found = trial.check(spec, observer)
    if as_json:
        print_json(found)
        return 0
    for line in facts_as_lines(found["facts"]):
        click.echo(line)
    for note in found["notes"]:
        click.echo(f"{'WARNING' if note['level'] == 'warning' else 'note'}: {shown(note['text'], 2000)}")
    warned = f", with {many(found['warnings'], 'warning')}" if found["warnings"] else ""
    say(f"fit to run{warned}", quiet=quiet)
    return 0
