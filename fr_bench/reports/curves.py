"""What the ROC and the DET section share: the curve's figure, its words, its table and its read-out."""

from __future__ import annotations

from fr_bench.findings import Curve
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Column, Page, Plot, Table, Text, cell
from fr_bench.reports.wording import Wording

TABLE_ROWS = 40
"""Points of a curve that the page tabulates; the result file has all of them."""
ALT_TARGETS = (1e-2, 1e-3, 1e-4)


def curve_blocks(page: Page, name: str) -> list[Block]:
    """The blocks of the section `name`, which is "roc" or "det"."""
    say, curves = page.say, page.result.curves
    drawn = page.plots(name)
    if drawn is None or not curves:
        return [Text(say("det.nothing" if name == "det" and curves else f"{name}.none"), "quiet")]
    svg, placed = drawn
    curve = curves[0]
    points = tuple((x, y, read_out(curve, index, say)) for index, x, y in placed)
    alt = say(f"{name}.alt", summary=summary(curve, curve.name, say))
    table = curve_table(curve, say, say(f"{name}.table"))
    caption = say(f"{name}.caption")
    if name == "det" and (undrawn := len(curve.fmr) - len(placed)):
        total = numbers.grouped(len(curve.fmr))
        caption = f"{caption} {say('det.undrawn', count=numbers.grouped(undrawn), total=total)}"
    figure = Plot(name, "", svg, alt, caption, (table,), points)
    return [Text(say(f"{name}.intro"), "quiet"), figure]


def read_out(curve: Curve, index: int, say: Wording) -> str:
    """One point in words: its threshold and both rates."""
    threshold = numbers.threshold(curve.thresholds[index], say)
    fmr, fnmr = attained(curve.fmr[index], say), attained(curve.fnmr[index], say)
    return f"{say('column.threshold')} {threshold}: FMR {fmr}, FNMR {fnmr}"


def attained(rate: float, say: Wording) -> str:
    """A rate of a curve's point. Where no error was counted it says so: that is no rate of 0 %."""
    return numbers.proportion(rate) if rate else say("numbers.no_errors")


def summary(curve: Curve, name: str, say: Wording) -> str:
    """The curve in words for those who do not see it: the FNMR attained at a few false match rates."""
    rows = sorted(zip(curve.fmr, curve.fnmr, strict=False))
    parts = []
    for target in ALT_TARGETS:
        below = [(fmr, fnmr) for fmr, fnmr in rows if 0 < fmr <= target]
        if below:
            fmr, fnmr = below[-1]
            parts.append(say("det.summary", name=name, fnmr=attained(fnmr, say), fmr=attained(fmr, say)))
    return "; ".join(parts) or name


def curve_table(curve: Curve, say: Wording, caption: str) -> Table:
    """Points of a curve, evenly thinned to what a page can hold, the first and the last kept."""
    total = len(curve.fmr)
    kept = list(range(total))
    if total > TABLE_ROWS:
        kept = sorted({round(k * (total - 1) / (TABLE_ROWS - 1)) for k in range(TABLE_ROWS)})
    rows = tuple(
        (
            cell(numbers.threshold(curve.thresholds[k], say)),
            cell(attained(curve.fmr[k], say), curve.fmr[k]),
            cell(attained(curve.fnmr[k], say), curve.fnmr[k]),
        )
        for k in kept
    )
    left_out = ""
    if len(rows) < total:
        left_out = say("plot.rows_shown", shown=numbers.grouped(len(rows)), total=numbers.grouped(total))
    columns = (Column(say("column.threshold"), True), Column("FMR", True), Column("FNMR", True))
    return Table(caption, columns, rows, folded=True, left_out=left_out)
