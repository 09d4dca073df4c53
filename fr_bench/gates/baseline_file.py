"""A baseline as a file for git: strict JSON with keys in order, one measure after the other, the same bytes again."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fr_bench.errors import DataError, shown
from fr_bench.findings import Interval, Measurement, Proportion, Threshold
from fr_bench.gates.baseline import Baseline, Draws, Kept
from fr_bench.reading import read_json

SCHEMA = "fr-bench-baseline/1"
MOST_BYTES = 16 << 20
MOST_FALSE_MATCHES = 10_000_000


def write(baseline: Baseline) -> bytes:
    """The bytes of a baseline file; equal baselines give equal bytes."""
    document = {
        "schema": SCHEMA,
        "name": baseline.name,
        "made_by": baseline.made_by,
        "alpha": baseline.alpha,
        "draws": baseline.draws,
        "seed": baseline.seed,
        "facts": _plain(baseline.facts),
        "recognizer": _plain(baseline.recognizer),
        "subjects": {"salt": baseline.salt, "mated": baseline.mated, "design": baseline.design},
        "measures": [_kept(one) for one in baseline.measures],
    }
    return _lines(document).encode("utf-8", "backslashreplace") + b"\n"


def _lines(document: Mapping[str, Any]) -> str:
    """A line for each key, and for each key of a measure: a change in git shows which figure moved."""
    lines = []
    for key, value in sorted(document.items()):
        if key == "measures":
            rows = (",\n".join(f"   {_json(k)}: {_json(v)}" for k, v in sorted(one.items())) for one in value)
            lines.append(f" {_json(key)}: [\n" + ",\n".join(f"  {{\n{row}\n  }}" for row in rows) + "\n ]")
        else:
            lines.append(f" {_json(key)}: {_json(value)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _kept(one: Kept) -> dict[str, Any]:
    m = one.measurement
    told: dict[str, Any] = {
        "measure": m.measure,
        "version": m.version,
        "unit": m.unit,
        "better": m.better,
        "value": m.value,
        "reason": m.reason,
        "counts": None if m.counts is None else [m.counts.errors, m.counts.trials],
        "interval": None if m.interval is None else {
            "low": m.interval.low, "high": m.interval.high, "level": m.interval.level, "method": m.interval.method,
            "unit": m.interval.unit,
        },
        "threshold": _infinite(m.threshold),
        "labels": list(m.labels),
        "subjects": m.subjects,
    }  # fmt: skip
    if one.errors is not None:
        told["errors"] = dict(one.errors)
    if one.pairs is not None:
        told["pairs"] = [list(row) for row in one.pairs]
    if one.draws is not None:
        told["drawn"] = base64.b64encode(one.draws.astype("<f4").tobytes()).decode("ascii")
    return told


def _infinite(threshold: Threshold | None) -> float | str | None:
    if isinstance(threshold, float) and not math.isfinite(threshold):
        return str(threshold)
    return threshold


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def read(path: Path) -> Baseline:
    """Read a baseline file.

    Raises DataError: `file_missing`, `bad_json`, `wrong_schema`, `bad_baseline`.
    """
    document = read_json(path, limit=MOST_BYTES)
    name = shown(str(path))
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise DataError(
            f"{name}: schema is {shown(str(schema))!r}, this version of frbench reads {SCHEMA!r}; make the baseline "
            "again by `frbench baseline RUN -o FILE`",
            code="wrong_schema",
        )
    try:
        return _baseline(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
        raise DataError(
            f"{name}: no baseline as frbench writes it: {shown(f'{type(fault).__name__} {fault}')}; make it again by "
            "`frbench baseline RUN -o FILE`",
            code="bad_baseline",
        ) from fault


def _baseline(document: Mapping[str, Any]) -> Baseline:
    subjects = document["subjects"]
    draws, seed = _whole(document["draws"]), _whole(document["seed"])
    if not 20 <= draws <= 100_000:
        raise ValueError(f"{draws} draws")
    alpha = float(document["alpha"])
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha {alpha}")
    return Baseline(
        name=str(document["name"]),
        facts=_mapping(document["facts"]),
        alpha=alpha,
        draws=draws,
        seed=seed,
        salt=_hexadecimal(subjects["salt"]),
        mated=_hexadecimal(subjects["mated"]),
        design=_hexadecimal(subjects["design"]),
        measures=tuple(_measure(one, draws) for one in document["measures"]),
        recognizer=_mapping(document["recognizer"]),
        made_by=str(document["made_by"]),
    )


def _measure(told: Mapping[str, Any], draws: int) -> Kept:
    limits, counts = told["interval"], told["counts"]
    measurement = Measurement(
        measure=_text(told["measure"]),
        version=_whole(told["version"]),
        unit=_text(told["unit"]),
        better=told["better"],
        value=None if told["value"] is None else float(told["value"]),
        reason=told["reason"],
        counts=None if counts is None else Proportion(_whole(counts[0]), _whole(counts[1])),
        interval=None if limits is None else Interval(
            float(limits["low"]), float(limits["high"]), float(limits["level"]), _text(limits["method"]),
            _text(limits["unit"]),
        ),
        threshold=_threshold(told["threshold"]),
        labels=tuple(_text(label) for label in told["labels"]),
        subjects=None if told["subjects"] is None else _whole(told["subjects"]),
        details={"fractions": {}},
    )  # fmt: skip
    return Kept(
        measurement=measurement,
        errors={_text(key): _whole(value) for key, value in told["errors"].items()} if "errors" in told else None,
        pairs=_pairs(told["pairs"]) if "pairs" in told else None,
        draws=_drawn(told["drawn"], draws) if "drawn" in told else None,
    )


def _pairs(rows: list[list[Any]]) -> tuple[tuple[str, str, int], ...]:
    found = tuple((_text(one), _text(other), _whole(count)) for one, other, count in rows)
    if any(one == other or not count for one, other, count in found):
        raise ValueError("a false match of a subject with itself, or none")
    if sum(count for _, _, count in found) > MOST_FALSE_MATCHES:
        raise ValueError("more false matches than a baseline keeps")
    return found


def _drawn(text: str, draws: int) -> Draws:
    found: Draws = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)
    if len(found) != draws:
        raise ValueError(f"{len(found)} draws of {draws}")
    return found


def _threshold(value: Any) -> Threshold | None:
    if value is None or value == "reject_all":
        return value  # type: ignore[no-any-return]
    return float(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise ValueError(f"{value!r} is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 4096:
        raise ValueError("a text is missing")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table is missing")
    return value


def _hexadecimal(value: Any) -> str:
    text = _text(value)
    if set(text) - set("0123456789abcdef"):
        raise ValueError("a digest is no hexadecimal number")
    return text
