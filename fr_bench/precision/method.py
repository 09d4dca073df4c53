"""How intervals are made: which method, at what level, with how many draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Methods = Literal["subject-exact", "independent", "fpp-wilson", "annex-b", "conservative"]
METHODS: tuple[str, ...] = get_args(Methods)
"""Ways to make the interval of a rate at a fixed threshold; `subject-exact` is the default, RELIABILITY of the docs."""

VERSION = 4
"""Raised whenever the same scores would get another interval, or another analysis."""
SEED = 20260101
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How intervals are made.

    name    of a rate at a fixed threshold: one of `METHODS`; measures of a curve are always drawn by subject
    level   nominal level, two-sided, between 0 and 1
    draws   how often subjects are drawn for measures of a curve
    seed    names the draws: the same seed and subject give the same weights in every run and every measure
    """

    name: str = "subject-exact"
    level: float = 0.95
    draws: int = DRAWS
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.name not in METHODS:
            raise ValueError(f"no interval method {self.name!r} among {METHODS}")
        if not 0 < self.level < 1:
            raise ValueError(f"confidence level {self.level}")
        if self.draws < 20:
            raise ValueError(f"{self.draws} draws")
