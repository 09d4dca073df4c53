"""CSV with a column of scores and a column of labels, or of the subjects of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError, shown
from fr_bench.scorefiles._attributes import chosen, paired, unused_note
from fr_bench.scorefiles._delimited import Head, read_columns, read_head
from fr_bench.scorefiles._raw import Asked, RawScores

DESCRIPTION = "CSV with scores and labels (1/0, mated/nonmated ...), or with scores and both subjects"
ATTACKS = "probe_attack_type"
"""bob's column of attacks in a file that looks like comparisons otherwise."""
IDS = ("probe", "reference", "probe_subject", "reference_subject")


def recognises(paths: Sequence[Path], asked: Asked) -> bool:
    """One text file whose header names scores, and labels or the subjects of both sides."""
    if len(paths) != 1 or paths[0].suffix.lower() in (".npy", ".npz", ".parquet", ".pq"):
        return False
    head = read_head(paths[0], asked.delimiter_of(paths[0]))
    found = asked.found_in(head.header, head.name)
    return "score" in found and ("label" in found or {"probe_subject", "reference_subject"} <= found.keys())


def read(paths: Sequence[Path], asked: Asked) -> RawScores:
    """Raises DataError `unknown_column` without scores and labels, and what `read_columns` raises."""
    head = read_head(paths[0], asked.delimiter_of(paths[0]))
    if ATTACKS in head.header:
        raise DataError(
            f"{head.name}:1: column {ATTACKS!r} tells of presentation attacks, which are no mated comparisons; give "
            "the file with --attacks",
            code="attacks_in_scores",
        )
    found = asked.found_in(head.header, head.name)
    return table(head, found, mated=None, by=asked.by)


def table(head: Head, found: dict[str, str], *, mated: bool | None, by: Sequence[str]) -> RawScores:
    """The scores of a file whose columns are known, and the attributes `by` of its samples.

    `mated` says the label of all rows, None that a column does.
    """
    if "score" not in found:
        raise DataError(
            f"{head.name}:1: which column holds the scores? {', '.join(map(shown, head.header))}", code="unknown_column"
        )
    label = found.get("label") if mated is None else None
    texts = [found[name] for name in IDS if name in found]
    folds = [found["fold"]] if "fold" in found else []
    if len({found["score"], *([label] if label else []), *texts, *folds}) != 1 + bool(label) + len(texts) + len(folds):
        raise DataError(f"{head.name}: one column is used twice; name the columns", code="unknown_column")
    used = [found["score"], *([label] if label else []), *texts, *folds]
    offered = paired(head.header, used)
    asked = chosen(by, offered)
    words = [column for pair in asked.values() for column in pair]
    columns = read_columns(head, numbers=[found["score"]], label=label, texts=[*texts, *folds], words=words)
    sides = {name: columns.texts[found[name]] for name in IDS if name in found}
    values = columns.numbers[found["score"]]
    if mated is not None:
        labels = np.full(len(values), mated)
    elif columns.labels is not None:
        labels = columns.labels
    else:
        labels = sides["probe_subject"].codes == sides["reference_subject"].codes
    return RawScores(
        values=values,
        mated=labels,
        name=head.name,
        place=head.place,
        attributes={name: (columns.texts[one], columns.texts[other]) for name, (one, other) in asked.items()},
        offered=tuple(offered),
        notes=unused_note(head.header, [*used, *words], [name for name in offered if name not in asked], head.name),
        fold=columns.texts[found["fold"]] if folds else None,
        probe=sides.get("probe"),
        reference=sides.get("reference"),
        probe_subject=sides.get("probe_subject"),
        reference_subject=sides.get("reference_subject"),
    )
