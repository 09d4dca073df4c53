"""The layout of Labeled Faces in the Wild: `Name/Name_0001.jpg`, with `pairs.txt` and its folds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.formats._landmarks import read_landmarks
from fr_bench.formats._samples import QUALITY, assemble, option_text, path_of, tree_of
from fr_bench.formats.folder import subject_folders
from fr_bench.reading import TEXT_LIMIT, decode_text, read_bytes
from fr_bench.records import Card, Dataset, ListedPairs
from fr_bench.sources import Tree, same_name

DESCRIPTION = "Labeled Faces in the Wild: Name/Name_0001.jpg, with pairs.txt and its folds"
KEYS = {
    "images": "folder or .zip archive with Name/Name_0001.jpg; default: the root itself",
    "pairs": "pairs.txt; default: the root, or the pairs.txt in it; without any, no comparisons are listed",
    "folds": "list of the folds to use, such as [1]; default: all",
    "samples": "'all' images, or the 'listed' ones that a used pair names; default: all, listed where folds are given",
    "landmarks": "CSV file with five landmarks an image: path,lex,ley,rex,rey,nx,ny,lmx,lmy,rmx,rmy",
    "quality": QUALITY,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of pairs.txt: two images as (name, number), the fold from 1 on, and the line it stands on."""

    probe: tuple[str, int]
    reference: tuple[str, int]
    fold: int
    line: int

    @property
    def mated(self) -> bool:
        return same_name(self.probe[0]) == same_name(self.reference[0])


def recognises(path: Path) -> bool:
    """A folder with a pairs.txt, or a file whose first line counts folds and pairs."""
    file = path / "pairs.txt" if path.is_dir() else path
    if file.suffix.lower() != ".txt" or not file.is_file():
        return False
    with file.open("rb") as opened:
        return re.fullmatch(rb"(\xef\xbb\xbf)?\d+([ \t]+\d+)?[ \t\r]*\n?", opened.readline(100)) is not None


def read(card: Card) -> Dataset:
    """Images by the folder of their person; pairs in the order of the file, the first of each as the probe.

    Raises DataError: `file_missing` with the line of the pair that names the file, `bad_pairs`, `self_comparison`.
    """
    tree = tree_of(card)
    subjects = dict(zip(tree.images, subject_folders(tree), strict=True))
    path = _pairs_path(card)
    pairs = _chosen(card, parse_pairs(read_bytes(path, TEXT_LIMIT), shown(str(path)))) if path else []
    sides = _stored(tree, pairs, shown(str(path)))
    kept = _kept(card, tree.images, sides)
    place = {stored: k for k, stored in enumerate(kept)}
    listed = None
    if path:
        listed = ListedPairs(
            np.array([place[probe] for probe, _ in sides], dtype=np.int32),
            np.array([place[reference] for _, reference in sides], dtype=np.int32),
            np.array([pair.mated for pair in pairs], dtype=np.bool_),
            np.array([pair.fold for pair in pairs], dtype=np.int16),
        )
    return assemble(
        card,
        ids=kept,
        subjects=[subjects[stored] for stored in kept],
        sources=[tree.source(stored) for stored in kept],
        landmarks=read_landmarks(path_of(card, "landmarks"), kept) if "landmarks" in card.options else None,
        pairs=listed,
    )


def _pairs_path(card: Card) -> Path | None:
    if "pairs" in card.options:
        return path_of(card, "pairs")
    if card.root.is_file() and card.root.suffix.lower() == ".txt":
        return card.root
    beside = card.root / "pairs.txt"
    return beside if beside.is_file() else None


def _kept(card: Card, images: Sequence[str], sides: Sequence[tuple[str, str]]) -> list[str]:
    samples = option_text(card, "samples", "listed" if "folds" in card.options else "all")
    if samples not in ("all", "listed"):
        hint = nearest(samples, ["all", "listed"])
        raise UsageError(f"data set {card.name!r}: samples = {samples!r}{hint}", code="bad_option")
    return list(images) if samples == "all" else sorted({stored for side in sides for stored in side})


