"""What the parts of a rehearsal are called in one language, the same in every section of its dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fr_bench.certification.forecast import Forecast
from fr_bench.certification.judging import Judged
from fr_bench.certification.profile import Profile
from fr_bench.certification.rehearsal import title_of
from fr_bench.certification.writing import probable
from fr_bench.reports.wording import Wording


@dataclass(frozen=True, slots=True)
class Telling:
    """The words of one language for limits, categories, verdicts and forecasts of one scheme."""

    profile: Profile
    say: Wording

    def said(self, text: Mapping[str, str]) -> str:
        """A text of the profile in this language, else in English."""
        return text.get(self.say.language, text.get("en", ""))

    def title(self, category: str) -> str:
        """What a category is called."""
        return title_of(self.profile, category, self.say.language)

    def what(self, one: Judged) -> str:
        """What is judged: category and measure."""
        return f"{self.title(one.category)}: {one.found.measure}" if one.category else one.found.measure

    def word(self, word: str | None) -> str:
        """A verdict."""
        return self.say(f"certify.word_{word}") if word else self.say("certify.no_verdict")

    def chance(self, forecast: Forecast) -> tuple[str, ...]:
        """The probability of passing again, with its interval; or why none is told."""
        if not forecast.known:
            return ("–", self.say(f"certify.why_{forecast.why}") if forecast.why else "")
        low, high = _share(forecast.low or 0.0, "down"), _share(forecast.high or 0.0, "up")
        if forecast.share is None:
            return (low if low == high else self.say("certify.between", low=low, high=high),)
        if not forecast.draws:
            return (_share(forecast.share),)
        return (_share(forecast.share), self.say("certify.share_of", draws=f"{forecast.draws:,}", low=low, high=high))


def _share(share: float, rounding: str = "near") -> str:
    """A probability that no line breaks behind its sign."""
    return probable(share, rounding).replace("< ", "<\u00a0")
