"""The rehearsal dossier: what a certification officer reads, in English or Korean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fr_bench.certification import costs, curves, demographics
from fr_bench.certification.collecting import Needed, needed
from fr_bench.certification.counted import counts
from fr_bench.certification.forecast import LABEL
from fr_bench.certification.items import Item
from fr_bench.certification.judging import Judged, needs
from fr_bench.certification.profile import Requirement
from fr_bench.certification.rehearsal import WORST, Rehearsal
from fr_bench.certification.telling import Telling
from fr_bench.certification.verdicts import Verdicts
from fr_bench.certification.writing import measure_text
from fr_bench.reports import dossier, numbers
from fr_bench.reports.claimed import percent
from fr_bench.reports.document import (
    Block,
    Cell,
    Column,
    Facts,
    Heading,
    Section,
    Table,
    Text,
    cell,
    flattened,
)
from fr_bench.reports.pdf import measured
from fr_bench.reports.sections.environment import machine
from fr_bench.reports.sections.record import earlier
from fr_bench.reports.wording import Wording, wording


def html(rehearsal: Rehearsal, listed: Sequence[Item], *, language: str = "en") -> str:
    """The dossier as one self-contained page. Raises UsageError `unknown_language`."""
    say, shown = wording(language), sections(rehearsal, listed, language=language, badged=True)
    return dossier.html(_name(rehearsal, say), shown, say)


def pdf(rehearsal: Rehearsal, listed: Sequence[Item], *, language: str = "en", record: tuple[str, str]) -> bytes:
    """The same dossier as PDF/A, with the badge, the readings that are ours and a digest on every page.

    record   the file whose SHA-256 stands on every page, such as rehearsal.json, and the SHA-256

    Raises UsageError `unknown_language`, and `missing_extra` without the extra `pdf`.
    """
    say, shown = wording(language), sections(rehearsal, listed, language=language)
    made = measured(rehearsal.evidence.side.result)
    return dossier.pdf(_name(rehearsal, say), shown, say, digest=record, made=made)


def sections(
    rehearsal: Rehearsal, listed: Sequence[Item], *, language: str = "en", badged: bool = False
) -> list[Section]:
    """What a dossier shows, without any markup; `badged` ones say each by itself that this is no certificate."""
    return _Dossier(rehearsal, listed, wording(language)).sections(badged=badged)


def _name(rehearsal: Rehearsal, say: Wording) -> str:
    title = rehearsal.profile.scheme.title
    return say("certify.name", scheme=title.get(say.language, title.get("en", "")))


UNITS = {"attacks": "certify.attack_instruments", "searches": "certify.probe_subjects"}
"""What is counted where it is not subjects."""


class _Dossier:
    """The sections of one dossier in one language."""

    def __init__(self, rehearsal: Rehearsal, listed: Sequence[Item], say: Wording) -> None:
        self.found, self.listed, self.say = rehearsal, listed, say
        self.profile = rehearsal.profile
        self.tell, self.verdicts = Telling(rehearsal.profile, say), Verdicts(rehearsal, say)

    def sections(self, *, badged: bool) -> list[Section]:
        """All sections that have something to show."""
        made = (
            ("verdict", self.verdicts.blocks),
            ("passing", self.passing),
            ("weakest", self.weakest),
            ("failures", self.failures),
            ("figures", self.figures),
            ("groups", self.groups),
            ("curves", lambda: curves.blocks(self.found, self.say)),
            ("readings", self.readings),
            ("checklist", self.checklist),
            ("record", self.record),
        )
        found = []
        for name, blocks in made:
            held = tuple(blocks())
            # Sections are printed and passed on by themselves: each says what it is of.
            badge = () if name == "verdict" or not badged else (Text(self.say("certify.badge"), "quiet"),)
            if held:
                found.append(Section(name, self.say(f"certify.section_{name}"), (*badge, *held)))
        return found

    def passing(self) -> Iterator[Block]:
        if not any(one.forecast.known for one in self.found.judged):
            return
        yield Text(self.say("certify.passing_intro", label=LABEL))
        together = self.found.together
        if together.known and len(self.found.judged) > 1:
            yield Text(f"{self.say('certify.together')} {' '.join(self.tell.chance(together))}")

    def weakest(self) -> Iterator[Block]:
        weak = self.found.weak
        if weak is None:
            return
        yield Text(self.say("certify.weakest", category=self.tell.title(weak.category), carriers=f"{weak.carriers:,}"))
        columns = tuple(Column(self.say(f"certify.column_{name}"), figures=name != "condition")
                        for name in ("condition", "rejected", "share"))  # fmt: skip
        rows = tuple(
            (cell(name or "–"), cell(f"{wrong:,} / {trials:,}"), cell(percent(wrong / trials), wrong / trials))
            for name, wrong, trials in weak.conditions
        )
        if rows:
            yield Table(self.say("certify.conditions"), columns, rows[: 4 * WORST])
        if weak.subjects:
            told = ", ".join(f"{name} ({wrong}/{trials})" for name, wrong, trials in weak.subjects)
            yield Text(self.say("certify.worst_subjects", subjects=told))

    def failures(self) -> Iterator[Block]:
        yield Text(self.say("certify.failures_intro"))
        titles = ("category", "completed", "mated", "nonmated", "excluded")
        columns = tuple(Column(self.say(f"certify.column_{name}"), figures=name != "category") for name in titles)
        rows = []
        for name, one in self.found.evidence.trials.items():
            made = one.scores
            left = [self.say(f"certify.excluded_{row.reason}", count=str(row.count)) for row in one.excluded]
            rows.append((
                cell(self.tell.title(name) or self.say("certify.all")),
                cell(self.say("certify.people_images", people=f"{one.subjects:,}", enrolled=f"{one.enrolled:,}",
                              probes=f"{one.probes:,}")),
                cell(f"{len(made.mated):,} / {made.mated_planned:,}"),
                cell(f"{made.nonmated_made:,} / {made.nonmated_planned:,}"),
                cell(", ".join(left) or "0"),
            ))  # fmt: skip
        yield Table(self.say("certify.counts"), columns, tuple(rows))
        both = [one for one in self.found.judged if one.counted is not None and one.found.value is not None]
        if not both:
            return
        ways = ("category", "without_failures", "with_failures")
        columns = tuple(Column(self.say(f"certify.column_{name}"), figures=name != "category") for name in ways)
        yield Table(self.say("certify.both_ways"), columns, tuple(self.both(one) for one in both))

    def both(self, one: Judged) -> tuple[Cell, ...]:
        counted = one.counted
        told = numbers.value(counted, self.say) if counted is not None and counted.value is not None else "–"
        judged = one.requirement.judge == "point" and one.word is not None
        tail = f" · {self.tell.word(one.counted_word)}" if judged and one.counted_word else ""
        own = f" · {self.tell.word(one.word)}" if judged else ""
        return (cell(self.tell.what(one)), cell(numbers.value(one.found, self.say) + own), cell(told + tail))

    def figures(self) -> Iterator[Block]:
        if not self.found.shown:
            return
        titles = ("category", "measure", "value", "bounds")
        columns = tuple(Column(self.say(f"certify.column_{name}")) for name in titles)
        rows = []
        for name, one in self.found.shown:
            told, why = ["–"], [self.say.reason(one)]
            if one.value is not None:
                told = [costs.written(one, self.say), *counts(one, self.say)]
                why = numbers.interval_lines(one, self.say) or ["–"]
            rows.append((cell(self.tell.title(name) or "–"), cell(one.measure), Cell(tuple(told)), Cell(tuple(why))))
        yield Table(self.say("certify.figures"), columns, tuple(rows))

    def groups(self) -> Iterator[Block]:
        if self.profile.scheme.groups:
            yield from demographics.blocks(self.found.evidence.side.result, self.say)

    def readings(self) -> Iterator[Block]:
        yield Text(self.say("certify.marks"), "quiet")
        rows: list[tuple[str, str]] = []
        plan = self.profile.plan
        source = self.tell.said(plan.source) or self.say("certify.as_run")
        rows.append((f"{self.say('certify.plan')} {plan.certainty}", source))
        rows += [
            (self.tell.title(one.name), f"{one.certainty} {_filter(one.where)}") for one in self.profile.categories
        ]
        rows += [(self.limit(one), f"[R] {self.tell.said(one.ours)}") for one in self.profile.limits if one.ours]
        yield Facts(tuple(dict.fromkeys(rows)))
        if self.found.gaps:
            yield Heading(self.say("certify.gaps"))
        for gap in self.found.gaps:
            yield Text(f"{self.tell.title(gap.category)}: [R] {self.tell.said(gap.text)}", "warning")
        if self.profile.assumptions:
            yield Heading(self.say("certify.assumptions"))
        for assumption in self.profile.assumptions:
            yield Text(f"{assumption.certainty} {self.tell.said(assumption.text)}")
        if plan.needs:
            yield Heading(self.say("certify.needs"))
            yield Text(self.tell.said(plan.needs))
        asked = needed(self.profile, self.found.parameters)
        rows = [(self.limit(one.requirement), self.needs(one)) for one in asked if one.trials is not None]
        if rows:
            yield Facts(tuple(rows))

    def limit(self, one: Requirement) -> str:
        """What a limit is called: category, measure, and what it applies to."""
        name = f"{self.tell.title(one.category or '')} {measure_text(one, self.found.parameters)}".strip()
        return f"{name}, {self.tell.said(one.applies)}" if one.applies else name

    def needs(self, one: Needed) -> str:
        """What one limit needs, in a sentence."""
        unit = UNITS.get(needs(one.requirement.measure), "certify.subjects")
        parts = [self.say("certify.need", trials=f"{one.trials or 0:,}", without=f"{one.without or 0:,}")]
        if one.point is not None:
            parts.append(self.say("certify.need_point", who=self.say(unit, count=f"{one.point:,}")))
        if one.bound is not None:
            parts.append(self.say("certify.need_bound", who=self.say(unit, count=f"{one.bound:,}")))
        return "; ".join(parts)

    def checklist(self) -> Iterator[Block]:
        missing = sum(item.text is None for item in self.listed)
        yield Text(self.say("certify.checklist_intro", missing=str(missing), total=str(len(self.listed))))
        for group in dict.fromkeys(item.group for item in self.listed):
            yield Heading(self.say(f"certify.group_{group}"))
            yield Facts(tuple(
                (self.say(f"certify.item_{item.key}"), item.text or self.say("certify.not_stated"))
                for item in self.listed if item.group == group
            ))  # fmt: skip

    def record(self) -> Iterator[Block]:
        result = self.found.evidence.side.result
        rows = [("profile", self.profile.name), ("run", result.name), ("source", self.found.evidence.source)]
        if (sealed := self.found.evidence.sealed) is not None:
            rows += [("manifest.json SHA-256", sealed.manifest), ("run identity", sealed.identity)]
        rows += [(f"set.{name}", repr(value)) for name, value in sorted(self.found.parameters.items())]
        if result.dataset is not None:
            rows.append(("dataset SHA-256", result.dataset.digest))
        if result.recognizer is not None:
            rows.append(("recognizer SHA-256", result.recognizer.digest))
        yield Facts(tuple(rows), exact=True)
        yield Facts(tuple(flattened(machine(result.environment))), exact=True)
        yield from earlier(result, self.say)
        yield Text(self.say("certify.closing"), "quiet")


def _filter(where: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{name} = {' | '.join(values)}" for name, values in where.items())
