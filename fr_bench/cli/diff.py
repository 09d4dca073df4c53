"""`frbench diff`: what differs between two runs, paired by subject on the comparisons that both made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fr_bench.cli.options import PATH, RUN, output_file, print_json, say
from fr_bench.errors import UsageError, shown

if TYPE_CHECKING:
    from fr_bench.comparing import Side
    from fr_bench.findings import Analysis

EPILOG = """\b
Examples:
  frbench diff runs/lfw-old-1a2b3c4d runs/lfw-new-5e6f7a8b
  frbench diff A B --measure FNMR@FMR=1e-3 --margin 0.001
  frbench diff A B --measure EER --measure AUC --margin EER:0.002 --margin AUC:0.001
  frbench diff A B --threshold-a 0.35 --threshold-b 0.31 --html diff.html

\b
Exit codes: 0 compared, whatever the verdicts (gates judge) · 2 command line, or the runs did not answer the same
question (not_comparable: every reason with both values) · 3 a run cannot be read · 6 a file cannot be written
"""


@click.command(epilog=EPILOG)
@click.argument("first", metavar="A", type=RUN)
@click.argument("second", metavar="B", type=RUN)
@click.option("--measure", "measures", multiple=True, metavar="TEXT",
              help="A measure; may be given several times. Default: all that both runs report.")  # fmt: skip
@click.option("--margin", "margins", multiple=True, metavar="[MEASURE:]NUMBER",
              help="How much worse B may be before it is worse, fixed beforehand; for one measure, or for all. "
              "Default: 0.")  # fmt: skip
@click.option("--threshold-a", type=float, help="Threshold of A, fixed beforehand: compares FNMR and FMR there.")
@click.option("--threshold-b", type=float, help="Threshold of B.")
@click.option("--level", type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
              help="Confidence level of the intervals. Default: that of the runs.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 0.5, min_open=True), default=0.05, show_default=True,
              help="One-sided level of the verdicts, held over all measures asked.")  # fmt: skip
@click.option("--power", type=click.FloatRange(0.5, 1, min_open=True, max_open=True), default=0.8, show_default=True,
              help="Power of the smallest detectable difference.")  # fmt: skip
@click.option("--failures", type=click.Choice(["leave-out", "non-match"]), default="leave-out", show_default=True,
              help="Comparisons that one run could not make: left out of both, or a non-match there.")  # fmt: skip
@click.option("--mcnemar", is_flag=True, help="McNemar's test as well; it takes comparisons as independent.")
@click.option("--draws", type=click.IntRange(20, 100_000), default=1000, show_default=True,
              help="How often subjects are drawn for measures of a curve.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=20260101, show_default=True, help="Name of the draws.")
@click.option("--html", "page", type=PATH, help="Write the page (HTML) with the plot of the differences here.")
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language.")
@click.option("--json", "as_json", is_flag=True, help="The differences as JSON on stdout, for machines.")
def command(
    first: Path,
    second: Path,
    measures: tuple[str, ...],
    margins: tuple[str, ...],
    threshold_a: float | None,
    threshold_b: float | None,
    page: Path | None,
    lang: str,
    as_json: bool,
    **more: Any,
) -> int:
    """Compare run B with run A on the comparisons that both made, paired by subject.

    A and B are run folders of one plan on one data set. Whether the second is worse is judged one-sided, adjusted over
    all measures asked, and never by a point difference alone.
    """
    from fr_bench.comparing import Asked, compare
    from fr_bench.storage.files import write_atomic

    target = None if page is None else output_file(page)
    asked = Asked(
        measures=measures,
        margins=_margins(margins),
        thresholds=_thresholds(threshold_a, threshold_b),
        **more,
    )
    sides = _side(first), _side(second)
    found = compare(*sides, asked)
    _show(found, lang, as_json)
    if target is not None:
        from fr_bench.reports import render

        text = render.html([side.result for side in sides], language=lang, differences=found)
        write_atomic(target, text.encode("utf-8"))
        say(f"page: {target}")
    return 0


def _side(run: Path) -> Side:
    """A run's result and scores, from its folder."""
    from fr_bench.cli.explain import result_path
    from fr_bench.comparing import Side
    from fr_bench.errors import DataError
    from fr_bench.reports import result_file
    from fr_bench.storage import scores

    folder = run if run.is_dir() else run.parent
    result = result_file.read(result_path(run))
    if not (folder / "scores").is_dir():
        raise DataError(
            f"{shown(str(folder))} has no folder scores: a comparison of systems needs the run's folder as "
            "`frbench run` wrote it",
            code="file_missing",
        )
    return Side(name=result.name, result=result, scores=scores.read(folder / "scores"))


def _margins(texts: tuple[str, ...]) -> dict[str, float]:
    """Margins by measure; "" is that of all others."""
    from fr_bench.known_measures import resolve

    found: dict[str, float] = {}
    for text in texts:
        named, _, number = text.rpartition(":")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            raise UsageError(
                f"--margin {shown(text)!r}: {shown(number)!r} is no number of at least 0; such as 0.001, or "
                "FNMR@FMR=1e-3:0.001",
                code="bad_option",
            )
        found[str(resolve(named, "--margin")[0]) if named else ""] = value
    return found


def _thresholds(first: float | None, second: float | None) -> tuple[float, float] | None:
    if first is None and second is None:
        return None
    if first is None or second is None or first != first or second != second:
        raise UsageError(
            "--threshold-a and --threshold-b go together, each a number: every system is judged at a threshold of its "
            "own",
            code="bad_option",
        )
    return first, second


def _show(found: Analysis, language: str, as_json: bool) -> None:
    import dataclasses
    import shutil

    if as_json:
        print_json({"schema": "fr-bench-diff/1", **dataclasses.asdict(found)})
        return
    from fr_bench.reports import differences_table

    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
    click.echo(differences_table.terminal(found, width, language=language), nl=False)
