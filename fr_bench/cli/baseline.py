"""`frbench baseline`: what is kept of a run, small enough for git, so that later runs can be compared with it."""

from __future__ import annotations

from pathlib import Path

import click

from fr_bench.cli.options import PATH, RUN, output_file, say

EPILOG = """\b
Examples:
  frbench baseline runs/lfw-model-1a2b3c4d -o reports/baselines/lfw-model.json
  frbench baseline RUN -o base.json --measure FNMR@FMR=1e-3 --measure EER

\b
Exit codes: 0 written · 2 command line, or a run without subjects · 3 the run cannot be read, or was changed · 6 the
file cannot be written
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option("-o", "--out", "target", type=PATH, required=True, help="The file to write, such as base.json.")
@click.option("--measure", "measures", multiple=True, metavar="TEXT",
              help="A measure to keep; may be given several times. Default: all that the run reports.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 0.5, min_open=True, max_open=True), default=0.05, show_default=True,
              help="One-sided error level that regressions against it are judged at.")  # fmt: skip
@click.option("--draws", type=click.IntRange(20, 100_000),
              help="Draws of subjects kept for measures of a curve, four bytes each. Default: as the run.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but mistakes.")
def command(run: Path, target: Path, measures: tuple[str, ...], alpha: float, draws: int | None, quiet: bool) -> int:
    """Keep of RUN what a later gate needs: figures, intervals, errors by subject, digests, preprocessing.

    Subjects stand under pseudonyms, a keyed hash whose key lies in the file: this keeps names out of a repository, and
    is no anonymity for whoever has a list of names.
    """
    from fr_bench.gates import baseline_of, write_baseline
    from fr_bench.judged_runs import judged_run
    from fr_bench.storage.files import write_atomic

    output_file(target)
    data = write_baseline(baseline_of(judged_run(run), measures=measures, alpha=alpha, draws=draws))
    write_atomic(target, data)
    say(f"baseline: {target} ({len(data):,} bytes)", quiet=quiet)
    return 0
