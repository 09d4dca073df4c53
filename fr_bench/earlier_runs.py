"""Earlier runs on the same data: every run notes itself before its figures are written, and says how many came before.

Whoever runs twenty variants on one set of faces and shows the best has chosen on the test data. A run's record
therefore carries its number on these data. Runs of the same recognizer are listed with their figures; of the others
only the number is told, so that a record that one vendor gets holds nothing of another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fr_bench.errors import MachineError, shown
from fr_bench.findings import Result

if TYPE_CHECKING:
    from fr_bench.storage.history import Line

KEY = "earlier_runs"
"""Where a result keeps them: under `environment`, which is no figure and which promise 2 leaves out."""
MOST_LISTED = 50
MOST_FIGURES = 6


def noted(result: Result, digest: str) -> Result:
    """Note a run in the log, and give its result with what the log knew of earlier runs on the same data.

    digest   the run's identity: a run that is repeated is no other run

    A log that cannot be written stops no run: the result says that nothing is known.
    """
    from fr_bench.storage import history

    try:
        written = history.append(facts_of(result, digest))
    except MachineError as problem:
        told: dict[str, Any] = {"known": False, "reason": problem.message}
    else:
        told = {**told_of(result, digest, written.before), "line": written.number, "previous": written.previous}
    return replace(result, environment={**result.environment, KEY: told})


def facts_of(result: Result, digest: str) -> dict[str, Any]:
    """What the log keeps of a run: identity, data, recognizer, plan, the first figures of everybody."""
    data, recognizer = result.dataset, result.recognizer
    whole = [one for one in result.measurements if not one.group][:MOST_FIGURES]
    return {
        "at": str(result.environment.get("finished", "")),
        "run": digest,
        "name": result.name,
        "data": data.digest if data else "",
        "dataset": data.name if data else "",
        "recognizer": recognizer.name if recognizer else "",
        "version": recognizer.version if recognizer else "",
        "model": recognizer.digest if recognizer else "",
        "plan": result.comparison.plan,
        "limited": "limited" in result.labels,
        "figures": [
            {
                "measure": one.measure,
                "value": None if one.value is None else float(one.value),
                "counts": [int(one.counts.errors), int(one.counts.trials)] if one.counts else None,
            }
            for one in whole
        ],
    }


def told_of(result: Result, digest: str, lines: Sequence[Line]) -> dict[str, Any]:
    """What a record says of the runs before it.

    others           runs on the same data with another identity, each once
    same_recognizer  how many of them were of the recognizer with this name; `runs` lists these, the last 50
    recognizers      how many other recognizers were run on these data
    damaged_lines    lines of the log that cannot be read, or do not follow from the line before
    """
    data = result.dataset.digest if result.dataset else ""
    name = result.recognizer.name if result.recognizer else ""
    runs = {run: facts for facts in on_data(lines, data) if (run := facts["run"]) != digest}
    own = [facts for facts in runs.values() if facts["recognizer"] == name]
    shown = ("at", "run", "name", "version", "model", "plan", "limited", "figures")
    return {
        "known": True,
        "others": len(runs),
        "same_recognizer": len(own),
        "recognizers": len({facts["recognizer"] for facts in runs.values()} - {name}),
        "runs": [{key: facts[key] for key in shown} for facts in own[-MOST_LISTED:]],
        "damaged_lines": sum(bool(line.fault) for line in lines),
    }


def on_data(lines: Sequence[Line], data: str) -> list[Mapping[str, Any]]:
    """What the lines say of runs on the data with this digest; a line that says something else is passed over."""
    return [line.facts for line in lines if data and line.facts.get("data") == data and _whole(line.facts)]


def _whole(facts: Mapping[str, Any]) -> bool:
    texts = ("at", "run", "name", "recognizer", "version", "model", "plan")
    figures = facts.get("figures")
    return (
        all(isinstance(facts.get(key), str) for key in texts)
        and isinstance(facts.get("limited"), bool)
        and isinstance(figures, list)
        and all(isinstance(one, dict) and isinstance(one.get("measure"), str) for one in figures)
    )


def sentence(told: Mapping[str, Any]) -> str:
    """What a record says of earlier runs, in one line for people; whatever it says is taken as a stranger's.

    >>> sentence({"known": True, "others": 6, "same_recognizer": 4, "recognizers": 2, "damaged_lines": 0})
    'run 7 on these data by the log of its machine; of the earlier ones 4 were of this recognizer, 2 of others'
    >>> sentence({})
    'unknown: the run kept no log of earlier ones'
    """
    if told.get("known") is not True:
        reason = told.get("reason")
        return f"unknown: {shown(reason, 200)}" if isinstance(reason, str) else _UNKNOWN
    others, own, damaged = (told.get(key) for key in ("others", "same_recognizer", "damaged_lines"))
    if not (isinstance(others, int) and isinstance(own, int) and isinstance(damaged, int)):
        return _UNKNOWN
    more = f"; {damaged} lines of the log are damaged" if damaged else ""
    if not others:
        return f"the first run on these data by the log of its machine{more}"
    return (
        f"run {others + 1} on these data by the log of its machine; of the earlier ones {own} "
        f"{'was' if own == 1 else 'were'} of this recognizer, {others - own} of others{more}"
    )


_UNKNOWN = "unknown: the run kept no log of earlier ones"
