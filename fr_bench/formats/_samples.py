"""What every layout does alike: find the files that a card names, and put samples into the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.formats import _quality
from fr_bench.provenance import digest_file
from fr_bench.records import Card, Dataset, Indices, ListedPairs, Roles, Source
from fr_bench.sources import Tree, open_tree, packed

QUALITY = _quality.OPTION
"""Help of the option `quality`, which every layout has."""


def folder_of(card: Card) -> Path:
    """The folder that the card's relative paths start from: its root, or the folder of the file that is its root."""
    return card.root.parent if card.root.is_file() else card.root


def path_of(card: Card, key: str) -> Path:
    """The path that the option `key` names; a digest that the card gives for the file must hold (`hash_mismatch`)."""
    given = option_text(card, key)
    path = folder_of(card) / Path(given).expanduser()
    expected = card.digests.get(given)
    if expected is not None and path.is_file():
        found = digest_file(path)
        if found != expected.lower():
            raise DataError(
                f"{shown(str(path))} has SHA-256 {found}, the card of {card.name!r} says {expected}",
                code="hash_mismatch",
            )
    return path


def option_text(card: Card, key: str, default: str | None = None) -> str:
    """A text option of a card. Raises UsageError where it is another type, KeyError where it has no default."""
    if key not in card.options and default is not None:
        return default
    value = card.options[key]
    if not isinstance(value, str) or not value:
        raise UsageError(f"data set {card.name!r}: option {key!r} must be a text, not {value!r}", code="bad_option")
    return value


def tree_of(card: Card) -> Tree:
    """The folder or zip archive of the card's images: option `images`, or the root."""
    if "images" in card.options:
        return open_tree(packed(path_of(card, "images")))
    return open_tree(card.root if card.root.suffix.lower() == ".zip" else folder_of(card))


def assemble(
    card: Card,
    *,
    ids: Sequence[str],
    subjects: Sequence[str],
    sources: Sequence[Source | None],
    landmarks: NDArray[np.float64] | None = None,
    attributes: Mapping[str, Sequence[str]] | None = None,
    pairs: ListedPairs | None = None,
    roles: Roles | None = None,
) -> Dataset:
    """The data set with its samples in the order of their ids, whatever order they came in.

    The indices in `pairs` and `roles` are into the order given here. Where the card names a file of qualities, each of
    its columns becomes an attribute. Raises DataError `duplicate_column` where there is one of that name already.
    """
    qualities = _qualities(card, ids, sources, attributes or {})
    columns = {**(attributes or {}), **(qualities.columns if qualities else {})}
    order = sorted(range(len(ids)), key=ids.__getitem__)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Dataset(
        name=card.name,
        format=card.format,
        card=card,
        sample_ids=reordered(ids, order),
        subjects=reordered(subjects, order),
        sources=reordered(sources, order),
        landmarks=None if landmarks is None else landmarks[order],
        attributes={name: reordered(column, order) for name, column in columns.items()},
        pairs=pairs and ListedPairs(place[pairs.probe], place[pairs.reference], pairs.mated, pairs.fold),
        roles=roles and Roles(_sorted(place[roles.reference]), _sorted(place[roles.probe])),
        notes=_quality.notes_of(qualities) if qualities else (),
    )


def _qualities(
    card: Card, ids: Sequence[str], sources: Sequence[Source | None], attributes: Mapping[str, Sequence[str]]
) -> _quality.Joined | None:
    if "quality" not in card.options:
        return None
    path = path_of(card, "quality")
    names = [source.name if source is not None else sample for sample, source in zip(ids, sources, strict=True)]
    found = _quality.read_quality(path, ids, names)
    for name in found.columns:
        if name in attributes:
            raise DataError(
                f"{shown(str(path))}: the data set has a column {shown(name)!r} already; rename one of them",
                code="duplicate_column",
            )
    return found


def reordered(column: Sequence[Any], order: Sequence[int]) -> tuple[Any, ...]:
    """The elements of a column in another order."""
    return tuple(column[k] for k in order)


def _sorted(indices: Indices) -> Indices:
    return np.sort(indices)
