"""K-FACE (AI-Hub, Korean faces under controlled conditions): `High/ID/S001/L1/E01/C7.jpg`, with lists of pairs.

The codes of accessory, light, expression and camera become attributes, and the category that a sample has in KISA's
face test (`category`), as far as K-FACE shows it. Its terms allow aggregate figures, no passing on of pictures: none is
shown in reports unless the option `pictures` says that it may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.formats._samples import QUALITY, assemble, option_text, path_of, tree_of
from fr_bench.reading import TEXT_LIMIT, decode_text, parse_number, read_bytes
from fr_bench.records import Card, Dataset, ListedPairs
from fr_bench.sources import Tree

DESCRIPTION = "K-FACE: High/ID/S001/L1/E01/C7.jpg, with the conditions as attributes and lists of pairs"
KEYS = {
    "images": "folder or .zip archive with the resolutions' or the subjects' folders; default: the root itself",
    "resolution": "high, mid or low, where there are several; default high",
    "use": "'kisa': the samples of the categories of KISA's face test; 'all' samples but those without light (L7); "
    "default kisa, all where pairs are given",
    "pairs": "list of pairs, `path path label` a line, paths from the resolution's folder on",
    "landmarks": "'boxes': five points from the boxes of the .txt beside the images of S001/L1; default: none",
    "pictures": "true: pictures may stand in reports; default false, as the terms of the data ask",
    "quality": QUALITY,
}
YAWS = {
    1: 90, 2: 75, 3: 60, 4: 45, 5: 30, 6: 15, 7: 0, 8: -15, 9: -30, 10: -45, 11: -60, 12: -75, 13: -90, 14: 45, 15: 30,
    16: 15, 17: 0, 18: -15, 19: -30, 20: -45,
}  # fmt: skip
"""Degrees of each camera; 14 to 20 stand 30 degrees higher."""
RAISED = 14
ACCESSORIES = {1: "none", 2: "glasses", 3: "horn-rimmed glasses", 4: "sunglasses", 5: "cap", 6: "cap and glasses"}
EXPRESSIONS = {1: "neutral", 2: "smile", 3: "disgust"}
LUX = (1000, 400, 200, 150, 100, 40, 0, *(400, 200, 100, 40) * 5, 400, 200, 100)
"""Of lights 1 to 30; number 7 is darkness and is left out."""
DARK = 7
_PATH = re.compile(
    r"(?:(?P<above>.*)/)?(?P<id>[^/]+)/S0*(?P<s>[1-6])/L0*(?P<l>[1-9]\d?)/E0*(?P<e>[1-3])/C0*(?P<c>[1-9]\d?)\.jpe?g\Z",
    re.IGNORECASE,
)
_RESOLUTION = re.compile(r"(?P<name>high|mid|low)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Shot:
    """One picture by its codes."""

    subject: str
    accessory: int
    light: int
    expression: int
    camera: int

    @property
    def id(self) -> str:
        """How lists of pairs name it, without the suffix."""
        return f"{self.subject}/S{self.accessory:03d}/L{self.light}/E{self.expression:02d}/C{self.camera}"

    @property
    def direction(self) -> str:
        """Where the light comes from."""
        rows = ((7, "all"), (11, "above"), (15, "below"), (19, "right 90"), (23, "right 45"), (27, "front"))
        return next((word for last, word in rows if self.light <= last), "left 45")

    @property
    def changed(self) -> tuple[str, ...]:
        """What differs from the reference picture: frontal, neutral, full light, nothing worn."""
        codes = {"accessory": self.accessory != 1, "lighting": self.light != 1, "expression": self.expression != 1,
                 "pose": self.camera != 7}  # fmt: skip
        return tuple(name for name, differs in codes.items() if differs)

    @property
    def category(self) -> str:
        """The category of KISA's face test: one factor differs from the enrolment; "" for what has none.

        >>> [Shot("a", *codes).category for codes in ((1, 1, 1, 7), (1, 16, 1, 7), (1, 1, 1, 5), (4, 1, 1, 7))]
        ['enrolment', 'lighting', 'pose', 'accessory apart']
        """
        changed = self.changed
        if not changed:
            return "enrolment"
        if len(changed) > 1:
            return ""
        if changed == ("lighting",):
            return "lighting" if self.light >= 8 else ""
        if changed == ("pose",):
            return "pose" if self.camera < RAISED and abs(YAWS[self.camera]) in (30, 45) else ""
        if changed == ("accessory",):
            return "accessory" if self.accessory in (2, 3) else "accessory apart"
        return "expression"


def recognises(path: Path) -> bool:
    """A folder with ID/S001/L1 in it, or in the folder of a resolution."""
    if not path.is_dir():
        return False
    return any(True for pattern in ("*/S001/L*1/E01", "*/*/S001/L*1/E01") for _ in path.glob(pattern))


def read(card: Card) -> Dataset:
    """The samples that the options ask for, with their conditions as attributes.

    Raises DataError `empty_data_set` where nothing lies as K-FACE does, `unknown_resolution`, `bad_pairs` and
    `bad_landmarks` with file and line, `file_missing` for a pair whose picture is not there.
    """
    tree = tree_of(card)
    pairs = _pairs(card)
    shots = _chosen(card, _shots(card, tree), keep_all=pairs is not None)
    ids = sorted(shots)
    place = {shot.id: k for k, shot in enumerate(ids)}
    return assemble(
        replace(card, pictures_allowed=_yes(card, "pictures")),
        ids=[shot.id for shot in ids],
        subjects=[shot.subject for shot in ids],
        sources=[tree.source(shots[shot]) for shot in ids],
        landmarks=_landmarks(card, tree, [shots[shot] for shot in ids]),
        attributes=attributes(ids),
        pairs=None if pairs is None else _listed(pairs, place),
    )


def attributes(shots: Sequence[Shot]) -> dict[str, list[str]]:
    """The columns that the codes make."""
    return {
        "category": [shot.category for shot in shots],
        "condition": [_condition(shot) for shot in shots],
        "accessory": [ACCESSORIES[shot.accessory] for shot in shots],
        "lux": [str(LUX[shot.light - 1]) for shot in shots],
        "light": [shot.direction for shot in shots],
        "expression": [EXPRESSIONS[shot.expression] for shot in shots],
        "yaw": [f"{YAWS[shot.camera]:+d}" if YAWS[shot.camera] else "0" for shot in shots],
        "height": ["raised" if shot.camera >= RAISED else "level" for shot in shots],
    }


def _condition(shot: Shot) -> str:
    words = {
        "accessory": ACCESSORIES[shot.accessory],
        "lighting": f"{shot.direction} {LUX[shot.light - 1]} lux",
        "expression": EXPRESSIONS[shot.expression],
        "pose": f"yaw {YAWS[shot.camera]:+d}{' raised' * (shot.camera >= RAISED)}",
    }
    return ", ".join(words[name] for name in shot.changed) or "reference"


def _shots(card: Card, tree: Tree) -> dict[Shot, str]:
    """Every picture by its codes, of one resolution, darkness left out."""
    wanted = option_text(card, "resolution", "high").lower().replace("middle", "mid")
    if wanted not in ("high", "mid", "low"):
        raise UsageError(
            f"data set {card.name!r}: resolution = {shown(wanted)!r}{nearest(wanted, ['high', 'mid', 'low'])}",
            code="bad_option",
        )
    found: dict[Shot, str] = {}
    others: set[str] = set()
    for path in tree.images:
        codes = _PATH.match(path)
        if codes is None or int(codes["l"]) > len(LUX) or int(codes["c"]) not in YAWS or int(codes["l"]) == DARK:
            continue
        resolution = _resolution(codes["above"] or "")
        if resolution and resolution != wanted:
            others.add(resolution)
            continue
        shot = Shot(codes["id"], int(codes["s"]), int(codes["l"]), int(codes["e"]), int(codes["c"]))
        if found.setdefault(shot, path) != path:
            raise DataError(
                f"{shown(str(tree.root))}: {shown(found[shot])} and {shown(path)} are one picture of K-FACE; the "
                "option `images` names the folder to use",
                code="duplicate_id",
            )
    if not found:
        there = f"; there are the resolutions {', '.join(sorted(others))}" if others else ""
        raise DataError(
            f"{shown(str(tree.root))} holds no picture laid out as ID/S001/L1/E01/C7.jpg{there}", code="empty_data_set"
        )
    return found


def _resolution(above: str) -> str:
    """The resolution that a folder above the subject's names: high, mid, low, or "" for none."""
    found = _RESOLUTION.match(above.rpartition("/")[2])
    return found["name"].lower() if found else ""


