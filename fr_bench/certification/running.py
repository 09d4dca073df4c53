"""Where the trials of a rehearsal come from: a finished run, or a configuration whose plan is that of the scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fr_bench import costing, earlier_runs, pipeline, preparation, provenance, runspec
from fr_bench.certification.profile import PARAMETER, Profile
from fr_bench.certification.trials import Trials, enrolment, probes_of, trials_of
from fr_bench.comparing import Side
from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.known_measures import resolve
from fr_bench.preparation import Prepared
from fr_bench.progress import Observer
from fr_bench.reading import read_bytes
from fr_bench.records import Dataset, Presentations, Roles, ScoreSet
from fr_bench.runspec import RunSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Which run folder was judged: the SHA-256 of its manifest, which names every file, and the run's identity."""

    manifest: str
    identity: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """What a rehearsal judges: the run as a whole, and the trials of each category by its name ("" for all).

    presentations   of attacks and of bona fide subjects, where they are given besides
    sealed          the run folder that was judged; None where a configuration was compared and nothing was stored
    """

    side: Side
    trials: Mapping[str, Trials]
    source: str
    presentations: Presentations | None = None
    sealed: Sealed | None = None


def mapped(profile: Profile, mappings: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Profile:
    """The profile with other filters for its enrolment and categories, for data whose attributes are called otherwise.

    Raises UsageError `bad_option` for a name that the scheme has not.
    """
    known = ["enrolment", *(one.name for one in profile.categories)]
    for name in mappings:
        if name not in known:
            what = f"--map {shown(name)!r} is no part of {profile.name}{nearest(name, known)}"
            raise UsageError(what, code="bad_option")
    plan = replace(profile.plan, enrolment=mappings.get("enrolment", profile.plan.enrolment))
    categories = []
    for one in profile.categories:
        if one.name in mappings:
            attribute = next(iter(mappings[one.name]))
            one = replace(one, where=mappings[one.name], condition=attribute)
        categories.append(one)
    return replace(profile, plan=plan, categories=tuple(categories))


def of_run(profile: Profile, side: Side, folder: Path, observer: Observer, *, data: Path | None = None) -> Evidence:
    """The trials out of the scores of a finished run.

    A run folder holds no attributes of samples: where the scheme has categories, the data set that its run.toml names
    is read again, and must be the one that was measured (DataError `data_changed`).
    """
    _refuse_limited(side)
    sealed = _sealed(folder)
    if not profile.categories:
        return Evidence(side=side, trials={"": _whole(side)}, source="run", sealed=sealed)
    spec = runspec.read(folder / "run.toml", data=data.absolute() if data is not None else Path.cwd())
    prepared = preparation.prepare(spec, observer)
    digest = provenance.digest_dataset(prepared.dataset, prepared.contents)
    measured = side.result.dataset
    if measured is None or digest != measured.digest:
        raise DataError(
            f"the data set of {shown(str(folder / 'run.toml'))} is no longer the one that was measured (SHA-256 "
            f"{digest[:16]}, not {'known' if measured is None else measured.digest[:16]}); --data names its folder",
            code="data_changed",
        )
    return Evidence(side=side, trials=_categories(profile, prepared.dataset, side), source="run", sealed=sealed)


def of_configuration(
    profile: Profile, spec: RunSpec, observer: Observer, given: Mapping[str, float] | None = None
) -> Evidence:
    """The trials of a recognizer on a data set, compared now as the scheme's plan asks.

    given   values of the profile's parameters: scores are kept down to the thresholds among them
    The enrolled samples are references, the probes of all categories probes; templates come from the cache where they
    are there. Like a run it is noted in the log of runs before anybody sees a figure of it.
    """
    from fr_bench.comparison import device as devices
    from fr_bench.comparison import engine
    from fr_bench.summary import summarise

    prepared = preparation.prepare(spec, observer)
    data = provenance.digest_dataset(prepared.dataset, prepared.contents)
    if profile.categories:
        prepared = _as_planned(profile, prepared)
    prepared = replace(prepared, measures=_asked(profile, prepared, given or {}))
    recognizer = preparation.load_recognizer(spec)
    templates, notes = pipeline.make_templates(prepared, recognizer, observer)
    watched = costing.Stopwatch(observer)
    with devices.opened(spec.run.device) as device:
        scores = engine.score(
            prepared.plan,
            templates,
            prepared.dataset.subjects,
            keep=preparation.keep_policy(prepared),
            observer=watched,
            device=device,
            threads=spec.run.threads,
        )
    name = f"{prepared.dataset.name}-{recognizer.name}"
    result = summarise(prepared, recognizer, templates, scores, notes=notes, name=name)
    # The roles are the scheme's; the data are those that every other run on them has.
    result = replace(result, dataset=replace(result.dataset, digest=data)) if result.dataset else result
    cost = costing.told(templates, watched.batches)
    result = replace(result, timing={**costing.totals(templates), "cost": cost})
    made = None if getattr(recognizer, "kept", True) else templates
    result = earlier_runs.noted(result, preparation.identify(prepared, recognizer, made))
    side = Side(name=name, result=result, scores=scores)
    _refuse_limited(side)
    found = _categories(profile, prepared.dataset, side) if profile.categories else {"": _whole(side)}
    return Evidence(side=side, trials=found, source="configuration")


def _sealed(folder: Path) -> Sealed:
    from fr_bench.storage import runs

    manifest = provenance.digest_file(folder / runs.MANIFEST)
    return Sealed(manifest=manifest, identity=read_bytes(folder / runs.IDENTITY, 1 << 12).decode("ascii").strip())


def _refuse_limited(side: Side) -> None:
    if "limited" in side.result.labels:
        raise UsageError(
            f"{shown(side.name)} measured only the first subjects (LIMITED): nobody is judged on a trial; leave "
            "--limit and run.limit out",
            code="limited_run",
        )


def _as_planned(profile: Profile, prepared: Prepared) -> Prepared:
    """Enrolled samples as references, the probes of all categories as probes; the others take no part."""
    from fr_bench.comparison import plan as plans

    dataset = prepared.dataset
    enrolled = enrolment(profile, dataset)
    probes = np.unique(np.concatenate([probes_of(one, dataset, enrolled) for one in profile.categories]))
    roles = Roles(reference=enrolled.astype(np.int32), probe=probes.astype(np.int32))
    dataset = replace(dataset, pairs=None, roles=roles)
    plan = plans.build(dataset, "gallery", references="sample")
    return replace(prepared, dataset=dataset, plan=plan, measures=("EER",))


def _asked(profile: Profile, prepared: Prepared, given: Mapping[str, float]) -> tuple[str, ...]:
    """The measures of the scheme besides those of the configuration: groups are shown at their points.

    What is counted from attacks, or timed, is no measure of a run; searches are those of a plan that makes them.
    """
    values = {**{name: one.default for name, one in profile.parameters.items() if one.default is not None}, **given}
    limits = [one for one in profile.limits if all(name in values for name in one.parameters)]
    texts = [PARAMETER.sub(lambda found: repr(values[found[1]]), one.measure) for one in limits]
    left = {"cost", "attacks"} | ({"searches"} if prepared.plan.kind != "search" else set())
    texts = [text for text in (*profile.scheme.measures, *texts) if resolve(text)[1].needs not in left]
    return tuple(dict.fromkeys([*prepared.measures, *texts]))


def _categories(profile: Profile, dataset: Dataset, side: Side) -> dict[str, Trials]:
    return {
        one.name: trials_of(one, profile, dataset, side.scores, side.failed) for one in profile.categories
    }  # fmt: skip


def _whole(side: Side) -> Trials:
    scores: ScoreSet = side.scores
    summary: Any = side.result.dataset
    return Trials(
        name="",
        scores=scores,
        subjects=summary.subjects if summary is not None else len(set(scores.probes.subjects)) if scores.probes else 0,
        enrolled=side.result.comparison.references,
        probes=side.result.comparison.probes,
    )
