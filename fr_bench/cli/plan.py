"""`frbench plan`: how large a test must be, and what a size that is given can decide."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fr_bench.cli.options import RUN, print_json

if TYPE_CHECKING:
    from fr_bench.findings import Result
    from fr_bench.planning import Aim, Assumed

EPILOG = """\b
Requirements:
  FMR<=1e-4                  the interval's upper limit lies at or below 1e-4
  FNMR@FMR=1e-3<=2%          also FPIR, FNIR@FPIR=.., APCER, BPCER@APCER=.., GFAR, GFRR, FTA, FTE
  FMR+-30%, FNMR+-0.002      a half width: as a share of the rate, or absolute; needs --true
  "FNMR difference 0.005"    a paired comparison of two systems; needs --discordant, --tau or --true

\b
Examples:
  frbench plan "FMR<=1e-4" --power 0.9
  frbench plan "FMR<=1e-4" --correlation 5e-5 --samples 4
  frbench plan "FNMR<=1%" --from runs/pilot              with the design effect of an earlier run
  frbench plan "FMR<=1e-4" --subjects 300 --samples 4    what this size can decide
  frbench plan --from runs/pilot                         what every rate of a run could show
  frbench plan "FNMR difference 0.005" --sided one --tau 0.05 --differing 60    after a pilot
  frbench plan --scheme kisa-style-face --lang ko        what a certification scheme asks for

\b
Exit codes: 0 planned · 2 command line, or a run without the rate asked for · 3 the run cannot be read
"""


@click.command(epilog=EPILOG)
@click.argument("requirement", required=False)
@click.option("--power", type=float, default=0.9, show_default=True, help="Probability that the test shows it.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level.")
@click.option("--sided", type=click.Choice(["one", "two"]), default="two", show_default=True,
              help="Limit of a two-sided interval, or a one-sided limit.")  # fmt: skip
@click.option("--true", "true_rate", metavar="RATE", help="The true rate; default: a third of the limit.")
@click.option("--samples", type=int, metavar="N", help="Samples a subject; default: 2 where samples are compared.")
@click.option("--references", type=int, metavar="N", help="So many of them are references for the others as probes; "
              "default: every sample is compared with every other.")  # fmt: skip
@click.option("--subjects", type=int, metavar="N", help="Say what a test of this size can decide.")
@click.option("--from", "run", type=RUN, metavar="RUN", help="An earlier run whose design effect is taken over.")
@click.option("--deff", type=float, help="State the design effect.")
@click.option("--correlation", type=float, help="State how alike trials are: r of a subject's own, or a of nonmated "
              "comparisons that share one subject.")  # fmt: skip
@click.option("--pair-correlation", type=float, help="b of nonmated comparisons of the same two subjects.")
@click.option("--variation", type=float, default=0.0, help="Coefficient of variation of the trials a subject.")
@click.option("--discordant", type=float, metavar="SHARE", help="Trials that two systems decide differently.")
@click.option("--tau", type=float, help="Standard error of the difference in a pilot times sqrt(subjects).")
@click.option("--differing", type=int, metavar="N", help="Subjects of that pilot in which the systems' numbers of "
              "errors differ: so well it knows its tau, and the size allows for that.")  # fmt: skip
@click.option("--scheme", metavar="NAME", help="Instead of a requirement: what a certification scheme needs to be "
              "judged at all; `frbench list profiles` names them.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language of the "
              "answer; JSON has English keys and sentences in any.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(
    requirement: str | None,
    run: Path | None,
    subjects: int | None,
    scheme: str | None,
    lang: str,
    as_json: bool,
    **options: Any,
) -> int:
    """Plan a test that shows REQUIREMENT, or say what a size that is given can decide.

    Subjects, not comparisons, are planned: comparisons that share a subject are worth less than their number. Every
    assumption is printed, and the answer at half and at double the dependence.
    """
    from fr_bench import planning
    from fr_bench.cli import plan_tables
    from fr_bench.cli.told import Page
    from fr_bench.errors import UsageError

    if scheme is not None:
        from fr_bench.cli import plan_scheme

        if requirement is not None or run is not None or subjects is not None:
            raise UsageError("--scheme stands alone: without requirement, --from and --subjects", code="bad_option")
        return plan_scheme.show(scheme, _aim(options).power, as_json=as_json, language=lang)
    earlier = _read(run) if run is not None else None
    aim, assumed = _aim(options), _assumed(options)
    if requirement is None:
        if earlier is None:
            raise UsageError(
                "nothing to plan for: give a requirement such as 'FMR<=1e-4', or --from RUN", code="bad_requirement"
            )
        if subjects is not None:
            raise UsageError("--subjects: what this size can decide needs a requirement", code="bad_requirement")
        rows = planning.capabilities(earlier, level=aim.level)
        if as_json:
            print_json({"run": earlier.name, "level": aim.level, "measures": [dataclasses.asdict(row) for row in rows]})
        else:
            plan_tables.show_capabilities(rows, earlier.name, aim.level, Page(lang))
        return 0
    if subjects is not None:
        decision = planning.decide(requirement, aim, assumed, subjects=subjects, run=earlier)
        _show(as_json, lang, decision=decision)
        return 0
    answer = planning.plan(requirement, aim, assumed, run=earlier)
    own = planning.decide(requirement, aim, assumed, run=earlier) if earlier is not None else None
    _show(as_json, lang, plan=answer, decision=own)
    return 0


def _show(as_json: bool, language: str, **answers: Any) -> None:
    from fr_bench.cli import plan_tables
    from fr_bench.cli.told import Page

    given = {name: answer for name, answer in answers.items() if answer is not None}
    if as_json:
        print_json({name: dataclasses.asdict(answer) for name, answer in given.items()})
        return
    page = Page(language)
    if "plan" in given:
        plan_tables.show_plan(given["plan"], page)
    if "decision" in given:
        plan_tables.show_decision(given["decision"], page, whole="plan" not in given)


def _read(run: Path) -> Result:
    from fr_bench.cli.explain import result_path
    from fr_bench.reports import result_file

    return result_file.read(result_path(run))


def _aim(options: dict[str, Any]) -> Aim:
    from fr_bench.planning import Aim
    from fr_bench.planning.requirement import number

    text = options["true_rate"]
    true = None if text is None else float(number(text, "--true")[0])
    return Aim(power=options["power"], level=options["level"], sided=options["sided"], true=true)


def _assumed(options: dict[str, Any]) -> Assumed:
    from fr_bench.planning import Assumed

    return Assumed(
        samples=options["samples"],
        references=options["references"],
        correlation=options["correlation"],
        design_effect=options["deff"],
        pair_correlation=options["pair_correlation"],
        variation=options["variation"],
        discordant=options["discordant"],
        spread=options["tau"],
        differing=options["differing"],
    )
