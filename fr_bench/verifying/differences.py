"""Where two documents of JSON types differ: each place by a name that people find again, with both values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from fr_bench.errors import shown

TOLERANCE = 1e-9
"""Relative difference that intervals may have across machines; counts, texts and decisions are equal or they differ."""
NAMES = ("measure", "name", "kind", "sample", "code")
ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is printed otherwise than it is counted: the file, the place in it, both values as text."""

    file: str
    where: str
    printed: str
    counted: str


def differences(file: str, printed: Any, counted: Any) -> Iterator[Difference]:
    """Every place where two documents differ, in the order of the documents.

    >>> [(d.where, d.printed, d.counted) for d in differences("f", {"a": [1, 2.0]}, {"a": [1, 2.5], "b": None})]
    [('a[1]', '2.0', '2.5'), ('b', 'not there', 'null')]
    """
    for where, one, other in _walked("", printed, counted):
        yield Difference(file, where, _text(one), _text(other))


class _Absent:
    pass


_NOTHING = _Absent()


def _walked(where: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            yield from _walked(f"{where}.{key}" if where else key, one.get(key, _NOTHING), other.get(key, _NOTHING))
    elif isinstance(one, list) and isinstance(other, list):
        for k, (left, right) in enumerate(zip_longest(one, other, fillvalue=_NOTHING)):
            yield from _walked(f"{where}[{_name(k, left, right)}]", left, right)
    elif not _equal(one, other):
        yield where, one, other


def _name(k: int, one: Any, other: Any) -> str:
    """What an entry of a list calls itself, or its position."""
    for key in NAMES:
        for row in (one, other):
            if isinstance(row, dict) and isinstance(row.get(key), str) and row[key]:
                return str(row[key])
    return str(k)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=0.0)
    return type(one) is type(other) and one == other


def _text(value: Any) -> str:
    import json

    if isinstance(value, _Absent):
        return ABSENT
    return shown(json.dumps(value, ensure_ascii=False), 100)
