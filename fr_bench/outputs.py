"""The files of a run folder: what is written when a run is done, and the way back from them to its `Result`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fr_bench.findings import Result
from fr_bench.progress import Observer
from fr_bench.records import ScoreSet
from fr_bench.runspec import RunSpec
from fr_bench.toml_writing import to_toml

if TYPE_CHECKING:
    from fr_bench.storage.runs import RunFolder


def write_outputs(folder: RunFolder, spec: RunSpec, scores: ScoreSet, result: Result, observer: Observer) -> None:
    """Write the files that docs/run-folder.md lists: numbers first, then pictures, the completion mark last."""
    from fr_bench.reports import render, result_file, table
    from fr_bench.reports.drawn import Drawn
    from fr_bench.storage import scores as score_store
    from fr_bench.storage.files import Checkpoint, make_folder, write_atomic

    language, document = spec.report.language, result_file.write(result)
    # Drawn is what is stored: whoever draws it again has nothing else, and must get the same bytes.
    result = result_file.loads(document)
    drawn = Drawn([result], language)
    names = drawn.names() if spec.report.draw else []
    observer.start("figures and report" if spec.report.draw else "tables", 2 + len(names), "files")
    score_store.write(folder.path / "scores", scores)
    files = {
        "run.toml": to_toml(spec.record()).encode("utf-8"),
        "result.json": document,
        "metrics.csv": table.metrics_csv(result).encode("utf-8"),
        "failures.csv": table.failures_csv(result).encode("utf-8"),
    }
    if spec.report.draw:
        files["report.html"] = render.html(result, language=language, drawn=drawn).encode("utf-8")
    for name, data in files.items():
        write_atomic(folder.path / name, data)
    observer.advance(2)
    if names:
        make_folder(folder.path / "figures")
    for name in names:
        for suffix, data in drawn.files(name).items():
            write_atomic(folder.path / "figures" / f"{name}.{suffix}", data)
        observer.advance(1)
    observer.finish()
    folder.log("finished")
    Checkpoint(folder.checkpoint).clear()
    folder.finish()


def read_result(path: Path) -> Result:
    """Read the result of a run: the run folder, its `result.json`, or `runs/latest` for the one finished last.

    Raises DataError if it is missing, damaged, or of another version.
    """
    from fr_bench.reports import result_file
    from fr_bench.storage.runs import meant

    path = meant(Path(path))
    return result_file.read(path / "result.json" if path.is_dir() else path)
