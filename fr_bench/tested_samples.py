"""Which samples a run tested, written beside its scores, so that failures and groups can be counted again from them."""

from __future__ import annotations

from pathlib import Path

from fr_bench.known_measures import resolve
from fr_bench.preparation import Prepared
from fr_bench.records import TemplateSet

PARTING = ("by", "quality")
"""Parameters of a measure that name a column of the samples."""


def write_samples(folder: Path, prepared: Prepared, templates: TemplateSet) -> None:
    """Write into a run folder which samples were tested, which gave no template, and the columns that parted them.

    Raises MachineError `write_failed`.
    """
    from fr_bench.storage import samples
    from fr_bench.storage.files import make_folder

    data, used = prepared.dataset, columns_used(prepared)
    columns = {name: column for name, column in data.attributes.items() if name in used}
    kept = samples.of(prepared.plan, data.sample_ids, data.subjects, templates.has_template, columns)
    make_folder(folder / "scores")
    samples.write(folder / "scores", kept)


def columns_used(prepared: Prepared) -> set[str]:
    """The attributes that figures of the run are split by, or that hold a quality."""
    asked = (resolve(text)[0] for text in prepared.measures)
    named = [measure[parameter] for measure in asked for parameter in PARTING if parameter in measure]
    named += [*prepared.spec.measures.by, *prepared.spec.measures.quality]
    return {part for name in named for part in name.split("*")}
