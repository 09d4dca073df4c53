"""Subjects: whether some are served unlike others, which ones, who carries the errors, and suspected label errors.

Whether there is any subject effect is tested first. The zoo of Doddington is found at each measured threshold by exact
tests of each subject's errors; the menagerie of Yager and Dunstone by the means of everybody's scores. Nothing is ever
left out of a figure because of what is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.analyses._group_points import Point, points_of
from fr_bench.analyses._subject_errors import Errors, Herd, SubjectErrors
from fr_bench.analyses.given import Given
from fr_bench.findings import Analysis, Note, Series, Table
from fr_bench.intervals.significance import holm
from fr_bench.metrics.error_carriers import Carriers
from fr_bench.metrics.label_errors import Suspects, two_ids, two_persons
from fr_bench.metrics.menagerie import AnimalCount, SubjectScore, animals
from fr_bench.metrics.scores import SortedScores, as_threshold
from fr_bench.metrics.subject_effect import Effect, mated_effect
from fr_bench.numerals import many
from fr_bench.records import Scores
from fr_bench.subject_scores import SubjectScores

KIND = "subjects"
LISTED = 20
"""Subjects, pairs and suspects that are named; the rest is counted."""
DRAWN = 1500
"""Subjects that the picture of the menagerie shows at most, those of a herd always among them."""
STEPS = 120
"""Points of a curve over subjects."""
FEW_SUBJECTS = 20
Counts = NDArray[np.int64]
Means = NDArray[np.float64]


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis where the scores name the subjects of every comparison, and there are at least two."""
    people = SubjectScores.of(given.scores)
    if people is None or len(people.names) < 2:
        return ()
    return (_View(given, people).analysis(),)


