"""Presentation attacks: each species at the thresholds that were measured, the trade-off of the worst one, the scores.

Nothing is pooled over species. Intervals have attack instruments and bona fide subjects as their units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fr_bench.analyses.given import Given
from fr_bench.findings import Analysis, Measure, Measurement, Note, Series, Table, Threshold
from fr_bench.measuring import measure
from fr_bench.metrics import attacks
from fr_bench.records import Presentations, Scores, ScoreSet

KIND = "attacks"
STEPS = 3
"""Points a decade of APCER that have an interval."""
BINS = 40
FEW_INSTRUMENTS = 20
DEFAULT_TARGETS = ("BPCER10", "BPCER20", "BPCER100")
DEFAULT = ("APNRR", "BPNRR", *DEFAULT_TARGETS)
"""What is measured of presentations where nobody says what."""


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis where presentations were given, none otherwise."""
    found = given.presentations
    if found is None or not len(found):
        return ()
    points = tuple(_points(given.measurements)) or tuple(_points(_told(given, found, DEFAULT_TARGETS)))
    measurements = (*_by_species(given, found, points), *_of_the_system(given, found, points))
    series = (*_trade_off(given, found), *_histograms(found))
    return (
        Analysis(
            kind=KIND,
            measurements=measurements,
            series=series,
            tables=(_census(found),),
            facts={
                "detection": bool(attacks.responded(found).any()),
                "recognition": found.recognition is not None and not bool(np.isnan(found.recognition).all()),
                "points": [{"name": name, "threshold": threshold} for name, threshold in points],
                "systems": [dict(system) for system in _systems(given)],
                "level": given.method.level,
            },
            notes=tuple(_notes(found)),
        ),
    )


def _points(measurements: Sequence[Measurement]) -> Iterator[tuple[str, Threshold]]:
    """Detection thresholds of measurements, each once, with the measure that gave it."""
    seen: set[Threshold] = set()
    for found in measurements:
        named = Measure.parse(found.measure)
        if not named.name.startswith(("APCER", "BPCER")) or found.threshold is None or found.threshold in seen:
            continue
        seen.add(found.threshold)
        yield found.measure, found.threshold


def _systems(given: Given) -> Iterator[tuple[tuple[str, str], ...]]:
    """Thresholds of recognition, with those of detection, at which the full system was measured."""
    seen = set()
    for text in given.measures:
        named = Measure.parse(text)
        if named.name in ("IAPAR", "RIAPAR"):
            thresholds = tuple((key, named[key]) for key in ("threshold", "detection") if key in named)
            if thresholds not in seen:
                seen.add(thresholds)
                yield thresholds


def _told(given: Given, found: Presentations, texts: Sequence[str]) -> tuple[Measurement, ...]:
    """Measures of the presentations alone, with their intervals."""
    empty = Scores(values=np.zeros(0))
    nothing = ScoreSet(mated=empty, nonmated=empty, mated_planned=0, nonmated_planned=0)
    return measure(nothing, texts, level=given.method.level, method=given.method.name, presentations=found)


def _text(threshold: Threshold) -> str:
    return threshold if isinstance(threshold, str) else repr(threshold)


def _by_species(
    given: Given, found: Presentations, points: Sequence[tuple[str, Threshold]]
) -> tuple[Measurement, ...]:  # fmt: skip
    """Non-responses, and the APCER at each threshold, of every species; IAPAR where the full system was measured."""
    texts = []
    for name in attacks.species_of(found):
        if attacks.responded(found).any():
            texts.append(f"APNRR@species={name}")
        texts += [f"APCER@threshold={_text(threshold)},species={name}" for _, threshold in points]
        for system in _systems(given):
            texts.append(f"IAPAR@{','.join(f'{key}={value}' for key, value in system)},species={name}")
    return _told(given, found, texts)


def _of_the_system(
    given: Given, found: Presentations, points: Sequence[tuple[str, Threshold]]
) -> tuple[Measurement, ...]:  # fmt: skip
    """The worst species and the bona fide subjects at each threshold; what was not asked for is measured here."""
    texts = []
    for _, threshold in points:
        texts += [f"APCER@threshold={_text(threshold)}", f"BPCER@threshold={_text(threshold)}"]
    if attacks.responded(found).any():
        texts.append("BPNRR")
    for system in _systems(given):
        told = ",".join(f"{key}={value}" for key, value in system)
        texts += [f"IAPAR@{told}", f"RIAPAR@{told}"]
    return _told(given, found, texts)


