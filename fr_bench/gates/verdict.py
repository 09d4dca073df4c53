"""A verdict on one rule, and all of a run with the exit code that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fr_bench.findings import Finding

Word = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a gate says of one rule.

    name        what it is called, unique within the judgement
    finding     requirement, measurement (of the run, or the difference), verdict, reason, what would decide it
    kind        "limit", "regression" or "cost"
    terms       how it was judged, in words: limit, estimator, confidence, sidedness, subjects, interval method
    line        its line in the gate file, or None
    more        how many more subjects would decide it, where that can be said
    missing     True where there was no figure to judge: that never passes a build
    severity    how far beyond the limit, for sorting: larger is worse
    """

    name: str
    finding: Finding
    kind: Literal["limit", "regression", "cost"]
    terms: str
    line: int | None = None
    more: int | None = None
    missing: bool = False
    severity: float = 0.0

    @property
    def word(self) -> Word:
        """pass, fail or inconclusive."""
        return self.finding.verdict

    @property
    def sentence(self) -> str:
        """Requirement, reason, how it was judged and what would decide it, for a log."""
        decide = f" {self.finding.would_decide}" if self.finding.would_decide else ""
        return f"{self.finding.reason} [{self.terms}]{decide}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All verdicts of a run, in the order of the gate file.

    allowed        what was forced: printed with every output
    notes          what the reader must know besides
    inconclusive   what an inconclusive verdict does to the build
    where          the gate file
    """

    run: str
    verdicts: tuple[Verdict, ...]
    inconclusive: Literal["exit5", "fail", "pass"] = "exit5"
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    where: str = "gates"

    def of(self, word: Word) -> tuple[Verdict, ...]:
        """The verdicts of one word."""
        return tuple(verdict for verdict in self.verdicts if verdict.word == word)

    @property
    def worst_first(self) -> tuple[Verdict, ...]:
        """Those that did not pass: failures before inconclusive ones, the furthest beyond its limit first."""
        order = {"fail": 0, "inconclusive": 1}
        found = [verdict for verdict in self.verdicts if verdict.word != "pass"]
        return tuple(sorted(found, key=lambda verdict: (order[verdict.word], -verdict.severity)))

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 5 inconclusive."""
        if self.of("fail"):
            return 1
        open_ones = self.of("inconclusive")
        if not open_ones:
            return 0
        if self.inconclusive == "fail":
            return 1
        if self.inconclusive == "pass":
            return 5 if any(verdict.missing for verdict in open_ones) else 0
        return 5

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The verdicts as a result file holds them."""
        return tuple(verdict.finding for verdict in self.verdicts)
