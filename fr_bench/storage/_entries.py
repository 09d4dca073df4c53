"""One entry of the template cache: an answer as bytes, and the check that it is still the one that was kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.provenance import canonical_json
from fr_bench.records import Failure

FORMAT = 1
"""Version of the layout of the entries; the cache's file is named by it."""

Answer = NDArray[np.float32] | Failure


def packed(answer: Answer) -> tuple[str, bytes]:
    """Kind and bytes of an answer as they are kept."""
    if isinstance(answer, Failure):
        return "failure", canonical_json([answer.stage, answer.reason, answer.detail]).encode("utf-8", "replace")
    return "template", np.ascontiguousarray(answer, dtype="<f4").tobytes()


def unpacked(kind: str, body: bytes) -> Answer:
    """The answer that `packed` made these bytes of."""
    if kind == "failure":
        stage, reason, detail = json.loads(body)
        return Failure(stage, reason, detail)
    return np.frombuffer(body, dtype="<f4").astype(np.float32)


def checked(key: str, format_: Any, kind: Any, length: Any, digest: Any, body: Any) -> Answer | None:
    """The answer of an entry, or None where the entry does not add up."""
    if format_ != FORMAT or kind not in ("template", "failure") or not isinstance(body, bytes):
        return None
    if length != len(body) or digest != digest_of(key, kind, body):
        return None
    return unpacked(kind, body)


def digest_of(key: str, kind: str, body: bytes) -> bytes:
    """SHA-256 over all that an entry says: a body under another key does not add up either."""
    return hashlib.sha256(f"{FORMAT}|{kind}|{len(body)}|{key}|".encode() + body).digest()
