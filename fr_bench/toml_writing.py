"""A configuration written back as TOML: what `run.toml` of a run folder is, so that the run can be done again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def to_toml(record: Mapping[str, Any]) -> str:
    """Write a configuration (`RunSpec.record`) as TOML that `runspec.read` accepts; keys without value are left out.

    record   the keys and values of each section: texts, numbers, truth values, lists and tables of them

    >>> print(to_toml({"recognizer": {"use": "onnx", "batch": None, "arguments": {"half size": True}}}), end="")
    [recognizer]
    use = "onnx"
    arguments = { "half size" = true }
    """
    lines = []
    for section, values in record.items():
        lines.append(f"[{section}]")
        lines += [f"{_key(name)} = {_value(value)}" for name, value in values.items() if value is not None]
        lines.append("")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return _quoted(str(value))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08X}"
