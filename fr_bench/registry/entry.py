"""What a registry holds: entries, the products they are of, and the folders that could not become entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from fr_bench.findings import Measurement

SCHEMA = "fr-bench-registry/1"
Verdict = Literal["pass", "fail", "inconclusive"]
ID_DIGITS = 12
KEPT_DETAILS = ("fractions", "code", "bracket_low", "bracket_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a registry card says of a product: who made it, and from when until when its result is taken to hold.

    recognizer, run   SHA-256 digests, or their first 12 or more digits, of the product's recognizers or runs
    number            the laboratory's own number, if it gives numbers
    where             file and line of the card's table, for messages
    """

    vendor: str
    algorithm: str = ""
    version: str = ""
    category: str = ""
    number: str = ""
    note: str = ""
    tested: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    withdrawn: date | None = None
    withdrawn_because: str = ""
    recognizer: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    where: str = ""

    def valid_on(self, day: date) -> bool | None:
        """Whether the stated validity covers a day; None where no validity is stated.

        >>> one = Product(vendor="A", valid_until=date(2029, 11, 22), withdrawn=date(2027, 1, 1))
        >>> one.valid_on(date(2026, 12, 31)), one.valid_on(date(2027, 1, 1)), Product(vendor="A").valid_on(date.min)
        (True, False, None)
        """
        if self.withdrawn is not None and day >= self.withdrawn:
            return False
        if self.valid_from is None and self.valid_until is None:
            return None
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One limit of a scheme in a rehearsal: the measurement, the limit, and whether it is met. None: no verdict.

    judge   point or bound: what the verdict was found by; on the point a limit may be met that the interval crosses
    """

    measurement: Measurement
    category: str = ""
    limit: float | None = None
    at_most: bool = True
    binding: bool = True
    judge: str = "bound"
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A rehearsal of a scheme as its record tells it; `digest` is the SHA-256 of that record's bytes.

    verdict   pass, fail or inconclusive; None where the scheme gives none
    """

    scheme: str
    verdict: Verdict | None
    judged: tuple[Judged, ...]
    digest: str
    folder: str
    parameters: tuple[tuple[str, float], ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature beside the manifest of a run, as this machine could check it. Whose key it is, is not known here.

    kind, fingerprint   of the key that the signature holds; "" where it can be none
    digest              SHA-256 of the signature's file
    good                whether it is a signature over this manifest with this key; None where it could not be checked
    reason              why it is not good, or was not checked
    """

    file: str
    kind: str = ""
    fingerprint: str = ""
    digest: str = ""
    good: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a run itself tells of the runs before it on the same data, from the log of its machine.

    others            earlier runs, each once; `same_recognizer` of them were of a recognizer with this one's name
    damaged_lines     lines of that log that could not be relied upon
    Raises ValueError for counts that can be none: the record may be anybody's.
    """

    others: int
    same_recognizer: int
    damaged_lines: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.same_recognizer <= self.others or self.damaged_lines < 0:
            raise ValueError("earlier runs that can be none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A finished run with its rehearsals, or a rehearsal whose run is not among the folders.

    digest       SHA-256 of the run's manifest, which names every file; of the record, for a rehearsal alone
    identity     digest of all that the run depends on: equal in two runs of the same thing
    kind         "run" or "rehearsal"
    hashed       whether every file was compared with its SHA-256, or sizes and the result alone
    figures      the measurements of everybody, headline first
    copies       other folders with the same bytes
    same_as      ids of other runs with the same identity: the same run, made again
    stated       the vendor that the rehearsal's record states, where no card names one
    signed       the signatures beside the manifest, those of its copies included
    earlier      what the run tells of earlier runs on the same data; None where it knows nothing of them
    """

    digest: str
    kind: str
    folder: str
    name: str
    finished: date | None
    recognizer: str
    recognizer_version: str
    recognizer_digest: str
    dataset: str
    dataset_digest: str
    plan: str = ""
    subjects: int | None = None
    generated: bool = False
    identity: str = ""
    hashed: bool = True
    stated: str = ""
    product: Product | None = None
    figures: tuple[Measurement, ...] = ()
    rehearsed: tuple[Rehearsed, ...] = ()
    labels: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    signed: tuple[Signed, ...] = ()
    earlier: Earlier | None = None

    @property
    def id(self) -> str:
        """What `frbench registry show` calls it by: the first twelve digits of its digest."""
        return self.digest[:ID_DIGITS]

    @property
    def vendor(self) -> str:
        """Who made it, as the card or else the rehearsal states; "" where nobody does."""
        return self.product.vendor if self.product is not None else self.stated

    @property
    def algorithm(self) -> str:
        """The product's name, else the recognizer's."""
        return (self.product.algorithm if self.product is not None else "") or self.recognizer

    @property
    def version(self) -> str:
        """The product's version by its card; what a recognizer tells of itself is the version of its runtime."""
        return self.product.version if self.product is not None else ""

    @property
    def tested(self) -> date | None:
        """The day of the test that the card states, else the day on which the run was finished (UTC)."""
        return (self.product.tested if self.product is not None else None) or self.finished


def shortened(one: Measurement) -> Measurement:
    """A measurement without what no list shows: the threshold, and details but the counts that its value is made of.

    Raises ValueError as `refuse_unsound` does.
    """
    details = {key: one.details[key] for key in KEPT_DETAILS if key in one.details}
    found = replace(one, threshold=None, details=details)
    refuse_unsound(found)
    return found


def refuse_unsound(one: Measurement) -> None:
    """Raise ValueError for a figure that cannot be drawn, in a file that anybody may have written.

    Its fractions must be errors of trials by name, such as {"fmr": [31, 552]}; a rate and its interval lie in [0, 1].
    """
    fractions = one.details.get("fractions", {})
    if not isinstance(fractions, Mapping):
        raise ValueError(f"{one.measure}: fractions without names")
    for name, counts in fractions.items():
        whole = isinstance(counts, list | tuple) and all(type(count) is int for count in counts)
        if not whole or len(counts) != 2 or not 0 <= counts[0] <= counts[1]:
            raise ValueError(f"{one.measure}: {name!r} has no errors and trials")
    limits = () if one.interval is None else (one.interval.low, one.interval.high)
    if one.unit == "proportion" and any(not 0 <= rate <= 1 for rate in (one.value or 0.0, *limits)):
        raise ValueError(f"{one.measure}: a rate or a limit of its interval outside of 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A folder that is no entry, or only in part: where, what it is, and why. `state`: unfinished, damaged, unused."""

    place: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All that was found in the folders, in one order whatever the order of the folders."""

    title: str = ""
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
