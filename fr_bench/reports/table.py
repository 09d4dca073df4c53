"""The measurements as a table: for a terminal, as Markdown, and as CSV files that a spreadsheet may open.

The terminal table fits 80 columns: labels and reasons stand below it, each once, under a letter.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence

from fr_bench.findings import Measurement, Result
from fr_bench.reports import bounds, numbers
from fr_bench.reports.apart import judged_apart
from fr_bench.reports.escaping import markdown_cell, shortened, spreadsheet_cell, visible
from fr_bench.reports.wording import Wording, wording

METRICS_COLUMNS = (
    "measure", "version", "group", "unit", "better", "value", "reason", "errors", "trials", "fractions", "low", "high",
    "level", "method", "independent_unit", "no_interval", "threshold", "at_errors", "at_trials", "labels", "subjects",
    "bracket_low", "bracket_high",
    "one_sided_upper", "sober_limit", "independent_errors",
)  # fmt: skip
FAILURE_COLUMNS = ("sample", "subject", "role", "stage", "reason", "detail")
LONGEST_TITLE = 400
LONGEST_BRACKET = 18
"""Columns of what stands where the interval would be, such as "between 1.23 % and 5.67 %"."""
_MARKS = "abcdefghijklmnopqrstuvwxyz"
_ASCII = str.maketrans({"…": "~", "─": "-", "━": "=", "│": "|", "\u00a0": " ", "\u202f": " ", "≤": "<", "·": "."})


def terminal(
    result: Result, width: int = 80, colour: bool = False, *, unicode: bool = True, language: str = "en"
) -> str:
    """What `frbench run` prints: the data set, the counts, then one line a measure and what its letters mean.

    colour     whether bold and dim may be used; `NO_COLOR` in the environment has the last word
    unicode    False: plain ASCII rules, and every character that ASCII lacks is spelled as an escape
    """
    say = wording(language)
    style = _Style(bool(colour and not os.environ.get("NO_COLOR")))
    everybody = [m for m in result.measurements if not m.group]
    apart = judged_apart(result, say)
    rows = [*everybody, *(row for _, found in apart for row in found)]
    marks = _label_marks(rows)
    lines = [*_head(result, say, width, style), ""]
    if everybody:
        lines += [*_measures(everybody, say, marks, width, style), ""]
    for title, found in apart:
        lines += [style.bold(title), *_measures(found, say, marks, width, style), ""]
    for line in _below(result, rows, say, marks):
        lines += [style.dim(part) for part in wrapped(line, width)]
    text = "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"
    return text if unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


class _Style:
    """Bold and dim text, or plain text where colour is not wanted."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.wanted and text else text

    def dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self.wanted and text else text


def _head(result: Result, say: Wording, width: int, style: _Style) -> list[str]:
    rows = head_lines(result, say)
    size = max(cell_width(name) for name, _ in rows)
    lines = []
    for name, text in rows:
        first, *further = wrapped(text, max(20, width - size - 2), "")
        lines += [f"{style.bold(_padded(name, size))}  {first}", *(f"{' ' * size}  {line}" for line in further)]
    return lines


