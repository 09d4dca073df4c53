"""Entries in words: for a terminal, as Markdown, and as JSON. Every form says that a rehearsal is no certificate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fr_bench.findings import Measurement
from fr_bench.registry.entry import SCHEMA, Entry, Judged, Problem, Rehearsed, Signed
from fr_bench.registry.index import Answer
from fr_bench.reports import numbers
from fr_bench.reports.escaping import markdown_cell, shortened, visible
from fr_bench.reports.table import wrapped
from fr_bench.reports.wording import Wording

FIGURES = 2
"""Figures of an entry that a list shows; `show` and the page have all."""
LONGEST = 80
MARKDOWN = ("product", "vendor", "verdict", "figures", "data", "dates", "record", "folder")


def figure(one: Measurement, say: Wording) -> str:
    """A figure with its interval and its counts, or why there is none.

    A value that is a bound already, as where there was no error, has no interval beside it.
    """
    value, interval, *counts = figure_parts(one, say)
    return ", ".join([f"{one.measure} {value}{f' {interval}' if interval else ''}", *counts])


def figure_parts(one: Measurement, say: Wording) -> list[str]:
    """The value of a figure, its interval (or that it has none, or "" where the value is a bound), and its counts."""
    value = numbers.value(one, say)
    if one.value is None:
        return [value, ""]
    counts = numbers.count_lines(one, say)
    if value.startswith(("<=", ">=")):
        return [value, "", *counts]
    if one.interval is None:
        return [value, f"({say('registry.no_interval')})", *counts]
    interval = f"{numbers.limits(one.interval, one.value, one.unit)} ({numbers.level(one.interval)})"
    return [value, interval, *counts]


def verdict(one: Rehearsed, say: Wording) -> str:
    """Scheme, parameters and the verdict over all limits."""
    given = ", ".join(f"{name} = {value:g}" for name, value in one.parameters)
    return f"{one.scheme}{f' ({given})' if given else ''}: {word(one.verdict, say)}"


def word(verdict_: str | None, say: Wording) -> str:
    """A verdict as dossiers call it: met, not met, open, or no verdict."""
    return say(f"certify.word_{verdict_}") if verdict_ else say("certify.no_verdict")


def judged(one: Judged, say: Wording, title: str = "") -> str:
    """A limit of a scheme: where, what, the value, the limit, and whether it is met."""
    what = f"{title or one.category}: " if title or one.category else ""
    told = f" ({limit(one)})" if one.limit is not None else ""
    return f"{what}{figure(one.measurement, say)}{told}: {', '.join(decided(one, say))}"


def decided(one: Judged, say: Wording) -> list[str]:
    """Whether a limit is met, what that was judged on, and whether the limit is but a recommendation."""
    found = [word(one.verdict, say)]
    if one.verdict is not None and one.judge in ("point", "bound"):
        found.append(say(f"certify.judged_{one.judge}"))
    return found if one.binding else [*found, say("certify.recommended")]


def limit(one: Judged) -> str:
    """The limit with the side on which a value passes; "" where there is none."""
    if one.limit is None:
        return ""
    told = f"{100 * one.limit:.6g} %" if one.measurement.unit == "proportion" else f"{one.limit:g}"
    return f"{'≤' if one.at_most else '≥'} {told}"


def name(entry: Entry) -> str:
    """Algorithm and version; what the run is called where nothing names its recognizer."""
    return " ".join(part for part in (entry.algorithm, entry.version) if part) or entry.name


def vendor(entry: Entry, say: Wording) -> str:
    """The vendor, or that none is stated."""
    return entry.vendor or say("registry.no_vendor")


def tested(entry: Entry, say: Wording) -> str:
    """When it was tested, or that this is not recorded."""
    day = entry.tested
    return say("registry.tested", day=day.isoformat()) if day is not None else say("registry.not_dated")


def validity(entry: Entry, say: Wording) -> str:
    """From when until when the result is taken to hold; a withdrawal, with its reason, before everything."""
    product = entry.product
    if product is None:
        return say("registry.no_validity")
    if product.withdrawn is not None:
        why = f" ({product.withdrawn_because})" if product.withdrawn_because else ""
        return say("registry.withdrawn", day=product.withdrawn.isoformat()) + why
    first, last = product.valid_from, product.valid_until
    if first is not None and last is not None:
        return say("registry.valid_between", first=first.isoformat(), last=last.isoformat())
    if last is not None:
        return say("registry.valid_until", day=last.isoformat())
    return say("registry.valid_from", day=first.isoformat()) if first is not None else say("registry.no_validity")


def data(entry: Entry, say: Wording) -> str:
    """What it was measured on; stamped where only a part of the data, or no real face, was."""
    parts = [say.sentence(entry.dataset)] if entry.dataset else [say("terminal.no_dataset")]
    parts += [say("registry.subjects", count=numbers.grouped(entry.subjects))] if entry.subjects is not None else []
    parts += [say("terminal.limited")] if any(label.lower() == "limited" for label in entry.labels) else []
    parts += [say("terminal.generated")] if entry.generated else []
    return ", ".join(parts)


def signature(one: Signed, say: Wording) -> str:
    """By which key a run is signed, and whether the signature holds; never whose key it is."""
    if one.good:
        return say("registry.signed_good", kind=one.kind, fingerprint=one.fingerprint)
    if one.good is None:
        return say("registry.signed_unchecked", file=one.file, reason=one.reason)
    return say("registry.signed_bad", file=one.file, reason=one.reason)


def signed(entry: Entry, say: Wording) -> list[str]:
    """Every signature of a run, or that there is none; the record of a rehearsal is not signed, and says nothing."""
    if entry.kind != "run":
        return []
    return [signature(one, say) for one in entry.signed] or [say("registry.unsigned")]


def earlier(entry: Entry, say: Wording) -> str:
    """How many earlier runs on the same data the run itself tells; "" for a rehearsal alone."""
    if entry.kind != "run":
        return ""
    told = entry.earlier
    if told is None:
        return say("registry.earlier_unknown")
    damaged = say("registry.earlier_damaged", count=numbers.grouped(told.damaged_lines)) if told.damaged_lines else ""
    if not told.others:
        return say("registry.earlier_first") + damaged
    own, foreign = told.same_recognizer, told.others - told.same_recognizer
    counts = {"number": told.others + 1, "own": own, "foreign": foreign}
    return say("registry.earlier_number", **{key: numbers.grouped(count) for key, count in counts.items()}) + damaged


def warnings(entry: Entry, say: Wording) -> list[str]:
    """What the reader of an entry must know of how it came to be here."""
    if entry.kind == "rehearsal" and entry.same_as:
        return [say("registry.replaced", ids=", ".join(entry.same_as))]
    found = [say("registry.alone")] if entry.kind == "rehearsal" else []
    found += [] if entry.hashed else [say("registry.quick")]
    found += [say("registry.copies", places=", ".join(entry.copies))] if entry.copies else []
    found += [say("registry.same_as", ids=", ".join(entry.same_as))] if entry.same_as else []
    return found


def lines(answer: Answer, say: Wording, width: int = 100, *, everything: bool = True) -> list[str]:
    """A list for a terminal: three lines or more an entry, then what in the folders is none."""
    found: list[str] = []
    for entry in answer.entries:
        found += entry_lines(entry, say, width)
    found += ["", say("registry.count", shown=len(answer.entries), total=answer.total), say("registry.no_certificate")]
    if not everything:
        more = len(answer.problems)
        return [*found, *([say("registry.more_left_out", count=more)] if more else [])]
    return [*found, *problem_lines(answer.problems, say, width)]


def entry_lines(entry: Entry, say: Wording, width: int) -> list[str]:
    """One entry of a list."""
    told = [name(entry), vendor(entry, say), tested(entry, say), validity(entry, say)]
    found = _wrapped(f"{entry.id}  {' · '.join(shortened(part, LONGEST) for part in told)}", width)
    for one in entry.rehearsed:
        found += _below(f"{shortened(verdict(one, say), LONGEST)} ({say('registry.rehearsal')})", width)
    for measurement in _headlines(entry):
        found += _below(figure(measurement, say), width)
    found += _below(f"{data(entry, say)} · {entry.folder}", width)
    if entry.kind == "run":
        found += _below(" · ".join([*signed(entry, say), earlier(entry, say)]), width)
    for text in warnings(entry, say):
        found += _below(text, width)
    return found


def _headlines(entry: Entry) -> list[Measurement]:
    """The first figures of the run; of a rehearsal alone, those of its limits."""
    own = [row.measurement for one in entry.rehearsed for row in one.judged]
    return (own if entry.kind == "rehearsal" and own else list(entry.figures))[:FIGURES]


def _below(text: str, width: int) -> list[str]:
    return [f"   {line}" for line in _wrapped(text, width - 3)]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; what is plain ASCII and short needs no measuring, and lists are long."""
    safe = visible(text)
    return [safe] if len(safe) <= width and safe.isascii() else wrapped(safe, width)


