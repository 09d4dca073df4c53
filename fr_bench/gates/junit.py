"""JUnit XML, as CI systems show it: one test case a gate, the verdict's sentence where it did not pass."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from fr_bench.gates.verdict import Judgement, Verdict

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CLASS = "frbench.gate"


def junit(judgement: Judgement) -> bytes:
    """The judgement as one test suite.

    A failed gate is a failure. An inconclusive one is an error, a failure or skipped, as the gate file makes it exit
    with 5, fail or pass; one without a figure is never skipped.
    """
    suite = ElementTree.Element("testsuite", name=_text(f"frbench gate {judgement.run}"))
    counts = {"failure": 0, "error": 0, "skipped": 0}
    properties = ElementTree.SubElement(suite, "properties")
    for name, values in (("allowed", judgement.allowed), ("note", judgement.notes)):
        for value in values:
            ElementTree.SubElement(properties, "property", name=name, value=_text(value))
    for verdict in judgement.verdicts:
        case = ElementTree.SubElement(suite, "testcase", classname=CLASS, name=_text(verdict.name), time="0")
        tag = _tag(verdict, judgement)
        if tag is not None:
            counts[tag] += 1
            told = ElementTree.SubElement(case, tag, message=_text(f"{verdict.word}: {verdict.finding.reason}"))
            if tag != "skipped":
                told.set("type", verdict.word)
            told.text = _text(f"{verdict.finding.requirement}\n{verdict.sentence}")
        else:
            ElementTree.SubElement(case, "system-out").text = _text(verdict.sentence)
    totals = {"tests": len(judgement.verdicts), "failures": counts["failure"], "errors": counts["error"],
              "skipped": counts["skipped"], "time": 0}  # fmt: skip
    for name, count in totals.items():
        suite.set(name, str(count))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + document + b"\n"


def _tag(verdict: Verdict, judgement: Judgement) -> str | None:
    if verdict.word == "pass":
        return None
    if verdict.word == "fail" or judgement.inconclusive == "fail":
        return "failure"
    return "skipped" if judgement.inconclusive == "pass" and not verdict.missing else "error"


def _text(text: str) -> str:
    """Text that XML 1.0 can hold."""
    return _NOT_XML.sub("?", text)