def _chosen(card: Card, shots: Mapping[Shot, str], *, keep_all: bool) -> Mapping[Shot, str]:
    use = option_text(card, "use", "all" if keep_all else "kisa")
    if use not in ("kisa", "all"):
        raise UsageError(f"data set {card.name!r}: use = {use!r}{nearest(use, ['kisa', 'all'])}", code="bad_option")
    if use == "all":
        return shots
    kept = {shot: path for shot, path in shots.items() if shot.category}
    if not kept:
        raise DataError(
            f"data set {card.name!r}: none of {len(shots)} pictures belongs to a category of KISA's face test; use = "
            "'all' takes all of them",
            code="empty_data_set",
        )
    return kept


def _yes(card: Card, key: str) -> bool:
    value = card.options.get(key, False)
    if not isinstance(value, bool):
        what = f"data set {card.name!r}: option {key!r} must be true or false, not {value!r}"
        raise UsageError(what, code="bad_option")
    return value


def _pairs(card: Card) -> list[tuple[str, str, bool, str]] | None:
    """Ids of both sides, whether mated, and the place of each line of the list."""
    if "pairs" not in card.options:
        return None
    path = path_of(card, "pairs")
    name = shown(str(path))
    found = []
    for number, line in enumerate(decode_text(read_bytes(path, TEXT_LIMIT), name).split("\n"), 1):
        if not line.strip():
            continue
        words = line.split()
        codes = [_PATH.match(word) for word in words[:2]]
        if len(words) != 3 or words[2] not in ("0", "1") or None in codes:
            raise DataError(
                f"{name}:{number}: {shown(line.strip())!r} is not 'ID/S001/L1/E01/C7.jpg ID/S001/L1/E01/C8.jpg 1'",
                code="bad_pairs",
            )
        first, second = (
            Shot(one["id"], *(int(one[part]) for part in "slec")).id for one in codes if one is not None
        )  # fmt: skip
        found.append((first, second, words[2] == "1", f"{name}:{number}"))
    return found


