"""`frbench explain`: what a measure is, and what its figure in a run says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fr_bench.cli.options import RUN, print_json
from fr_bench.cli.output import show_result
from fr_bench.errors import DataError, UsageError, shown

if TYPE_CHECKING:
    from fr_bench.findings import Result

EPILOG = """\b
Examples:
  frbench explain EER
  frbench explain FNMR@FMR=1e-3 runs/generated-baseline-1a2b3c4d
  frbench explain FNMR@FMR=1e-3 --lang ko
  frbench explain --claim "0 errors of 12,000"

\b
Exit codes: 0 explained · 2 no such measure · 3 the run cannot be read
"""


@click.command(epilog=EPILOG)
@click.argument("measure", required=False)
@click.argument("run", required=False, type=RUN)
@click.option("--claim", metavar="TEXT", help="A headline instead of a measure: what it proves at its size, such as "
              "'accuracy 99.98 % of 5000' or 'FNMR 0 of 12000 (300 subjects)'.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language.")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(measure: str | None, run: Path | None, claim: str | None, lang: str, as_json: bool) -> int:
    """Explain MEASURE: formula, inputs, interval, source; with RUN, what its figure there says."""
    if claim is not None:
        if measure is not None:
            raise UsageError("give either a MEASURE or --claim, not both", code="bad_option")
        return explain_claim(claim, lang, as_json)
    if measure is None:
        raise UsageError("name a MEASURE such as EER, or a headline by --claim", code="bad_option")
    from fr_bench import known_measures
    from fr_bench.reports.explained import explained
    from fr_bench.reports.table import wrapped

    named, kind = known_measures.resolve(measure)
    told = explained(kind, lang)
    measured = None if run is None or as_json else measured_in(str(named), run)
    if as_json:
        facts = {"measure": str(named), "name": told.title, **{row.key: row.text for row in told.rows}}
        print_json({**facts, "explanation": told.explanation, **(figure(str(named), run) if run else {})})
        return 0
    click.echo(f"{named}: {told.title}\n")
    click.echo("\n".join(wrapped(told.explanation, 96, "")) + "\n")
    click.echo("\n".join(told.lines(96)))
    if measured is not None:
        click.echo(f"\n{run}:\n")
        show_result(measured, "table", language=lang)
    return 0


def explain_claim(text: str, lang: str, as_json: bool) -> int:
    """Print what a headline proves."""
    import dataclasses

    from fr_bench.claims import prove, read_claim
    from fr_bench.reports.claimed import sentences
    from fr_bench.reports.table import wrapped
    from fr_bench.reports.wording import wording

    facts = dataclasses.asdict(prove(read_claim(text)))
    if facts["claim"]["rate"] is not None:
        facts["claim"]["rate"] = str(facts["claim"]["rate"])
    told = sentences(facts, wording(lang))
    if as_json:
        print_json({"schema": "fr-bench-claim/1", **facts, "sentences": told})
        return 0
    click.echo("\n".join(line for sentence in told for line in wrapped(sentence, 96, "")))
    return 0


def figure(measure: str, run: Path) -> dict[str, object]:
    """The figure of a measure in a run, as JSON types."""
    import json

    from fr_bench.reports import result_file

    result = result_file.read(result_path(run))
    rows = json.loads(result_file.write(result))["measurements"]
    return {"run": str(run), "measurements": [row for row in rows if row["measure"] == measure]}


def measured_in(measure: str, run: Path) -> Result:
    """The result of a run with nothing but one measure. Raises UsageError `unknown_measure` where it has it not."""
    from fr_bench.errors import nearest
    from fr_bench.reports import result_file

    result = result_file.read(result_path(run))
    found = [m for m in result.measurements if m.measure == measure]
    if not found:
        known = [m.measure for m in result.measurements]
        raise UsageError(f"{run} did not measure {measure!r}{nearest(measure, known)}", code="unknown_measure")
    return replace(result, measurements=tuple(found))


def result_path(run: Path) -> Path:
    """The result file of a run folder, or the file itself. Raises DataError `file_missing`, `bad_result` for others."""
    if run.is_dir():
        if not (run / "result.json").exists():
            raise DataError(f"{shown(str(run))} is no run: it has no result.json; name one such as "
                            "runs/NAME", code="file_missing")  # fmt: skip
        return run / "result.json"
    if not run.exists():
        raise DataError(f"no such run: {shown(str(run))}; name a run's folder, such as runs/NAME", code="file_missing")
    if run.suffix != ".json":
        raise DataError(f"{shown(str(run))} is no run; name a run's folder, such as runs/NAME, or its result.json",
                        code="bad_result")  # fmt: skip
    return run
