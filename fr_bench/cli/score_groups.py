"""`frbench evaluate --by NAME`: groups of samples that a file of scores, or a run, tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench.errors import UsageError, nearest, shown

if TYPE_CHECKING:
    from fr_bench.scorefiles import ScoreFile


def asked(by: Sequence[str], measures: Sequence[str]) -> tuple[str, ...]:
    """The attributes that `--by` and measures of groups name, "sex*age_band" being two."""
    from fr_bench.known_measures import resolve

    named = [*by, *(one["by"] for one in (resolve(text)[0] for text in measures) if "by" in one)]
    return tuple(dict.fromkeys(part.strip() for name in named for part in name.split("*")))


def read(paths: Sequence[Path], columns: Mapping[str, Any], names: Sequence[str]) -> ScoreFile:
    """The scores of files, or of a run, and the values of the attributes `names` as far as they tell them."""
    from fr_bench import scorefiles
    from fr_bench.cli import further_scores
    from fr_bench.storage import samples

    if not further_scores.is_run(paths):
        further_scores.refuse_folders(paths)
        return scorefiles.read_with_attributes(paths, names, **columns)
    found, notes = further_scores.read(paths, columns)
    tested = samples.read(paths[0] / "scores")
    told = tested.attributes if tested else {}
    attributes = {name: dict(zip(tested.ids, told[name], strict=True)) for name in told} if tested else {}
    return scorefiles.ScoreFile(scores=found, notes=notes, attributes=attributes, offered=tuple(told))


def refuse_unknown(names: Iterable[str], known: Sequence[str], path: Path) -> None:
    """Raise UsageError `unknown_attribute` for an attribute that nothing tells."""
    for name in names:
        if name not in known:
            hint = nearest(name, known) if known else "; it tells none"
            how = (
                "a run keeps those that it was split by: run it with --by"
                if path.is_dir()
                else f"a file tells one by two columns, probe_{shown(name)} and reference_{shown(name)}, beside ids"
            )
            raise UsageError(
                f"{shown(str(path))} tells no attribute '{shown(name)}'{hint}; {how}", code="unknown_attribute"
            )
