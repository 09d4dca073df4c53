"""A folder for each subject: `root/SUBJECT/anything.jpg`, on disk or in a zip archive that is read in place."""

from __future__ import annotations

from pathlib import Path

from fr_bench.archives import Archive
from fr_bench.errors import DataError, shown
from fr_bench.formats._landmarks import read_landmarks
from fr_bench.formats._samples import QUALITY, assemble, path_of, tree_of
from fr_bench.records import Card, Dataset
from fr_bench.sources import Tree

DESCRIPTION = "a folder for each subject, with its images in it or deeper; also as a .zip"
KEYS = {
    "images": "folder or .zip archive with the subjects' folders; default: the root itself",
    "landmarks": "CSV file with five landmarks an image: path,lex,ley,rex,rey,nx,ny,lmx,lmy,rmx,rmy",
    "quality": QUALITY,
}
LISTS = ("manifest.csv", "manifest.parquet", "pairs.txt", "pairs.csv")
"""Files whose presence says that a folder is laid out otherwise."""


def recognises(path: Path) -> bool:
    """A folder or a zip archive without a list of its samples or comparisons."""
    if path.is_dir():
        return not any((path / name).is_file() for name in LISTS)
    return path.suffix.lower() == ".zip" and path.is_file() and not set(LISTS) & set(Archive(path).members)


def read(card: Card) -> Dataset:
    """Every image below a subject's folder is a sample; its id is its path, its subject the first folder.

    One folder around all subjects is passed through: `faces.zip/faces/SUBJECT/image.jpg`. Hidden files are left out.
    Raises DataError `empty_data_set` without images, `no_subject_folders` where images lie in none.
    """
    tree = tree_of(card)
    ids = tree.images
    subjects = subject_folders(tree)
    landmarks = read_landmarks(path_of(card, "landmarks"), ids) if "landmarks" in card.options else None
    return assemble(card, ids=ids, subjects=subjects, sources=[tree.source(path) for path in ids], landmarks=landmarks)


def subject_folders(tree: Tree) -> list[str]:
    """The subject of each image of a tree: the first folder on its path that is not around all of them."""
    where = shown(str(tree.root))
    if not tree.images:
        others = tree.ignored["other"]
        tail = f"; {others} files have no image's suffix" if others else ""
        raise DataError(f"{where} holds no images{tail}", code="empty_data_set")
    parts = [path.split("/") for path in tree.images]
    outer = 0
    if len({p[0] for p in parts}) == 1 and min(map(len, parts)) > 2:
        outer = 1
    loose = [path for path, p in zip(tree.images, parts, strict=True) if len(p) < 2]
    if loose:
        raise DataError(
            f"{where}: {len(loose)} of {len(parts)} images lie in no subject's folder, such as {shown(loose[0])!r}; "
            f"expected SUBJECT/image.jpg, or a manifest with the columns path and subject",
            code="no_subject_folders",
        )
    return [p[outer] for p in parts]
