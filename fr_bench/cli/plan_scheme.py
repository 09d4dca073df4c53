"""`frbench plan --scheme`: what must be collected for a rehearsal to be judged at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fr_bench.cli.options import print_json
from fr_bench.numerals import many, short, written_target

if TYPE_CHECKING:
    from fr_bench.certification.collecting import Needed
    from fr_bench.certification.profile import Profile, Requirement
    from fr_bench.cli.told import Page

INDENT = "   "
UNITS = {"attacks": "attack instrument", "searches": "probe subject"}
CLOSING = (
    "Subjects are counted for a true rate of a third of the limit, one mated trial each on the point; an EER is "
    "counted by its mated side. `frbench plan 'FNMR<=RATE'` says more, with every assumption."
)


def show(scheme: str, power: float, *, as_json: bool, language: str = "en") -> int:
    """Print what a scheme asks of the data, limit by limit."""
    from fr_bench.certification.collecting import needed
    from fr_bench.certification.reading import profile
    from fr_bench.cli.told import Page

    asked = profile(scheme)
    rows = needed(asked, power=power)
    if as_json:
        told = [
            {"measure": row.requirement.measure, "category": row.requirement.category, **_plain(row)} for row in rows
        ]
        print_json({
            "scheme": asked.name, "fewest_subjects": asked.scheme.fewest_subjects, "subjects_of_the_scheme":
            asked.plan.subjects, "needs": dict(asked.plan.needs), "power": power, "limits": told,
        })  # fmt: skip
        return 0
    page = Page(language)
    page.line(asked.scheme.title[language])
    page.paragraph(f"{asked.plan.certainty} {asked.plan.needs.get(language, '')}")
    page.line()
    if asked.judges:
        page.line(f"at least {asked.scheme.fewest_subjects} subjects for any verdict")
    else:
        page.line("the scheme gives no verdict")
    if asked.plan.subjects:
        page.line(f"the scheme's own example has {many(asked.plan.subjects, 'subject')}")
    for row in rows:
        _limit(row, asked, power, page)
    if rows:
        page.line()
        page.paragraph(CLOSING)
    return 0


def _limit(row: Needed, asked: Profile, power: float, page: Page) -> None:
    from fr_bench.certification.rehearsal import title_of

    rule = row.requirement
    category = title_of(asked, rule.category, page.language) if rule.category else ""
    what = f"{category}: {_asked_as(rule, asked)}" if category else _asked_as(rule, asked)
    if rule.applies:
        what = f"{what} ({rule.applies[page.language]})"
    page.line()
    if row.limit is None:
        page.line(what)
        page.paragraph(f"the limit is yours; certify takes it by --set {row.absent[0]}=NUMBER", INDENT)
        return
    page.line(f"{what} {'<=' if rule.upper else '>='} {short(100 * row.limit, 6)} %")
    for text in _told(row, power):
        page.paragraph(text, INDENT)
    if rule.optional:
        page.paragraph("only where there is evidence for it: attacks, or searches", INDENT)
    for name in rule.parameters:
        if asked.parameters[name].default is None:
            page.paragraph(f"--set {name}=NUMBER: {asked.parameters[name].title[page.language]}", INDENT)


def _asked_as(rule: Requirement, asked: Profile) -> str:
    """The measure as it will be asked: with the values that parameters have by themselves, NUMBER for all others."""
    from fr_bench.certification.profile import PARAMETER

    values = {name: asked.parameters[name].default for name in rule.parameters}
    written = {name: "NUMBER" if value is None else written_target(value) for name, value in values.items()}
    return PARAMETER.sub(lambda found: written[found[1]], rule.measure)


def _told(row: Needed, power: float) -> list[str]:
    from fr_bench.certification.judging import needs

    if row.trials is None or row.without is None:
        return ["nothing to count"]
    unit = UNITS.get(needs(row.requirement.measure), "subject")
    chance = f"{short(100 * power, 4)} %"
    parts = [
        f"{many(row.trials, 'trial')} for the rule of 30",
        f"{many(row.without, 'trial')} without an error for the rule of 3",
    ]
    if row.point is not None:
        parts.append(f"{many(row.point, unit)} pass on the point with {chance} probability")
    if row.bound is not None:
        parts.append(f"{many(row.bound, unit)} pass on the bound with {chance} probability")
    return parts


def _plain(row: Needed) -> dict[str, object]:
    told = dataclasses.asdict(row)
    told.pop("requirement")
    return told
