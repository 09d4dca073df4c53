"""Makes what the documentation shows from the current code: reference pages, README's terminal output, sample report.

python docs/remake.py            remake everything
python docs/remake.py --check    say which reference pages are not current, and change nothing
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
import typing
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = "<!-- Made by docs/remake.py from the code; do not edit. -->\n\n"


CONFIGURATION_HEAD = """\
# Configuration

A run is described in TOML. Options of the command line and `--set section.key=value` win over the file; `--data ROOT`
is where relative paths start, else the file's folder. All mistakes of a file are reported at once.

## Environment variables

| variable | meaning |
|---|---|
| `FRBENCH_DATA` | as `--data` |
| `FRBENCH_OUT` | as `--out` of `frbench run` |
| `FRBENCH_CLUSTER` | as `--cluster` of `frbench run` |
| `FRBENCH_DEVICE` | as `--device` of `frbench run` |
| `FRBENCH_PROGRESS` | as `--progress` |
| `FRBENCH_REGISTRY` | as `--index` of `frbench registry` |
| `FRBENCH_CACHE` | folder of the template cache; delete the folder to empty it |
| `FRBENCH_HISTORY` | file of the log of runs, instead of the one in the user's state folder |
| `FRBENCH_SIGNING_KEY` | as `--key` of `frbench sign` |
| `FRBENCH_KEY_PASSPHRASE` | passphrase of that key |
| `NO_COLOR` | no colours, whatever it is set to |
| `SOURCE_DATE_EPOCH` | the time that a run records, so that its files can be made again to the byte |
"""


def configuration() -> str:
    """`docs/configuration.md` from the records of `fr_bench.runspec`."""
    from fr_bench import plugins, runspec

    text = [CONFIGURATION_HEAD]
    for name, section in runspec.SECTIONS.items():
        text += [
            f"## [{name}]\n",
            (section.__doc__ or "").partition("]`: ")[2].partition(". ")[0].rstrip(".").capitalize() + ".\n",
        ]
        text += ["| key | type | default | meaning |", "|---|---|---|---|"]
        hints = typing.get_type_hints(section)
        for field in dataclasses.fields(section):
            if field.name != "options":
                default = field.default_factory() if callable(field.default_factory) else field.default
                shown = "" if default is None else f"`{toml(default)}`"
                text.append(f"| `{field.name}` | {kind(hints[field.name])} | {shown} | {field.metadata['help']} |")
        text.append("")
        for plugin in plugins.names(runspec.OPEN_SECTIONS[name]) if name in runspec.OPEN_SECTIONS else []:
            module = plugins.load(runspec.OPEN_SECTIONS[name], plugin)
            text += [f"### {plugin}\n", f"{module.DESCRIPTION}\n"]
            if module.KEYS:
                text += ["| key | meaning |", "|---|---|", *(f"| `{k}` | {v} |" for k, v in module.KEYS.items()), ""]
    return MADE + "\n".join(text)


def toml(value: object) -> str:
    """A default as TOML writes it."""
    return str(value).lower() if isinstance(value, bool) else repr(list(value)) if isinstance(value, tuple) else (
        f'"{value}"' if isinstance(value, str) else str(value))  # fmt: skip


def kind(hint: object) -> str:
    """A type as people say it."""
    arguments = [a for a in typing.get_args(hint) if a is not type(None)]
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(f"`{a}`" for a in arguments)
    if typing.get_origin(hint) is tuple:
        return "list of texts"
    if arguments:
        return kind(arguments[0])
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}[typing.cast(type, hint)]


def measures() -> str:
    """`docs/measures.md` from the measures themselves."""
    from fr_bench import known_measures, measuring
    from fr_bench.reports.wording import wording

    text = ["# Measures\n", "A score is a similarity; `score >= threshold` is a match, ties included. A target means "
            "at most, never nearest.\n"]  # fmt: skip
    for measure in known_measures.kinds():
        text += [f"## `{measure.example}`\n", f"**{measure.title}.** {measure.explanation}\n"]
        text += [f"- formula: {measure.formula}", f"- better: {measure.better}",
                 f"- definition version: {measure.version}",
                 f"- source: {measure.source}\n"]  # fmt: skip
    text += ["## Labels\n", "| label | meaning |", "|---|---|"]
    say = wording("en")
    text += [f"| `{label}` | {say(f'label.{label}')} |" for label in measuring.LABELS]
    return MADE + "\n".join(text) + "\n"


def commands() -> str:
    """`docs/commands.md`: what each command says of itself."""
    import importlib

    import click

    from fr_bench.cli import COMMANDS

    text = ["# Commands\n", *said_by("##")]
    for name in COMMANDS:
        text += said_by("##", name)
        command = importlib.import_module(f"fr_bench.cli.{name}").command
        for below in command.commands if isinstance(command, click.Group) else ():
            text += said_by("###", name, below)
    return MADE + "\n".join(text)


def said_by(heading: str, *names: str) -> list[str]:
    """What one command says of itself, under a heading."""
    shown = subprocess.run([sys.executable, "-m", "fr_bench", *names, "--help"], capture_output=True, text=True,
                           check=True, env={"COLUMNS": "100", "PATH": ""})  # fmt: skip
    return [f"{heading} {' '.join(('frbench', *names))}\n", "```text", shown.stdout.rstrip(), "```\n"]


PAGES = {"configuration.md": configuration, "measures.md": measures, "commands.md": commands}


def outdated() -> list[str]:
    """Reference pages that are not what the code makes now."""
    return [n for n, make in PAGES.items() if not (DOCS / n).is_file() or (DOCS / n).read_text("utf-8") != make()]


def sample() -> None:
    """The sample report, its picture, and the terminal output on the README's first screen."""
    with tempfile.TemporaryDirectory() as folder:
        # A log of its own: the sample is the first run on its data wherever it is made.
        surroundings = {**os.environ, "FRBENCH_HISTORY": str(Path(folder) / "history.jsonl")}
        done = subprocess.run([sys.executable, "-m", "fr_bench", "run", "--progress", "none"], cwd=folder, check=True,
                              capture_output=True, text=True, env=surroundings)  # fmt: skip
        (run,) = (path for path in (Path(folder) / "runs").iterdir() if path.is_dir())
        shown = done.stdout.rstrip() + "\n" + done.stderr.rstrip().replace(folder, "")
        place = ROOT / "reports" / "generated-baseline"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name in ("report.html", "result.json", "metrics.csv"):
            shutil.copy(run / name, place / name)
        for name in ("det.png", "roc.png"):
            if (run / "figures" / name).is_file():
                shutil.copy(run / "figures" / name, place / name)
    screenshot(place / "report.html", place / "report.png")
    readme = ROOT / "README.md"
    block = f"<!-- output -->\n```text\n$ frbench run\n{shown}\n```\n<!-- /output -->"
    text = re.sub(r"<!-- output -->.*?<!-- /output -->", lambda _: block, readme.read_text("utf-8"), flags=re.S)
    readme.write_text(text, encoding="utf-8")


def screenshot(page: Path, picture: Path) -> None:
    """A picture of the report's first screen, by headless Chromium; left out where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed: the report's picture is not remade", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                        "--disable-background-networking", "--disable-component-update", "--disable-sync",
                        f"--user-data-dir={profile}", "--window-size=1100,900", f"--screenshot={picture}",
                        page.as_uri()], check=True, capture_output=True)  # fmt: skip


def main() -> int:
    """Remake, or check; exit 1 if something is not current."""
    if "--check" in sys.argv[1:]:
        for name in outdated():
            print(f"docs/{name} is not current; run python docs/remake.py", file=sys.stderr)
        return int(bool(outdated()))
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    if "--pages" not in sys.argv[1:]:
        sample()
    return 0


if __name__ == "__main__":
    sys.exit(main())