def problem_lines(problems: Iterable[Problem], say: Wording, width: int) -> list[str]:
    """The folders that are no entry, each with its reason."""
    found: list[str] = []
    for one in problems:
        state = say.get(f"registry.state_{one.state}", one.state)
        found += _wrapped(f"{state}: {one.place}: {one.reason}", width)
    return ["", say("registry.left_out"), *found] if found else []


def facts(entry: Entry, say: Wording) -> list[tuple[str, str]]:
    """Names and values of all that is known of an entry, digests in full."""
    product = entry.product
    recognizer = " ".join(part for part in (entry.recognizer, entry.recognizer_version) if part)
    rows = [
        ("id", entry.id), ("product", name(entry)), ("vendor", _who(entry, say)),
        ("number", product.number if product else ""), ("category", product.category if product else ""),
        ("tested", tested(entry, say)), ("validity", validity(entry, say)), ("note", product.note if product else ""),
        ("data", data(entry, say)), ("plan", say.word("plan", entry.plan) if entry.plan else ""),
        ("recognizer", recognizer), ("card", product.where if product else ""),
        ("folder", entry.folder), *(("signature", text) for text in signed(entry, say)),
        ("earlier", earlier(entry, say)),
    ]  # fmt: skip
    return [(say(f"registry.fact_{key}"), text) for key, text in rows if text]


