"""The page of a result, or of several side by side, as a PDF for keeping."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fr_bench.findings import Result
from fr_bench.reports import result_file
from fr_bench.reports.pdf import Running, measured
from fr_bench.reports.pdf import pdf as as_pdf
from fr_bench.reports.render import content
from fr_bench.reports.wording import wording


def pdf(results: Result | Sequence[Result], *, language: str = "en") -> bytes:
    """What `render.html` shows, on A4. A PDF of one result bears the SHA-256 of its `result.json` on every page.

    Raises UsageError (`unknown_language`, `missing_extra`) and ValueError for no result.
    """
    several = [results] if isinstance(results, Result) else list(results)
    say, found = wording(language), content(several, language)
    digest = None
    if len(several) == 1:
        digest = ("result.json", hashlib.sha256(result_file.write(several[0])).hexdigest())
    running = Running(badge=found.badge, note=say("pdf.report") if digest else "", digest=digest)
    made = max(map(measured, several))
    return as_pdf(found.name, found.sections, say, running, kicker=found.kicker, made=made)
