"""`result.json`: a `Result` as canonical strict JSON, and back.

Keys are sorted, floats are written with the digits that read back to the same bits, and no value is NaN. Where a score
may be infinite (thresholds, scores, edges, the floor) infinity is the text "inf" or "-inf". A lone surrogate of a file
name that is no UTF-8 is written as a JSON escape. Writing what was read gives the same bytes.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import numbers
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from fr_bench.errors import DataError, shown
from fr_bench.findings import RESULT_SCHEMA, Result
from fr_bench.reading import read_bytes

LIMIT = 1 << 30
"""Most bytes of a result that is read: far above those of any run."""

_INFINITIES = {"inf": math.inf, "-inf": -math.inf}
_MAY_BE_INFINITE = {
    "Measurement": ("threshold",),
    "Curve": ("thresholds",),
    "Distribution": ("edges",),
    "NotableComparison": ("score",),
    "ComparisonSummary": ("floor",),
}


def write(result: Result) -> bytes:
    """The bytes of `result.json`. Equal results give equal bytes.

    Raises ValueError if a value is NaN or of a type that JSON does not have: that is a bug of the caller.
    """
    # Through the types and back, so that a whole number given for a float is spelled as one, as after reading.
    document = _plain(_typed(_plain(result)))
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def read(path: Path) -> Result:
    """Read a result file. Raises DataError: `file_missing` or another reason why it cannot be read, `bad_json`,
    `wrong_schema` or `bad_result`."""
    try:
        data = read_bytes(path, LIMIT)
    except DataError as problem:
        raise DataError(f"{problem.message}; name a run folder's result.json", code=problem.code) from problem
    return loads(data, where=str(path))


def loads(data: bytes, *, where: str = "result.json") -> Result:
    """Read a result from bytes; `where` names the place for messages. Raises DataError as `read` does."""
    document = _parsed(data, where)
    schema = document.get("schema")
    if schema != RESULT_SCHEMA:
        message = f"{where}: schema is {shown(str(schema))!r}, this version of frbench reads {RESULT_SCHEMA!r}"
        raise DataError(message, code="wrong_schema")
    import msgspec

    try:
        return _typed(document)
    except msgspec.ValidationError as problem:
        raise DataError(
            f"{where}: no result file of frbench: {shown(str(problem), 300)}", code="bad_result"
        ) from problem


def json_schema() -> dict[str, Any]:
    """JSON Schema of `result.json`, as `fr_bench/reports/result.schema.json` publishes it."""
    import msgspec

    (reference,), components = msgspec.json.schema_components((Result,), ref_template="#/$defs/{name}")
    infinity = {"enum": sorted(_INFINITIES)}
    for name, fields in _MAY_BE_INFINITE.items():
        for field in fields:
            _allow(components[name]["properties"], field, infinity)
    for component in components.values():
        # Python 3.13 takes the indentation from docstrings, earlier versions leave it.
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    components["Result"]["properties"]["schema"] = {"const": RESULT_SCHEMA}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Result of a run of frbench"}
    return {**head, **reference, "$defs": components}


def published_schema() -> str:
    """The text of the published schema file."""
    return resources.files("fr_bench.reports").joinpath("result.schema.json").read_text(encoding="utf-8")


def schema_text() -> str:
    """The schema as it is published: `python -m fr_bench.reports.result_file > fr_bench/reports/result.schema.json`."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _allow(properties: dict[str, Any], field: str, alternative: dict[str, Any]) -> None:
    found = properties[field]
    kept = {key: found.pop(key) for key in ("description", "default") if key in found}
    if found.get("type") == "array":
        found["items"] = {"anyOf": [*found["items"].get("anyOf", [found["items"]]), alternative]}
        properties[field] = {**found, **kept}
    else:
        properties[field] = {"anyOf": [*found.get("anyOf", [found]), alternative], **kept}


def _parsed(data: bytes, where: str) -> dict[str, Any]:
    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no JSON number")

    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except json.JSONDecodeError as problem:
        message = f"{where}:{problem.lineno}: no JSON: {problem.msg} (column {problem.colno})"
        raise DataError(message, code="bad_json") from problem
    except UnicodeDecodeError as problem:
        raise DataError(f"{where}: no UTF-8 at byte {problem.start}", code="bad_encoding") from problem
    except (ValueError, RecursionError) as problem:
        raise DataError(f"{where}: no strict JSON: {shown(str(problem))}", code="bad_json") from problem
    if not isinstance(document, dict):
        raise DataError(f"{where}: a result is a JSON object, this is a {type(document).__name__}", code="bad_result")
    return document


def _typed(document: dict[str, Any]) -> Result:
    import msgspec

    return msgspec.convert(_with_infinities(document), Result)


def _with_infinities(document: dict[str, Any]) -> dict[str, Any]:
    """The document with "inf" and "-inf" as numbers, in those places only where a score may be infinite."""
    changed = dict(document)
    for key in ("measurements", "curves", "distributions", "false_matches", "false_non_matches"):
        changed[key] = _each(changed.get(key, []), _row)
    changed["findings"] = _each(changed.get("findings", []), _finding)
    if isinstance(changed.get("comparison"), dict):
        changed["comparison"] = _row(changed["comparison"])
    return changed


_INFINITE_KEYS = {field for fields in _MAY_BE_INFINITE.values() for field in fields}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _infinite(value) if key in _INFINITE_KEYS else value for key, value in row.items()}


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    inner = row.get("measurement")
    return {**row, "measurement": _row(inner)} if isinstance(inner, dict) else row


def _each(rows: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    return [change(row) if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else rows


def _infinite(value: Any) -> Any:
    if isinstance(value, list):
        return [_infinite(item) for item in value]
    return _INFINITIES.get(value, value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """JSON types only: records become objects, tuples lists, infinities text."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _plain_number(value)


def _plain_number(value: Any) -> Any:
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        real = float(value)
        if math.isnan(real):
            raise ValueError("a result holds NaN; what could not be measured is None with a reason")
        return real if math.isfinite(real) else ("inf" if real > 0 else "-inf")
    raise ValueError(f"a result holds a {type(value).__name__}, which JSON does not have")


if __name__ == "__main__":
    print(schema_text(), end="")