def apcer_targets(smallest: int) -> tuple[Fraction, ...]:
    """APCERs below 1, three a decade, that allow at least one of so many attacks to pass.

    >>> [str(float(target)) for target in apcer_targets(20)]
    ['0.464', '0.215', '0.1']
    """
    found, step = [], 1
    while (target := Fraction(f"{10 ** (-step / STEPS):.3g}")) * smallest >= 1:
        found.append(target)
        step += 1
    return tuple(found)


def _trade_off(given: Given, found: Presentations) -> Iterator[Series]:
    """BPCER over the APCER of the worst species as attained, and its intervals at a few targets."""
    corners = attacks.trade_off(found)
    if not corners:
        return
    yield Series(name="trade_off", x=tuple(a for _, a, _ in corners), y=tuple(b for _, _, b in corners))
    made = attacks.responded(found)
    smallest = min(
        int(np.count_nonzero(attacks.of_species(found, name) & made)) for name in attacks.species_of(found)
    )  # fmt: skip
    targets = apcer_targets(smallest)
    if not targets:
        return
    told = _told(given, found, [f"BPCER@APCER={target}" for target in targets])
    yield Series(
        name="trade_off_points",
        x=tuple(float(target) for target in targets),
        y=tuple(one.value for one in told),
        low=tuple(one.interval.low if one.interval else None for one in told),
        high=tuple(one.interval.high if one.interval else None for one in told),
        counts=tuple((one.counts.errors, one.counts.trials) if one.counts else (0, 0) for one in told),
        labels=("pointwise",),
    )


def _histograms(found: Presentations) -> Iterator[Series]:
    """The detection scores, else those of recognition, of each kind of presentation: the middle of a bin, its share."""
    scores = found.score if attacks.responded(found).any() else found.recognition
    if scores is None:
        return
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return
    edges = np.histogram_bin_edges(finite.astype(np.float64), bins=BINS)
    for name in ("", *attacks.species_of(found)):
        chosen = scores[attacks.of_species(found, name)]
        of = int(np.count_nonzero(~np.isnan(chosen)))
        counts = np.histogram(chosen[np.isfinite(chosen)], bins=edges)[0]
        if of:
            yield Series(
                name=f"scores:{name}",
                x=tuple(((edges[1:] + edges[:-1]) / 2).tolist()),
                y=tuple((counts / of).tolist()),
                counts=tuple((int(count), of) for count in counts),
            )


def _census(found: Presentations) -> Table:
    """How many presentations of how many instruments, or subjects, there are of each kind; "" are bona fide ones."""
    rows: list[tuple[Any, ...]] = []
    for name in ("", *attacks.species_of(found)):
        among = attacks.of_species(found, name)
        units = {found.instrument[k] for k in np.flatnonzero(among).tolist()}
        silent = int(np.count_nonzero(among & ~attacks.responded(found)))
        rows.append((name, None if "" in units else len(units), int(np.count_nonzero(among)), silent))
    return Table(name="presentations", columns=("species", "units", "presentations", "silent"), rows=tuple(rows))


def _notes(found: Presentations) -> Iterator[Note]:
    """What must be known before the figures are used."""
    census = _census(found)
    few = [str(row[0]) for row in census.rows if row[0] and isinstance(row[1], int) and row[1] < FEW_INSTRUMENTS]
    if few:
        text = f"Fewer than {FEW_INSTRUMENTS} instruments of {', '.join(few)}: no verdict may rest on them."
        yield Note(level="warning", code="few_instruments", text=text)
    if any(row[1] is None for row in census.rows):
        text = "Some presentations name neither instrument nor subject: each of them is taken as independent."
        yield Note(level="warning", code="instruments_unknown", text=text)
    if not attacks.responded(found).any():
        text = "There are no detection scores: the recognizer was attacked without attack detection."
        yield Note(level="information", code="no_detection", text=text)
    if not any(row[0] == "" and row[2] for row in census.rows):
        text = "There is no bona fide presentation: what attack detection costs its users is not measured."
        yield Note(level="warning", code="no_bona_fide", text=text)


__all__ = ["DEFAULT", "KIND", "analyse", "apcer_targets"]
