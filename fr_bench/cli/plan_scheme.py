"""`frbench plan --scheme`: what must be collected for a rehearsal to be judged at all."""

from __future__ import annotations

import dataclasses

import click

from fr_bench.cli.options import print_json


def show(scheme: str, power: float, *, as_json: bool) -> int:
    """Print what a scheme asks of the data, limit by limit."""
    from fr_bench.certification.collecting import needed
    from fr_bench.certification.reading import profile
    from fr_bench.reports.table import wrapped

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
    lines = [asked.scheme.title["en"], *wrapped(f"{asked.plan.certainty} {asked.plan.needs.get('en', '')}", 96, ""), ""]
    lines.append(f"at least {asked.scheme.fewest_subjects} subjects for any verdict")
    if asked.plan.subjects:
        lines.append(f"the scheme's own example has {asked.plan.subjects} subjects")
    for row in rows:
        rule = row.requirement
        what = f"{rule.category}: {rule.measure}" if rule.category else rule.measure
        if row.limit is None:
            lines.append(f"{what}: the limit is yours; certify takes it by --set {row.absent[0]}=NUMBER")
            continue
        lines += wrapped(f"{what} {'<=' if rule.upper else '>='} {row.limit:g}: {_told(row, power)}", 96)
    lines += [
        "",
        *wrapped("Subjects are counted for a true rate of a third of the limit, one mated trial each on the point; "
                 "an EER is counted by its mated side. `frbench plan 'FNMR<=RATE'` says more, with every assumption.",
                 96, ""),
    ]  # fmt: skip
    click.echo("\n".join(lines))
    return 0


def _told(row: object, power: float) -> str:
    from fr_bench.certification.collecting import Needed

    if not isinstance(row, Needed) or row.trials is None:
        return "nothing to count"
    parts = [f"{row.trials:,} trials for the rule of 30", f"{row.without:,} without an error for the rule of 3"]
    if row.point is not None:
        parts.append(f"{row.point:,} subjects pass on the point with {100 * power:g} % probability")
    if row.bound is not None:
        parts.append(f"{row.bound:,} subjects pass on the bound with {100 * power:g} %")
    return "; ".join(parts)


def _plain(row: object) -> dict[str, object]:
    told = dataclasses.asdict(row)  # type: ignore[call-overload]
    told.pop("requirement")
    return dict(told)
