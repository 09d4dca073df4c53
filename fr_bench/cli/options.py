"""Options that several commands share, and how they become a run's configuration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fr_bench.errors import UsageError

if TYPE_CHECKING:
    from fr_bench.runspec import RunSpec

Command = TypeVar("Command", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)


class RunPath(click.Path):
    """A path that may be `runs/latest`: the command gets the folder of the run that was finished last."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, or the run that it points to. Raises DataError where it points to none."""
        from fr_bench.storage import runs

        return runs.meant(Path(str(super().convert(value, param, ctx))))


RUN = RunPath(path_type=Path)


def what_to_run(command: Command) -> Command:
    """CONFIG and the options that take its place or change it."""
    for decorate in reversed((
        click.argument("config", required=False, type=PATH),
        click.option("--dataset", metavar="PATH|CARD", help="Folder, zip, pairs list, manifest, or name of a card."),
        click.option("--recognizer", metavar="NAME[:ARG]", help="baseline, onnx:model.onnx, insightface:DIR, "
                     "templates:FILE, python:module:Class ..."),
        click.option("--data", type=PATH, envvar="FRBENCH_DATA", metavar="ROOT",
                     help="Folder that relative paths of cards and configurations start from. [env: FRBENCH_DATA]"),
        click.option("--measure", "measures", multiple=True, metavar="TEXT", help="A measure, such as FNMR@FMR=1e-3; "
                     "may be given several times. `frbench list measures` shows them."),
        click.option("--by", multiple=True, metavar="ATTRIBUTE", help="Split by an attribute of the samples, such as "
                     "sex or sex*age_band; may be given several times."),
        click.option("--quality", type=PATH, metavar="FILE", help="CSV of image quality, such as OFIQ's, joined by the "
                     "samples' ids or paths; its columns are measured, of OFIQ's the unified score."),
        click.option("--plan", type=click.Choice(["auto", "all", "listed", "gallery", "search"]),
                     help="Which comparisons; search: 1:N as well."),
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the configuration, such "
                     "as recognizer.batch=1."),
        click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N subjects; stamps "
                     "LIMITED on every output."),
    )):  # fmt: skip
        command = decorate(command)
    return command


def output_options(command: Command) -> Command:
    """How much is said, and in which form."""
    for decorate in reversed((
        click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, for machines."),
        click.option("--progress", type=click.Choice(["auto", "rich", "plain", "json", "none"]), default="auto",
                     envvar="FRBENCH_PROGRESS", help="How progress is shown, on stderr. [env: FRBENCH_PROGRESS]"),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but the result and mistakes."),
    )):  # fmt: skip
        command = decorate(command)
    return command


def specification(
    config: Path | None,
    *,
    dataset: str | None = None,
    recognizer: str | None = None,
    data: Path | None = None,
    measures: tuple[str, ...] = (),
    by: tuple[str, ...] = (),
    plan: str | None = None,
    settings: tuple[str, ...] = (),
    limit: int | None = None,
    quality: Path | None = None,
) -> RunSpec:
    """The run that the options ask for; without CONFIG, --dataset and --recognizer it is the embedded default."""
    from fr_bench import cards, runspec
    from fr_bench.cli.quality_files import with_quality

    overrides: dict[str, Any] = {}
    if dataset is not None:
        overrides["dataset.card" if is_card(dataset) else "dataset.path"] = absolute(dataset)
    if recognizer is not None:
        overrides.update(recognizer_options(recognizer))
    if data is not None:
        overrides["dataset.root"] = str(data.absolute())
    if measures:
        overrides["measures.report"] = list(measures)
    if by:
        overrides["measures.by"] = list(by)
    if plan is not None:
        overrides["comparison.plan"] = plan
    if limit is not None:
        overrides["run.limit"] = limit
    overrides.update(runspec.parse_settings(settings))
    embedded = config is None and dataset is None
    if embedded:
        config = cards.shipped("configs") / "default.toml"
    if config is not None:
        if config.is_dir():
            raise UsageError(f"{config} is a folder, no configuration; data are named by --dataset {config}",
                             code="no_such_file")  # fmt: skip
        if not config.is_file():
            raise UsageError(f"{config}: no such configuration file; `frbench init` writes one", code="no_such_file")
        spec = runspec.read(config, data=data and data.absolute(), overrides=overrides)
        # Nobody wrote the embedded one: what is wrong was said on the command line.
        return with_quality(replace(spec, where="command line") if embedded else spec, quality)
    folder = data.absolute() if data else Path.cwd()
    return with_quality(runspec.resolve({}, overrides=overrides, where="command line", folder=folder), quality)


def is_card(dataset: str) -> bool:
    """Whether a --dataset value names a card rather than a path: paths that exist win."""
    if os.path.sep in dataset or Path(dataset).exists():
        return dataset.endswith(".toml")
    return True


def absolute(dataset: str) -> str:
    """A path given on the command line starts at the current folder, wherever `--data` points."""
    return str(Path(dataset).absolute()) if os.path.sep in dataset or Path(dataset).exists() else dataset


def recognizer_options(text: str) -> dict[str, Any]:
    """Read NAME[:ARG]; ARG goes to the key that the recognizer names as its argument."""
    from fr_bench import plugins

    name, colon, argument = text.partition(":")
    found: dict[str, Any] = {"recognizer.use": name}
    if colon:
        module = plugins.load("recognizers", name, where="--recognizer")
        key = getattr(module, "ARGUMENT", None)
        if key is None:
            raise UsageError(f"--recognizer {text!r}: {name!r} takes no argument", code="bad_option")
        path = Path(argument)
        found[f"recognizer.{key}"] = str(path.absolute()) if path.exists() else argument
    return found


def output_file(path: Path) -> Path:
    """A file that a command may write: in a folder that is there, and not in a finished run.

    Raises UsageError `bad_output` otherwise.
    """
    if path.is_dir() or not path.name:
        raise UsageError(
            f"--out {path} is a folder; name a file in it, such as {path / 'report.html'}", code="bad_output"
        )
    if not path.parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {path.parent}; make it first", code="bad_output")
    if any(
        (folder / "complete").is_file() and (folder / "manifest.json").is_file() for folder in path.absolute().parents
    ):
        raise UsageError(
            f"--out {path} lies in a finished run, whose files are never changed; choose another place",
            code="bad_output",
        )
    return path


def print_json(value: Any) -> None:
    """Write JSON to stdout: strict, readable, keys in order."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n")


def say(text: str, *, quiet: bool = False) -> None:
    """Tell people something, on stderr."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)
