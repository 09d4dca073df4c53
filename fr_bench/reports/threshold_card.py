"""The threshold card: what somebody needs who sets a threshold in use, as strict JSON that a machine reads.

It holds thresholds, how sure they are, whom they were measured on, and what forbids using them elsewhere. It is made
from the result of a run alone. A target that the run cannot hold stands under `not_given` with the reason; a card
without any threshold is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Analysis, Result

SCHEMA = "fr-bench-threshold-card/1"
KIND = "thresholds"
RULE = "accept if score >= threshold; a higher score is more alike"
DISTANCE_RULE = "accept if score >= threshold; a score is minus the distance: accept if distance <= -threshold"


def threshold_card(result: Result) -> dict[str, Any]:
    """The card of a run, JSON types only.

    Raises UsageError `no_thresholds` where the run measured no FNMR at an FMR, or could hold none of the targets.
    """
    found = next((analysis for analysis in result.analyses if analysis.kind == KIND), None)
    points = list(found.facts.get("points", ())) if found else []
    if found is None or not points:
        raise UsageError(
            f"run {shown(result.name)!r} holds no threshold for an FMR{_why(found)}; measure FNMR@FMR=1e-3, or another "
            "FMR that its nonmated comparisons can show, and run again",
            code="no_thresholds",
        )
    return {
        "schema": SCHEMA,
        "run": result.name,
        "date": str(result.environment.get("finished", "")) or None,
        "rule": DISTANCE_RULE if found.facts.get("minus_distance") else RULE,
        "thresholds": points,
        "not_given": list(found.facts.get("not_given", ())),
        "population": _population(result),
        "recognizer": _recognizer(result),
        "warnings": list(_warnings(result, points)),
    }


def written(result: Result) -> bytes:
    """The card as bytes: strict JSON in UTF-8, sorted keys, equal for equal results. Raises as `threshold_card`."""
    text = json.dumps(threshold_card(result), ensure_ascii=False, sort_keys=True, allow_nan=False, indent=2)
    return (text + "\n").encode("utf-8")


def _why(found: Analysis | None) -> str:
    lost = list(found.facts.get("not_given", ())) if found else []
    return f" ({lost[0]['measure']}: {lost[0]['reason']})" if lost else ""


def _population(result: Result) -> dict[str, Any]:
    """Whom the thresholds were measured on."""
    data, made = result.dataset, result.comparison
    known: dict[str, Any] = {"dataset": None, "digest": None, "subjects": None, "samples": None, "generated": None}
    if data is not None:
        known = {
            "dataset": data.name,
            "digest": data.digest,
            "subjects": data.subjects,
            "samples": data.samples,
            "generated": data.generated,
        }
    return {**known, "plan": made.plan, "mated": made.mated_made, "nonmated": made.nonmated_made}


def _recognizer(result: Result) -> dict[str, Any] | None:
    """Thresholds hold for this model with this preprocessing and for nothing else."""
    one = result.recognizer
    if one is None:
        return None
    return {
        "name": one.name,
        "version": one.version,
        "digest": one.digest,
        "comparison": one.comparison,
        "preprocessing": dict(one.preprocessing),
    }


def _warnings(result: Result, points: list[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """What forbids, or limits, the use of the thresholds; the gravest first."""
    if result.dataset is not None and result.dataset.generated:
        yield _warning("generated_data", "Measured on faces made by a program: not for use on people.")
    if result.labels:
        yield _warning("limited", f"Only a part of the data was measured ({', '.join(result.labels)}).")
    if result.recognizer is None:
        yield _warning("recognizer_unknown", "Made from scores alone: which recognizer gave them is not known.")
    yield _warning(
        "threshold_from_same_data",
        "Each threshold was chosen on these scores. Judge it on other people before it is relied on.",
    )
    for point in points:
        if "weak_target" in point["labels"]:
            yield _warning("weak_target", f"FMR={point['target']}: too few false matches hold this threshold.")
        if point["fmr_interval"] is None:
            yield _warning("no_interval", f"FMR={point['target']}: how sure the FMR is could not be computed.")
        if "too_few_subjects" in point["labels"]:
            yield _warning("too_few_subjects", f"FMR={point['target']}: fewer than 20 subjects.")


def _warning(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}
