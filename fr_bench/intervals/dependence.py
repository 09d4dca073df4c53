"""How far comparisons of the same subjects depend on each other: the variance of a rate, and its design effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """The variance of an error rate whose trials share subjects, and what it was made from.

    errors, trials   counts of the rate p = errors/trials
    units            subjects (or instruments) that take part in at least one trial
    variance         V, with the corrections for few units; 0 where there is no error or nothing but errors
    plug_in          V without them. It may be negative for an FMR
    floor            what V cannot fall below: trials of one pair of subjects depend, others do not. 0 for clusters
    carry            the number of units that carry the variance: (sum R^2)^2 / sum R^4, R the residual of a unit
    sum_r2           sum of R^2 over the units
    s2               for an FMR the sum of the squared residuals of the pairs of subjects; 0 for clusters
    apiece           how many units each trial belongs to: 2 where pairs of subjects are compared, 1 for clusters
    """

    errors: int
    trials: int
    units: int
    variance: float
    plug_in: float
    floor: float
    carry: float
    sum_r2: float
    s2: float
    apiece: Literal[1, 2]

    @property
    def rate(self) -> float:
        """p."""
        return self.errors / self.trials

    @property
    def binomial(self) -> float:
        """p(1-p)/trials: the variance if all trials were independent."""
        return self.errors * (self.trials - self.errors) / self.trials**3

    @property
    def deff(self) -> float:
        """The design effect: how many comparisons are worth one independent comparison; never below 1.

        V over the variance of independent trials; 1 where there is no error or nothing but errors, which shows nothing.
        """
        return max(1.0, self.variance / self.binomial) if self.binomial else 1.0

    @property
    def shown(self) -> bool:
        """Whether both outcomes occurred: else nothing can be seen of how trials depend on each other."""
        return 0 < self.errors < self.trials

    @property
    def single(self) -> bool:
        """Whether all trials are of one cluster, or of one pair: no interval follows from them."""
        return self.units <= self.apiece

    @property
    def disjoint(self) -> int:
        """As many trials as can be chosen at best without two that share a unit."""
        return self.units // self.apiece
