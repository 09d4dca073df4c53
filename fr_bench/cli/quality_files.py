"""`--quality FILE`: a file of image quality for a run or for scores, such as the one that OFIQ writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fr_bench.errors import UsageError

if TYPE_CHECKING:
    from fr_bench.findings import Note
    from fr_bench.records import ScoreSet
    from fr_bench.runspec import RunSpec


@dataclass(frozen=True, slots=True)
class Qualities:
    """Columns of quality by sample, which of them are to be measured, and what found no partner."""

    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    measured: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def with_quality(spec: RunSpec, path: Path | None) -> RunSpec:
    """The run with a file of qualities; unless the configuration names columns, those of the file are measured.

    Raises DataError as reading the file does.
    """
    if path is None:
        return spec
    from fr_bench.formats._quality import columns_to_measure

    columns = columns_to_measure(path)
    dataset = replace(spec.dataset, options={**spec.dataset.options, "quality": str(path.absolute())})
    return replace(spec, dataset=dataset, measures=replace(spec.measures, quality=spec.measures.quality or columns))


def of_scores(scores: ScoreSet | None, path: Path | None) -> Qualities:
    """The qualities of the samples that the scores name.

    Raises UsageError `bad_option` where they name none, DataError as reading the file does.
    """
    if path is None:
        return Qualities()
    if scores is None or scores.probes is None or scores.references is None:
        raise UsageError(
            "--quality joins qualities to scores by the ids of probes and references, and there are none; name them "
            "by --probe and --reference",
            code="bad_option",
        )
    from fr_bench.formats._quality import columns_to_measure, notes_of, read_quality

    ids = sorted({*scores.probes.ids, *scores.references.ids})
    found = read_quality(path, ids, ids)
    attributes = {name: dict(zip(ids, column, strict=True)) for name, column in found.columns.items()}
    return Qualities(attributes=attributes, measured=columns_to_measure(path), notes=notes_of(found))
