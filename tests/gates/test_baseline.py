"""The baseline file: small, the same bytes again, without names, and read with suspicion."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench import gates
from fr_bench.comparing import Side
from fr_bench.errors import DataError, UsageError
from fr_bench.records import Party, Scores
from tests.gates.making import MEASURES, PEOPLE, run


@pytest.fixture(scope="module")
def made() -> Side:
    return run(2)


@pytest.fixture(scope="module")
def data(made: Side) -> bytes:
    return gates.write_baseline(gates.baseline_of(made))


def test_it_comes_back_as_it_was_written(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(data)
    assert gates.write_baseline(gates.read_baseline(path)) == data


def test_a_baseline_made_again_is_the_same_file(data: bytes) -> None:
    assert gates.write_baseline(gates.baseline_of(run(2))) == data


def test_the_order_of_samples_does_not_show(made: Side, data: bytes) -> None:
    """Samples numbered backwards, and comparisons in another order."""
    scores = made.scores
    party = scores.probes
    assert party is not None
    last = len(party.ids) - 1
    turned = Party(ids=party.ids[::-1], subjects=party.subjects[::-1])

    def other(part: Scores) -> Scores:
        assert part.probe is not None
        assert part.reference is not None
        order = np.random.default_rng(5).permutation(len(part))
        return Scores(
            values=part.values[order],
            probe=(last - part.probe[order]).astype(np.int32),
            reference=(last - part.reference[order]).astype(np.int32),
        )

    mixed = dataclasses.replace(
        scores, probes=turned, references=turned, mated=other(scores.mated), nonmated=other(scores.nonmated)
    )
    assert gates.write_baseline(gates.baseline_of(dataclasses.replace(made, scores=mixed))) == data


def test_no_name_of_a_subject_or_sample_is_in_it(data: bytes) -> None:
    text = data.decode()
    assert not [name for name in {*PEOPLE.names, *PEOPLE.ids} if f'"{name}"' in text]


def test_it_is_small(data: bytes) -> None:
    assert len(data) < 60_000


def test_it_holds_what_a_reviewer_asks(data: bytes) -> None:
    document = json.loads(data)
    assert {"facts", "recognizer", "alpha", "draws", "seed", "subjects", "measures", "schema"} <= set(document)
    assert [one["measure"] for one in document["measures"]] == list(MEASURES)
    assert {"data", "plan", "preprocessing", "polarity"} == set(document["facts"])
    for one in document["measures"]:
        assert {"value", "counts", "interval", "threshold", "version", "labels"} <= set(one)


def test_a_run_without_subjects_has_no_baseline(made: Side) -> None:
    scores = dataclasses.replace(
        made.scores,
        probes=None,
        references=None,
        crossing=None,
        mated=Scores(values=made.scores.mated.values),
        nonmated=Scores(values=made.scores.nonmated.values),
    )
    with pytest.raises(UsageError) as mistake:
        gates.baseline_of(dataclasses.replace(made, scores=scores))
    assert mistake.value.code == "no_subjects"


def broken(change: Any) -> Any:
    def apply(document: dict[str, Any]) -> Any:
        change(document)
        return document

    return apply


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda _: [], "wrong_schema"),
        (broken(lambda d: d.update(schema="fr-bench-baseline/9")), "wrong_schema"),
        (broken(lambda d: d.pop("measures")), "bad_baseline"),
        (broken(lambda d: d.update(alpha="x")), "bad_baseline"),
        (broken(lambda d: d.update(alpha=2)), "bad_baseline"),
        (broken(lambda d: d.update(draws=10**9)), "bad_baseline"),
        (broken(lambda d: d["measures"].append(7)), "bad_baseline"),
        (broken(lambda d: d["measures"][0].update(counts=[5, 2])), "bad_baseline"),
        (broken(lambda d: d["measures"][0].update(drawn="AAAA")), "bad_baseline"),
        (broken(lambda d: d["measures"][0].update(drawn="!!!!")), "bad_baseline"),
        (broken(lambda d: d["measures"][3].update(errors={"a": -1})), "bad_baseline"),
        (broken(lambda d: d["measures"][5].update(errors={"a": 10**30})), "bad_baseline"),
        (broken(lambda d: d["measures"][4].update(pairs=[["a", "a", 1]])), "bad_baseline"),
        (broken(lambda d: d["measures"][4].update(pairs=[["a", "b", 10**12]])), "bad_baseline"),
        (broken(lambda d: d["subjects"].update(salt="../../x")), "bad_baseline"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(data: bytes, change: Any, code: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(change(json.loads(data))), "utf-8")
    with pytest.raises(DataError) as mistake:
        gates.read_baseline(path)
    assert mistake.value.code == code
    assert str(path) in mistake.value.message


@pytest.mark.parametrize(("text", "code"), [("{", "bad_json"), ('{"a": NaN}', "bad_json"), ("", "bad_json")])
def test_a_file_that_is_no_json_is_refused(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(DataError) as mistake:
        gates.read_baseline(path)
    assert mistake.value.code == code
