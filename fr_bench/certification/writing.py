"""A rehearsal for machines and for a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from fr_bench.certification import costs, demographics
from fr_bench.certification.forecast import Forecast
from fr_bench.certification.items import Item
from fr_bench.certification.judging import Judged
from fr_bench.certification.profile import PARAMETER, Requirement
from fr_bench.certification.rehearsal import Rehearsal, title_of
from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.claimed import percent
from fr_bench.reports.dossier import SCHEMA
from fr_bench.reports.table import wrapped
from fr_bench.reports.wording import Wording


def as_json(rehearsal: Rehearsal, listed: Sequence[Item]) -> dict[str, Any]:
    """All of a rehearsal in JSON types; `certificate` is always false."""
    profile, result = rehearsal.profile, rehearsal.evidence.side.result
    sealed = rehearsal.evidence.sealed
    return {
        "schema": SCHEMA,
        "certificate": False,
        "scheme": profile.name,
        "verdicts": profile.scheme.verdict,
        "certainty": profile.scheme.certainty,
        "source": profile.scheme.source.get("en", ""),
        "run": result.name,
        "evidence": rehearsal.evidence.source,
        "run_folder": None if sealed is None else dataclasses.asdict(sealed),
        "parameters": dict(rehearsal.parameters),
        "verdict": rehearsal.word,
        "exit_code": rehearsal.exit_code,
        "findings": [_judged(one) for one in rehearsal.judged],
        "together": dataclasses.asdict(rehearsal.together),
        "weakest": None if rehearsal.weak is None else dataclasses.asdict(rehearsal.weak),
        "trials": {
            name: {
                "subjects": one.subjects, "enrolled": one.enrolled, "probes": one.probes,
                "mated": [len(one.scores.mated), one.scores.mated_planned],
                "nonmated": [one.scores.nonmated_made, one.scores.nonmated_planned],
                "excluded": {row.reason: row.count for row in one.excluded},
            }
            for name, one in rehearsal.evidence.trials.items()
        },
        "figures": [{"category": name, **_measured(one)} for name, one in rehearsal.shown],
        "groups": demographics.as_json(result, _measured) if profile.scheme.groups else [],
        "left_out": [
            {"measure": one.measure, "at_most": one.at_most, "at_least": one.at_least, "certainty": one.certainty}
            for one in rehearsal.left_out
        ],
        "gaps": [{"category": one.category, "text": dict(one.text)} for one in rehearsal.gaps],
        "assumptions": [
            {"certainty": one.certainty, "text": dict(one.text)} for one in profile.assumptions
        ],
        "checklist": [dataclasses.asdict(item) for item in listed],
        "dataset": None if result.dataset is None else result.dataset.digest,
        "recognizer": None if result.recognizer is None else result.recognizer.digest,
        "environment": _plain(result.environment),
    }  # fmt: skip


def _judged(one: Judged) -> dict[str, Any]:
    rule = one.requirement
    return {
        "category": one.category, "limit": one.limit, "side": "at_most" if rule.upper else "at_least",
        "certainty": rule.certainty, "source": rule.source.get("en", ""), "binding": rule.binding, "judge": rule.judge,
        "sided": rule.sided, "level": rule.level, "requirement": one.finding.requirement, "verdict": one.word,
        "other_reading": one.tied, "reason": one.finding.reason, "terms": one.terms, "margin_errors": one.margin,
        "bound_passes": one.bound_passes, "more_subjects": one.more, "too_few_subjects": one.few,
        "absent": list(one.absent), "small_gallery": one.gallery or None, "applies": dict(rule.applies),
        "measurement": _measured(one.found),
        "with_failures": None if one.counted is None else {**_measured(one.counted), "verdict": one.counted_word},
        "passing": dataclasses.asdict(one.forecast),
    }  # fmt: skip


def _measured(found: Measurement) -> dict[str, Any]:
    told: dict[str, Any] = _plain(dataclasses.asdict(found))
    return told


def _plain(value: Any) -> Any:
    """A value in JSON types: infinite numbers, which strict JSON has not, as texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def lines(rehearsal: Rehearsal, say: Wording, width: int = 96) -> list[str]:
    """The verdicts for a terminal: limit, value, verdict, margin and the probability of passing again."""
    scheme, language = rehearsal.profile.scheme, say.language
    found = [f"{scheme.title[language]} · {say('certify.badge')}"]
    found += [*wrapped(scheme.notice.get(language, ""), width, ""), ""]
    for one in rehearsal.judged:
        found += _line(one, rehearsal, say, width)
    if rehearsal.together.known and len(rehearsal.judged) > 1:
        found += [f"{say('certify.together')} {between(rehearsal.together, say)}"]
    for gap in rehearsal.gaps:
        what = f"{title_of(rehearsal.profile, gap.category, language)}: {gap.text[language]}"
        found += wrapped(f"{say('certify.gaps')}: {what}", width, "   ")
    if rehearsal.weak is not None:
        title = title_of(rehearsal.profile, rehearsal.weak.category, language)
        found += wrapped(say("certify.weakest", category=title, carriers=str(rehearsal.weak.carriers)), width, "")
    if rehearsal.few:
        people = " / ".join(sorted({str(one.subjects) for one in rehearsal.evidence.trials.values()}))
        found += wrapped(say("certify.few", least=str(scheme.fewest_subjects), people=people), width, "")
    if not rehearsal.judged:
        for name, shown in rehearsal.shown:
            value = costs.written(shown, say) if shown.value is not None else f"– ({say.reason(shown)})"
            found += wrapped(f"{title_of(rehearsal.profile, name, language)} {shown.measure}  {value}".strip(), width)
    if rehearsal.profile.scheme.groups:
        told = demographics.lines(rehearsal.evidence.side.result, say) or [
            demographics.missing(rehearsal.evidence.side.result, say)
        ]
        found += [line for text in told for line in wrapped(text, width)]
    for rule in rehearsal.left_out:
        found += wrapped(say("certify.left_out", what=limit_text(rule, rehearsal.parameters, say)), width)
    word = rehearsal.word
    return [*found, say(f"certify.overall_{word}") if word else say("certify.no_verdict")]


