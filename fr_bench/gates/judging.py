"""All rules of a gate file judged on one run: what does not fit is refused before, what was forced is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fr_bench.comparing import Side
from fr_bench.costing import MEAN, timing_of
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Finding, Measurement
from fr_bench.gates.baseline import Baseline, facts_of
from fr_bench.gates.evidence import Figures, method_of
from fr_bench.gates.limits import judge_limit, level_of, rests_on_independence
from fr_bench.gates.regressions import judge_regressions
from fr_bench.gates.rules import Cost, Gates, Limit, Regression
from fr_bench.gates.verdict import Judgement, Verdict
from fr_bench.gates.writing import figure
from fr_bench.known_measures import resolve

ALLOW: Mapping[str, str] = {
    "data": "the baseline is of other data",
    "plan": "the baseline made other comparisons",
    "preprocessing": "the baseline was preprocessed otherwise",
    "definition": "the baseline holds another version of a measure's definition",
    "polarity": "scores are turned round in one of the runs only",
    "alpha": "the gate file asks for another error level than the baseline was made for",
    "independent": "verdicts on intervals that take comparisons as independent, and are too narrow where they are not",
    "limited": "a run of only the first subjects (--limit)",
}
"""What may be forced, each by its word; a hash that does not fit cannot."""
Allowed = Collection[str]
MISMATCH = "baseline_mismatch"
BYTES_A_NUMBER = 4


def judge(run: Side, gates: Gates, baseline: Baseline | None = None, *, allow: Allowed = ()) -> Judgement:
    """A verdict for every rule of a gate file.

    run        result and scores of a run
    baseline   what the run is compared with; needed where the file asks for regressions
    allow      words of `ALLOW`: what is judged all the same, and told with every output

    Raises UsageError: `baseline_mismatch` with all that differs, `no_baseline`, `limited_run`,
    `independent_comparisons`, `bad_option` for an unknown word.
    """
    for word in allow:
        if word not in ALLOW:
            raise UsageError(f"--allow {shown(word)!r} is nothing that can be forced{nearest(word, ALLOW)}",
                             code="bad_option")  # fmt: skip
    forced = [*_refuse_limited(run, allow)]
    if gates.regressions:
        forced += _refuse_misfit(run, gates, baseline, allow)
    figures = Figures(run=run, asked=_texts(gates.limits), method=method_of(run))
    forced += _refuse_independent(gates, figures, allow)
    subjects = run.result.dataset.subjects if run.result.dataset is not None else None
    found: list[Verdict] = []
    for place, rule in enumerate(gates.limits):
        found += _at_line(gates, "limit", place, judge_limit(rule, figures, subjects))
    if baseline is not None and gates.regressions:
        drawn_alike = _as_drawn_for(baseline, figures, gates)
        for place, verdict in enumerate(judge_regressions(gates.regressions, drawn_alike, baseline)):
            found += _at_line(gates, "regression", place, [verdict])
    for place, cost in enumerate(gates.costs):
        found += _at_line(gates, "cost", place, [_cost(cost, run)])
    return Judgement(
        run=run.name,
        verdicts=_unique(found),
        inconclusive=gates.settings.inconclusive,
        allowed=tuple(forced),
        notes=_notes(run, baseline) if gates.regressions else (),
        where=gates.where,
    )


def _texts(rules: Sequence[Limit | Regression]) -> tuple[str, ...]:
    """The measures of everybody that rules ask for, each once."""
    asked = [rule.measure for rule in rules if not (isinstance(rule, Limit) and rule.by is not None)]
    return tuple(dict.fromkeys(str(resolve(text)[0]) for text in asked))


def _as_drawn_for(baseline: Baseline, figures: Figures, gates: Gates) -> Figures:
    """The figures of the run with subjects drawn as they were for the baseline."""
    method = replace(figures.method, draws=baseline.draws, seed=baseline.seed)
    return Figures(run=figures.run, asked=_texts(gates.regressions), method=method)


def _refuse_limited(run: Side, allow: Allowed) -> list[str]:
    settings = run.result.run.get("run")
    limit = settings.get("limit") if isinstance(settings, Mapping) else None
    if limit is None:
        return []
    if "limited" not in allow:
        raise UsageError(
            f"{shown(run.name)} measured only the first {limit} subjects (LIMITED): nobody is judged on a trial; run "
            "it whole, or force it by --allow limited",
            code="limited_run",
        )
    return [f"limited: {ALLOW['limited']}"]


def _refuse_independent(gates: Gates, figures: Figures, allow: Allowed) -> list[str]:
    weak = []
    for rule in gates.limits:
        weak += [name for name, found in _asked(rule, figures) if found.value is not None
                 and rests_on_independence(found)]  # fmt: skip
    if not weak:
        return []
    names = ", ".join(dict.fromkeys(weak))
    if "independent" not in allow:
        raise UsageError(
            f"the intervals of {names} take comparisons as independent (assumes_independent_comparisons), and are far "
            "too narrow where they share subjects: give subject ids, or force it by --allow independent",
            code="independent_comparisons",
        )
    return [f"independent: {ALLOW['independent']} ({names})"]


def _asked(rule: Limit, figures: Figures) -> list[tuple[str, Measurement]]:
    if rule.by is not None:
        rows = figures.groups(rule.measure, rule.by, level_of(rule)) or []
        return [(rule.measure, row) for row in rows]
    found = figures.measurement(rule.measure, level_of(rule))
    return [(rule.measure, found)] if found is not None else []


def misfits(run: Side, gates: Gates, baseline: Baseline) -> list[tuple[str, str]]:
    """What stands against comparing a run with a baseline: the word that forces it, and what differs."""
    now, then = facts_of(run), baseline.facts
    found = [
        (kind, f"{kind}: {_against(then.get(kind), now.get(kind))}")
        for kind in ("data", "plan", "preprocessing", "polarity")
        if now.get(kind) != then.get(kind)
    ]
    for rule in gates.regressions:
        text, kind = resolve(rule.measure)
        kept = baseline.kept(str(text))
        if kept is not None and kept.measurement.version != kind.version:
            what = f"definition of {text}: version {kept.measurement.version} in the baseline, {kind.version} now"
            found.append(("definition", what))
    alphas = sorted({rule.alpha for rule in gates.regressions} - {baseline.alpha})
    found += [("alpha", f"alpha: {baseline.alpha:g} in the baseline, {alpha:g} in the gate file") for alpha in alphas]
    return found


def _refuse_misfit(run: Side, gates: Gates, baseline: Baseline | None, allow: Allowed) -> list[str]:
    if baseline is None:
        raise UsageError(
            f'{gates.where} asks for regressions and no baseline is named: give --baseline FILE, or baseline = "FILE" '
            "in [settings]; `frbench baseline RUN -o FILE` makes one",
            code="no_baseline",
        )
    found = misfits(run, gates, baseline)
    refused = [what for kind, what in found if kind not in allow]
    if refused:
        words = sorted({kind for kind, _ in found if kind not in allow})
        force = " ".join(f"--allow {word}" for word in words)
        raise UsageError(
            f"the baseline {shown(baseline.name)} does not fit the run {shown(run.name)}: {'; '.join(refused)}. Make "
            f"the baseline again by `frbench baseline`, or force it by {force}",
            code=MISMATCH,
        )
    return [what for _, what in found]


def _against(then: Any, now: Any) -> str:
    """What differs, with both values; of tables the keys that differ."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        keys = [key for key in sorted({*then, *now}, key=str) if then.get(key) != now.get(key)]
        return ", ".join(f"{shown(str(key), 40)} {_against(then.get(key), now.get(key))}" for key in keys)
    one, other = (shown("not said" if value is None else str(value), 60) for value in (then, now))
    return f"{one} in the baseline, {other} in the run"


