"""Which folders below a few roots are runs, which hold rehearsals, and where cards lie.

A link to a run folder is followed, as laboratories keep large runs elsewhere; a link to any other folder is not
searched, and told: it may lead above, or around the whole disk. A folder is entered once, by device and inode. The
answer does not depend on the order of the roots.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.registry import product_cards
from fr_bench.storage import runs

REHEARSAL = "rehearsal.json"
MOST_FOLDERS = 1_000_000
_MARKS = {runs.MANIFEST, runs.COMPLETE, runs.LOG, "result.json", "run.toml"}


@dataclass(frozen=True, slots=True)
class Found:
    """Absolute paths, sorted: run folders, rehearsal records, cards, and folders that could not be opened, with why."""

    runs: tuple[Path, ...]
    rehearsals: tuple[Path, ...]
    cards: tuple[Path, ...]
    closed: tuple[tuple[Path, str], ...]


def find(roots: Iterable[Path]) -> Found:
    """Look through folders and all folders below them; a run folder is not entered.

    Raises UsageError `no_such_file` for a root that is no folder, DataError `too_large` for over a million folders.
    """
    places = sorted({Path(os.path.abspath(root)) for root in roots}, reverse=True)  # noqa: PTH100 - keeps links
    for root in places:
        if not root.is_dir():
            raise UsageError(f"no such folder: {shown(str(root))}; name folders of runs, such as runs/",
                             code="no_such_file")  # fmt: skip
    waiting = [(root, False) for root in places]
    seen: set[tuple[int, int]] = set()
    made: list[Path] = []
    rehearsed: list[Path] = []
    cards: list[Path] = []
    closed: list[tuple[Path, str]] = []
    while waiting:
        folder, linked = waiting.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as fault:
            closed.append((folder, fault.strerror or type(fault).__name__))
            continue
        names = {entry.name for entry in entries}
        if (status.st_dev, status.st_ino) in seen:
            continue
        if linked and not is_run(names):
            closed.append((folder, "is a link to a folder that is no run; name that folder itself"))
            continue
        seen.add((status.st_dev, status.st_ino))
        if len(seen) > MOST_FOLDERS:
            raise DataError(f"over {MOST_FOLDERS:,} folders; name those that hold the runs", code="too_large")
        if is_run(names):
            made.append(folder)
            continue
        rehearsed += [folder / REHEARSAL] if REHEARSAL in names else []
        cards += [folder / product_cards.NAME] if product_cards.NAME in names else []
        waiting += [(folder / one.name, one.is_symlink()) for one in reversed(entries) if _is_folder(one)]
    return Found(tuple(sorted(made)), tuple(sorted(rehearsed)), tuple(sorted(cards)), tuple(sorted(closed)))


def is_run(names: set[str]) -> bool:
    """Whether a folder with these entries is a run's, even a damaged one: its identity, or two other files of a run.

    >>> is_run({"identity"}), is_run({"manifest.json", "result.json"}), is_run({"result.json", "notes.txt"})
    (True, True, False)
    """
    return runs.IDENTITY in names or len(names & _MARKS) >= 2


def _is_folder(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False
