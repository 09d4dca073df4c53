"""What a run's record says of the runs before it, and what it keeps to itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fr_bench
from fr_bench import earlier_runs, pipeline
from fr_bench.findings import DatasetSummary, RecognizerSummary, Result
from fr_bench.reports.document import Table, Text
from fr_bench.reports.sections import record
from fr_bench.reports.wording import wording
from fr_bench.storage import history


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "history.jsonl"
    monkeypatch.setenv("FRBENCH_HISTORY", str(path))
    return path


def result(recognizer: str = "door", data: str = "d" * 64) -> Result:
    found = pipeline.evaluate(mated=[0.9, 0.8], nonmated=[0.1, 0.2], measures=["EER"])
    return replace(
        found,
        dataset=DatasetSummary(name="faces", title="Faces", format="folder", subjects=4, samples=8, digest=data),
        recognizer=RecognizerSummary(name=recognizer, version="1", digest="m" * 64, provider="cpu", batch_size=1,
                                     dimension=4, comparison="cosine"),
    )  # fmt: skip


def noted(run: str, **more: Any) -> Any:
    return earlier_runs.noted(result(**more), run).environment[earlier_runs.KEY]


def test_the_seventh_run_on_the_same_data_says_so() -> None:
    for k in range(6):
        noted(str(k), recognizer="door" if k < 4 else "other")
    told = noted("own")
    assert (told["others"], told["same_recognizer"], told["recognizers"]) == (6, 4, 1)
    assert earlier_runs.sentence(told).startswith("run 7 on these data")


def test_a_run_that_is_repeated_is_no_other_run() -> None:
    noted("same")
    assert noted("same")["others"] == 0


def test_runs_on_other_data_do_not_count() -> None:
    noted("a", data="e" * 64)
    assert noted("b")["others"] == 0


def test_a_record_holds_nothing_of_other_recognizers() -> None:
    noted("a", recognizer="competitor")
    assert "competitor" not in str(noted("b"))


def test_a_log_that_cannot_be_used_stops_no_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FRBENCH_HISTORY", str(tmp_path / "file" / "log"))
    told = noted("a")
    assert told["known"] is False
    assert earlier_runs.sentence(told).startswith("unknown: ")


def test_the_report_lists_earlier_runs_with_their_figures() -> None:
    noted("first")
    blocks = record.earlier(earlier_runs.noted(result(), "second"), wording())
    assert any(isinstance(one, Text) and "run 2 on these data" in one.text for one in blocks)
    (table,) = (one for one in blocks if isinstance(one, Table))
    assert table.rows[0][-1].lines == ("EER 0",)


@pytest.mark.parametrize("told", [None, 7, {"known": True, "others": "x", "runs": [3, {"figures": [None, {}]}]}])
def test_a_strange_record_is_drawn_all_the_same(told: Any) -> None:
    found = replace(result(), environment={record.EARLIER: told})
    assert record.earlier(found, wording("ko"))


def test_a_run_is_noted_before_its_figures_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def power_cut(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "write_outputs", power_cut)
    small = {"dataset": {"card": "generated", "subjects": 6, "images": 3}, "measures": {"report": ["EER"]}}
    with pytest.raises(KeyboardInterrupt):
        fr_bench.run(small, out=tmp_path / "run")
    assert [line.facts["figures"][0]["measure"] for line in history.read()] == ["EER"]
    assert not (tmp_path / "run" / "metrics.csv").exists()