@dataclass(frozen=True, eq=False)
class _View:
    """The subjects of one run."""

    given: Given
    people: SubjectScores

    @cached_property
    def ordered(self) -> SortedScores:
        return SortedScores.of(self.given.scores)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        return points_of(self.given.measurements)

    @cached_property
    def _by_subject(self) -> SubjectErrors:
        return SubjectErrors(people=self.people, seed=self.given.method.seed, level=self.level)

    @cached_property
    def errors(self) -> tuple[tuple[Point, tuple[Errors, ...]], ...]:
        """The errors of both kinds at each point; without those that are not known by subject."""
        by_subject = self._by_subject
        return tuple(
            (point, tuple(one for one in (by_subject.of_mated(point), by_subject.of_nonmated(point)) if one))
            for point in self.points
        )

    @cached_property
    def main(self) -> Point | None:
        """The strictest target of the FMR that at least ten false matches hold; else the first point there is."""
        firm = [one for one in self.points if one.name.startswith("FMR=") and "weak_target" not in one.labels]
        by_threshold = sorted(firm, key=lambda one: float("inf") if isinstance(one.threshold, str) else one.threshold)
        return by_threshold[-1] if by_threshold else self.points[0] if self.points else None

    @cached_property
    def score(self) -> SubjectScore:
        return _means(self.people)

    @cached_property
    def suspects(self) -> tuple[Suspects, Suspects]:
        """One person under two ids, and two under one."""
        people, scores = self.people, self.given.scores
        return (
            two_ids(self.ordered, scores.nonmated.values, people.first, people.second),
            two_persons(self.ordered, scores.mated.values, people.mated),
        )

    @property
    def level(self) -> float:
        return self.given.method.level

    def analysis(self) -> Analysis:
        counts, who = animals(self.score)
        values = self.given.scores.mated.values
        effect = mated_effect(values, self.people.mated, seed=self.given.method.seed) if len(values) else None
        return Analysis(
            kind=KIND,
            series=(*self._scatter(), *self._curves()),
            tables=(
                self._effects(effect), self._carriers(), self._herds(), self._animals(counts, who), *self._suspected(),
            ),
            facts=self._facts(),
            notes=tuple(self._notes()),
        )  # fmt: skip

    # Is there anything at all

    def _effects(self, mated: Effect | None) -> Table:
        rows = [("mated", "", *_effect_row(mated))] if mated else []
        rows += [("FMR", point.name, *_effect_row(one.effect)) for point, found in self.errors for one in found
                 if one.effect]  # fmt: skip
        columns = ("of", "point", "statistic", "by_chance", "draws", "p", "subjects")
        return Table(name="effects", columns=columns, rows=tuple(rows))

    # Who has the errors

    def _carriers(self) -> Table:
        columns = ("point", "rate", "subject", "errors", "trials", "share", "animals", "p")
        rows: list[tuple[str | int | float | None, ...]] = []
        for point, found in self.errors:
            for one in found:
                for place in range(min(LISTED, len(one.carriers.order))):
                    number, errors = int(one.carriers.order[place]), int(one.carriers.errors[place])
                    kinds = [herd.name for herd in self._named(one.herds) if herd.p[number] <= 1 - self.level]
                    p = None if self._few else min(float(herd.p[number]) for herd in one.herds)
                    trials = sum(int(herd.trials[number]) for herd in one.herds)
                    share = errors / one.carriers.total
                    rows.append(
                        (point.name, one.rate, self.people.names[number], errors, trials, share, " ".join(kinds), p)
                    )
        return Table(name="carriers", columns=columns, rows=tuple(rows))

    def _herds(self) -> Table:
        """A row a kind of animal and point: how many there are, and what part of the errors is theirs."""
        columns = ("point", "animal", "subjects", "of", "errors", "all_errors")
        rows = []
        for point, found in self.errors:
            for one in found:
                for herd in self._named(one.herds):
                    rows.append((
                        point.name, herd.name, len(herd.members), int(np.count_nonzero(herd.trials)),
                        herd.carried, one.carriers.total,
                    ))  # fmt: skip
        return Table(name="herds", columns=columns, rows=tuple(rows))

    def _curves(self) -> Iterator[Series]:
        for point, found in self.errors:
            for one in found:
                if one.carriers.total:
                    x, y = _thinned(one.carriers)
                    yield Series(name=f"carriers:{one.rate}:{point.name}", x=x, y=y)

    # The menagerie

    def _animals(self, counts: Sequence[AnimalCount], who: dict[str, Counts]) -> Table:
        columns = ("animal", "subjects", "expected", "p", "p_adjusted", "examples")
        adjusted = holm([one.p for one in counts])
        rows = tuple(
            (one.animal, one.count, one.expected, one.p, p, ", ".join(self._examples(who[one.animal])))
            for one, p in zip(counts, adjusted, strict=True)
        )
        return Table(name="animals", columns=columns, rows=() if self._few else rows)

    def _examples(self, members: Counts) -> list[str]:
        return [self.people.names[int(number)] for number in members[:5]]

    def _scatter(self) -> Iterator[Series]:
        """Every subject with both means, by herd at the main point; thinned where there are too many."""
        known = np.flatnonzero(self.score.known)
        left = set(known.tolist())
        for herd in self._main_herds():
            members = [number for number in herd.members.tolist() if number in left]
            left -= set(members)
            if members:
                yield self._dots(herd.name, np.array(members))
        sheep = np.array(sorted(left), dtype=np.int64)
        if len(sheep) > DRAWN:
            sheep = sheep[np.linspace(0, len(sheep) - 1, DRAWN).astype(np.int64)]
        if len(sheep):
            yield self._dots("sheep", sheep)

    def _main_herds(self) -> list[Herd]:
        found = [one for point, of_point in self.errors if point is self.main for one in of_point]
        return [herd for one in found for herd in self._named(one.herds)]

    @property
    def _few(self) -> bool:
        """Whether there are too few subjects to call anybody an animal."""
        return len(self.people.names) < FEW_SUBJECTS

    def _named(self, herds: Sequence[Herd]) -> Sequence[Herd]:
        return () if self._few else herds

    def _dots(self, name: str, members: Counts) -> Series:
        return Series(
            name=f"animals:{name}",
            x=tuple(self.score.mated[members].tolist()),
            y=tuple(self.score.nonmated[members].tolist()),
        )

    # Labels

    def _suspected(self) -> tuple[Table, Table]:
        ids, persons = self.suspects
        names, scores, design = self.people.names, self.given.scores, self.people.design
        compared = design.between(ids.first[:LISTED], ids.second[:LISTED]).tolist() if design else []
        pair_rows = tuple(
            (names[int(a)], names[int(b)], int(count), int(compared[k]) if k < len(compared) else None,
             *self._shown(scores.nonmated, int(best)))
            for k, (a, b, count, best) in enumerate(_listed(ids))
        )  # fmt: skip
        trials = np.bincount(self.people.mated, minlength=len(names))
        person_rows = tuple(
            (names[int(a)], int(count), int(trials[a]), *self._shown(scores.mated, int(best)))
            for a, _, count, best in _listed(persons)
        )
        return (
            Table(
                name="two_ids",
                columns=("subject", "other", "comparisons", "compared", "score", "probe", "reference"),
                rows=pair_rows,
            ),
            Table(
                name="two_persons",
                columns=("subject", "comparisons", "compared", "score", "probe", "reference"),
                rows=person_rows,
            ),
        )

    def _shown(self, part: Scores, row: int) -> tuple[float | None, str, str]:
        """Score and ids of one comparison."""
        scores = self.given.scores
        if part.probe is None or part.reference is None or scores.probes is None or scores.references is None:
            raise ValueError("comparisons without samples")
        value = as_threshold(part.values[row])
        told = value if np.isfinite(value) else None
        return told, scores.probes.ids[part.probe[row]], scores.references.ids[part.reference[row]]

    # What is known besides

    def _facts(self) -> dict[str, Any]:
        ids, persons = self.suspects
        score, known = self.score, self.score.known
        quarters = {
            name: [float(q) for q in np.quantile(mean[known], [0.25, 0.75])] if known.any() else []
            for name, mean in (("mated", score.mated), ("nonmated", score.nonmated))
        }
        return {
            "subjects": len(self.people.names),
            "with_both": int(known.sum()),
            "shares": score.shares,
            "floor": None if self.given.scores.rest is None else self.given.scores.floor,
            "quarters": quarters,
            "roles": self._by_subject.roles,
            "main": self.main.name if self.main else None,
            "points": [
                {"name": point.name, "threshold": point.threshold, **{one.rate: _carried(one) for one in found}}
                for point, found in self.errors
            ],
            "two_ids": {"pairs": len(ids.first), "comparisons": ids.comparisons, "limit": ids.limit},
            "two_persons": {
                "subjects": len(persons.first), "comparisons": persons.comparisons, "limit": persons.limit,
            },
            "level": self.level,
        }  # fmt: skip

    def _notes(self) -> Iterator[Note]:
        if self._few:
            yield _told(
                "few_subjects_zoo", f"{many(len(self.people.names), 'subject')}: no animal may be named among so few"
            )
        if self.score.shares:
            yield _told(
                "nonmated_by_share",
                "nonmated scores below the floor were not summed up by subject: the menagerie takes the share of "
                "scores above the floor in place of the mean",
            )
        if self.suspects[1].limit is None and self.given.scores.rest is not None:
            yield _told(
                "two_persons_unknown",
                "the median of the nonmated scores lies below the floor, so that subjects with two persons are not "
                "looked for",
            )
        hidden = [point.name for point, found in self.errors if "FMR" not in {one.rate for one in found}]
        if hidden:
            yield _told("carriers_below_floor", f"false matches are not known by subject at {', '.join(hidden)}")


