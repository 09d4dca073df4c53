"""Limits and verdicts, a dossier's first section: each limit beside its value, how it was judged, and the margin."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from fr_bench.certification.counted import counts
from fr_bench.certification.judging import Judged
from fr_bench.certification.rehearsal import Rehearsal
from fr_bench.certification.telling import Telling
from fr_bench.certification.writing import limit_text
from fr_bench.claims import Claim, Rate, prove
from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.claimed import percent, sentences
from fr_bench.reports.document import Block, Cell, Column, Notice, Table, Text, Tone, cell
from fr_bench.reports.wording import Wording

TONES: Mapping[str, Tone] = {"pass": "good", "fail": "bad", "inconclusive": "warning"}
RULE_OF_30 = 30
CLAIMED = ("FMR", "FNMR", "EER")
"""What a headline claims; of an EER without a false non-match, its mated side."""


class Verdicts:
    """The verdicts of one rehearsal in one language."""

    def __init__(self, found: Rehearsal, say: Wording) -> None:
        self.found, self.say = found, say
        self.tell = Telling(found.profile, say)

    def blocks(self) -> Iterator[Block]:
        """What stands first in a dossier."""
        scheme = self.found.profile.scheme
        notice = f"{self.tell.said(scheme.notice)} {self.say('certify.not_certificate')}"
        yield Notice(self.say("certify.badge"), notice)
        yield Text(self.tell.said(scheme.summary))
        kind = f"certify.kind_{scheme.verdict.replace(' ', '_')}"
        yield Text(self.say(kind, source=self.tell.said(scheme.source), certainty=scheme.certainty), "quiet")
        word = self.found.word
        if word is not None:
            yield Text(self.say(f"certify.overall_{word}"), TONES[word])
        if self.found.few:
            few = self.say("certify.few", least=str(scheme.fewest_subjects), people=self.people())
            where = self.say("certify.section_readings")
            yield Text(f"{few} {self.say('certify.few_plan', title=where, scheme=self.found.profile.name)}", "warning")
        yield from self.warnings()
        if self.found.judged:
            yield self.table()
        for one in self.found.judged:
            if one.tied is not None:
                both = {"value": numbers.value(one.found, self.say), "limit": percent(one.limit or 0.0)}
                texts = {"word": self.tell.word(one.word), "other": self.tell.word(one.tied)}
                yield Text(self.say("certify.tied", what=self.tell.what(one), **both, **texts), "warning")
        for rule in self.found.left_out:
            what = limit_text(rule, self.found.parameters, self.say)
            yield Text(self.say("certify.left_out", what=what), "quiet")
        yield from self.headline()

    def people(self) -> str:
        counts = sorted({one.subjects for one in self.found.evidence.trials.values()})
        return " / ".join(map(str, counts))

    def warnings(self) -> Iterator[Block]:
        least = min((one.subjects for one in self.found.evidence.trials.values()), default=0)
        scheme = self.found.profile.scheme
        if scheme.fewest_subjects <= least < scheme.few_subjects:
            yield Text(self.say("certify.rather_few", people=str(least), wanted=str(scheme.few_subjects)), "warning")
        small = []
        for one in self.found.judged:
            trials = self.trials_of(one)
            if one.limit and trials < RULE_OF_30 / one.limit and one.found.value is not None:
                needed = f"{round(RULE_OF_30 / one.limit):,}"
                small.append(f"{self.tell.what(one)} {trials:,} / {needed}")
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
        source = f"{one.requirement.certainty} {self.tell.said(one.requirement.source)}"
        first = Cell((f"{self.tell.what(one)} {limit}", source))
        if found.value is None:
            absent = self.say("certify.absent", name=one.absent[0]) if one.absent else self.say.reason(found)
            return (first, cell("–"), cell(absent), self.cell_of(one), cell("–"), cell("–"))
        value = Cell((numbers.value(found, self.say), *counts(found, self.say)))
        chance = Cell(self.tell.chance(one.forecast))
        return (first, value, Cell(self.terms(one)), self.cell_of(one), cell(self.margin(one)), chance)

    def cell_of(self, one: Judged) -> Cell:
        if one.word is None:
            return cell(self.say("certify.no_verdict"))
        lines = [self.tell.word(one.word)]
        if not one.requirement.binding and not one.requirement.applies:
            lines.append(self.say("certify.recommended"))
        if one.requirement.applies:
            lines.append(self.tell.said(one.requirement.applies))
        if one.gallery:
            lines.append(self.say.sentence(one.gallery))
        elif one.few:
            lines.append(self.say("certify.too_few_instruments" if one.of_attacks else "certify.too_few"))
        elif one.more:
            lines.append(self.say("certify.more", count=f"{one.more:,}"))
        return Cell(tuple(lines), tone=TONES[one.word])

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
        lines.append(self.units(one))
        if one.bound_passes is not None:
            lines.append(self.say(f"certify.bound_{'yes' if one.bound_passes else 'no'}"))
        return tuple(lines)

    def units(self, one: Judged) -> str:
        """How many were independent: subjects, or instruments of the species that was judged."""
        if one.of_attacks:
            units = one.found.details.get("precision", {}).get("units", 0)
            return self.say("certify.instruments", count=f"{units:,}", species=one.found.details.get("species", "–"))
        trials = self.found.evidence.trials
        people = trials[one.category].subjects if one.category in trials else 0
        return self.say("certify.subjects", count=f"{people:,}")

    def margin(self, one: Judged) -> str:
        if one.margin is None:
            return "–"
        key = "more_errors" if one.margin > 0 else "fewer_errors" if one.margin < 0 else "no_more_errors"
        return self.say(f"certify.{key}", count=f"{abs(one.margin):,}")

    def headline(self) -> Iterator[Block]:
        """What the figures prove at their size, as of any claim."""
        for one in self.found.judged:
            seen = _mated_counts(one.found)
            if seen is None or seen[0]:
                continue
            name = one.found.measure.partition("@")[0]
            if name not in CLAIMED:
                continue
            kind: Rate = "FMR" if name == "FMR" else "FNMR"
            trials = self.found.evidence.trials
            people = trials[one.category].subjects if one.category in trials else None
            claim = Claim(text="", kind=kind, rate=None, errors=0, trials=seen[1], subjects=people)
            proof = dataclasses.asdict(dataclasses.replace(prove(claim), missing=()))
            proved = sentences(proof, self.say)
            by_subject = f" {proved[2]}" if len(proved) > 2 else ""
            yield Text(f"{self.tell.what(one)} – {proved[0].rstrip('.')}.{by_subject}", "quiet")


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
