"""The configuration: typed keys, all mistakes at once, later sources win, what is written reads back."""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench import runspec
from fr_bench.errors import UsageError
from fr_bench.toml_writing import to_toml


def test_empty_configuration_is_the_embedded_default() -> None:
    spec = runspec.resolve({})
    assert (spec.recognizer.use, spec.comparison.plan, spec.intervals.level) == ("baseline", "auto", 0.95)


def test_overrides_win_over_the_file_and_keep_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[measures]\nreport = ["EER"]\n[run]\nlimit = 5\n', encoding="utf-8")
    spec = runspec.read(path, overrides={"run.limit": 7})
    assert (spec.run.limit, spec.measures.report) == (7, ("EER",))


def test_nested_override_reaches_into_a_table() -> None:
    given = {"recognizer": {"use": "onnx", "model": "m.onnx", "input": {"colour": "RGB"}}}
    spec = runspec.resolve(given, overrides={"recognizer.input.colour": "BGR"})
    assert spec.recognizer.options["input"] == {"colour": "BGR"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mesures": {}}, "unknown section 'mesures'; did you mean 'measures'"),
        ({"measures": {"reports": ["EER"]}}, "unknown key measures.reports; did you mean 'report'"),
        ({"measures": {"report": "EER"}}, "must be a list of texts"),
        ({"comparison": {"plan": "al"}}, "did you mean 'all'"),
        ({"intervals": {"level": 95}}, "from 0.5 to below 1"),
        ({"intervals": {"level": "high"}}, "must be a number"),
        ({"run": {"limit": 0}}, "must be 1 or more"),
        ({"run": {"limit": True}}, "must be a whole number"),
        ({"run": {"cache": 1}}, "must be true or false"),
        ({"report": {"worst": 5000}}, "from 0 to 1000"),
        ({"recognizer": {"use": "onix"}}, "did you mean 'onnx'"),
        ({"dataset": {"format": "folders"}}, "did you mean 'folder'"),
        ({"dataset": {"card": "lfw", "path": "faces"}}, "exclude each other"),
        ({"recognizer": {"use": "onnx", "modle": "m.onnx"}}, "unknown key recognizer.modle; did you mean 'model'"),
        ({"measures": {"report": ["FNMR@FMR=0"]}}, "FNMR@FMR=0"),
        ({"dataset": "lfw"}, "write [dataset] above its keys"),
    ],
)
def test_mistakes_name_the_key_and_what_would_be_valid(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as told:
        runspec.resolve(values)
    assert message in told.value.message
    assert told.value.exit_code == 2


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(UsageError) as told:
        runspec.resolve({"datset": {}, "measures": {"report": ["EERR"]}, "run": {"limit": 0}})
    assert len(told.value.message.splitlines()) == 3


def test_whole_number_is_welcome_where_a_number_is_asked_for() -> None:
    with pytest.raises(UsageError, match="below 1"):
        runspec.resolve({"intervals": {"level": 1}})


def test_resolved_configuration_written_as_toml_reads_back_the_same(tmp_path: Path) -> None:
    given = {
        "dataset": {"path": "faces/김민수", "name": 'quo"te\n\x07'},
        "recognizer": {"use": "onnx", "model": "m.onnx", "input": {"mean": [1.5, 2.0, 3.0], "colour": "BGR"}},
        "measures": {"report": ["EER", "FNMR@FMR=1e-3"]},
        "run": {"limit": 3, "cache": False},
    }
    record = runspec.resolve(given).record()
    path = tmp_path / "run.toml"
    path.write_text(to_toml(record), encoding="utf-8")
    assert runspec.read(path).record() == record


def test_keys_that_toml_cannot_write_bare_are_quoted(tmp_path: Path) -> None:
    given = {"recognizer": {"use": "python", "class": "m.py:M", "arguments": {"half size": 1, "a.b": 2, "": 3}}}
    record = runspec.resolve(given).record()
    path = tmp_path / "run.toml"
    path.write_text(to_toml(record), encoding="utf-8")
    assert runspec.read(path).record() == record


def test_places_and_threads_are_no_part_of_the_identity() -> None:
    one = runspec.resolve(
        {"dataset": {"path": "a"}, "recognizer": {"use": "onnx", "model": "a.onnx"}, "run": {"threads": 1}}
    )
    other = runspec.resolve({"dataset": {"path": "b"}, "recognizer": {"use": "onnx", "model": "b.onnx"}})
    assert one.identity() == other.identity()


def test_how_many_scores_are_kept_names_a_run_only_where_it_is_set() -> None:
    usual, fewer = (runspec.resolve({"comparison": {"keep_at_most": n}}).identity() for n in (30_000_000, 2000))
    assert usual == runspec.resolve({}).identity()
    assert "keep_at_most" not in usual["comparison"]
    assert fewer["comparison"]["keep_at_most"] == 2000


def test_at_least_one_nonmated_score_is_kept() -> None:
    with pytest.raises(UsageError, match=r"comparison\.keep_at_most is 0; it must be 1 or more"):
        runspec.resolve({"comparison": {"keep_at_most": 0}})


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=1", 1), ("a.b=0.5", 0.5), ("a.b=true", True), ("a.b=[1, 2]", [1, 2]), ("a.b=text", "text"), ("a.b=", "")],
)
def test_settings_are_toml_where_they_parse_and_text_elsewhere(text: str, value: object) -> None:
    assert runspec.parse_settings([text]) == {"a.b": value}