def cell_width(text: str) -> int:
    """Columns of a terminal that a text takes: a Hangul syllable takes two.

    >>> cell_width("김민수"), cell_width("FMR")
    (6, 3)
    """
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, size: int, right: bool = False) -> str:
    blanks = " " * max(0, size - cell_width(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, width: int, indent: str = "   ") -> list[str]:
    """A sentence in lines of at most `width` columns, broken at blanks; the further lines are indented.

    What is held together by a no-break space stays on its line, and has a plain one there: a terminal breaks nothing.
    """
    lines, line = [], ""
    for word in text.split(" "):
        if line.strip() and cell_width(line) + 1 + cell_width(word) > width:
            lines.append(line)
            line = f"{indent}{word}"
        else:
            line = f"{line} {word}" if line else word
    return [line.replace("\u00a0", " ") for line in [*lines, line]]


def limited(result: Result) -> bool:
    """Whether only a part of the data was measured: every output says so."""
    return any(label.lower() == "limited" for label in result.labels)


def head_lines(result: Result, say: Wording) -> list[tuple[str, str]]:
    """What stands above the measures: data set, recognizer, subjects, samples, failures, comparisons."""
    lines: list[tuple[str, str]] = []
    data, made, recognizer = result.dataset, result.comparison, result.recognizer
    if data is None:
        lines.append((say("terminal.dataset"), say("terminal.no_dataset")))
    else:
        title = say.sentence(data.title or data.name)
        lines.append((say("terminal.dataset"), shortened(visible(title), LONGEST_TITLE)))
    told = [say("terminal.limited")] if limited(result) else []
    told += [say("terminal.generated")] if data is not None and data.generated else []
    if told:
        lines[0] = (lines[0][0], f"{lines[0][1]} ({', '.join(told)})")
    if recognizer is not None:
        name = shortened(visible(recognizer.name))
        lines.append((say("terminal.recognizer"), f"{name} ({visible(recognizer.digest)[:12]})"))
    if data is not None:
        lines.append((say("terminal.subjects"), numbers.grouped(data.subjects)))
        lines.append((say("terminal.samples"), numbers.grouped(data.samples)))
        lines.append((say("terminal.failures"), numbers.grouped(len(result.failures))))
    for name, count, failed in (
        ("terminal.mated", made.mated_made, made.mated_failed),
        ("terminal.nonmated", made.nonmated_made, made.nonmated_failed),
    ):
        more = f" ({say('terminal.failed_comparisons', count=numbers.grouped(failed))})" if failed else ""
        lines.append((say(name), numbers.grouped(count) + more))
    return lines


def _label_marks(rows: Iterable[Measurement]) -> dict[str, str]:
    """A letter for each label that occurs, in the order of the table."""
    found: dict[str, str] = {}
    for label in (label for row in rows for label in row.labels):
        if label not in found:
            place = len(found)
            found[label] = _MARKS[place] if place < len(_MARKS) else f"l{place + 1}"
    return found


def _measures(rows: Sequence[Measurement], say: Wording, marks: dict[str, str], width: int, style: _Style) -> list[str]:
    keys = ("measure", "value", "interval", "counts", "threshold", "attained", "marks")
    heads = [say(f"column.{key}") for key in keys]
    told = len({row.interval.level for row in rows if row.interval is not None}) == 1
    cells = [[cell.split("\n") for cell in _cells(row, say, marks, level=not told)] for row in rows]
    for measurement, row in zip(rows, cells, strict=True):
        if measurement.value is None:
            row[1], row[2] = ["-"], _in_short_lines(row[1][0])
    gap = 2
    if not any(row[5] != ["-"] for row in cells) or _needed(heads, cells, gap) > width:
        # the attained rate goes below its threshold
        heads = [*heads[:5], heads[6]]
        cells = [[*row[:4], [line for line in (*row[4], *row[5]) if line != "-"] or ["-"], row[6]] for row in cells]
    if _needed(heads, cells, gap) > width:
        cells = [[*row[:3], _counts_in_two_lines(row[3]), *row[4:]] for row in cells]
    if _needed(heads, cells, gap) > width:
        gap = 1
    if _needed(heads, cells, gap) > width:
        # the interval goes below its value: nothing is cut off and nothing is left out
        heads = [heads[0], heads[1], *heads[3:]]
        cells = [[row[0], [line for line in (*row[1], *row[2]) if line != "-"], *row[3:]] for row in cells]
        gap = 2 if _needed(heads, cells, 2) <= width else 1
    sizes = _sizes(heads, cells)
    right = [index not in (0, len(heads) - 1) for index in range(len(heads))]
    lines = [style.bold(_line(heads, sizes, right, gap)), "─" * (sum(sizes) + gap * (len(sizes) - 1))]
    for row in cells:
        for index in range(max(len(cell) for cell in row)):
            parts = [cell[index] if index < len(cell) else "" for cell in row]
            lines.append(_line(parts, sizes, right, gap))
    return lines


def _in_short_lines(text: str) -> list[str]:
    """A text of several words in lines of about a column of intervals; a number stays with its unit."""
    words = text.replace(" %", "\u00a0%").split(" ")
    return wrapped(" ".join(words), LONGEST_BRACKET, "")


def _counts_in_two_lines(lines: list[str]) -> list[str]:
    """The counts of one proportion a line, "FMR 3 of 40", with the proportion's name on a line of its own."""
    return [part for line in lines for part in (line.split(" ", 1) if line[:1].isalpha() else [line])]


def _sizes(heads: Sequence[str], cells: Sequence[Sequence[Sequence[str]]]) -> list[int]:
    return [
        max(cell_width(line) for line in [head, *(line for row in cells for line in row[index])])
        for index, head in enumerate(heads)
    ]


def _needed(heads: Sequence[str], cells: Sequence[Sequence[Sequence[str]]], gap: int) -> int:
    return sum(_sizes(heads, cells)) + gap * (len(heads) - 1)


def _line(parts: Sequence[str], sizes: Sequence[int], right: Sequence[bool], gap: int) -> str:
    padded = [_padded(part, size, turned) for part, size, turned in zip(parts, sizes, right, strict=True)]
    return (" " * gap).join(padded).rstrip()


def _cells(row: Measurement, say: Wording, marks: dict[str, str], *, level: bool = True) -> list[str]:
    return [
        shortened(visible(row.measure), 32),
        numbers.value(row, say, level_shown=level),
        "\n".join(numbers.interval_lines(row, say)),
        "\n".join(numbers.count_lines(row, say)) or "-",
        numbers.threshold(row.threshold, say) or "-",
        numbers.attained(row, say) or "-",
        " ".join(marks[label] for label in row.labels),
    ]


def _below(result: Result, rows: Sequence[Measurement], say: Wording, marks: dict[str, str]) -> list[str]:
    lines: list[str] = []
    intervals = [row.interval for row in rows if row.interval is not None]
    if intervals:
        levels = ", ".join(sorted({numbers.level(interval) for interval in intervals}))
        methods = "; ".join(sorted({visible(say.get(f"method.{i.method}", i.method)) for i in intervals}))
        lines.append(say("terminal.interval_level", levels=levels, methods=methods))
    lines += worth(rows, say)
    lines += bounds.lines(rows, say)
    for label, mark in marks.items():
        lines.append(f"{mark}  {visible(label)}: {say.get(f'label.{label}', say('label.unknown'))}")
    for row in rows:
        if row.value is None:
            lines.append(say("terminal.reason", measure=visible(row.measure), reason=visible(say.reason(row))))
    lines += without_interval(rows, say)
    groups = sum(1 for row in result.measurements if row.group)
    if groups:
        lines.append(say("terminal.groups", count=groups))
    lines += [f"{say(f'terminal.{note.level}')}: {visible(say.note(note))}" for note in result.notes]
    return [*lines, *further(result, say)]


def without_interval(rows: Iterable[Measurement], say: Wording) -> list[str]:
    """Why values have no interval, each reason once; an extreme value says so by its label."""
    why: dict[str, list[str]] = {}
    for row in rows:
        if row.value is not None and row.no_interval and "extreme_value" not in row.labels:
            why.setdefault(row.no_interval, []).append(visible(row.measure))
    return [
        say("terminal.no_interval", measures=", ".join(names), reason=visible(say.no_interval(reason)))
        for reason, names in why.items()
    ]


def further(result: Result, say: Wording) -> list[str]:
    """In one line, which views on the scores the table does not show: groups by an attribute, subjects, calibration."""
    subjects: dict[str, list[str]] = {}
    for view in result.analyses:
        subjects.setdefault(view.kind, []).extend([shortened(visible(view.subject))] if view.subject else [])
    parts = [
        say.get(f"{kind}.title", kind) + (f" ({', '.join(about)})" if about else "") for kind, about in subjects.items()
    ]
    return [say("terminal.further", parts=", ".join(parts))] if parts else []


def worth(rows: Sequence[Measurement], say: Wording) -> list[str]:
    """How many independent comparisons the rates are worth, in one line; none where no interval was made by subject."""
    parts = []
    for row in rows:
        effective = row.details.get("precision", {}).get("effective")
        if effective is not None and row.counts is not None and row.threshold is not None:
            # No line breaks inside a number.
            told = {
                name: numbers.grouped(count).replace(" ", "\u00a0")
                for name, count in (("effective", round(effective)), ("trials", row.counts.trials))
            }
            parts.append(say("precision.part", measure=visible(row.measure), **told))
    return [say("precision.line", parts=", ".join(parts))] if parts else []


def markdown(result: Result, *, language: str = "en") -> str:
    """The same as Markdown, for a README or an issue: a list of counts, then a table of all measurements."""
    say = wording(language)
    lines = [f"- {name}: {markdown_cell(text)}" for name, text in head_lines(result, say)]
    lines += ["", *_markdown_table(result.measurements, say)]
    rows = [*result.measurements]
    for title, found in judged_apart(result, say):
        lines += ["", f"**{title}**", "", *_markdown_table(found, say)]
        rows += found
    below = [
        say("terminal.reason", measure=markdown_cell(row.measure), reason=markdown_cell(say.reason(row)))
        for row in rows
        if row.value is None
    ]
    below += [markdown_cell(line) for line in without_interval(rows, say)]
    below += [markdown_cell(line) for line in bounds.lines(rows, say)]
    below += [f"{say(f'terminal.{note.level}')}: {markdown_cell(say.note(note))}" for note in result.notes]
    return "\n".join([*lines, *([""] if below else []), *(f"- {line}" for line in below)]) + "\n"


def _markdown_table(rows: Sequence[Measurement], say: Wording) -> list[str]:
    grouped = ["group"] if any(row.group for row in rows) else []
    keys = ["measure", *grouped, "value", "interval", "counts", "threshold", "attained", "labels"]
    lines = [_markdown_row(say(f"column.{key}") for key in keys)]
    right = {"value", "interval", "counts", "threshold", "attained"}
    lines.append("|" + "|".join("---:" if key in right else "---" for key in keys) + "|")
    for row in rows:
        cells = _cells(row, say, {label: label for label in row.labels})
        named = dict(zip((key for key in keys if key != "group"), cells, strict=True))
        named["measure"] = visible(row.measure)
        named["group"] = group_text(row)
        named["labels"] = ", ".join(row.labels)
        lines.append(_markdown_row(markdown_cell(named[key].replace("\n", "; ")) for key in keys))
    return lines


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def group_text(row: Measurement) -> str:
    """The group that was measured, such as "sex = female"; "" for everybody."""
    return ", ".join(f"{visible(key)} = {visible(value)}" for key, value in sorted(row.group.items()))


def metrics_csv(result: Result) -> str:
    """`metrics.csv`: one row a measurement, those of groups included, with all digits.

    Labels are a JSON list, so that none is `[]`.

    Labels of the whole result, such as `limited`, stand in every row.
    """
    groups = (row for analysis in result.analyses for row in analysis.measurements if row.group)
    rows = (*result.measurements, *groups)
    return _csv(METRICS_COLUMNS, (_metrics_row(row, result.labels) for row in rows))


def _metrics_row(row: Measurement, everywhere: Sequence[str]) -> list[str]:
    interval, counts, at = row.interval, row.counts, row.at
    fractions = {name: [part.errors, part.trials] for name, part in numbers.fractions(row.details).items()}
    text = spreadsheet_cell
    return [
        text(row.measure), str(row.version), text(_json(dict(row.group)) if row.group else ""), text(row.unit),
        row.better, _exact(row.value), text(row.reason or ""),
        str(counts.errors) if counts else "", str(counts.trials) if counts else "",
        _json(fractions) if fractions else "",
        _exact(interval.low) if interval else "", _exact(interval.high) if interval else "",
        _exact(interval.level) if interval else "", text(interval.method) if interval else "",
        text(interval.unit) if interval else "", text(row.no_interval or ""),
        row.threshold if isinstance(row.threshold, str) else _exact(row.threshold),
        str(at.errors) if at else "", str(at.trials) if at else "", text(_json(sorted({*row.labels, *everywhere}))),
        "" if row.subjects is None else str(row.subjects),
        *(("", "") if row.bracket is None else (_exact(end) for end in row.bracket)),
        _exact(bounds.one_sided(row)), _exact(bounds.sober(row)), _exact(bounds.independent_errors(row)),
    ]  # fmt: skip


def failures_csv(result: Result) -> str:
    """`failures.csv`: one row a sample without a template, in the order of the result."""
    rows = ([spreadsheet_cell(getattr(row, column)) for column in FAILURE_COLUMNS] for row in result.failures)
    return _csv(FAILURE_COLUMNS, rows)


def measurements_json(result: Result) -> str:
    """The measurements of `result.json` alone, for machines that want no more."""
    from fr_bench.reports import result_file

    document = json.loads(result_file.write(result))
    return json.dumps(document["measurements"], sort_keys=True, indent=1) + "\n"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _exact(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
