"""Several results on one page: measures by run, overlaid curves, and what stands against comparing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fr_bench.findings import Measurement, Result
from fr_bench.reports import numbers
from fr_bench.reports.curves import curve_table, summary
from fr_bench.reports.document import Block, Cell, Column, Notes, Plot, Section, Table, Text, Tone, cell
from fr_bench.reports.labels import explained
from fr_bench.reports.sections.measures import legend, methods
from fr_bench.reports.series import letter
from fr_bench.reports.table import limited
from fr_bench.reports.wording import Wording

Plots = Callable[[str], tuple[str, Sequence[tuple[int, float, float]]] | None]


def sections(results: Sequence[Result], say: Wording, plots: Plots) -> list[Section]:
    """The sections of the page, those without data left out."""
    parts: list[tuple[str, str, list[Block]]] = [
        ("runs", say("side.runs"), [_runs(results, say), _notes(results, say)]),
        ("measures", say("side.measures"), _measures(results, say)),
        ("det", say("det.title"), _curves(results, say, plots, "det")),
        ("roc", say("roc.title"), _curves(results, say, plots, "roc")),
        ("distributions", say("distributions.title"), _distributions(results, say, plots)),
    ]
    return [Section(name, title, tuple(blocks)) for name, title, blocks in parts if blocks]


def _runs(results: Sequence[Result], say: Wording) -> Table:
    keys = ("run", "name", "recognizer", "dataset", "subjects", "samples", "mated", "nonmated")
    columns = tuple(
        Column(say(f"column.{key}"), key in ("subjects", "samples", "mated", "nonmated"), key not in ("run",))
        for key in keys
    )
    return Table(say("side.runs_caption"), columns, tuple(_run(k, result, say) for k, result in enumerate(results)))


def _run(place: int, result: Result, say: Wording) -> tuple[Cell, ...]:
    data, recognizer = result.dataset, result.recognizer
    return (
        cell(letter(place)),
        cell(result.name),
        cell(recognizer.name if recognizer else "-"),
        cell(say.sentence(data.title or data.name) if data else "-"),
        cell(numbers.grouped(data.subjects) if data else "-"),
        cell(numbers.grouped(data.samples) if data else "-"),
        cell(numbers.grouped(result.comparison.mated_made)),
        cell(numbers.grouped(result.comparison.nonmated_made)),
    )


def _notes(results: Sequence[Result], say: Wording) -> Notes:
    """What a reader must know before comparing columns; that nothing stands against it is said as well."""
    warning: Tone = "warning"
    against = [(warning, say("summary.warning"), text) for text in obstacles(results, say)]
    if not against:
        plain: Tone = "plain"
        against = [(plain, say("summary.information"), say("side.comparable"))]
    generated = [letter(k) for k, result in enumerate(results) if result.dataset and result.dataset.generated]
    if generated:
        text = say("side.generated_letters", letters=", ".join(generated))
        against.append((warning, say("summary.generated"), text))
    part = [letter(k) for k, result in enumerate(results) if limited(result)]
    if part:
        against.append((warning, say("summary.limited"), say("side.limited_letters", letters=", ".join(part))))
    return Notes(say("summary.notes"), (*against, ("plain", say("summary.information"), say("side.no_test"))))


def obstacles(results: Sequence[Result], say: Wording) -> list[str]:
    """Reasons why the runs may not be compared: other data, other comparisons, other definitions of a measure."""
    first = results[0]
    found = []
    for key, told in (("side.other_data", _data_key), ("side.other_plan", _plan_key)):
        other = [letter(k) for k, result in enumerate(results) if told(result) != told(first)]
        if other:
            found.append(say(key, letters=", ".join(other), first=letter(0)))
    versions: dict[str, set[int]] = {}
    for row in (row for result in results for row in result.measurements):
        versions.setdefault(row.measure, set()).add(row.version)
    return found + [say("side.other_version", measure=name) for name, known in versions.items() if len(known) > 1]


def _data_key(result: Result) -> object:
    return result.dataset.digest if result.dataset else None


def _plan_key(result: Result) -> object:
    made = result.comparison
    return made.plan, made.mated_planned, made.nonmated_planned


def _measures(results: Sequence[Result], say: Wording) -> list[Block]:
    rows_by_run = [{_key(row): row for row in result.measurements} for result in results]
    keys = list(dict.fromkeys(key for rows in rows_by_run for key in rows))
    if not keys:
        return [Text(say("measures.none"))]
    columns = (Column(say("column.measure"), wide=True), *(Column(letter(k), True) for k in range(len(results))))
    rows = tuple((_name(key), *(_value(rows.get(key), say) for rows in rows_by_run)) for key in keys)
    everything = [row for result in results for row in result.measurements]
    table = Table(say("side.measures_caption"), columns, rows)
    return [Text(say("measures.intro"), "quiet"), table, *methods(everything, say), *legend(everything, say)]


def _key(row: Measurement) -> tuple[str, tuple[tuple[str, str], ...]]:
    return row.measure, tuple(sorted(row.group.items()))


def _name(key: tuple[str, tuple[tuple[str, str], ...]]) -> Cell:
    measure, group = key
    told = [", ".join(f"{name} = {value}" for name, value in group)] if group else []
    return Cell((measure, *told))


def _value(row: Measurement | None, say: Wording) -> Cell:
    if row is None:
        return cell(say("side.not_measured"), tone="quiet")
    labels = tuple(explained(row.labels, say))
    if row.value is None:
        return Cell((numbers.value(row, say), say.reason(row)), tone="quiet", labels=labels)
    limits = numbers.interval_lines(row, say) if row.interval else []
    threshold = numbers.threshold(row.threshold, say)
    at = [f"{say('column.threshold')} {threshold}"] if threshold else []
    at += [numbers.attained(row, say)] if row.at is not None else []
    lines = (numbers.value(row, say), *limits, *numbers.count_lines(row, say), *at)
    return Cell(lines, row.value, labels=labels)


def _curves(results: Sequence[Result], say: Wording, plots: Plots, name: str) -> list[Block]:
    drawn = plots(name)
    if drawn is None:
        return []
    curves = [(letter(k), result.curves[0]) for k, result in enumerate(results) if result.curves]
    tables = tuple(curve_table(curve, say, f"{one}: {say(f'{name}.table')}") for one, curve in curves)
    alt = say(f"{name}.alt", summary="; ".join(summary(curve, one, say) for one, curve in curves))
    figure = Plot(name, "", drawn[0], alt, say(f"{name}.caption"), tables)
    return [Text(say(f"{name}.intro"), "quiet"), figure]


def _distributions(results: Sequence[Result], say: Wording, plots: Plots) -> list[Block]:
    linear, log = plots("scores"), plots("scores_log")
    if linear is None or log is None:
        return []
    alt, caption = say("distributions.alt_several", count=len(results)), say("distributions.caption")
    return [
        Plot("scores", say("distributions.linear"), linear[0], alt, caption),
        Plot("scores-log", say("distributions.log"), log[0], alt, caption),
    ]
