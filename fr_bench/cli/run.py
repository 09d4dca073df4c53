"""`frbench run`: the whole pipeline, from data set and recognizer to figures and report."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fr_bench.cli.list import human
from fr_bench.cli.options import PATH, output_options, print_json, say, specification, what_to_run
from fr_bench.cli.output import Form, results_only, show_result

if TYPE_CHECKING:
    from fr_bench.clusters import Cluster

EPILOG = """\b
Examples:
  frbench run                                                  generated faces, baseline recognizer
  frbench run --dataset faces/ --recognizer onnx:model.onnx    your folder per subject, your model
  frbench run --dataset pairs.csv --recognizer python:my.py:Model --measure FNMR@FMR=1e-3
  frbench run configs/lfw-mobilefacenet-paddle.toml --data DIR
  frbench run my.toml --dry-run                                counts, memory, time; nothing is computed
  frbench run my.toml --cluster tcp://node1:8786               comparisons and templates on a Dask cluster
  frbench run my.toml --device cuda                            comparisons and templates on a card, the same scores

\b
Exit codes: 0 done · 2 command line or configuration · 3 data · 4 recognizer or model · 6 environment ·
130 interrupted: the same command goes on from there
"""


@click.command(epilog=EPILOG)
@what_to_run
@click.option("--out", type=PATH, envvar="FRBENCH_OUT", help="Run folder; default: runs/DATASET-RECOGNIZER-HASH. "
              "[env: FRBENCH_OUT]")  # fmt: skip
@click.option("--force", is_flag=True, help="Move another run that is in the way aside.")
@click.option("--dry-run", is_flag=True, help="Say counts, memory, a time estimate and the smallest FMR; run nothing.")
@click.option("--cluster", envvar="FRBENCH_CLUSTER", metavar="ADDRESS", help="Dask scheduler whose workers make "
              "comparisons and templates: tcp://HOST:PORT, tls://..., or a scheduler file. "
              "[env: FRBENCH_CLUSTER]")  # fmt: skip
@click.option("--device", type=click.Choice(["cpu", "cuda"]), envvar="FRBENCH_DEVICE", help="Where comparisons are "
              "screened and templates made; cuda takes CuPy or PyTorch. [env: FRBENCH_DEVICE]")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the template cache.")
@click.option("--lang", type=click.Choice(["en", "ko"]), help="Language of the report.")
@click.option("--format", "form", type=click.Choice(["table", "md", "csv"]), default="table", help="Form of the table.")
@output_options
def command(
    config: Path | None,
    out: Path | None,
    force: bool,
    dry_run: bool,
    cluster: str | None,
    device: str | None,
    no_cache: bool,
    lang: str | None,
    form: Form,
    as_json: bool,
    progress: Any,
    quiet: bool,
    **options: Any,
) -> int:
    """Measure a recognizer on a data set and write figures, tables and a report.

    Without CONFIG, --dataset and --recognizer, generated faces are measured with the baseline recognizer that ships
    with frbench: nothing is downloaded. A run that was stopped goes on; one that is complete is shown again.
    """
    from fr_bench import earlier_runs, pipeline, trial
    from fr_bench.progress import Shown

    settings = list(options.pop("settings"))
    settings += ["run.cache=false"] if no_cache else []
    settings += [f"report.language={lang}"] if lang else []
    settings += [f"run.device={device}"] if device else []
    spec = specification(config, settings=tuple(settings), **options)
    if cluster:
        pipeline.refuse_device(spec)
    with results_only(), on_cluster(cluster, quiet) as workers, Shown("none" if quiet else progress) as observer:
        if dry_run:
            estimate = trial.estimate(spec, observer, threads=workers.threads if workers else None)
        else:
            done = pipeline.run_in_folder(spec, out=out, force=force, observer=observer, cluster=workers)
    if dry_run:
        return show_estimate(estimate, as_json=as_json)
    show_result(done.result, "json" if as_json else form, language=spec.report.language)
    if done.already_complete:
        say("this run was complete already; it is shown again and nothing was computed", quiet=quiet)
    elif (told := done.result.environment[earlier_runs.KEY]).get("others") or not told["known"]:
        say(f"earlier runs: {earlier_runs.sentence(told)}", quiet=quiet)
    page = done.folder / "report.html"
    drawn = f"report: {page}" if page.is_file() else f"result: {done.folder}; `frbench report {done.folder}` draws it"
    say(drawn, quiet=quiet)
    return 0


def on_cluster(address: str | None, quiet: bool) -> AbstractContextManager[Cluster | None]:
    """The cluster that the command line names, if it does."""
    if not address:
        return nullcontext()
    from fr_bench.clusters import connected

    return connected(address, partial(say, quiet=quiet))


def show_estimate(estimate: dict[str, Any], *, as_json: bool) -> int:
    """Print what a run would do."""
    if as_json:
        print_json(estimate)
        return 0
    for line in facts_as_lines(estimate):
        click.echo(line)
    return 0


def facts_as_lines(facts: dict[str, Any]) -> list[str]:
    """Names and values in two columns; what is not known is left out."""
    from fr_bench.errors import shown

    known = {name.replace("_", " "): value for name, value in facts.items() if value is not None}
    width = max(map(len, known))
    return [f"{name:<{width}}  {shown(human(name, value))}" for name, value in known.items()]
