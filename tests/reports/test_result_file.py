"""`result.json`: canonical, strict, and the same after reading."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.findings import REJECT_ALL, Result
from fr_bench.reports import result_file
from tests.reports import examples


def test_reading_gives_what_was_written(result: Result, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(result_file.write(result))
    assert result_file.read(path).measurements[:4] == result.measurements[:4]
    assert result_file.read(path).curves == result.curves
    assert result_file.write(result_file.read(path)) == path.read_bytes()


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_texts_come_back_exactly(text: str) -> None:
    bad = examples.hostile(text)
    data = result_file.write(bad)
    back = result_file.loads(data)
    assert (back.name, back.dataset, back.failures[0]) == (bad.name, bad.dataset, bad.failures[0])
    assert result_file.write(back) == data


def test_infinite_thresholds_are_text_in_the_file_and_numbers_after_reading(result: Result) -> None:
    first = dataclasses.replace(result.measurements[0], threshold=-math.inf, details={"fractions": {"fmr": [1, 2]}})
    curve = dataclasses.replace(result.curves[0], fmr=(1.0, 0.0), fnmr=(0.0, 1.0), thresholds=(math.inf, REJECT_ALL))
    worst = dataclasses.replace(result.false_matches[0], score=math.inf)
    changed = dataclasses.replace(result, measurements=(first,), curves=(curve,), false_matches=(worst,))
    data = result_file.write(changed)
    assert b"Infinity" not in data
    assert b'"-inf"' in data
    assert result_file.loads(data) == changed


def test_a_group_named_like_an_infinity_stays_text(result: Result) -> None:
    grouped = dataclasses.replace(result.measurements[0], group={"threshold": "inf"})
    back = result_file.loads(result_file.write(dataclasses.replace(result, measurements=(grouped,))))
    assert back.measurements[0].group == {"threshold": "inf"}


def test_a_whole_number_for_a_float_is_spelled_as_after_reading(result: Result) -> None:
    whole = dataclasses.replace(result.measurements[-1], threshold=1)
    data = result_file.write(dataclasses.replace(result, measurements=(whole,)))
    assert result_file.write(result_file.loads(data)) == data


def test_numpy_scalars_are_numbers(result: Result) -> None:
    changed = dataclasses.replace(result, timing={"n": np.int64(3), "s": np.float32(0.5), "ok": np.True_.item()})
    assert result_file.loads(result_file.write(changed)).timing == {"n": 3, "s": 0.5, "ok": True}


def test_nan_is_a_bug_of_the_caller(result: Result) -> None:
    with pytest.raises(ValueError, match="NaN"):
        result_file.write(dataclasses.replace(result, timing={"s": math.nan}))


def test_published_schema_is_current() -> None:
    assert result_file.published_schema() == result_file.schema_text()


@pytest.mark.parametrize("made", [examples.example(), examples.scores_only(), examples.hostile("<b>")])
def test_written_results_fit_the_schema(made: Result) -> None:
    schema = result_file.json_schema()
    assert list(violations(json.loads(result_file.write(made)), schema, schema["$defs"], "$")) == []


def test_infinities_fit_the_schema(result: Result) -> None:
    schema = result_file.json_schema()
    curve = dataclasses.replace(result.curves[0], fmr=(1.0, 0.0), fnmr=(0.0, 1.0), thresholds=(-math.inf, REJECT_ALL))
    written = json.loads(result_file.write(dataclasses.replace(result, curves=(curve,))))
    assert list(violations(written, schema, schema["$defs"], "$")) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b'{"schema": NaN}', "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "bad_json"),
        (b"\xff\xfe", "bad_encoding"),
        (b"[]", "bad_result"),
        (b"{}", "wrong_schema"),
        (b'{"schema": "fr-bench-result/99"}', "wrong_schema"),
        (b'{"schema": "fr-bench-result/1"}', "bad_result"),
        (b'{"schema": "fr-bench-result/1", "measurements": [3], "curves": {}}', "bad_result"),
    ],
)
def test_a_file_that_is_no_result_is_refused_with_its_path(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"result\.json") as refused:
        result_file.read(path)
    assert refused.value.code == code


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        result_file.read(tmp_path / "none.json")
    assert refused.value.code == "file_missing"


def test_a_rate_without_counts_in_the_file_is_refused(result: Result) -> None:
    document = json.loads(result_file.write(result))
    document["measurements"][1]["counts"] = None
    with pytest.raises(DataError, match="a rate without counts"):
        result_file.loads(json.dumps(document).encode())


TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def violations(value: Any, schema: dict[str, Any], defs: dict[str, Any], where: str) -> Any:
    """What of a value does not fit a schema, for the keywords that the published schema uses."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(violations(value, option, defs, where)) for option in schema["anyOf"]):
            yield f"{where}: none of anyOf"
        return
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        yield f"{where}: {value!r} not allowed"
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        yield f"{where}: no {schema['type']}"
        return
    if isinstance(value, dict):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        yield from (f"{where}: lacks {key}" for key in schema.get("required", []) if key not in value)
        for key, item in value.items():
            inner = properties.get(key, more if isinstance(more, dict) else {})
            yield from violations(item, inner, defs, f"{where}.{key}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from violations(item, schema["items"], defs, f"{where}[{index}]")
