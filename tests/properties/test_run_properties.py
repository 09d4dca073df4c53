"""Laws of whole runs: comparisons with ids and subjects, from the scores as given to the measurements as written."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import REJECT_ALL, Measurement, Threshold
from fr_bench.measuring import curves, measure
from fr_bench.metrics.scores import SortedScores
from fr_bench.records import Party, Scores, ScoreSet
from fr_bench.reports import result_file
from fr_bench.scorefiles import score_set
from tests.reports import examples

POINTS = ("FNMR@FMR=1/5", "FMR@FNMR=1/3", "ZeroFMR", "ZeroFNMR", "EER", "ROCCH-EER", "AUC", "d'", "minDCF@prior=0.2")
AT = ("FMR@threshold=0.5", "FNMR@threshold=0.5", "FMR@threshold=-2", "FNMR@threshold=2")
SUBJECTS = ("ann", "bob", "cy", "dee", "eve")
DRAWS = 20
SMALL = examples.scores_only()


@dataclass(frozen=True)
class Row:
    """One comparison: its score, and the subjects of probe and reference."""

    score: float
    probe: str
    reference: str

    @property
    def mated(self) -> bool:
        return self.probe == self.reference


ROWS = st.lists(
    st.builds(Row, st.integers(-4, 4).map(float), st.sampled_from(SUBJECTS), st.sampled_from(SUBJECTS)),
    min_size=6,
    max_size=24,
).filter(lambda rows: 0 < sum(row.mated for row in rows) < len(rows))


def scored(rows: Sequence[Row]) -> ScoreSet:
    """The rows as a run has them: every comparison with samples of its own."""
    sides = {"probe": [row.probe for row in rows], "reference": [row.reference for row in rows]}
    classes = {}
    for mated in (True, False):
        numbers = np.array([k for k, row in enumerate(rows) if row.mated is mated], dtype=np.int32)
        values = np.array([rows[k].score for k in numbers], dtype=float)
        classes[mated] = Scores(values=values, probe=numbers, reference=numbers)
    return ScoreSet(
        mated=classes[True],
        nonmated=classes[False],
        mated_planned=len(classes[True]),
        nonmated_planned=len(classes[False]),
        probes=Party(ids=tuple(f"p{k}" for k in range(len(rows))), subjects=tuple(sides["probe"])),
        references=Party(ids=tuple(f"r{k}" for k in range(len(rows))), subjects=tuple(sides["reference"])),
    )


def measured(rows: Sequence[Row], *, draws: int = DRAWS) -> tuple[Measurement, ...]:
    return measure(scored(rows), [*POINTS, *AT], draws=draws)


@given(ROWS, st.randoms(use_true_random=False))
def test_order_of_rows_changes_no_measurement(rows: list[Row], random: object) -> None:  # P5
    shuffled = sorted(rows, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert measured(shuffled) == measured(rows)


@given(ROWS)
def test_probe_and_reference_may_change_places(rows: list[Row]) -> None:  # P5
    turned = [Row(row.score, row.reference, row.probe) for row in rows]
    assert measured(turned) == measured(rows)


@given(ROWS, st.permutations(SUBJECTS))
def test_names_of_subjects_change_no_point_and_no_interval_at_a_threshold(
    rows: list[Row], others: list[str]
) -> None:  # P5
    name = dict(zip(SUBJECTS, others, strict=True))
    renamed = [Row(row.score, name[row.probe], name[row.reference]) for row in rows]
    before, after = measured(rows), measured(renamed)
    assert [m.value for m in before] == [m.value for m in after]
    assert [m.threshold for m in before] == [m.threshold for m in after]
    assert before[len(POINTS) :] == after[len(POINTS) :]


@given(ROWS)
def test_every_interval_holds_its_point_and_says_how_it_was_made(rows: list[Row]) -> None:  # I1
    for found in measured(rows):
        if found.interval is not None and found.value is not None:
            assert found.interval.low <= found.value <= found.interval.high
            assert found.interval.low < found.interval.high
            assert found.interval.method
            assert found.interval.unit
        assert (found.interval is None) == (found.no_interval is not None)


@given(st.lists(st.integers(-4, 4).map(float), min_size=1), st.lists(st.integers(-4, 4).map(float), min_size=1))
def test_distances_are_similarities_negated(mated: list[float], nonmated: list[float]) -> None:  # P2
    similar = score_set(np.array(mated), np.array(nonmated))
    distances = -np.array(mated), -np.array(nonmated)
    distant = score_set(*distances, polarity="distance")
    assert measure(distant, POINTS, draws=DRAWS) == measure(similar, POINTS, draws=DRAWS)
    for found in measure(distant, ["FNMR@FMR=0.3", "FNMR@FMR=0.6"], draws=DRAWS):
        if isinstance(found.threshold, float) and found.at is not None and found.counts is not None:
            # The threshold, negated, is the largest distance that is accepted.
            accepted = [int((side <= -found.threshold).sum()) for side in distances]
            assert accepted == [found.counts.trials - found.counts.errors, found.at.errors]
    assert curves(distant) == curves(similar)
    assert not np.signbit(distant.nonmated.values[distant.nonmated.values == 0]).any()


THRESHOLDS = st.one_of(
    st.floats(allow_nan=False), st.just(REJECT_ALL), st.sampled_from([0.1 + 0.2, 5e-324, -0.0, 1e16, 1 / 3])
)


@given(st.lists(THRESHOLDS, min_size=1, max_size=4))
def test_a_result_read_and_written_again_is_the_same_file(thresholds: list[Threshold]) -> None:  # P18
    base = examples.measurements()[0]
    rows = tuple(dataclasses.replace(base, threshold=t) for t in thresholds)
    data = result_file.write(dataclasses.replace(SMALL, measurements=rows))
    back = result_file.loads(data)
    assert result_file.write(back) == data
    assert [m.threshold for m in back.measurements] == thresholds


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=12), st.data())
def test_a_threshold_read_back_gives_the_same_decisions(scores: list[float], data: st.DataObject) -> None:  # P18
    s = SortedScores.from_arrays(np.array(scores), np.array(scores))
    t = data.draw(st.sampled_from(scores))
    row = dataclasses.replace(examples.measurements()[0], threshold=t)
    (back,) = result_file.loads(result_file.write(dataclasses.replace(SMALL, measurements=(row,)))).measurements
    assert back.threshold is not None
    assert s.false_matches(back.threshold) == s.false_matches(t)
    assert s.false_non_matches(back.threshold) == s.false_non_matches(t)
