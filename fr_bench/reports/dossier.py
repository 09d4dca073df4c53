"""A dossier: sections made elsewhere, as one HTML file like every report; its head says what it is not."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.reports.document import Section
from fr_bench.reports.render import _document
from fr_bench.reports.wording import Wording

SCHEMA = "fr-bench-rehearsal/1"


def html(name: str, sections: Sequence[Section], say: Wording) -> str:
    """The page: `name` is its heading; the badge on top says that it is a rehearsal and no certificate."""
    return _document(say, name, sections, SCHEMA, say("certify.kicker"), say("certify.badge"))
