"""First screen: what was measured, the headline figures and what they prove, what to know before using them."""

from __future__ import annotations

from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Card, Headline, Notes, Notice, Page, Text, Tone
from fr_bench.reports.escaping import shortened
from fr_bench.reports.labels import explained
from fr_bench.reports.series import target_of
from fr_bench.reports.table import limited
from fr_bench.reports.wording import Wording

TITLE = "summary.title"
ORDER = 10
HEADLINES = 4


def render(page: Page) -> list[Block]:
    """Badges, one sentence of what was measured, up to four figures, the notes."""
    result, say = page.result, page.say
    blocks: list[Block] = [Text(measured(page))]
    if result.dataset is not None and result.dataset.generated:
        blocks.append(Notice(say("summary.generated"), say("summary.generated_text")))
    if limited(result):
        blocks.append(Notice(say("summary.limited"), say("summary.limited_text")))
    cards = tuple(card(measurement, say) for measurement in headlines(result.measurements))
    blocks.append(Headline(cards) if cards else Text(say("summary.no_headline")))
    items = _notes(page)
    return [*blocks, Notes(say("summary.notes"), items)] if items else blocks


def _notes(page: Page) -> tuple[tuple[Tone, str, str], ...]:
    """The notes of the result, warnings first, then what its labels mean unless a box above says it."""
    result, say = page.result, page.say
    items: list[tuple[Tone, str, str]] = []
    for note in sorted(result.notes, key=lambda note: note.level != "warning"):
        tone: Tone = "warning" if note.level == "warning" else "plain"
        items.append((tone, say(f"summary.{note.level}"), say.note(note)))
    told = [label for label in result.labels if label.lower() not in ("limited", "generated")]
    return (*items, *(("plain", label, meaning) for label, meaning in explained(told, say)))


def measured(page: Page) -> str:
    """One sentence: recognizer, data set, counts."""
    result, say = page.result, page.say
    mated, nonmated = numbers.grouped(result.comparison.mated_made), numbers.grouped(result.comparison.nonmated_made)
    if result.dataset is None:
        return say("summary.measured_scores", mated=mated, nonmated=nonmated)
    data = result.dataset
    recognizer = result.recognizer.name if result.recognizer else say("terminal.no_dataset")
    return say(
        "summary.measured",
        recognizer=shortened(recognizer, 80),
        dataset=shortened(say.sentence(data.title or data.name), 400),
        samples=numbers.grouped(data.samples),
        subjects=numbers.grouped(data.subjects),
        failures=numbers.grouped(len(result.failures)),
        mated=mated,
        nonmated=nonmated,
    )


def headlines(measurements: tuple[Measurement, ...]) -> list[Measurement]:
    """EER, then FNMR at the strictest targets that could be measured, then failures, then what else there is."""
    everybody = [m for m in measurements if not m.group]
    at_target = [m for m in everybody if target_of(m) is not None and m.value is not None]
    strict = sorted(at_target, key=lambda m: target_of(m) or 0.0)[:2]
    chosen: list[Measurement] = []
    wanted = [m for m in everybody if m.measure == "EER"] + strict[::-1]
    for one in (*wanted, *(m for m in everybody if m.measure in ("FTA", "FTE")), *everybody):
        if not any(one is other for other in chosen):
            chosen.append(one)
    return chosen[:HEADLINES]


def card(measurement: Measurement, say: Wording) -> Card:
    """A headline figure of a measurement."""
    limits = measurement.interval
    if limits is not None:
        shown = " ".join(numbers.interval_lines(measurement, say))
        interval = say("summary.interval", level=numbers.level(limits), limits=shown)
    else:
        why = measurement.no_interval
        interval = say("summary.no_interval", reason=say.no_interval(why)) if why else ""
    # The interval below says of which level a bound is, and that it has two sides.
    value = numbers.value(measurement, say, level_shown=limits is None)
    return Card(
        title=say.measure(measurement.measure), measure=measurement.measure, value=value,
        interval=interval, counts=tuple(numbers.count_lines(measurement, say)), sentence=proves(measurement, say),
        labels=tuple(explained(measurement.labels, say)), missing=measurement.value is None,
    )  # fmt: skip


def proves(measurement: Measurement, say: Wording) -> str:
    """One plain sentence on what a figure proves and what it does not."""
    limits, right = measurement.interval, "_right" if measurement.better == "higher" else ""
    if measurement.value is None:
        return say("summary.proves_nothing", reason=say.reason(measurement))
    if measurement.unit != "proportion":
        return say("summary.proves_number")
    if limits is None:
        return say("summary.proves_point")
    low, high = numbers.ends(limits, measurement.value, measurement.unit)
    independent = "assumes_independent_comparisons" in measurement.labels
    but = say("summary.if_independent") if independent else ""
    if measurement.counts is not None and measurement.counts.errors == 0:
        trials = numbers.grouped(measurement.counts.trials)
        return say(f"summary.proves_bound{right}", trials=trials, low=low, high=high, but=but)
    return say("summary.proves_between", low=low, high=high, but=but)
