"""The error trade-off of every category in one figure, and the scores of the whole run, for the dossier."""

from __future__ import annotations

from collections.abc import Iterator

from fr_bench import measuring
from fr_bench.certification.rehearsal import Rehearsal, title_of
from fr_bench.reports import curves, figures
from fr_bench.reports.document import Block, Plot, Text
from fr_bench.reports.sections import distributions
from fr_bench.reports.series import Series, det_points
from fr_bench.reports.theme import themed
from fr_bench.reports.wording import Wording


def blocks(found: Rehearsal, say: Wording) -> Iterator[Block]:
    """The DET by category, and the histogram of the scores; what cannot be drawn is said."""
    words = figures.words(say.language)
    drawn = _series(found, say)
    shown = [one for one in drawn if det_points(one.curve)]
    if shown:
        svg = themed(figures.as_svg(figures.det(shown, words=words)), "det")
        yield Plot("det", "", svg, _alt(shown, say), say("certify.det"))
    left_out = [one.name for one in drawn if one.curve is not None and one not in shown]
    if left_out:
        names = ", ".join(name or say("certify.all") for name in left_out)
        yield Text(say("certify.no_det", categories=names), "quiet")
    histograms = found.evidence.side.result.distributions
    if histograms:
        one = Series(name="", distributions=histograms)
        figure = figures.score_distributions([one], logarithmic=True, words=words)
        svg = themed(figures.as_svg(figure), "scores")
        yield Plot("scores", "", svg, distributions.alt(histograms, say), say("certify.scores"))


def _series(found: Rehearsal, say: Wording) -> list[Series]:
    """A curve of each category's trials, called by its title; no title where the scheme has no categories."""
    drawn = []
    for name, trials in found.evidence.trials.items():
        curve = next(iter(measuring.curves(trials.scores)), None)
        drawn.append(Series(name=title_of(found.profile, name, say.language), curve=curve))
    return drawn


def _alt(shown: list[Series], say: Wording) -> str:
    told = [curves.summary(one.curve, one.name or "DET", say) for one in shown if one.curve is not None]
    return say("det.alt", summary="; ".join(told))
