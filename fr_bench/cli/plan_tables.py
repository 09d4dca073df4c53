"""How a plan is told: tables and sentences for people, in English or Korean.

Sentences are made in English and looked up in the catalogue of sentences; heads of tables stand among its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fr_bench.cli.told import Page
from fr_bench.errors import shown
from fr_bench.numerals import grouped, many, short

if TYPE_CHECKING:
    from fr_bench.planning import Capability, Decision, Plan, Size


def show_plan(plan: Plan, page: Page) -> None:
    """The size needed, at half and double the dependence, with other numbers of samples, and what it rests on."""
    _head(plan.requirement, plan.statement, page)
    rows = [
        ("needed", plan.needed),
        (f"half the {_dependence(plan.needed)}", plan.half),
        (f"double the {_dependence(plan.needed)}", plan.double),
        *([("without any error", plan.no_errors)] if plan.no_errors else []),
    ]
    _sizes(rows, plan.unit, plan.counted, page)
    if plan.more_samples:
        _more_samples(plan, page)
    lines = (*_companion_lines(plan), *_rule_lines(plan))
    for line in lines:
        page.paragraph(line)
    if lines or plan.more_samples:
        page.line()
    _granted(plan.assumptions, page)


def show_decision(decision: Decision, page: Page, *, whole: bool = True) -> None:
    """What a size can decide; `whole` False where a plan stands above that said what is asked and assumed."""
    if whole:
        _head(decision.requirement, decision.statement, page)
    else:
        page.line()
        page.line(f"What {shown(decision.learnt_from or 'the run')} itself could decide")
        page.line()
    effect = _dependence(decision.size)
    rows = [("this size", decision.size)]
    if decision.kind != "difference":
        rows += [(f"half the {effect}", decision.half), (f"double the {effect}", decision.double)]
    _sizes(rows, decision.unit, decision.counted, page)
    for line in _decision_lines(decision):
        page.paragraph(line)
    if whole:
        page.line()
        _granted(decision.assumptions, page)


def show_capabilities(rows: Sequence[Capability], run: str, level: float, page: Page) -> None:
    """For every rate of a run what its size could show."""
    page.line(f"What the size of {shown(run)} can show, with two-sided {short(100 * level, 6)} % intervals")
    page.line()
    page.table(
        ["", "errors", "trials", "worth", "subjects", "no errors would show", "half width", "half of it takes"],
        [
            (
                row.measure,
                grouped(row.errors),
                grouped(row.trials),
                _count(row.effective),
                grouped(row.subjects),
                f"<= {short(row.smallest, 2)}",
                page.sentence("none" if row.half_width is None else short(row.half_width, 2)),
                page.sentence("not known" if row.subjects_to_halve is None else many(row.subjects_to_halve, row.unit)),
            )
            for row in rows
        ],
    )
    independent = [row for row in rows if row.independent]
    if independent:
        sober = "; ".join(f"{row.measure} <= {short(row.sober or 1.0, 2)}" for row in independent)
        named = ", ".join(row.measure for row in independent)
        page.paragraph(
            f"{named}: measured with trials taken as independent, so the design effect is not known, and the figures "
            f"promise too much. Counting only trials without a common subject, no errors would show: {sober}."
        )
    page.paragraph(
        "A limit below 'no errors would show' cannot be shown by a test of this size, however good the system. "
        '`frbench plan "FMR<=1e-4" --from RUN` says what size can.'
    )


def _head(requirement: str, statement: str, page: Page) -> None:
    page.line(shown(requirement))
    page.line()
    page.paragraph(statement)
    page.line()


def _dependence(size: Size) -> str:
    assumed = size.assumed
    return "design effect" if "design_effect" in assumed else "variance" if "tau" in assumed else "correlation"


def _sizes(rows: Sequence[tuple[str, Size]], unit: str, counted: str, page: Page) -> None:
    """One line a size; columns that no size fills are left out."""
    columns: dict[str, list[str]] = {
        "": [name for name, _ in rows],
        f"{unit}s": ["more than 10^9" if size.subjects is None else grouped(size.subjects) for _, size in rows],
        "samples": [_whole(size.samples) for _, size in rows],
        counted: [_whole(size.trials) for _, size in rows],
        "worth": ["" if size.effective is None else _count(size.effective) for _, size in rows],
        "design effect": ["" if size.design_effect is None else _figure(size.design_effect) for _, size in rows],
        "errors allowed": [_allowed(size) for _, size in rows],
        "power": ["" if size.power is None else _percent(size.power) for _, size in rows],
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    page.table(list(filled), list(zip(*filled.values(), strict=True)))
    page.line()


def _whole(count: int | None) -> str:
    return "" if count is None else grouped(count)


def _allowed(size: Size) -> str:
    if size.allowed is not None:
        return grouped(size.allowed)
    return "not even 0" if size.power is not None else ""


def _more_samples(plan: Plan, page: Page) -> None:
    page.line(f"More samples of each {plan.unit}")
    page.line()
    rows = [
        (
            "without limit" if size.samples is None else grouped(size.samples),
            "more than 10^9" if size.subjects is None else grouped(size.subjects),
            "" if size.trials is None else grouped(size.trials),
        )
        for size in plan.more_samples
    ]
    page.table(["samples", f"{plan.unit}s needed", plan.counted], rows)
    page.line()
    last = plan.more_samples[-1].subjects
    if last is not None:
        page.paragraph(f"However many samples each gives, fewer than {many(last, plan.unit)} do not suffice.")


def _companion_lines(plan: Plan) -> list[str]:
    from fr_bench.planning.requirement import QUANTITIES

    companion = plan.companion
    if companion is None:
        return []
    size = companion.size
    if size.subjects is None or size.trials is None:
        return [f"No test of up to 10^9 subjects holds {companion.rate} = {companion.written}."]
    unit = QUANTITIES[companion.rate].unit
    who = "the same subjects" if companion.same_subjects else "a set of their own"
    line = (
        f"The threshold at {companion.rate} = {companion.written} needs besides {grouped(size.trials)} "
        f"{companion.counted} of {many(size.subjects, unit)} ({who}), worth {_count(size.effective or 0)}: 30 "
        f"effective errors hold it to 30 % at 90 % confidence, with a correlation of {_correlation(size)}."
    )
    if companion.same_subjects and plan.subjects is not None and plan.subjects != plan.needed.subjects:
        line += f" The test needs {grouped(plan.subjects)} subjects in all."
    return [line]


def _correlation(size: Size) -> str:
    assumed = (
        {"correlation": "a", "pair_correlation": "b"} if "pair_correlation" in size.assumed else {"correlation": "r"}
    )
    return " and ".join(f"{letter} = {short(size.assumed[name], 3)}" for name, letter in assumed.items())


def _rule_lines(plan: Plan) -> list[str]:
    told = {
        "rule_of_3": "Rule of 3: no error in {independent} independent trials shows a rate below the limit, "
        f"one-sided at {short(100 * plan.level, 6)} %",
        "rule_of_30": "Rule of 30: 30 errors, of {independent} independent trials at the true rate, give the rate to "
        "30 % at 90 %",
        "normal_theory": "By normal theory the half width takes {independent} independent trials",
        "independent_pairs": "The difference takes {independent} independent paired trials",
    }
    lines = []
    for name, text in told.items():
        independent = plan.rules.get(f"{name}_independent", plan.rules.get(name))
        if independent is None:
            continue
        line = text.format(independent=_count(independent))
        if f"{name}_trials" in plan.rules:
            effect = _figure(plan.rules[f"{name}_design_effect"])
            trials = _count(plan.rules[f"{name}_trials"])
            subjects = many(int(plan.rules[f"{name}_subjects"]), plan.unit)
            line += f"; times the design effect {effect}: {trials} of {subjects}"
            if name == "rule_of_30":
                line += f", with {_count(30 * plan.rules[f'{name}_design_effect'])} errors"
        lines.append(f"{line}.")
    return lines


def _decision_lines(decision: Decision) -> list[str]:
    lines = []
    if decision.size.subjects is not None and decision.size.subjects < 20:
        lines.append(f"Fewer than 20 {decision.unit}s: no verdict is given, whatever the counts.")
    wanted, power = shown(decision.requirement), _percent(decision.power_asked)
    if decision.kind == "difference":
        lines.append(
            f"No difference is found with {power} probability." if decision.difference is None else
            f"The smallest difference found with {power} probability is {short(decision.difference, 2)}."
        )  # fmt: skip
        return lines
    verdict = "can show" if decision.can_decide else "cannot show"
    true = short(decision.true, 3)
    lines.append(f"This size {verdict} {wanted} with {power} probability, if the true rate is {true}.")
    lines.append(f"Without any error it shows a rate of at most {short(decision.shows_none, 3)}.")
    if decision.kind == "at_most" and decision.size.subjects is not None and decision.size.subjects >= 20:
        lines.append(
            "No system can be shown to keep the limit with that probability." if decision.passes_up_to is None else
            f"Systems with a true rate of up to {short(decision.passes_up_to, 3)} are shown to keep the limit."
        )  # fmt: skip
        lines.append(
            "No system can be found to break it with that probability." if decision.fails_from is None else
            f"Systems with a true rate from {short(decision.fails_from, 3)} on are found to break it; between the two "
            "the test is likely to stay inconclusive."
        )  # fmt: skip
    if decision.half_width is not None:
        share = _figure(100 * decision.half_width / decision.true)
        width = short(decision.half_width, 2)
        lines.append(f"The half width expected at the true rate is {width}, {share} % of it.")
    return lines


def _granted(assumptions: Sequence[str], page: Page) -> None:
    page.line("Taken for granted")
    for sentence in assumptions:
        page.paragraph(sentence, "  - ")


def _count(value: float) -> str:
    return grouped(round(value))


def _figure(value: float) -> str:
    from fr_bench.planning.assumptions import written

    return written(value)


def _percent(share: float) -> str:
    return "< 0.01 %" if 0 < share < 1e-4 else f"{short(100 * share, 3)} %"