def _chosen(card: Card, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The pairs of the folds that the card asks for."""
    if "folds" not in card.options:
        return pairs
    asked, known = card.options["folds"], {pair.fold for pair in pairs}
    if not isinstance(asked, (list, tuple)) or not asked or any(type(fold) is not int for fold in asked):
        raise UsageError(
            f"data set {card.name!r}: folds = {asked!r} is not a list of numbers, such as [1]", code="bad_option"
        )
    unknown = sorted(set(asked) - known)
    if unknown:
        raise UsageError(
            f"data set {card.name!r}: no fold {unknown[0]}; folds are {min(known)} to {max(known)}", code="bad_option"
        )
    return [pair for pair in pairs if pair.fold in asked]


def parse_pairs(data: bytes, name: str) -> list[Pair]:
    r"""The pairs of a pairs.txt, with their folds.

    The first line gives the folds and the pairs of each kind in a fold ("10 300"), or only the latter. Each fold lists
    its mated pairs (name, number, number), then its nonmated ones (name, number, name, number).

    >>> parse_pairs(b"1\nAnn\t1\t2\nAnn\t1\tBo\t1\n", "pairs.txt")[1].reference
    ('Bo', 1)

    Raises DataError `bad_pairs` with the line, `length_mismatch` if pairs are missing or left over.
    """
    lines = decode_text(data, name).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    head = lines[0].split() if lines else []
    if len(head) not in (1, 2) or not all(re.fullmatch("[0-9]{1,9}", word) for word in head):
        raise DataError(
            f"{name}:1: expected the number of folds and of pairs of each kind in a fold, such as '10 300'",
            code="bad_pairs",
        )
    folds, each = (1, int(head[0])) if len(head) == 1 else (int(head[0]), int(head[1]))
    if len(lines) - 1 != 2 * folds * each:
        raise DataError(
            f"{name}:{len(lines)}: {len(lines) - 1} pairs where the first line announces {2 * folds * each} "
            f"({folds} folds of {each} mated and {each} nonmated)",
            code="length_mismatch",
        )
    pairs = []
    for number, text in enumerate(lines[1:], 2):
        block = (number - 2) // each
        pairs.append(_pair(text, f"{name}:{number}", number, fold=1 + block // 2, mated=block % 2 == 0))
    return pairs


def _pair(text: str, where: str, line: int, *, fold: int, mated: bool) -> Pair:
    # Names with blanks are only possible where tabs separate the fields.
    words = [word.strip() for word in text.split("\t")] if "\t" in text else text.split()
    numbers = words[1:] if mated else words[1::2]
    if len(words) != (3 if mated else 4) or not all(re.fullmatch("[0-9]{1,9}", word) for word in numbers):
        form = "name, number, number" if mated else "name, number, name, number"
        raise DataError(f"{where}: {shown(text)!r} is not {form}", code="bad_pairs")
    first = (words[0], int(words[1]))
    second = (words[0], int(words[2])) if mated else (words[2], int(words[3]))
    if not words[0] or not second[0]:
        raise DataError(f"{where}: a name is empty", code="empty_id")
    if not mated and same_name(first[0]) == same_name(second[0]):
        raise DataError(f"{where}: a nonmated pair of {shown(first[0])!r} with itself", code="label_id_conflict")
    if (same_name(first[0]), first[1]) == (same_name(second[0]), second[1]):
        raise DataError(f"{where}: image {first[1]} of {shown(first[0])!r} with itself", code="self_comparison")
    return Pair(first, second, fold, line)


def _key(person: str, number: int) -> str:
    return f"{same_name(person)}/{same_name(person)}_{number:04d}"


def _stored(tree: Tree, pairs: Sequence[Pair], name: str) -> list[tuple[str, str]]:
    """The stored paths of both images of each pair. All missing ones are told at once, the first ten by name."""
    by_stem: dict[str, str] = {}
    for path in tree.images if pairs else ():
        stem = same_name(posixpath.splitext(path)[0]).split("/")
        key = "/".join(stem[-2:])
        if by_stem.setdefault(key, path) != path:
            raise DataError(
                f"{shown(str(tree.root))}: {shown(by_stem[key])!r} and {shown(path)!r} are one image of pairs.txt; the "
                f"option `images` names the folder to use",
                code="duplicate_id",
            )
    missing: dict[str, str] = {}
    sides = []
    for pair in pairs:
        keys = [_key(*side) for side in (pair.probe, pair.reference)]
        for key in keys:
            if key not in by_stem:
                missing.setdefault(key, f"{name}:{pair.line}: {shown(key)}")
        sides.append((by_stem.get(keys[0], ""), by_stem.get(keys[1], "")))
    if missing:
        listed = "; ".join(list(missing.values())[:10])
        raise DataError(
            f"{len(missing)} images that pairs name are missing in {shown(str(tree.root))}: {listed}",
            code="file_missing",
        )
    return sides
