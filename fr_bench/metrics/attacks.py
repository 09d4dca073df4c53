"""Presentation attacks: how often a detector lets an attack pass, and how often it stops a bona fide subject.

A detection score is high for bona fide; a presentation is classified as bona fide iff `score >= threshold`. Rates of
attacks belong to one species of instruments; the rate of a system is that of its worst species, never a pooled one: a
species that always passes would vanish behind many that never do. A detector that did not respond (NaN) is no
decision: such presentations are counted apart unless it is said that a failure to respond rejects.

Source: ISO/IEC 30107-3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.metrics.scores import NotMeasurable, as_threshold, smallest_not_below
from fr_bench.numerals import grouped, many, written_target
from fr_bench.records import Presentations

Flags = NDArray[np.bool_]
FEW = 10
"""Fewer attacks accepted than this hold a threshold only weakly."""


def species_of(found: Presentations) -> tuple[str, ...]:
    """The species of the attacks, sorted."""
    return tuple(sorted({*found.species} - {""}))


def of_species(found: Presentations, species: str) -> Flags:
    """(p,) which presentations are attacks of a species; with "" the bona fide ones."""
    return np.fromiter((name == species for name in found.species), dtype=np.bool_, count=len(found))


def responded(found: Presentations) -> Flags:
    """(p,) where the detector gave a score."""
    return ~np.isnan(found.score)


def passed(scores: NDArray[np.floating], threshold: Threshold) -> Flags:
    """Which scores are at or above a threshold; a missing one is not."""
    if threshold == REJECT_ALL:
        return np.zeros(len(scores), dtype=np.bool_)
    return np.asarray(scores >= smallest_not_below(float(threshold), scores.dtype))


def share(wrong: Flags, among: Flags) -> Proportion:
    """How many of some presentations are flagged."""
    return Proportion(int(np.count_nonzero(wrong & among)), int(np.count_nonzero(among)))


def apcer(found: Presentations, threshold: Threshold, species: str, *, counted: bool = False) -> Proportion:
    """Attacks of a species that are classified as bona fide, of those that the detector responded to.

    counted   True: attacks without a response are in the denominator too; they did not pass
    Source: ISO/IEC 30107-3, attack presentation classification error rate.
    """
    among = of_species(found, species)
    return share(passed(found.score, threshold), among if counted else among & responded(found))


def bpcer(found: Presentations, threshold: Threshold, *, counted: bool = False) -> Proportion:
    """Bona fide presentations that are classified as attacks, of those that the detector responded to.

    counted   True: bona fide presentations without a response count as classified as attacks
    Source: ISO/IEC 30107-3, bona fide presentation classification error rate.
    """
    among = of_species(found, "")
    return share(~passed(found.score, threshold), among if counted else among & responded(found))


def nonresponse(found: Presentations, species: str) -> Proportion:
    """Presentations of a species, or with "" bona fide ones, that the detector did not respond to (APNRR, BPNRR)."""
    return share(~responded(found), of_species(found, species))


def accepted(found: Presentations, threshold: Threshold, detection: Threshold | None) -> Flags:
    """(p,) what the full system accepts: detection, where there is any, and recognition both say yes.

    Raises NotMeasurable `no_recognition` without recognition scores.
    """
    if found.recognition is None or np.isnan(found.recognition).all():
        raise NotMeasurable(
            "no recognition score was given: only with one can be said whom the full system accepts",
            code="no_recognition",
        )
    matched = passed(found.recognition, threshold)
    return matched if detection is None else matched & passed(found.score, detection)


def iapar(found: Presentations, threshold: Threshold, species: str, detection: Threshold | None = None) -> Proportion:
    """Attacks of a species that the full system accepts, of all of that species: what failed was not accepted.

    threshold   of recognition
    detection   of attack detection; None: the system has none
    Source: ISO/IEC 30107-3, impostor attack presentation accept rate.
    """
    return share(accepted(found, threshold, detection), of_species(found, species))


def frr(found: Presentations, threshold: Threshold, detection: Threshold | None = None) -> Proportion:
    """Bona fide presentations that the full system rejects, of all of them: what failed was rejected."""
    return share(~accepted(found, threshold, detection), of_species(found, ""))


def worst(rates: Mapping[str, Proportion]) -> str:
    """The species with the highest rate; of equal ones the first by name. Raises NotMeasurable where none was tried.

    >>> worst({"mask": Proportion(1, 2), "print": Proportion(3, 4), "replay": Proportion(0, 0)})
    'print'
    """
    tried = [(rate, name) for name in sorted(rates) if (rate := rates[name].fraction) is not None]
    if not tried:
        raise NotMeasurable("no attack got a response: 0 of 0 is no rate")
    highest = max(rate for rate, _ in tried)
    return next(name for rate, name in tried if rate == highest)


@dataclass(frozen=True, slots=True)
class DetectionPoint:
    """Where the worst APCER is at most a target.

    threshold   the smallest candidate that holds it for every species
    apcer       of each species there
    bpcer       there
    held_by     the species that forbids a lower threshold
    allowed     how many attacks of that species may pass
    """

    target: Fraction
    threshold: Threshold
    apcer: Mapping[str, Proportion]
    bpcer: Proportion
    held_by: str
    allowed: int


def bpcer_at_apcer(found: Presentations, target: Fraction) -> DetectionPoint:
    """The BPCER at the smallest threshold at which the APCER of every species is at most `target`.

    Candidates are the distinct scores of all presentations and, above every number, `reject_all`. Non-responses stand
    in no count. Raises NotMeasurable where the target allows no attack of the smallest species to pass.
    """
    attacks = {name: found.score[of_species(found, name) & responded(found)] for name in species_of(found)}
    bona_fide = found.score[of_species(found, "") & responded(found)]
    _need(attacks, bona_fide)
    smallest = min(attacks, key=lambda name: (len(attacks[name]), name))
    if target * len(attacks[smallest]) < 1:
        raise NotMeasurable(
            f"APCER of at most {written_target(target)} allows none of {many(len(attacks[smallest]), 'attack')} of "
            f"species '{smallest}' to pass: at least {grouped(math.ceil(1 / target))} are needed"
        )
    allowed = {name: math.floor(target * len(scores)) for name, scores in attacks.items()}
    # The highest score of each species that must be rejected: one more attack than is allowed lies at or above it.
    rejected = {name: np.sort(scores)[len(scores) - 1 - allowed[name]] for name, scores in attacks.items()}
    held_by = max(sorted(rejected), key=lambda name: rejected[name])
    candidates = np.concatenate([bona_fide, *attacks.values()])
    higher = candidates[candidates > rejected[held_by]]
    threshold: Threshold = as_threshold(higher.min()) if len(higher) else REJECT_ALL
    return DetectionPoint(
        target=target,
        threshold=threshold,
        apcer={name: apcer(found, threshold, name) for name in attacks},
        bpcer=bpcer(found, threshold),
        held_by=held_by,
        allowed=allowed[held_by],
    )


def _need(attacks: Mapping[str, NDArray[np.floating]], bona_fide: NDArray[np.floating]) -> None:
    """Raises NotMeasurable where a population has no detection score."""
    if not attacks:
        raise NotMeasurable("no attack was presented", code="no_attacks")
    silent = [name for name, scores in attacks.items() if not len(scores)]
    if silent:
        raise NotMeasurable(f"the detector responded to no attack of species '{silent[0]}'", code="no_attacks")
    if not len(bona_fide):
        raise NotMeasurable("the detector responded to no bona fide presentation", code="no_bona_fide")


def trade_off(found: Presentations, most: int = 500) -> list[tuple[Threshold, float, float]]:
    """Threshold, APCER of the worst species and BPCER at the candidates, thinned for drawing.

    most   how many are left at the most, 2 or more; the first and the last are

    Empty where a population has no detection score.
    """
    attacks = [np.sort(found.score[of_species(found, name) & responded(found)]) for name in species_of(found)]
    bona_fide = np.sort(found.score[of_species(found, "") & responded(found)])
    if not attacks or not len(bona_fide) or not all(len(one) for one in attacks):
        return []
    candidates = np.unique(np.concatenate([bona_fide, *attacks]))
    highest = np.max([(len(one) - np.searchsorted(one, candidates)) / len(one) for one in attacks], axis=0)
    rejected = np.searchsorted(bona_fide, candidates) / len(bona_fide)
    corners: list[tuple[Threshold, float, float]] = [
        (as_threshold(t), float(highest[k]), float(rejected[k])) for k, t in enumerate(candidates)
    ]  # fmt: skip
    corners.append((REJECT_ALL, 0.0, 1.0))
    # A run of equal APCER is one corner: the lowest threshold has the lowest BPCER.
    kept = [corner for k, corner in enumerate(corners) if not k or corner[1] != corners[k - 1][1]]
    # The last corner is kept too, wherever the steps end.
    step = math.ceil((len(kept) - 1) / (most - 1))
    return [corner for k, corner in enumerate(kept) if k % step == 0 or k == len(kept) - 1]
