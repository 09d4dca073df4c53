"""How many subjects stand behind the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fr_bench.records import Indices, Party, Scores, ScoreSet


@dataclass(frozen=True, slots=True)
class SubjectCounts:
    """Subjects with a mated comparison, and subjects on either side of a nonmated one."""

    mated: int
    nonmated: int


def subject_counts(scores: ScoreSet) -> SubjectCounts | None:
    """Count the subjects of each class of comparisons; None where the scores came without ids.

    Where nonmated scores below a floor were counted without their ids, whoever counted them says of how many subjects.
    """
    if scores.probes is None or scores.references is None:
        return None
    names = sorted({*scores.probes.subjects, *scores.references.subjects})
    code = {name: k for k, name in enumerate(names)}
    sides = [_codes(scores.probes, code), _codes(scores.references, code)]
    mated = _seen(scores.mated, sides, len(names))
    rest = scores.rest
    nonmated = rest.subjects if rest and rest.count else _seen(scores.nonmated, sides, len(names))
    return None if mated is None or nonmated is None else SubjectCounts(mated, nonmated)


def _codes(party: Party, code: dict[str, int]) -> Indices:
    return np.array([code[subject] for subject in party.subjects], dtype=np.int32)


def _seen(scores: Scores, sides: Sequence[Indices], subjects: int) -> int | None:
    if scores.probe is None or scores.reference is None:
        return None
    seen = np.zeros(subjects, dtype=bool)
    seen[sides[0][scores.probe]] = True
    seen[sides[1][scores.reference]] = True
    return int(np.count_nonzero(seen))
