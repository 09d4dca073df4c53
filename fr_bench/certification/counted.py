"""Counts as a dossier writes them."""

from __future__ import annotations

import re

from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.wording import Wording

_GROUPED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def counts(found: Measurement, say: Wording) -> tuple[str, ...]:
    """The counts behind a value: with commas, as profiles and claims have them in the sentences around.

    >>> from fr_bench.findings import Proportion
    >>> from fr_bench.reports.wording import wording
    >>> one = Measurement(measure="FMR@threshold=0.5", version=1, unit="proportion", better="lower", value=0.01,
    ...                   counts=Proportion(12_000, 1_200_000))
    >>> counts(one, wording("en")), counts(one, wording("ko"))
    (('12,000 of 1,200,000',), ('1,200,000건 중 12,000건',))
    """
    return tuple(_GROUPED.sub(",", line) for line in numbers.count_lines(found, say))
