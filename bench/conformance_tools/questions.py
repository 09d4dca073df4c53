"""The one line of talk between the bench and a tool: questions as JSON on stdin, answers as JSON on stdout.

A question is {"measure": ..., "mated": [...], "nonmated": [...], and its parameters}. Scores are similarities and come
as numbers or "inf", "-inf", "nan". A tool's script gives one function a measure; what it has no function for it cannot
answer. Standard library only, so that it runs in any tool's environment.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

Answer = float | tuple[float, Any] | None
"""A value, or a value and its threshold, or None: the tool itself says that there is no answer."""
Tool = dict[str, Callable[..., Answer]]


def serve(tool: Tool) -> None:
    """Answer every question of stdin. Whatever a tool raises is its refusal: it is recorded, not judged here."""
    answers = [answered(tool, question) for question in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


def answered(tool: Tool, question: dict[str, Any]) -> dict[str, Any]:
    """{"value", "threshold"}, {"refused": message} or {"cannot": true}; with "warned" if the tool said a word."""
    asked = tool.get(question["measure"])
    if asked is None:
        return {"cannot": True}
    scores = [[float(s) for s in question[side]] for side in ("mated", "nonmated")]
    parameters = {key: value for key, value in question.items() if key not in ("measure", "mated", "nonmated")}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = asked(*scores, **parameters)
        except Exception as refusal:  # the tool's own word, whatever its type: it is what is being recorded
            return {"refused": f"{type(refusal).__name__}: {refusal}"[:200]}
    value, threshold = found if isinstance(found, tuple) else (found, None)
    answer = (
        {"value": written(value), "threshold": written(threshold)} if value is not None else {"refused": "no value"}
    )
    return {**answer, "warned": True} if said else answer


def written(value: Any) -> Any:
    """A number as JSON can hold it."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) else str(number)


def rate(text: str) -> float:
    """A target such as 1/3 as the binary number that a user of the tool would write."""
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)