def _means(people: SubjectScores) -> SubjectScore:
    """Mean mated and nonmated score of each subject."""
    n, scores = len(people.names), people.scores
    mated = _ratio(_sums(people.mated, scores.mated.values, n), np.bincount(people.mated, minlength=n))
    design, rest = people.design, scores.rest
    if design is None:
        return SubjectScore(mated=mated, nonmated=np.full(n, np.nan), shares=False)
    shares = rest is not None and rest.count > 0 and rest.by_subject is None
    values = np.ones(len(people.first)) if shares else scores.nonmated.values
    with np.errstate(invalid="ignore"):  # infinities of both signs have no sum, and their subject no mean
        sums = _sums(people.first, values, n) + _sums(people.second, values, n)
        if rest is not None and rest.by_subject is not None:
            sums = sums + rest.by_subject.sums
    return SubjectScore(mated=mated, nonmated=_ratio(sums, design.by_subject()), shares=shares)


def _sums(codes: NDArray[np.int32], values: NDArray[Any], count: int) -> Means:
    return np.bincount(codes, values, count).astype(np.float64)


def _ratio(sums: Means, counts: NDArray[Any]) -> Means:
    found: Means = np.full(len(sums), np.nan)
    with np.errstate(invalid="ignore"):  # an infinite score makes a mean that is none; it is left out later
        np.divide(sums, counts, out=found, where=counts > 0)
    return found


def _effect_row(effect: Effect | None) -> tuple[float, float, int, float, int]:
    if effect is None:
        raise ValueError("no test was made")
    return effect.statistic, effect.by_chance, effect.draws, effect.p, effect.subjects


def _carried(one: Errors) -> dict[str, Any]:
    return {
        "errors": one.carriers.total,
        "trials": one.trials,
        "subjects": one.carriers.subjects,
        "with_errors": len(one.carriers.order),
        "half": one.carriers.carrying(),
        "carry": one.carry,
    }


def _thinned(carriers: Carriers) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The share of errors over the number of subjects, denser at the beginning."""
    last = len(carriers.order)
    places = np.unique(np.round(np.geomspace(1, last, STEPS)).astype(np.int64)) - 1
    y = carriers.cumulative[places] / carriers.total
    return tuple((places + 1).astype(np.float64).tolist()), tuple(y.tolist())


def _listed(found: Suspects) -> Iterator[tuple[int, int, int, int]]:
    columns = (found.first, found.second, found.count, found.best)
    return zip(*(column[:LISTED].tolist() for column in columns), strict=True)


def _told(code: str, text: str) -> Note:
    return Note(level="information", code=code, text=text[:1].upper() + text[1:])


__all__ = ["KIND", "analyse"]
