"""What `frbench evaluate` does with more than one set of scores: development scores, and systems to fuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench.errors import DataError, UsageError, shown

if TYPE_CHECKING:
    from fr_bench.findings import Note, Result
    from fr_bench.fusion import Fused
    from fr_bench.metrics.combining import RuleName
    from fr_bench.precision import Method
    from fr_bench.records import ScoreSet


def refuse_unfit(
    fuse: str | None,
    others: Sequence[Path],
    development: Path | None,
    calibrate: str | None,
    train: float | None = None,
) -> None:
    """Raise UsageError `bad_option` for options that do not go together."""
    if fuse is None and others:
        raise UsageError("--with gives a further system and needs --fuse, such as --fuse logistic", code="bad_option")
    if fuse is not None and not others:
        raise UsageError("--fuse needs the scores of a further system: --with FILE", code="bad_option")
    if fuse is not None and (development is not None or calibrate is not None):
        raise UsageError(
            "--fuse learns on a share of the subjects and goes with neither --development nor --calibrate; fused "
            "scores of --fuse logistic are log-likelihood ratios already",
            code="bad_option",
        )
    if train is not None and fuse is None and calibrate is None:
        raise UsageError(
            "--train-subjects is the share that something is learnt from, and nothing is; add --calibrate or --fuse, "
            "or leave it out",
            code="bad_option",
        )
    if train is not None and development is not None:
        raise UsageError(
            "--calibrate learns on all scores of --development, and --train-subjects asks for a share; leave one of "
            "them out",
            code="bad_option",
        )


def read(paths: Sequence[Path], columns: Mapping[str, Any]) -> tuple[ScoreSet, tuple[Note, ...]]:
    """Scores from files of any tool, or from the folder of a run."""
    from fr_bench import scorefiles
    from fr_bench.storage import scores

    if is_run(paths):
        return scores.read(paths[0] / "scores"), ()
    refuse_folders(paths)
    return scorefiles.read_scores(paths, **columns)


def is_run(paths: Sequence[Path]) -> bool:
    """Whether one folder of a run is named."""
    from fr_bench.storage import scores

    return len(paths) == 1 and (paths[0] / "scores" / scores.HEAD).is_file()


def refuse_folders(paths: Sequence[Path]) -> None:
    """Raise DataError `not_regular_file` for a folder among files of scores."""
    for path in paths:
        if path.is_dir():
            raise DataError(f"{shown(str(path))} is a folder, and no run's; name a file of scores, or a run's "
                            "folder, such as runs/NAME", code="not_regular_file")  # fmt: skip


def fused(
    paths: Sequence[Path],
    first: ScoreSet,
    others: Sequence[Path],
    columns: Mapping[str, Any],
    rule: RuleName,
    *,
    train: float,
    seed: int,
) -> Fused:
    """The fused scores of the subjects that were not learnt on."""
    from fr_bench import fusion

    sets = [first, *(read((path,), columns)[0] for path in others)]
    names = [str(path) for path in (paths[0], *others)]
    return fusion.fuse(sets, rule, train=train, seed=seed, names=names)


def with_fusion(result: Result, fused: Fused, names: Sequence[str], method: Method) -> Result:
    """The result with a table of each system alone beside all together."""
    from fr_bench import fusion

    called = [name if names.count(name) == 1 else f"{name} ({k + 1})" for k, name in enumerate(names)]
    asked = [found.measure for found in result.measurements]
    found = fusion.analysis(fused, asked, called, method)
    return replace(result, analyses=(*result.analyses, found), run={**result.run, "fusion": fused.facts})
