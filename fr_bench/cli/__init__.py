"""The command line: parses, calls one function, prints. Errors become exit codes here and nowhere else.

Results go to stdout, progress and messages to stderr. `--help`, `--version`, completion and configuration errors load
none of numpy, pandas, scipy, matplotlib, onnxruntime: commands are imported when they are called.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

from fr_bench import __version__
from fr_bench.cli import epilogs
from fr_bench.errors import FrBenchError, MachineError, UsageError, nearest

COMMANDS: dict[str, str] = {
    "run": "Measure a recognizer on a data set: the whole pipeline, with a report.",
    "check": "Check data, pairs, recognizer, disk and time before a long run.",
    "init": "Write a commented configuration and an example recognizer to start from.",
    "evaluate": "Measure scores from files of any tool.",
    "report": "Draw the report of a run again; of several runs, side by side.",
    "diff": "Compare two runs on the same comparisons: what differs, and how sure that is.",
    "list": "List data sets, recognizers, measures, runs, and what is cached.",
    "explain": "Explain a measure, or what its figure in a run says.",
    "plan": "Plan how many subjects a test needs, or say what a size can decide.",
    "gate": "Judge a run by limits and against a baseline: pass, fail or inconclusive.",
    "baseline": "Keep of a run what later gates compare with, small enough for git.",
    "certify": "Rehearse a certification scheme: would we pass? Never a certificate.",
    "sign": "Sign a finished run with a key of your own, offline.",
    "verify": "Check a run: its files, who signed it, every figure counted again from its scores.",
    "registry": "List and search results by vendor, algorithm, scheme, date and validity; export a page.",
    "doctor": "Say whether this machine is fit, and what it runs on.",
}

EPILOG = """\b
Examples:
  frbench run                                              first run: generated faces, baseline recognizer
  frbench run --dataset faces/ --recognizer onnx:model.onnx
  frbench run configs/lfw-mobilefacenet-paddle.toml --data DIR
  frbench evaluate scores.csv

\b
Exit codes: 0 done · 2 command line or configuration · 3 data or input file · 4 recognizer or model ·
6 environment · 70 a bug of ours · 130/143 interrupted, work kept

\b
Completion in bash (zsh_source, fish_source likewise):
  eval "$(_FRBENCH_COMPLETE=bash_source frbench)"
"""
WIDEST_HELP = 100


class Unread(Exception):  # noqa: N818 - no fault of anybody's
    """The reader of our output has gone, as `head` does; click would make exit code 1 of it, which has a meaning."""


class LazyGroup(click.Group):
    """Commands known by name and one line of help; the module of a command is imported when it is called."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _unread_told():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _unread_told():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # no list(): the name is a command of this package once that was called

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"fr_bench.cli.{cmd_name}")
        command: click.Command = module.command
        command.epilog = epilogs.fitted(module.EPILOG, _help_width())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.epilog = epilogs.fitted(EPILOG, _help_width())
        super().format_epilog(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


def _help_width() -> int:
    """Columns that click gives to the lines below the options."""
    return max(min(shutil.get_terminal_size().columns, WIDEST_HELP) - 2, 50) - 2


@contextlib.contextmanager
def _unread_told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as gone:
        raise Unread from gone


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST_HELP},
    epilog=EPILOG,
)
@click.version_option(__version__, "-V", "--version", prog_name="frbench", message="%(prog)s %(version)s")
def cli() -> None:
    """Measure face recognition algorithms the way a testing laboratory does, and say what the numbers prove."""


def main() -> NoReturn:
    """Entry point of the `frbench` command: runs it and ends the process with the exit code that its --help tells."""
    _hold_standard_streams()
    _speak_utf8()
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every mistake is told on stderr as one sentence."""
    try:
        code = cli.main(arguments, prog_name="frbench", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as mistake:
        where = mistake.ctx.command_path if mistake.ctx else "frbench"
        return _tell(UsageError(f"{mistake.format_message().rstrip('.')} ({where} --help shows what there is)"))
    except click.ClickException as mistake:
        return _tell(UsageError(mistake.format_message()))
    except FrBenchError as mistake:
        return _tell(mistake)
    except Terminated:
        _say("frbench: terminated; finished work is kept: the same command goes on from there")
        return 143
    except (KeyboardInterrupt, click.Abort):
        _say("\ninterrupted; finished work is kept: the same command goes on from there")
        return 130
    except (Unread, BrokenPipeError):
        _let_go(sys.stdout)
        return 0
    except SystemExit as bug:  # of a plug-in, at a place where none may leave
        return _bug(bug)
    except MemoryError:
        return _tell(
            MachineError("not enough memory for this; try fewer measures or a smaller set", code="needs_memory")
        )
    except OSError as fault:
        if fault.errno not in _DISK_FAULTS:
            return _bug(fault)
        if fault.filename is None:
            _let_go(sys.stdout)
        return _tell(_machine_fault(fault))
    except Exception as bug:  # the last fence: whatever comes here is a bug of ours, told in one sentence
        return _bug(bug)
    return code if isinstance(code, int) else 0


def _let_go(stream: TextIO) -> None:
    """Send what is left of a stream nowhere: Python would try to flush it at the end, and complain once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _say(text: str, colour: str | None = None) -> None:
    """A line on stderr; where nobody reads it any more, the exit code still says it."""
    try:
        click.secho(text, fg=colour, err=True)
    except BrokenPipeError:
        _let_go(sys.stderr)


def _tell(mistake: FrBenchError) -> int:
    """The sentence, and after it the code word that programs and the documentation know it by."""
    word = f" [{mistake.code}]" if mistake.code != "error" else ""
    for line in f"{mistake.message}{word}".splitlines():
        _say(f"frbench: {line}", "red" if _coloured() else None)
    return mistake.exit_code


def _coloured() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


_DISK_FAULTS = {28, 30, 122}  # ENOSPC, EROFS, EDQUOT


def _machine_fault(fault: OSError) -> MachineError:
    what = fault.filename or "the output"
    text = f"cannot write {what}: {fault.strerror}; free some space and run it again"
    return MachineError(text, code="write_failed")


def _bug(bug: BaseException) -> int:
    """Write the traceback to a file and say where it is; exit code 70."""
    import tempfile
    import traceback

    from fr_bench.errors import shown

    handle, path = tempfile.mkstemp(prefix="frbench-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"frbench {__version__}, Python {sys.version}\n{sys.argv}\n\n")
        traceback.print_exception(bug, file=file)
    _say(f"frbench: this is a bug of ours ({type(bug).__name__}: {shown(str(bug))}); details: {path}")
    return 70


class Terminated(BaseException):
    """SIGTERM: work stops as on Ctrl-C. No `SystemExit`, which a recognizer may raise too, as a mistake of its own."""


def _terminated(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _hold_standard_streams() -> None:
    """Stand in for streams that were closed before we began: the next file opened would take their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale says; what a terminal cannot show is escaped and never stops a run."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
