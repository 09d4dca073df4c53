"""`frbench evaluate --attacks`: a file of presentations, alone or beside score files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fr_bench.errors import UsageError
from fr_bench.findings import Note

if TYPE_CHECKING:
    from fr_bench.records import Presentations, ScoreSet


@dataclass(frozen=True, slots=True, eq=False)
class Presented:
    """What a file of presentations holds: they, comparisons of its bona fide rows where it tells of any, notes."""

    presentations: Presentations | None = None
    comparisons: ScoreSet | None = None
    notes: tuple[Note, ...] = ()


def read(
    scores: tuple[Path, ...], attacks: Path | None, polarity: Literal["bona-fide", "attack"] | None
) -> Presented:  # fmt: skip
    """The presentations of the file that `--attacks` names, if it does.

    Raises UsageError `bad_option` where there is nothing to measure at all; DataError as `read_presentations` does.
    """
    if attacks is None:
        if not scores:
            raise UsageError("no scores: give a file, or presentations of attacks with --attacks", code="bad_option")
        if polarity:
            raise UsageError("--attack-polarity tells how to read --attacks; give that file", code="bad_option")
        return Presented()
    from fr_bench import scorefiles

    return Presented(*scorefiles.read_presentations(attacks, polarity=polarity or ""))