def _cost(rule: Cost, run: Side) -> Verdict:
    """What a template costs, as it was measured: no sample of subjects stands behind it."""
    value, why = _spent(rule, run)
    unit = "bytes" if rule.quantity == "template_bytes" else "s"
    words = rule.quantity.replace("_", " ")
    limit = float(rule.at_most or 0.0)
    written = f"{figure(limit, 'number', digits=6)} {unit}"
    good = value is not None and value <= limit
    told = f"{figure(value, 'number', digits=4)} {unit}" if value is not None else why
    return Verdict(
        name=rule.name or f"{words} at most {written}",
        kind="cost",
        finding=Finding(
            requirement=f"{words} at most {written}",
            measurement=Measurement(
                measure=rule.quantity, version=1, unit="number", better="lower", value=value,
                reason=None if value is not None else why, no_interval="costs are judged as they were measured",
            ),
            verdict="inconclusive" if value is None else "pass" if good else "fail",
            reason=f"{told}.",
            judged_on="point",
        ),
        terms=f"limit {written}; judged on the point; no confidence, no interval",
        missing=value is None,
        severity=(value - limit) / limit if value is not None and limit else 0.0,
    )  # fmt: skip


def _spent(rule: Cost, run: Side) -> tuple[float | None, str]:
    known, timing = run.result.recognizer, run.result.timing
    if rule.quantity == "template_bytes":
        if known is None:
            return None, "the run made no templates"
        return float(known.dimension * BYTES_A_NUMBER), ""
    if rule.quantity == "seconds_per_comparison":
        mean = timing_of(run.result).get(MEAN)
        if isinstance(mean, int | float):
            return float(mean), ""
        return None, "no comparison was timed; a run that compares anew times them"
    made, seconds = timing.get("computed"), timing.get("embedding_seconds")
    if not isinstance(made, int | float) or not isinstance(seconds, int | float) or not made > 0:
        return None, "no template was made now: all came from the cache; run with --no-cache to time them"
    return float(seconds) / float(made), ""


def _at_line(gates: Gates, kind: str, place: int, found: Any) -> list[Verdict]:
    line = gates.lines.get((kind, place)) or None
    return [replace(verdict, line=line) for verdict in found]


def _unique(found: list[Verdict]) -> tuple[Verdict, ...]:
    """Names that occur again get a number: viewers of test reports keep one case a name."""
    seen: dict[str, int] = {}
    named = []
    for verdict in found:
        seen[verdict.name] = seen.get(verdict.name, 0) + 1
        again = seen[verdict.name]
        named.append(verdict if again == 1 else replace(verdict, name=f"{verdict.name} ({again})"))
    return tuple(named)


def _notes(run: Side, baseline: Baseline | None) -> tuple[str, ...]:
    if baseline is None:
        return ()
    known, was = run.result.recognizer, baseline.recognizer
    if known is None or not was:
        return ()
    if known.digest == was.get("digest") and known.version == was.get("version"):
        return (f"run and baseline are of one recognizer, {known.name}",)
    return (f"baseline {baseline.name} of {was.get('name')} {str(was.get('digest'))[:12]}, run of {known.name} "
            f"{known.digest[:12]}",)  # fmt: skip
