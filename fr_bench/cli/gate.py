"""`frbench gate`: verdicts on a run for continuous integration, and the exit code that follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fr_bench.cli.options import PATH, RUN, output_file, print_json, say

if TYPE_CHECKING:
    from fr_bench.gates import Judgement
    from fr_bench.gates.tables import Telling

EPILOG = """\b
Examples:
  frbench gate runs/lfw-model-1a2b3c4d --gates gates.toml
  frbench gate RUN --baseline reports/baselines/lfw-model.json
  frbench gate RUN --gates gates.toml --baseline base.json --junit gate.xml --github
  frbench gate RUN --gates gates.toml --lang ko --markdown gate.md
  frbench gate RUN --gates gates.toml --gitlab gl-code-quality-report.json --json

\b
Exit codes: 0 passed · 1 a gate failed · 2 command line, gate file, or a baseline that does not fit the run · 3 the run
or the baseline cannot be read, or was changed · 5 inconclusive (what it does to a build is a setting of the gate file)
· 6 a file cannot be written
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option("--gates", "rules", type=PATH, help="The gate file (TOML). Default: gates.toml here, if it is there; "
              "else every measure of the baseline.")  # fmt: skip
@click.option("--baseline", "base", type=PATH, help="The baseline that regressions are judged against.")
@click.option("--allow", multiple=True, metavar="WORD",
              help="Judge all the same, and say so in every output: data, plan, preprocessing, definition, polarity or "
              "alpha of a baseline that differs; independent comparisons; a limited run.")  # fmt: skip
@click.option("--junit", type=PATH, help="Write JUnit XML: one test case a gate.")
@click.option("--github", is_flag=True, help="Annotations for GitHub, worst first, at most 10; and the summary of the "
              "step where GITHUB_STEP_SUMMARY names its file.")  # fmt: skip
@click.option("--markdown", "page", type=PATH, help="Write a Markdown table, such as for a comment.")
@click.option("--gitlab", type=PATH, help="Write GitLab's code-quality report.")
@click.option("--metrics", type=PATH, help="Write figures and verdicts in the format of OpenMetrics, as GitLab's "
              "metrics report takes them.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language of the "
              "terminal, the Markdown table and GitHub's summary; what machines read, and annotations, stay "
              "English.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The verdicts as JSON on stdout, for machines.")
def command(
    run: Path,
    rules: Path | None,
    base: Path | None,
    allow: tuple[str, ...],
    junit: Path | None,
    github: bool,
    page: Path | None,
    gitlab: Path | None,
    metrics: Path | None,
    lang: str,
    as_json: bool,
) -> int:
    """Judge RUN by a gate file, and against a baseline: pass, fail, or inconclusive.

    A limit is judged on the bound of its interval, a regression on the difference paired by subject. What stays
    inconclusive says how many more subjects would decide it.
    """
    from fr_bench.gates import asked, judge
    from fr_bench.judged_runs import judged_run

    for target in (junit, page, gitlab, metrics):
        if target is not None:
            output_file(target)
    gates, baseline = asked(rules, base)
    judgement = judge(judged_run(run), gates, baseline, allow=allow)
    telling = _telling(lang)
    _write_reports(judgement, {"junit": junit, "markdown": page, "gitlab": gitlab, "metrics": metrics}, telling)
    _show(judgement, telling, as_json=as_json)
    if github:
        _tell_github(judgement, telling, as_json=as_json)
    return judgement.exit_code


def _telling(language: str) -> Telling:
    """Texts of gates in a language: words first, then sentences; "MEASURE: why" by its second part."""
    from fr_bench.gates.tables import Telling
    from fr_bench.reports import sentences
    from fr_bench.reports.table import cell_width

    words = sentences.words(language).get("gate", {})

    def say(text: str) -> str:
        told = words.get(text) or sentences.translated(text, language)
        name, colon, rest = text.partition(": ")
        return told or (f"{name}: {say(rest)}" if colon and words else text)

    return Telling(say=say, cells=cell_width)


def _write_reports(judgement: Judgement, targets: dict[str, Path | None], telling: Telling) -> None:
    from fr_bench.gates.gitlab import code_quality, metrics
    from fr_bench.gates.junit import junit
    from fr_bench.gates.tables import markdown
    from fr_bench.storage.files import write_atomic

    made = {
        "junit": junit,
        "markdown": lambda told: markdown(told, telling).encode("utf-8"),
        "gitlab": code_quality,
        "metrics": metrics,
    }
    for name, target in targets.items():
        if target is not None:
            write_atomic(target, made[name](judgement))


def _show(judgement: Judgement, telling: Telling, *, as_json: bool) -> None:
    import shutil

    from fr_bench.gates.tables import as_json as plain
    from fr_bench.gates.tables import terminal

    if as_json:
        print_json(plain(judgement))
        return
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
    click.echo(terminal(judgement, width, telling), nl=False)


def _tell_github(judgement: Judgement, telling: Telling, *, as_json: bool) -> None:
    """Annotations on stdout, or beside JSON on stderr: GitHub reads both."""
    from fr_bench.gates.github import summary_file, workflow_commands
    from fr_bench.gates.tables import markdown
    from fr_bench.storage.files import write_failure

    for line in workflow_commands(judgement):
        click.echo(line, err=as_json)
    summary = summary_file()
    if summary is not None:
        with write_failure(summary), summary.open("a", encoding="utf-8") as file:
            file.write(markdown(judgement, telling))
        say(f"summary: {summary}", quiet=as_json)
