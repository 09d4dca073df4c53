"""What `frbench verify` says: each of its three questions with its answer, and what no answer proves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fr_bench.errors import shown
from fr_bench.verifying.record import Record, Signed

SHOWN = 20
NOT_PROVED = (
    "that the images, the labels or the model were what they are called, or that the scores are theirs",
    "when the run was made: the times in it are those of the clock of its machine",
    "that this is the only run: others may have been made and left out",
)
"""What files, hashes and signatures cannot prove."""


def lines(record: Record) -> list[str]:
    """The answer for people, line by line."""
    told = [f"run         {shown(str(record.folder))}{_what(record)}"]
    told += [*_files(record), *_signatures(record), *_figures(record)]
    told += _earlier(record)
    told += ["", "What this does not prove:", *(f"  - {text}" for text in NOT_PROVED), ""]
    return [*told, f"verdict     {record.verdict.upper()}"]


def _what(record: Record) -> str:
    """What the run says it measured: a good signature may stand over another run than the one you were told of."""
    result = record.result
    if result is None:
        return ""
    recognizer = result.recognizer.name if result.recognizer else "scores"
    return f": {shown(recognizer, 60)} on {shown(result.dataset.name if result.dataset else '?', 60)}"


def _files(record: Record) -> Iterator[str]:
    checked = record.checked
    if not record.faults:
        yield f"files       {checked.files} files, {checked.bytes:,} bytes: all there, with their SHA-256; none besides"
        return
    yield f"files       {len(record.faults)} of them do not hold:"
    yield from _some([f"  {shown(fault.file) or '.'}: {fault.text}" for fault in record.faults])


def _signatures(record: Record) -> Iterator[str]:
    if not record.signed:
        yield ("signature   NONE: whoever has the folder can change it and its manifest alike; `frbench sign` signs it")
        if record.wanted:
            yield "            and you named whose signature you want"
        return
    for one in record.signed:
        yield f"signature   {one.file}: {_signature(one, wanted=record.wanted)}"
    if record.wanted and not record.trusted:
        yield "            no good signature is by a key that you named"


def _signature(one: Signed, *, wanted: bool) -> str:
    if not one.good:
        return f"BAD: {one.reason}"
    who = f"{one.kind} {one.fingerprint}"
    if one.trusted is not None:
        return f"good, by {shown(one.trusted) or 'the key you named'} ({who})"
    if wanted:
        return f"good, by a key that you did not name ({who})"
    return (
        f"good, by {who}; you named no key (--key or --allowed-signers), so it proves that the folder fits this key, "
        "and not whose key it is"
    )


def _figures(record: Record) -> Iterator[str]:
    checked = record.checked
    if not checked.recomputed and not record.differences:
        yield f"figures     not counted again: {checked.reason}"
        return
    if record.differences:
        yield f"figures     {len(record.differences)} are printed otherwise than they are counted:"
        yield from _some([
            f"  {one.file} {one.where}".rstrip() + f": printed {one.printed}, counted {one.counted}"
            for one in record.differences
        ])  # fmt: skip
    else:
        yield (
            f"figures     {checked.measurements} measurements, {checked.values:,} numbers counted again from scores/: "
            f"all as printed in result.json; {_beside(record)} say the same"
            + (" as far as they could be compared" if record.unproved else "")
        )
    if record.unproved:
        yield f"not proved  {len(record.unproved)}:"
        yield from _some([f"  {text}" for text in record.unproved])


def _beside(record: Record) -> str:
    from fr_bench.verifying.documents import drawn_at_once

    drawn = record.result is None or drawn_at_once(record.result)
    return "metrics.csv, failures.csv, report.html and figures/" if drawn else "metrics.csv and failures.csv"


def _some(rows: list[str]) -> list[str]:
    left = len(rows) - SHOWN
    return rows[:SHOWN] + ([f"  and {left:,} more (--json lists them)"] if left > 0 else [])


def _earlier(record: Record) -> Iterator[str]:
    from fr_bench.earlier_runs import KEY, sentence

    if record.result is not None:
        told = record.result.environment.get(KEY)
        yield f"other runs  {sentence(told if isinstance(told, Mapping) else {})}"


def as_json(record: Record) -> dict[str, Any]:
    """The answer for machines."""
    from fr_bench.earlier_runs import KEY

    checked = record.checked
    return {
        "folder": str(record.folder),
        "name": record.result.name if record.result else None,
        "verdict": record.verdict,
        "files": {
            "count": checked.files,
            "bytes": checked.bytes,
            "faults": [{"file": one.file, "kind": one.kind, "text": one.text} for one in record.faults],
        },
        "signatures": [
            {
                "file": one.file, "good": one.good, "type": one.kind, "fingerprint": one.fingerprint,
                "trusted_as": one.trusted, "reason": one.reason,
            }
            for one in record.signed
        ],
        "signers_named": record.wanted,
        "trusted": record.trusted,
        "figures": {
            "recomputed": checked.recomputed,
            "reason": checked.reason,
            "measurements": checked.measurements,
            "numbers": checked.values,
            "differences": [
                {"file": one.file, "where": one.where, "printed": one.printed, "counted": one.counted}
                for one in record.differences
            ],
            "unproved": list(record.unproved),
        },
        "earlier_runs": record.result.environment.get(KEY) if record.result else None,
        "not_proved_by_this": list(NOT_PROVED),
    }  # fmt: skip