def _line(one: Judged, rehearsal: Rehearsal, say: Wording, width: int) -> list[str]:
    title = title_of(rehearsal.profile, one.category, say.language)
    what = f"{title}: {one.found.measure}" if title else one.found.measure
    word = say(f"certify.word_{one.word}") if one.word else say("certify.no_verdict")
    if one.requirement.applies:
        what = f"{what} ({one.requirement.applies[say.language]})"
    if one.gallery:
        return wrapped(f"{what}  {word}: {say.sentence(one.gallery)}", width)
    if one.found.value is None or one.limit is None:
        why = say("certify.absent", name=one.absent[0]) if one.absent else say.reason(one.found)
        return wrapped(f"{what}  {word}: {why}", width)
    sign = "<=" if one.requirement.upper else ">="
    chance = ""
    if one.forecast.share is not None:
        chance = f"; {say('certify.column_chance')} {probable(one.forecast.share)}"
    elif one.forecast.known:
        chance = f"; {say('certify.column_chance')} {between(one.forecast, say)}"
    value, limit = numbers.value(one.found, say), f"{100 * one.limit:.6g} %"
    if one.word == "pass" and one.bound_passes is False:
        word = f"{word} ({say('certify.judged_point')}; {say('certify.bound_no')})"
    return wrapped(f"{what}  {value} ({sign} {limit})  {word}  [{one.requirement.certainty[1:-1]}]{chance}", width)


def limit_text(rule: Requirement, values: Mapping[str, float], say: Wording) -> str:
    """A limit in few characters, such as "IAPAR@threshold=0.5,detection=0.5 <= 20 %, class 2".

    values   of the parameters
    """
    limit = values.get(rule.limit.strip("{}")) if isinstance(rule.limit, str) else float(rule.limit or 0.0)
    written = say("certify.unset", name=str(rule.limit).strip("{}")) if limit is None else f"{100 * limit:.6g} %"
    told = f"{measure_text(rule, values)} {'<=' if rule.upper else '>='} {written}"
    return f"{told}, {rule.applies[say.language]}" if rule.applies else told


def measure_text(rule: Requirement, values: Mapping[str, float]) -> str:
    """The measure of a limit with the values of its parameters; its name alone where they are not all given."""
    known = all(name in values for name in PARAMETER.findall(rule.measure))
    return PARAMETER.sub(lambda at: f"{values[at[1]]:g}", rule.measure) if known else rule.measure.partition("@")[0]


def between(forecast: Forecast, say: Wording) -> str:
    """Both ends of a forecast; one where they are alike."""
    low, high = probable(forecast.low or 0.0, "down"), probable(forecast.high or 0.0, "up")
    return low if low == high else say("certify.between", low=low, high=high)


def probable(share: float, rounding: str = "near") -> str:
    """A probability in per cent; below 0.01 % no digits are told, which nobody could vouch for.

    >>> probable(0.4321), probable(1.4e-9), probable(0.0)
    ('43 %', '< 0.01 %', '0 %')
    """
    return "< 0.01 %" if 0 < share < 1e-4 else percent(share, rounding)
