"""The rehearsal dossier: what a certification officer reads, in English or Korean."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from fr_bench.certification import costs, curves, demographics
from fr_bench.certification.collecting import Needed, needed
from fr_bench.certification.forecast import LABEL, Forecast
from fr_bench.certification.items import Item
from fr_bench.certification.judging import Judged
from fr_bench.certification.rehearsal import WORST, Rehearsal, title_of
from fr_bench.certification.writing import limit_text, probable
from fr_bench.claims import Claim, Rate, prove
from fr_bench.findings import Measurement
from fr_bench.reports import dossier, numbers
from fr_bench.reports.claimed import percent, sentences
from fr_bench.reports.document import (
    Block,
    Cell,
    Column,
    Facts,
    Heading,
    Notice,
    Section,
    Table,
    Text,
    Tone,
    cell,
    flattened,
)
from fr_bench.reports.pdf import measured
from fr_bench.reports.sections.environment import machine
from fr_bench.reports.sections.record import earlier
from fr_bench.reports.wording import Wording, wording

TONES: Mapping[str, Tone] = {"pass": "good", "fail": "bad", "inconclusive": "warning"}
RULE_OF_30 = 30


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


class _Dossier:
    """The sections of one dossier in one language."""

    def __init__(self, rehearsal: Rehearsal, listed: Sequence[Item], say: Wording) -> None:
        self.found, self.listed, self.say = rehearsal, listed, say
        self.profile = rehearsal.profile

    def sections(self, *, badged: bool) -> list[Section]:
        """All sections that have something to show."""
        made = (
            ("verdict", self.verdict),
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

    def said(self, text: Mapping[str, str]) -> str:
        return text.get(self.say.language, text.get("en", ""))

    def title(self, category: str) -> str:
        return title_of(self.profile, category, self.say.language)

    def verdict(self) -> Iterator[Block]:
        scheme = self.profile.scheme
        yield Notice(self.say("certify.badge"), f"{self.said(scheme.notice)} {self.say('certify.not_certificate')}")
        yield Text(self.said(scheme.summary))
        yield Text(self.say(f"certify.kind_{scheme.verdict.replace(' ', '_')}", source=scheme.source,
                            certainty=scheme.certainty), "quiet")  # fmt: skip
        word = self.found.word
        if word is not None:
            yield Text(self.say(f"certify.overall_{word}"), TONES[word])
        if any(one.few for one in self.found.judged):
            few = self.say("certify.few", least=str(scheme.fewest_subjects), people=self.people())
            where = self.say("certify.section_readings")
            yield Text(f"{few} {self.say('certify.few_plan', title=where, scheme=self.profile.name)}", "warning")
        yield from self.warnings()
        if self.found.judged:
            yield self.table()
        for one in self.found.judged:
            if one.tied is not None:
                both = {"value": numbers.value(one.found, self.say), "limit": percent(one.limit or 0.0)}
                texts = {"word": self.word(one.word), "other": self.word(one.tied)}
                yield Text(self.say("certify.tied", what=self.what(one), **both, **texts), "warning")
        for rule in self.found.left_out:
            yield Text(self.say("certify.left_out", what=limit_text(rule, self.say.language)), "quiet")
        yield from self.headline()

    def people(self) -> str:
        counts = sorted({one.subjects for one in self.found.evidence.trials.values()})
        return " / ".join(map(str, counts))

    def warnings(self) -> Iterator[Block]:
        least = min((one.subjects for one in self.found.evidence.trials.values()), default=0)
        scheme = self.profile.scheme
        if scheme.fewest_subjects <= least < scheme.few_subjects:
            yield Text(self.say("certify.rather_few", people=str(least), wanted=str(scheme.few_subjects)), "warning")
        small = []
        for one in self.found.judged:
            trials = self.trials_of(one)
            if one.limit and trials < RULE_OF_30 / one.limit and one.found.value is not None:
                needed = f"{round(RULE_OF_30 / one.limit):,}"
                small.append(f"{self.what(one)}: {trials:,} / {needed}")
        if small:
            yield Text(self.say("certify.rule_of_30", rows="; ".join(small)), "quiet")

    def trials_of(self, one: Judged) -> int:
        if one.found.counts is not None:
            return one.found.counts.trials
        sides = one.found.details.get("fractions", {})
        return int(sides["fnmr"][1]) if "fnmr" in sides else 0

    def table(self) -> Table:
        titles = ("limit", "value", "interval", "verdict", "margin", "chance")
        wide = ("limit", "interval")
        columns = tuple(Column(self.say(f"certify.column_{name}"), wide=name in wide) for name in titles)
        rows = tuple(self.row(one) for one in self.found.judged)
        return Table(self.say("certify.table"), columns, rows)

    def row(self, one: Judged) -> tuple[Cell, ...]:
        found = one.found
        sign = "≤" if one.requirement.upper else "≥"
        limit = "–" if one.limit is None else f"{sign} {_limit(one.limit, found)}"
        first = Cell((f"{self.what(one)} {limit}", f"{one.requirement.certainty} {one.requirement.source}"))
        if found.value is None:
            absent = self.say("certify.absent", name=one.absent[0]) if one.absent else self.say.reason(found)
            return (first, cell("–"), cell(absent), self.cell_of(one), cell("–"), cell("–"))
        value = Cell((numbers.value(found, self.say), *numbers.count_lines(found, self.say)))
        chance = Cell(self.chance(one.forecast))
        return (first, value, Cell(self.terms(one)), self.cell_of(one), cell(self.margin(one)), chance)

    def cell_of(self, one: Judged) -> Cell:
        if one.word is None:
            return cell(self.say("certify.no_verdict"))
        lines = [self.word(one.word)]
        if not one.requirement.binding and not one.requirement.applies:
            lines.append(self.say("certify.recommended"))
        if one.requirement.applies:
            lines.append(self.said(one.requirement.applies))
        if one.gallery:
            lines.append(self.say.sentence(one.gallery))
        elif one.few:
            lines.append(self.say("certify.too_few"))
        elif one.more:
            lines.append(self.say("certify.more", count=f"{one.more:,}"))
        return Cell(tuple(lines), tone=TONES[one.word])

    def word(self, word: str | None) -> str:
        return self.say(f"certify.word_{word}") if word else self.say("certify.no_verdict")

    def what(self, one: Judged) -> str:
        return f"{self.title(one.category)}: {one.found.measure}" if one.category else one.found.measure

    def terms(self, one: Judged) -> tuple[str, ...]:
        """Estimator, interval, confidence, sidedness, subjects and method: what every verdict must say."""
        found, rule = one.found, one.requirement
        lines = [self.say(f"certify.judged_{rule.judge}")]
        if found.interval is not None:
            method = self.say.get(f"method.{found.interval.method}", found.interval.method)
            confidence = (1 + found.interval.level) / 2 if rule.sided == "one" else found.interval.level
            lines += [
                numbers.limits(found.interval, found.value or 0.0, found.unit),
                self.say(f"certify.{rule.sided}_sided", level=percent(confidence)),
                method,
            ]
        else:
            lines.append(self.say.no_interval(found.no_interval or ""))
        people = self.found.evidence.trials[one.category].subjects if one.category in self.found.evidence.trials else 0
        lines.append(self.say("certify.subjects", count=f"{people:,}"))
        if one.bound_passes is not None:
            lines.append(self.say(f"certify.bound_{'yes' if one.bound_passes else 'no'}"))
        return tuple(lines)

    def margin(self, one: Judged) -> str:
        if one.margin is None:
            return "–"
        key = "more_errors" if one.margin > 0 else "fewer_errors" if one.margin < 0 else "no_more_errors"
        return self.say(f"certify.{key}", count=f"{abs(one.margin):,}")

    def chance(self, forecast: Forecast) -> tuple[str, ...]:
        if not forecast.known:
            return ("–", self.say(f"certify.why_{forecast.why}") if forecast.why else "")
        low, high = probable(forecast.low or 0.0, "down"), probable(forecast.high or 0.0, "up")
        if forecast.share is None:
            return (self.say("certify.between", low=low, high=high),)
        if not forecast.draws:
            return (probable(forecast.share),)
        return (probable(forecast.share), self.say("certify.share_of", draws=f"{forecast.draws:,}", low=low, high=high))

    def headline(self) -> Iterator[Block]:
        """What the figures prove at their size, as of any claim."""
        for one in self.found.judged:
            counts = _mated_counts(one.found)
            if counts is None or counts[0]:
                continue
            kind: Rate = "FMR" if one.found.measure.startswith("FMR") else "FNMR"
            trials = self.found.evidence.trials
            people = trials[one.category].subjects if one.category in trials else None
            claim = Claim(text="", kind=kind, rate=None, errors=0, trials=counts[1], subjects=people)
            proof = dataclasses.asdict(dataclasses.replace(prove(claim), missing=()))
            told = sentences(proof, self.say)
            yield Text(f"{self.what(one)}. {told[0]} {told[2] if len(told) > 2 else ''}", "quiet")

    def passing(self) -> Iterator[Block]:
        if not any(one.forecast.known for one in self.found.judged):
            return
        yield Text(self.say("certify.passing_intro", label=LABEL))
        together = self.found.together
        if together.known and len(self.found.judged) > 1:
            yield Text(f"{self.say('certify.together')} {' '.join(self.chance(together))}")

    def weakest(self) -> Iterator[Block]:
        weak = self.found.weak
        if weak is None:
            return
        yield Text(self.say("certify.weakest", category=self.title(weak.category), carriers=f"{weak.carriers:,}"))
        columns = tuple(Column(self.say(f"certify.column_{name}"), figures=name != "condition")
                        for name in ("condition", "rejected", "share"))  # fmt: skip
        rows = tuple(
            (cell(name or "–"), cell(f"{wrong:,} / {trials:,}"), cell(percent(wrong / trials), wrong / trials))
            for name, wrong, trials in weak.conditions
        )
        if rows:
            yield Table(self.say("certify.conditions"), columns, rows[: 4 * WORST])
        summary = self.found.evidence.side.result.dataset
        if weak.subjects and (summary is None or summary.pictures_allowed):
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
                cell(self.title(name) or self.say("certify.all")),
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
        tail = f" · {self.word(one.counted_word)}" if judged and one.counted_word else ""
        own = f" · {self.word(one.word)}" if judged else ""
        return (cell(self.what(one)), cell(numbers.value(one.found, self.say) + own), cell(told + tail))

    def figures(self) -> Iterator[Block]:
        if not self.found.shown:
            return
        titles = ("category", "measure", "value", "bounds")
        columns = tuple(Column(self.say(f"certify.column_{name}")) for name in titles)
        rows = []
        for name, one in self.found.shown:
            told, why = ["–"], [self.say.reason(one)]
            if one.value is not None:
                told = [costs.written(one, self.say), *numbers.count_lines(one, self.say)]
                why = numbers.interval_lines(one, self.say) or ["–"]
            rows.append((cell(self.title(name) or "–"), cell(one.measure), Cell(tuple(told)), Cell(tuple(why))))
        yield Table(self.say("certify.figures"), columns, tuple(rows))

    def groups(self) -> Iterator[Block]:
        if self.profile.scheme.groups:
            yield from demographics.blocks(self.found.evidence.side.result, self.say)

    def readings(self) -> Iterator[Block]:
        yield Text(self.say("certify.marks"), "quiet")
        rows: list[tuple[str, str]] = []
        plan = self.profile.plan
        rows.append((f"{self.say('certify.plan')} {plan.certainty}", plan.source or self.say("certify.as_run")))
        rows += [(self.title(one.name), f"{one.certainty} {_filter(one.where)}") for one in self.profile.categories]
        rows += [
            (f"{self.title(one.category or '')} {one.measure}".strip(), f"[R] {self.said(one.ours)}")
            for one in self.profile.limits
            if one.ours
        ]
        yield Facts(tuple(dict.fromkeys(rows)))
        if self.found.gaps:
            yield Heading(self.say("certify.gaps"))
        for gap in self.found.gaps:
            yield Text(f"{self.title(gap.category)}: [R] {self.said(gap.text)}", "warning")
        if self.profile.assumptions:
            yield Heading(self.say("certify.assumptions"))
        for assumption in self.profile.assumptions:
            yield Text(f"{assumption.certainty} {self.said(assumption.text)}")
        if plan.needs:
            yield Heading(self.say("certify.needs"))
            yield Text(self.said(plan.needs))
        rows = [(f"{self.title(one.requirement.category or '')} {one.requirement.measure}".strip(), self.needs(one))
                for one in needed(self.profile, self.found.parameters) if one.trials is not None]  # fmt: skip
        if rows:
            yield Facts(tuple(rows))

    def needs(self, one: Needed) -> str:
        """What one limit needs, in a sentence."""
        parts = [self.say("certify.need", trials=f"{one.trials or 0:,}", without=f"{one.without or 0:,}")]
        if one.point is not None:
            parts.append(self.say("certify.need_point", count=f"{one.point:,}"))
        if one.bound is not None:
            parts.append(self.say("certify.need_bound", count=f"{one.bound:,}"))
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
        rows += [(f"set.{name}", repr(value)) for name, value in sorted(self.found.parameters.items())]
        if result.dataset is not None:
            rows.append(("dataset SHA-256", result.dataset.digest))
        if result.recognizer is not None:
            rows.append(("recognizer SHA-256", result.recognizer.digest))
        yield Facts(tuple(rows), exact=True)
        yield Facts(tuple(flattened(machine(result.environment))), exact=True)
        yield from earlier(result, self.say)
        yield Text(self.say("certify.closing"), "quiet")


def _limit(limit: float, found: Measurement) -> str:
    """A limit in both forms: per cent, and one in so many."""
    if found.unit != "proportion" or not 0 < limit < 1:
        return f"{limit:g}"
    text = f"{100 * limit:.6g} %"
    whole = round(1 / limit)
    return f"{text} (1:{whole:,})" if limit <= 0.01 and abs(whole * limit - 1) < 1e-9 else text


def _mated_counts(found: Measurement) -> tuple[int, int] | None:
    """Errors and trials behind a rate; of the EER those of the mated side."""
    if found.value is None or found.unit != "proportion":
        return None
    if found.counts is not None:
        return found.counts.errors, found.counts.trials
    sides = found.details.get("fractions", {})
    return (int(sides["fnmr"][0]), int(sides["fnmr"][1])) if "fnmr" in sides else None


def _filter(where: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{name} = {' | '.join(values)}" for name, values in where.items())
