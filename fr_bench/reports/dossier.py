"""A dossier: sections made elsewhere, as one HTML file like every report, or as a PDF; its head says what it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fr_bench.reports.document import Section
from fr_bench.reports.pdf import Running
from fr_bench.reports.pdf import pdf as as_pdf
from fr_bench.reports.render import _document
from fr_bench.reports.wording import Wording

SCHEMA = "fr-bench-rehearsal/1"


def html(name: str, sections: Sequence[Section], say: Wording) -> str:
    """The page: `name` is its heading; the badge on top says that it is a rehearsal and no certificate."""
    return _document(say, name, sections, SCHEMA, say("certify.kicker"), say("certify.badge"), _note(say))


def _note(say: Wording) -> str:
    """What stands beside the badge on every printed page."""
    return say("pdf.rehearsal", title=say("certify.section_readings"))


def pdf(name: str, sections: Sequence[Section], say: Wording, *, digest: tuple[str, str], made: datetime) -> bytes:
    """The same for keeping: the badge, whose readings it holds and the digest of a file stand on every page.

    digest   the file that holds the figures, and its SHA-256
    made     when the run was finished: the date of the document

    Raises UsageError `missing_extra` without the extra `pdf`.
    """
    running = Running(badge=say("certify.badge"), note=_note(say), digest=digest)
    return as_pdf(name, sections, say, running, kicker=say("certify.kicker"), made=made)
