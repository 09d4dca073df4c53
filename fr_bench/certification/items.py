"""What a test report in the manner of ISO/IEC 19795-1 should hold: filled from the record, or not stated.

What only people know (who tested, how subjects were recruited, whether the vendor has seen the data) is stated by
`--state KEY=TEXT`; nothing is left out because it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fr_bench.certification import costs
from fr_bench.certification.judging import Judged
from fr_bench.certification.rehearsal import Rehearsal, title_of
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Measurement, Result
from fr_bench.numerals import short
from fr_bench.reports.wording import Wording, wording

STATED: tuple[str, ...] = (
    "tester", "sponsor", "vendor", "adaptation", "sessions", "recruitment", "capture", "separation", "prior_use",
    "removed", "enrolment_policy", "acquisition_policy", "threshold_origin", "deviations", "validity",
)  # fmt: skip
"""Items that only people know."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "identity": ("type", "aim", "tester", "dates", "versions", "configuration", "sponsor"),
    "system": (
        "recognizer", "vendor", "model", "preprocessing", "symmetry", "score", "hardware", "adaptation",
    ),
    "corpus": ("subjects", "sessions", "recruitment", "demographics", "capture", "separation", "prior_use"),
    "exclusions": ("excluded", "removed"),
    "protocol": ("references", "trials", "crossing", "normalisation"),
    "failures": ("fte", "enrolment_policy", "fta", "acquisition_policy"),
    "accuracy": ("rates", "uncertainty", "threshold", "threshold_origin"),
    "throughput": ("template", "template_time", "comparison_time"),
    "closing": ("deviations", "validity"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item: group and key of its wording, and its text; None where nobody stated it."""

    group: str
    key: str
    text: str | None


def items(rehearsal: Rehearsal, stated: Mapping[str, str] | None = None, *, language: str = "en") -> tuple[Item, ...]:
    """Every item of the checklist.

    stated     what people say of `STATED`
    language   of what we say ourselves
    Raises UsageError `bad_option` for another key.
    """
    given = dict(stated or {})
    refuse_unknown(given)
    known: dict[str, str | None] = {**_known(rehearsal, wording(language)), **given}
    return tuple(Item(group=group, key=key, text=known.get(key)) for group, keys in GROUPS.items() for key in keys)


def refuse_unknown(stated: Iterable[str]) -> None:
    """Raise UsageError `bad_option` for a key that is none of `STATED`."""
    for name in stated:
        if name not in STATED:
            what = f"--state {shown(name)!r} is no item that is stated by people{nearest(name, STATED)}"
            raise UsageError(what, code="bad_option")


def _known(rehearsal: Rehearsal, say: Wording) -> dict[str, str | None]:
    result = rehearsal.evidence.side.result
    return {**_of_run(rehearsal, result, say), **_of_system(result, say), **_of_trials(rehearsal, result, say)}


def _of_run(rehearsal: Rehearsal, result: Result, say: Wording) -> dict[str, str | None]:
    from fr_bench.provenance import digest_value

    versions = result.environment.get("versions", {})
    data = result.dataset
    groups = {"sex", "age_band", "age", "origin", "country", "race", "ethnicity", "skin"}
    attributes = data.attributes if data is not None else {}
    told = [f"{name}: {_counts(values)}" for name, values in attributes.items() if name in groups]
    return {
        "type": say("certify.text_type"),
        "aim": rehearsal.profile.scheme.title[say.language],
        "dates": _text(result.environment.get("finished")),
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()) or None,
        "configuration": f"SHA-256 {digest_value(dict(result.run))}",
        "subjects": None
        if data is None
        else say(
            "certify.text_subjects",
            subjects=f"{data.subjects:,}",
            images=f"{data.samples:,}",
            title=say.sentence(data.title),
        ),
        "demographics": "; ".join(told) or None,
        "sessions": _counts(attributes["session"]) if "session" in attributes else None,
    }


def _of_system(result: Result, say: Wording) -> dict[str, str | None]:
    known = result.recognizer
    machine: Mapping[str, Any] = result.environment.get("machine", {})
    hardware = ", ".join(str(machine[key]) for key in ("processor", "system") if machine.get(key))
    if known is None:
        return {"hardware": hardware or None}
    steps = ", ".join(f"{name} {value}" for name, value in known.preprocessing.items())
    return {
        "recognizer": f"{known.name} {known.version}".strip(),
        "model": f"SHA-256 {known.digest}",
        "preprocessing": steps or None,
        "symmetry": say("certify.text_symmetric", comparison=known.comparison) if known.comparison else None,
        "score": say("certify.text_score", comparison=known.comparison),
        "hardware": hardware or None,
        "template_time": costs.spoken(costs.TEMPLATE, result),
        "comparison_time": costs.spoken(costs.COMPARISON, result),
        "template": say("certify.text_template", count=f"{known.dimension:,}"),
    }


def _of_trials(rehearsal: Rehearsal, result: Result, say: Wording) -> dict[str, str | None]:
    trials = rehearsal.evidence.trials
    rows, excluded = [], []
    for name, one in trials.items():
        made = one.scores
        text = say(
            "certify.text_trials",
            mated=f"{len(made.mated):,} / {made.mated_planned:,}",
            nonmated=f"{made.nonmated_made:,} / {made.nonmated_planned:,}",
            subjects=f"{one.subjects:,}",
        )
        title = title_of(rehearsal.profile, name, say.language)
        rows.append(f"{title}: {text}".removeprefix(": "))
        excluded += [
            f"{title}: {say(f'certify.excluded_{row.reason}', count=str(row.count))}" for row in one.excluded
        ]  # fmt: skip
    judged = [one for one in rehearsal.judged if one.found.value is not None]
    own = [one.found for one in judged]
    categories = bool(rehearsal.profile.categories)
    failures = {m.measure: m for m in result.measurements if m.measure in ("FTA", "FTE") and m.counts is not None}
    counted = {
        name: f"{m.counts.errors:,} / {m.counts.trials:,}" for name, m in failures.items() if m.counts is not None
    }  # fmt: skip
    threshold = rehearsal.parameters.get("threshold")
    methods = [say.get(f"method.{one}", one) for one in _methods(m for _, m in rehearsal.shown)]
    methods += [text for one in _methods(own) if (text := say.get(f"method.{one}", one)) not in methods]
    plan = say("certify.text_plan", plan=say.word("plan", result.comparison.plan))
    return {
        "excluded": "; ".join(excluded) or say("certify.text_none"),
        "references": say("certify.text_references") if categories else plan,
        "trials": "; ".join(rows) or None,
        "crossing": say("certify.text_crossing") if categories else plan,
        "normalisation": say("certify.text_none"),
        **_without_failures(result),
        **{name.lower(): text for name, text in counted.items()},
        "rates": "; ".join(_judged_rate(rehearsal, one, say) for one in judged) or None,
        "uncertainty": "; ".join(methods) or None,
        "threshold": _thresholds(rehearsal, say)
        if threshold is None
        else say("certify.text_given", value=repr(threshold)),
        "threshold_origin": None if threshold is not None else say("certify.text_same_data"),
    }


def _methods(found: Iterable[Measurement]) -> list[str]:
    return sorted({one.interval.method for one in found if one.interval})


def _judged_rate(rehearsal: Rehearsal, one: Judged, say: Wording) -> str:
    return f"{title_of(rehearsal.profile, one.category, say.language)} {one.found.measure}".strip()


def _thresholds(rehearsal: Rehearsal, say: Wording) -> str | None:
    """The threshold that each judged measure was found at."""
    found = [one for one in rehearsal.judged if one.found.value is not None and one.found.threshold is not None]
    rows = [f"{_judged_rate(rehearsal, one, say)}: {short(float(one.found.threshold or 0.0), 6)}" for one in found]
    return "; ".join(rows) or None


def _without_failures(result: Result) -> dict[str, str | None]:
    """No sample without a template: of how many, where the run does not report the rates themselves."""
    if result.dataset is None or result.failures:
        return {}
    return {"fte": f"0 / {result.dataset.subjects:,}", "fta": f"0 / {result.dataset.samples:,}"}


def _counts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{value or '?'} {count}" for value, count in values.items())


def _text(value: object) -> str | None:
    return None if value is None else str(value)
