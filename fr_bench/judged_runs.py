"""A finished run as a gate may judge it: complete, and every file what was written."""

from __future__ import annotations

from pathlib import Path

from fr_bench.comparing import Side
from fr_bench.errors import DataError, shown


def judged_run(run: Path) -> Side:
    """A complete run whose files are what was written. A gate never judges anything else.

    Raises DataError `file_missing`, `incomplete_run`, `hash_mismatch`.
    """
    from fr_bench.reports import result_file
    from fr_bench.storage import manifest, runs, scores

    if not run.exists():
        raise DataError(f"no such run: {shown(str(run))}; name a run's folder, such as runs/NAME", code="file_missing")
    folder = run if run.is_dir() else run.parent
    if not (folder / "scores").is_dir():
        raise DataError(
            f"{shown(str(folder))} has no folder scores; name a run's folder as `frbench run` wrote it",
            code="file_missing",
        )
    if not runs.is_complete(folder):
        raise DataError(
            f"{shown(str(folder))} is no complete run, or files of it were replaced; run it to its end",
            code="incomplete_run",
        )
    changed = manifest.inspect(folder).no_longer
    if changed:
        raise DataError(
            f"{shown(str(folder))} was changed since it was written: {shown(', '.join(changed), 300)} no longer fit "
            "the SHA-256 of manifest.json; run it again",
            code="hash_mismatch",
        )
    result = result_file.read(folder / "result.json")
    return Side(name=result.name, result=result, scores=scores.read(folder / "scores", verify=False))
