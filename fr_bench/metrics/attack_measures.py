"""The measures of presentation attacks by their texts: APCER, BPCER, APNRR, BPNRR, IAPAR, RIAPAR.

The unit that is taken as independent is the attack instrument, or the bona fide subject; where a presentation does not
say whose it is, each presentation, and then it is labelled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.errors import nearest, shown
from fr_bench.findings import REJECT_ALL, Measure, Proportion, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.attacks import (
    FEW,
    Flags,
    accepted,
    bpcer_at_apcer,
    nonresponse,
    of_species,
    passed,
    responded,
    species_of,
    worst,
)
from fr_bench.metrics.counted import CountedAtTarget, CountedHighest, CountedSum, by_code
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.metrics.values import composed, rate
from fr_bench.records import Floats, Presentations

LENT = 30
"""The design effect may be borrowed from the threshold at which so many presentations are errors."""
NAMED = {"BPCER10": Fraction(1, 10), "BPCER20": Fraction(1, 20), "BPCER100": Fraction(1, 100)}
"""Names in use for BPCER@APCER at three targets."""


def _given(found: Presentations | None) -> Presentations:
    if found is None:
        raise NotMeasurable("no presentations were given: neither attacks nor bona fide ones", code="no_presentations")
    return found


def _detected(presentations: Presentations | None) -> Presentations:
    """Presentations that were put to a detector at all."""
    found = _given(presentations)
    if len(found) and not responded(found).any():
        raise NotMeasurable("no detection score was given: attack detection was not tested", code="no_detection")
    return found


def _species(found: Presentations) -> tuple[str, ...]:
    names = species_of(found)
    if not names:
        raise NotMeasurable("no attack was presented", code="no_attacks")
    return names


def _asked_species(found: Presentations, measure: Measure) -> str:
    names = _species(found)
    if measure["species"] not in names:
        known = nearest(measure["species"], names)
        raise NotMeasurable(f"no attack is of species '{shown(measure['species'])}'{known}", code="no_attacks")
    return measure["species"]


def _counted(
    measure: Measure, found: Presentations, wrong: Flags, among: Flags, *, easier: Flags | None = None, **more: Any
) -> Counted:
    """The share of some presentations that are errors, by instrument or subject.

    among    of one species, or bona fide
    easier   errors at a threshold where they are more frequent
    """
    counts = Proportion(int(np.count_nonzero(wrong & among)), int(np.count_nonzero(among)))
    chosen = np.flatnonzero(among)
    names = [found.instrument[k] for k in chosen.tolist()]
    attack = bool(len(chosen)) and found.species[chosen[0]] != ""
    known = all(names)
    code = np.unique(names, return_inverse=True)[1] if known and names else np.arange(len(names))
    errors, trials = by_code(code, wrong[chosen])
    return Counted(
        measurement=rate(measure, counts, **more),
        errors=errors,
        trials=trials,
        unit=("attack instrument" if attack else "subject") if known else "presentation",
        labels=() if known else ("assumes_independent_samples",),
        borrow=None if easier is None else by_code(code, easier[chosen])[0],
    )


def _highest(measure: Measure, parts: Mapping[str, Counted], **more: Any) -> CountedHighest:
    """The highest of the rates of some species, with all of them beside it."""
    counts = {name: cast(Proportion, part.measurement.counts) for name, part in parts.items()}
    name = worst(counts)
    details = {
        **more.pop("details", {}),
        "species": name,
        "by_species": {name: [one.errors, one.trials] for name, one in sorted(counts.items())},
    }
    found = rate(measure, counts[name], details=details, **more)
    return CountedHighest.of(found, tuple(parts.values()), list(parts).index(name))


def _each(
    found: Presentations, measure: Measure, count: Callable[[str], Counted], **more: Any
) -> Counted | CountedHighest:
    """The species that is named, or the worst of those of which any was tried."""
    if "species" in measure:
        return count(_asked_species(found, measure))
    parts, untried = {}, []
    for name in _species(found):
        try:
            parts[name] = count(name)
        except NotMeasurable:
            untried.append(name)
    if not parts:
        raise NotMeasurable("the detector responded to no attack", code="no_attacks")
    return _highest(measure, parts, details={"untried_species": untried} if untried else {}, **more)


def _apcer(presentations: Presentations | None, measure: Measure) -> Counted:
    found, threshold = _detected(presentations), parameters.threshold(measure)
    wrong, every = passed(found.score, threshold), "nonresponse" in measure

    def count(name: str) -> Counted:
        species = of_species(found, name)
        made = species & responded(found)
        among = species if every else made
        easier = passed(found.score, _nth(found.score[made], -LENT)) if np.count_nonzero(made) >= LENT else None
        return _counted(measure, found, wrong, among, easier=easier, threshold=threshold)

    return _each(found, measure, count, threshold=threshold)


def _bpcer(presentations: Presentations | None, measure: Measure) -> Counted:
    found, threshold = _detected(presentations), parameters.threshold(measure)
    return _rejected(found, measure, threshold, every="nonresponse" in measure)


def _rejected(
    found: Presentations, measure: Measure, threshold: Threshold, *, every: bool = False, **more: Any
) -> Counted:
    """Bona fide presentations below a threshold; with `every` those without a response too."""
    bona_fide, made = of_species(found, ""), responded(found)
    among = bona_fide if every else bona_fide & made
    if not among.any():
        raise NotMeasurable("the detector responded to no bona fide presentation", code="no_bona_fide")
    lowest = found.score[bona_fide & made]
    easier = ~(found.score > _nth(lowest, LENT - 1)) if len(lowest) >= LENT else None
    return _counted(
        measure, found, ~passed(found.score, threshold), among, easier=easier, threshold=threshold, **more
    )  # fmt: skip


def _nth(scores: Any, place: int) -> float:
    """The score at a place of the ascending order, counted from the end where negative."""
    return float(np.partition(scores, place % len(scores))[place % len(scores)])


def _bpcer_at_apcer(presentations: Presentations | None, measure: Measure) -> CountedAtTarget:
    target = NAMED[measure.name] if measure.name in NAMED else parameters.target(measure, "APCER")
    found = _detected(presentations)
    point = bpcer_at_apcer(found, target)
    labels = ("weak_target",) if point.allowed < FEW else ()
    details: dict[str, Any] = {
        "target": str(target),
        "allowed": point.allowed,
        "held_by": point.held_by,
        "by_species": {name: [one.errors, one.trials] for name, one in sorted(point.apcer.items())},
    }
    if point.threshold == REJECT_ALL:
        details["note"] = "threshold_is_reject_all"
    counted = _rejected(
        found, measure, point.threshold, at=point.apcer[worst(point.apcer)], labels=labels, details=details
    )
    made = responded(found)
    held = [_held(found, name, measure, target) for name in _species(found)]
    return CountedAtTarget.of(
        counted,
        target=target,
        parts=tuple(part for part, _ in held),
        others=tuple(scores for _, scores in held),
        scores=_ascending(found.score[of_species(found, "") & made]),
    )


def _held(found: Presentations, name: str, measure: Measure, target: Fraction) -> tuple[Counted, Floats]:
    """The attacks of a species that pass at the threshold which holds the target for it alone, and its scores."""
    among = of_species(found, name) & responded(found)
    scores = _ascending(found.score[among])
    rejected = scores[len(scores) - 1 - math.floor(target * len(scores))]
    easier = passed(found.score, _nth(scores, -LENT)) if len(scores) >= LENT else None
    return _counted(measure, found, found.score > rejected, among, easier=easier), scores


def _ascending(scores: Floats) -> Floats:
    return cast(Floats, np.sort(scores))


def _apnrr(presentations: Presentations | None, measure: Measure) -> Counted:
    found = _detected(presentations)

    def count(name: str) -> Counted:
        return _counted(measure, found, ~responded(found), of_species(found, name))

    return _each(found, measure, count)


def _bpnrr(presentations: Presentations | None, measure: Measure) -> Counted:
    found = _detected(presentations)
    if not nonresponse(found, "").trials:
        raise NotMeasurable("no bona fide presentation was made", code="no_bona_fide")
    return _counted(measure, found, ~responded(found), of_species(found, ""))


def _iapar(presentations: Presentations | None, measure: Measure) -> Counted:
    found, threshold = _system(presentations, measure), parameters.threshold(measure)
    yes = accepted(found, threshold, _detection(measure))
    details = _unrecognised(found, measure)

    def count(name: str) -> Counted:
        return _counted(measure, found, yes, of_species(found, name), threshold=threshold, details=details)

    return _each(found, measure, count, threshold=threshold)


def _system(presentations: Presentations | None, measure: Measure) -> Presentations:
    """Presentations to a system with attack detection, where a threshold of it is named, or without."""
    return _detected(presentations) if "detection" in measure else _given(presentations)


def _detection(measure: Measure) -> Threshold | None:
    return parameters.threshold(measure, "detection") if "detection" in measure else None


def _unrecognised(found: Presentations, measure: Measure) -> dict[str, Any]:
    """How many attacks detection let pass that have no recognition score: they count as not accepted."""
    detection = _detection(measure)
    through = np.ones(len(found), dtype=np.bool_) if detection is None else passed(found.score, detection)
    if found.recognition is None:
        return {}
    lost = int(np.count_nonzero(np.isnan(found.recognition) & through & ~of_species(found, "")))
    return {"without_recognition": lost} if lost else {}


def _riapar(presentations: Presentations | None, measure: Measure) -> CountedSum:
    found, threshold = _system(presentations, measure), parameters.threshold(measure)
    bona_fide = of_species(found, "")
    if not bona_fide.any():
        raise NotMeasurable("no bona fide presentation was made", code="no_bona_fide")
    attacks = _iapar(found, measure)
    stopped = _counted(measure, found, ~accepted(found, threshold, _detection(measure)), bona_fide)
    frr, iapar = (cast(Proportion, part.measurement.counts) for part in (stopped, attacks))
    total = cast(Fraction, frr.fraction) + cast(Fraction, iapar.fraction)
    told = composed(
        measure, float(total), fractions={"frr": frr, "iapar": iapar}, threshold=threshold,
        details=dict(attacks.measurement.details),
    )  # fmt: skip
    return CountedSum.of(told, stopped, attacks)


_WORST = (
    " The rate of a system is the highest of its species, never one over all attacks together: a species that always "
    "passes would vanish behind many that never do. Its interval ends at the highest of the limits of all species, "
    "each at a level raised by their number."
)
_SILENT = " Presentations that the detector did not respond to stand in no count of it; APNRR and BPNRR tell them."
_NO_ACER = (
    " The mean of APCER and BPCER (ACER) is not printed: it is no measure of the standard, and hides which error it is."
)
_APCER = "How often an attack is classified as bona fide."
_BPCER = "How often a bona fide presentation is classified as an attack: what attack detection costs its users."
_IAPAR = (
    "How often an attack that imitates somebody is accepted by the full system: attack detection lets it pass and "
    "recognition takes it for its target. Without a detection threshold the system has no attack detection. Attacks "
    "without a response or without a score were not accepted, and stand in the denominator."
)
_RIAPAR = (
    "FRR plus IAPAR at the same thresholds: what the full system costs its users and lets in. FRR counts bona fide "
    "presentations that detection or recognition rejects, or that gave no score. It lies between 0 and 2. Its interval "
    "adds the limits of both rates, each at half the error level."
)
_AT = (
    "The smallest threshold at which the APCER of every species is at most x, and how often bona fide presentations "
    "are rejected there. Not measurable where x allows no attack of the smallest species to pass. Its interval regards "
    "that attacks of few instruments hold the threshold: it reaches to the BPCER at the lowest and the highest "
    "threshold that agree with them."
)
_ISO = "ISO/IEC 30107-3, {}"
_CLASSIFIED = _ISO.format("attack presentation classification error rate")
_BONA_FIDE = _ISO.format("bona fide presentation classification error rate")


def _kind(
    name: str, title: str, example: str, formula: str, explanation: str, source: str, compute: Callable[..., Any],
    *parameters: str, interval: str = "units",
) -> MeasureKind:  # fmt: skip
    return MeasureKind(
        name=name, title=title, unit="proportion", better="lower", version=1, source=source, example=example,
        formula=formula, explanation=explanation, needs="attacks", compute=compute, interval=interval,
        parameters=parameters,
    )  # fmt: skip


MEASURES: tuple[MeasureKind, ...] = (
    _kind(
        "APCER@threshold", "Attack presentation classification error rate, worst species", "APCER@threshold=0.5",
        "max over species of #{attacks of it with a score >= t} / attacks of it with a response",
        _APCER + _WORST + _SILENT + _NO_ACER, _CLASSIFIED, _apcer, "threshold",
    ),
    _kind(
        "APCER@threshold", "Attack presentation classification error rate of a species",
        "APCER@threshold=0.5,species=print", "#{attacks of the species with a score >= t} / those with a response",
        _APCER + _SILENT, _CLASSIFIED, _apcer, "threshold", "species",
    ),
    _kind(
        "APCER@threshold", "Attack presentation classification error rate, non-responses counted",
        "APCER@threshold=0.5,nonresponse=counted", "max over species of #{attacks of it with a score >= t} / all of it",
        _APCER + _WORST + " Attacks without a response count as stopped.", _CLASSIFIED, _apcer,
        "threshold", "nonresponse",
    ),
    _kind(
        "BPCER@threshold", "Bona fide presentation classification error rate", "BPCER@threshold=0.5",
        "#{bona fide with a score < t} / bona fide with a response", _BPCER + _SILENT + _NO_ACER, _BONA_FIDE, _bpcer,
        "threshold",
    ),
    _kind(
        "BPCER@threshold", "Bona fide presentation classification error rate, non-responses counted",
        "BPCER@threshold=0.5,nonresponse=counted", "#{bona fide with a score < t or without a response} / bona fide",
        _BPCER + " Presentations without a response count as rejected.", _BONA_FIDE, _bpcer,
        "threshold", "nonresponse",
    ),
    _kind(
        "BPCER@APCER", "Bona fide presentation classification error rate at an APCER of at most x", "BPCER@APCER=0.05",
        "BPCER(t), t = the smallest score with max over species APCER(t) <= x", _AT + _SILENT, _BONA_FIDE,
        _bpcer_at_apcer, "APCER", interval="bpcer_at_apcer",
    ),
    *(
        _kind(
            name, f"Bona fide presentation classification error rate at an APCER of at most {float(target):g}", name,
            f"BPCER@APCER={target}", _AT + _SILENT, _BONA_FIDE, _bpcer_at_apcer,
            interval="bpcer_at_apcer",
        )
        for name, target in NAMED.items()
    ),
    _kind(
        "APNRR", "Attack presentation non-response rate, worst species", "APNRR",
        "max over species of attacks of it without a response / all of it",
        "How often the detector gave no answer to an attack." + _WORST,
        _ISO.format("attack presentation non-response rate"), _apnrr,
    ),
    _kind(
        "APNRR@species", "Attack presentation non-response rate of a species", "APNRR@species=print",
        "attacks of the species without a response / all of it",
        "How often the detector gave no answer to an attack of the species.",
        _ISO.format("attack presentation non-response rate"), _apnrr, "species",
    ),
    _kind(
        "BPNRR", "Bona fide presentation non-response rate", "BPNRR",
        "bona fide presentations without a response / all of them",
        "How often the detector gave no answer to a bona fide presentation.",
        _ISO.format("bona fide presentation non-response rate"), _bpnrr,
    ),
    *(
        _kind(
            "IAPAR@threshold", f"Impostor attack presentation accept rate{what}", f"IAPAR@threshold=0.35{more}",
            formula, _IAPAR + ("" if "species" in keys else _WORST),
            _ISO.format("impostor attack presentation accept rate"), _iapar, "threshold", *keys,
        )
        for what, more, formula, keys in (
            (", worst species, without attack detection", "",
             "max over species of #{attacks of it recognised at t} / attacks of it", ()),
            (" of a species, without attack detection", ",species=print",
             "#{attacks of the species recognised at t} / attacks of the species", ("species",)),
            (", worst species", ",detection=0.5",
             "max over species of #{attacks of it with detection >= d and recognition >= t} / attacks of it",
             ("detection",)),
            (" of a species", ",detection=0.5,species=print",
             "#{attacks of the species with detection >= d and recognition >= t} / attacks of the species",
             ("detection", "species")),
        )
    ),
    *(
        _kind(
            "RIAPAR@threshold", f"Relative impostor attack presentation accept rate{what}",
            f"RIAPAR@threshold=0.35{more}", formula, _RIAPAR, _ISO.format("relative impostor attack accept rate"),
            _riapar, "threshold", *keys,
        )
        for what, more, formula, keys in (
            (", without attack detection", "", "FRR(t) + IAPAR(t)", ()),
            ("", ",detection=0.5", "FRR(t, d) + IAPAR(t, d)", ("detection",)),
        )
    ),
)  # fmt: skip