def _listed(pairs: Sequence[tuple[str, str, bool, str]], place: Mapping[str, int]) -> ListedPairs:
    missing = [(side, where) for first, second, _, where in pairs for side in (first, second) if side not in place]
    if missing:
        told = "; ".join(f"{where}: {shown(side)}" for side, where in missing[:10])
        raise DataError(f"{len(missing)} pictures that pairs name are missing: {told}", code="file_missing")
    return ListedPairs(
        np.array([place[first] for first, _, _, _ in pairs], dtype=np.int32),
        np.array([place[second] for _, second, _, _ in pairs], dtype=np.int32),
        np.array([mated for _, _, mated, _ in pairs], dtype=np.bool_),
        np.zeros(len(pairs), dtype=np.int16),
    )


def _landmarks(card: Card, tree: Tree, paths: Sequence[str]) -> NDArray[np.float64] | None:
    """Five points a sample from the boxes of the same subject and camera; NaN where there is no file.

    The files stand beside S001/L1; other light, expressions and accessories take the points of the neutral picture, as
    cameras and chair did not move: where a face did, they are off.
    """
    if "landmarks" not in card.options:
        return None
    if option_text(card, "landmarks") != "boxes":
        raise UsageError(f"data set {card.name!r}: landmarks is 'boxes' or not given", code="bad_option")
    folder = tree.root
    if not folder.is_dir():
        raise UsageError(f"data set {card.name!r}: landmarks are read from a folder, not an archive", code="bad_option")
    known: dict[str, NDArray[np.float64] | None] = {}
    points = np.full((len(paths), 5, 2), np.nan)
    for row, path in enumerate(paths):
        subject, camera = path.rsplit("/", 4)[0], path.rpartition("/")[2].rpartition(".")[0]
        beside = f"{subject}/{camera}"
        if beside not in known:
            places = (folder / subject / "S001" / light / "E01" / f"{camera}.txt" for light in ("L1", "L01"))
            file = next((place for place in places if place.is_file()), None)
            known[beside] = None if file is None else parse_boxes(read_bytes(file, TEXT_LIMIT), shown(str(file)))
        found = known[beside]
        if found is not None:
            points[row] = found
    if np.isnan(points).all():
        raise DataError(f"{shown(str(folder))} holds no S001/L1/E01/*.txt with boxes", code="no_landmarks")
    return points


def parse_boxes(data: bytes, name: str) -> NDArray[np.float64]:
    r"""(5, 2) points out of an annotation: lines 8 to 11, counted from 0, are the boxes of eyes, nose and mouth.

    A box is left, top, width, height. The points are the centres of the eyes and of the nose, and the middles of the
    mouth box's sides; the eye at the image's left comes first. Raises DataError `bad_landmarks` with the line.

    >>> text = "\n".join(["0\t0"] * 8 + ["10\t10\t4\t2", "30\t10\t4\t2", "20\t18\t4\t6", "15\t30\t14\t4"])
    >>> parse_boxes(text.encode(), "C7.txt").tolist()
    [[12.0, 11.0], [32.0, 11.0], [22.0, 21.0], [15.0, 32.0], [29.0, 32.0]]
    """
    lines = decode_text(data, name).split("\n")
    if len(lines) < 12:
        raise DataError(f"{name}:{len(lines)}: {len(lines)} lines, a K-FACE annotation has 12", code="bad_landmarks")
    boxes = []
    for number in range(8, 12):
        cells = lines[number].strip().split("\t")
        where = f"{name}:{number + 1}"
        values = [parse_number(cell, where) for cell in cells] if len(cells) == 4 else []
        if len(values) != 4 or not np.isfinite(values).all() or min(values[2:]) <= 0:
            raise DataError(f"{where}: {shown(lines[number])!r} is not left, top, width, height", code="bad_landmarks")
        boxes.append(values)
    centres = [(left + width / 2, top + height / 2) for left, top, width, height in boxes]
    eyes = sorted(centres[:2])
    left, top, width, height = boxes[3]
    return np.array([*eyes, centres[2], (left, top + height / 2), (left + width, top + height / 2)])
