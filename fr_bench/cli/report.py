"""`frbench report`: draw a run again without its data, or several runs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from fr_bench.cli.options import PATH, RUN, output_file
from fr_bench.errors import UsageError

EPILOG = """\b
Examples:
  frbench report runs/generated-baseline-1a2b3c4d --lang ko
  frbench report runs/latest                    the run that was finished last
  frbench report runs/lfw-a-* runs/lfw-b-* --out side-by-side.html
  frbench report runs/lfw-a-1a2b3c4d --pdf --out lfw-a.pdf
  frbench report runs/lfw-a-1a2b3c4d --threshold-card thresholds.json

\b
Exit codes: 0 written · 2 command line · 3 a run cannot be read · 6 cannot be written
"""


@click.command(epilog=EPILOG)
@click.argument("runs", nargs=-1, required=True, type=RUN)
@click.option("--out", type=PATH, help="Where the page goes; default: NAME.html, or side-by-side.html, here.")
@click.option("--pdf", "as_pdf", is_flag=True, help="A PDF for keeping (PDF/A) instead of a page; needs the extra pdf.")
@click.option("--threshold-card", "card", type=PATH, metavar="FILE",
              help="Write the run's thresholds for each FMR here, as JSON to deploy, and no page.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language of the page.")
def command(runs: tuple[Path, ...], out: Path | None, as_pdf: bool, card: Path | None, lang: str) -> int:
    """Draw the report of RUNS again, from their result files; several runs stand side by side.

    A run folder is never written again after it is complete: the page goes to --out.
    """
    from fr_bench.cli.explain import result_path
    from fr_bench.reports import pdf, pdf_report, render, result_file
    from fr_bench.storage.files import write_atomic

    if card is not None:
        return _write_card(runs, card, alone=out is None and not as_pdf)
    if as_pdf:
        pdf.ask_for_typst("frbench report --pdf")
    name = runs[0].resolve().name if len(runs) == 1 and runs[0].is_dir() else "report"
    target = output_file(out or Path(f"{name if len(runs) == 1 else 'side-by-side'}.{'pdf' if as_pdf else 'html'}"))
    results = [result_file.read(result_path(run)) for run in runs]
    write_atomic(target, pdf_report.pdf(results, language=lang) if as_pdf
                 else render.html(results, language=lang).encode("utf-8"))  # fmt: skip
    click.echo(str(target))
    return 0


def _write_card(runs: tuple[Path, ...], card: Path, *, alone: bool) -> int:
    from fr_bench.cli.explain import result_path
    from fr_bench.reports import result_file, threshold_card
    from fr_bench.storage.files import write_atomic

    if len(runs) != 1 or not alone:
        raise UsageError("--threshold-card takes one run, and no --out or --pdf: it writes no page", code="bad_option")
    target = output_file(card)
    write_atomic(target, threshold_card.written(result_file.read(result_path(runs[0]))))
    click.echo(str(target))
    return 0
