"""Checks a value against the part of JSON Schema that `cases.schema.json` uses; any full validator says the same."""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]

KEYWORDS = {"$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minimum", "items",
            "minItems", "maxItems", "properties", "required", "additionalProperties", "anyOf"}  # fmt: skip
TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def mistakes(value: Any, schema: Schema, root: Schema, where: str = "$") -> list[str]:
    """What a value has against a schema, each with its place; ValueError for a keyword that is not understood here."""
    unknown = set(schema) - KEYWORDS
    if unknown:
        raise ValueError(f"{where}: no check for {sorted(unknown)}")
    if "$ref" in schema:
        return mistakes(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    if "anyOf" in schema:
        tried = [mistakes(value, one, root, where) for one in schema["anyOf"]]
        return [] if not all(tried) else min(tried, key=len)
    found = [f"{where}: {value!r} {reason}" for reason in _alone(value, schema)]
    if found:
        return found
    if isinstance(value, list):
        parts = [(schema.get("items", {}), part, f"{where}[{k}]") for k, part in enumerate(value)]
    elif isinstance(value, dict):
        parts = [(_of_key(schema, key), part, f"{where}.{key}") for key, part in value.items()]
    else:
        parts = []
    return [mistake for one, part, place in parts for mistake in mistakes(part, one, root, place)]


def _of_key(schema: Schema, key: str) -> Schema:
    extra = schema.get("additionalProperties", {})
    found: Schema = schema.get("properties", {}).get(key, {} if isinstance(extra, bool) else extra)
    return found


def _alone(value: Any, schema: Schema) -> list[str]:
    """What is wrong with a value, its parts aside."""
    checks = {
        f"is no {schema.get('type')}": "type" not in schema or _is(value, schema["type"]),
        f"is not {schema.get('const')!r}": "const" not in schema or value == schema["const"],
        f"is none of {schema.get('enum')}": "enum" not in schema or value in schema["enum"],
        f"does not match {schema.get('pattern')}": "pattern" not in schema or re.search(schema["pattern"], str(value)),
        f"is below {schema.get('minimum')}": "minimum" not in schema or value >= schema["minimum"],
        "has a wrong length": not isinstance(value, list)
        or schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)),
    }
    reasons = [reason for reason, holds in checks.items() if not holds]
    if not reasons and isinstance(value, dict):
        reasons += [f"lacks {key!r}" for key in schema.get("required", ()) if key not in value]
        if schema.get("additionalProperties") is False:
            reasons += [f"has an unknown {key!r}" for key in value if key not in schema.get("properties", {})]
    return reasons


def _is(value: Any, name: str) -> bool:
    if name in ("number", "integer"):
        number = isinstance(value, int) or (name == "number" and isinstance(value, float))
        return number and not isinstance(value, bool)
    return isinstance(value, TYPES[name])