def digests(entry: Entry, say: Wording) -> list[tuple[str, str]]:
    """The digests of what was measured, in full."""
    seal = "seal" if entry.kind == "run" else "record"
    rows = [
        (seal, entry.digest), ("identity", entry.identity), ("model", entry.recognizer_digest),
        ("dataset", entry.dataset_digest),
    ]  # fmt: skip
    return [(say(f"registry.digest_{key}"), text) for key, text in rows if text]


def record(one: Rehearsed, say: Wording) -> list[tuple[str, str]]:
    """Where a rehearsal's dossier is, and the digest of its record."""
    places = ", ".join((one.folder, *one.copies))
    return [(say("registry.fact_folder"), places), (say("registry.digest_record"), one.digest)]


def _who(entry: Entry, say: Wording) -> str:
    told = entry.product is None and entry.stated
    return f"{vendor(entry, say)} ({say('registry.stated')})" if told else vendor(entry, say)


def shown(entry: Entry, say: Wording, width: int = 100) -> list[str]:
    """All of one entry for a terminal."""
    found = [visible(f"{name(entry)} · {say('registry.rehearsal_badge')}"), ""]
    rows = [*facts(entry, say), *digests(entry, say)]
    for title, text in rows:
        found += _wrapped(f"{title}: {text}", width)
    for text in warnings(entry, say):
        found += _wrapped(text, width)
    for one in entry.rehearsed:
        found += ["", visible(f"{verdict(one, say)} ({say('registry.rehearsal')})")]
        for row in one.judged:
            found += _below(judged(row, say), width)
        for title, text in record(one, say):
            found += _below(f"{title}: {text}", width)
    found += ["", say("registry.figures")] if entry.figures else []
    for measurement in entry.figures:
        found += _below(figure(measurement, say), width)
        if measurement.value is None:
            found += _below(f"   {say.reason(measurement)}", width)
        elif measurement.interval is None and measurement.no_interval:
            found += _below(f"   {say.no_interval(measurement.no_interval)}", width)
    return [*found, "", say("registry.no_certificate")]


def markdown(answer: Answer, say: Wording) -> str:
    """A table of the entries as Markdown, and below it what is no entry."""
    heads = [say(f"registry.column_{key}") for key in MARKDOWN]
    found = [_row(heads), "|" + "---|" * len(heads)]
    for entry in answer.entries:
        verdicts = [f"{verdict(one, say)} ({say('registry.rehearsal')})" for one in entry.rehearsed]
        cells = (
            f"{name(entry)} ({entry.id})", vendor(entry, say), "; ".join(verdicts) or "-",
            "; ".join(figure(one, say) for one in _headlines(entry)) or "-", data(entry, say),
            f"{tested(entry, say)}; {validity(entry, say)}",
            "; ".join(part for part in (*signed(entry, say), earlier(entry, say)) if part) or "-", entry.folder,
        )  # fmt: skip
        found.append(_row(markdown_cell(cell) for cell in cells))
    found += ["", say("registry.count", shown=len(answer.entries), total=answer.total), ""]
    found += [say("registry.no_certificate")]
    rows = [f"- {markdown_cell(f'{one.place}: {one.reason}')}" for one in answer.problems]
    return "\n".join([*found, *(["", say("registry.left_out"), "", *rows] if rows else [])]) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer in JSON types; `certificate` is always false."""
    return {
        "schema": SCHEMA, "certificate": False, "title": answer.title, "total": answer.total,
        "entries": [entry_json(one) for one in answer.entries],
        "problems": [{"place": one.place, "state": one.state, "reason": one.reason} for one in answer.problems],
    }  # fmt: skip


def entry_json(entry: Entry) -> dict[str, Any]:
    """One entry in JSON types, with what is derived: id, vendor, algorithm, version, tested."""
    import msgspec

    derived: dict[str, Any] = {
        "id": entry.id, "vendor": entry.vendor, "algorithm": entry.algorithm, "version": entry.version,
        "tested": entry.tested.isoformat() if entry.tested else None, "certificate": False,
    }  # fmt: skip
    plain: dict[str, Any] = msgspec.to_builtins(entry)
    return {**plain, **derived}


def vendors(entries: Sequence[Entry]) -> list[str]:
    """The vendors that are named, each once, in order."""
    return sorted({entry.vendor for entry in entries if entry.vendor})
