"""What GitLab shows of a judgement: a code-quality report for the merge request, and figures for a metrics report."""

from __future__ import annotations

import hashlib
import json
import re

from fr_bench.gates.verdict import Judgement

SEVERITY = {"fail": "critical", "inconclusive": "major"}


def code_quality(judgement: Judgement) -> bytes:
    """The gates that did not pass, as GitLab's code-quality report; worst first."""
    found = [
        {
            "description": f"{verdict.word}: {verdict.name}: {verdict.sentence}",
            "check_name": f"frbench-gate-{verdict.kind}",
            "fingerprint": hashlib.sha256(f"{verdict.kind}|{verdict.name}".encode("utf-8", "replace")).hexdigest(),
            "severity": SEVERITY[verdict.word],
            "location": {"path": judgement.where, "lines": {"begin": verdict.line or 1}},
        }
        for verdict in judgement.worst_first
    ]
    return json.dumps(found, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def metrics(judgement: Judgement) -> bytes:
    """The figure of every gate and its verdict (1 pass, 0 fail, 0.5 inconclusive), as OpenMetrics text."""
    value = {"pass": "1", "fail": "0", "inconclusive": "0.5"}
    lines = []
    for verdict in judgement.verdicts:
        labels = f'gate="{_label(verdict.name)}"'
        lines.append(f"frbench_gate_verdict{{{labels}}} {value[verdict.word]}")
        if verdict.finding.measurement.value is not None:
            lines.append(f"frbench_gate_value{{{labels}}} {verdict.finding.measurement.value!r}")
    return "\n".join([*lines, "# EOF"]).encode("utf-8", "replace") + b"\n"


def _label(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return re.sub(r"[\x00-\x1f\x7f]", " ", escaped)
