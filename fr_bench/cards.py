"""Cards: what is known about a data set before it is read. `datasets/NAME.toml`, or made for a bare path.

A card is looked for in `./datasets`, in the user's configuration folder, and among those that ship with frbench. Its
`expected` counts of mated and nonmated comparisons are those of the pairs that the data set lists, or of all pairs of
its samples where it lists none.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import fr_bench
from fr_bench import plugins
from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.reading import TomlDocument, read_csv, read_toml
from fr_bench.records import Card
from fr_bench.sources import packed

KEYS: Mapping[str, type] = {
    "format": str, "title": str, "root": str, "licence": str, "source": str, "generated": bool,
    "pictures_allowed": bool, "options": dict, "expected": dict, "digests": dict, "published": list,
}  # fmt: skip
EXPECTED = ("subjects", "samples", "mated", "nonmated")
PUBLISHED = ("figure", "value", "source", "recognizer", "plan", "note")
MOST_BESIDE = 10_000
"""So many names of a folder are looked at, to find which was meant."""
MOST_SPECIFIC_FIRST = ("lfw", "kface", "manifest", "pairs", "folder")
"""The order in which the layouts are asked whether a bare path is theirs; further ones come after these."""


def shipped(kind: str) -> Path:
    """The folder of what ships with frbench: `kind` is "datasets" or "configs"; in a checkout, beside the package."""
    package = Path(fr_bench.__file__).parent
    installed = package / "shipped" / kind
    return installed if installed.is_dir() else package.parent / kind


def folders() -> Iterator[Path]:
    """Where cards are looked for, the first found wins."""
    import platformdirs

    yield Path("datasets")
    yield platformdirs.user_config_path("frbench") / "datasets"
    yield shipped("datasets")


def available() -> list[str]:
    """Names of the cards that can be found, sorted.

    >>> "lfw" in available()
    True
    """
    return sorted({path.stem for folder in folders() if folder.is_dir() for path in folder.glob("*.toml")})


def card_for(argument: str, root: Path | None = None, *, where: str = "") -> Card:
    """The card that `--dataset` or a configuration means: the name of one, the path of one, or a bare path of data.

    A name of a card goes before a folder of the same name in the current folder; `./NAME` is always a path.
    root    the folder of the card's data (`--data`)
    where   the place of the argument for messages, such as "my.toml:3"
    Raises UsageError `unknown_dataset` where it is none of these.
    """
    prefix = f"{where}: " if where else ""
    path = Path(argument).expanduser()
    is_name = bool(argument) and "/" not in argument and os.sep not in argument
    if is_name and argument in available():
        return read_card(argument, root)
    if path.suffix == ".toml" and path.is_file():
        return read_card(path, root)
    if path.exists():
        return card_of_path(path)
    if root is not None and (root / path).exists():
        return card_of_path(root / path)
    hint = nearest(argument, available(), _beside(path))
    raise UsageError(
        f"{prefix}no data set {shown(argument)!r}: neither a card nor a folder, archive or list{hint}",
        code="unknown_dataset",
    )


def _beside(path: Path) -> list[str]:
    """What lies in the folder of a path that is not there, as it would have to be written."""
    try:
        with os.scandir(path.parent) as entries:
            return [str(path.parent / entry.name) for entry in islice(entries, MOST_BESIDE)]
    except (OSError, ValueError):
        return []


def read_card(name: str | Path, root: Path | None = None) -> Card:
    """The card of that name, or in that file (a Path, or a text that ends in .toml).

    root   folder that the card's own `root` starts from; default: the folder of the card for one's own cards, the
           current folder for those that ship with frbench
    Raises UsageError: `unknown_dataset`, `unknown_key`, `bad_type`, each with file and line and the nearest known one.
    """
    path = _card_file(name)
    document = read_toml(path)
    ours = shipped("datasets").resolve() == path.resolve().parent
    base = root if root is not None else Path() if ours else path.parent
    _check(document)
    data = document.data
    return Card(
        name=path.stem,
        format=data["format"],
        root=packed(base / data.get("root", "")),
        title=data.get("title", path.stem),
        licence=data.get("licence", ""),
        source=data.get("source", ""),
        generated=data.get("generated", False),
        pictures_allowed=data.get("pictures_allowed", True),
        options=data.get("options", {}),
        expected=data.get("expected", {}),
        digests=data.get("digests", {}),
        published=tuple(data.get("published", ())),
    )


def with_options(card: Card, options: Mapping[str, Any]) -> Card:
    """The card with further options; where they change it, what it expects and what was published hold no longer."""
    changed = {key: value for key, value in options.items() if card.options.get(key) != value}
    if not changed:
        return card
    return replace(card, options={**card.options, **changed}, expected={}, published=())


def _card_file(name: str | Path) -> Path:
    if isinstance(name, Path) or name.endswith(".toml"):
        if not Path(name).is_file():
            raise UsageError(f"no card {shown(str(name))}", code="unknown_dataset")
        return Path(name)
    for folder in folders():
        path = folder / f"{name}.toml"
        if Path(name).name == name and path.is_file():
            return path
    raise UsageError(f"no data set named {shown(name)!r}{nearest(name, available())}", code="unknown_dataset")


def _check(document: TomlDocument) -> None:
    """Refuse a card with unknown keys or values of another type."""
    for key, value in document.data.items():
        if key not in KEYS:
            raise UsageError(f"{document.where((key,))}: unknown key {key!r}{nearest(key, KEYS)}", code="unknown_key")
        _check_type(document, (key,), value, KEYS[key])
    if "format" not in document.data:
        raise UsageError(
            f"{document.name}: a card needs its format{nearest('', plugins.names('formats'))}", code="missing_key"
        )
    layout = plugins.load("formats", document.data["format"], where=document.where(("format",)))
    _check_keys(document, "options", layout.KEYS)
    _check_keys(document, "expected", EXPECTED)
    for key, value in document.data.get("expected", {}).items():
        _check_type(document, ("expected", key), value, int)
    for key, value in document.data.get("digests", {}).items():
        _check_type(document, ("digests", key), value, str)
    for number, figure in enumerate(document.data.get("published", ())):
        _check_type(document, ("published", number), figure, dict)
        _refuse_unknown(document, ("published", number), figure, PUBLISHED)
        for needed in ("figure", "value", "source"):
            if needed not in figure:
                place = document.where(("published", number))
                raise UsageError(f"{place}: a published figure needs {needed!r}", code="missing_key")


def _check_keys(document: TomlDocument, section: str, known: Any) -> None:
    _refuse_unknown(document, (section,), document.data.get(section, {}), known)


def _refuse_unknown(document: TomlDocument, path: tuple[str | int, ...], found: Mapping[str, Any], known: Any) -> None:
    for key in found:
        if key not in known:
            raise UsageError(
                f"{document.where((*path, key))}: unknown key {key!r} in {path[0]}{nearest(key, known)}",
                code="unknown_key",
            )


def _check_type(document: TomlDocument, path: tuple[str | int, ...], value: Any, expected: type) -> None:
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        names = {str: "a text", bool: "true or false", dict: "a table", list: "a list", int: "a whole number"}
        key = ".".join(str(part) for part in path)
        raise UsageError(f"{document.where(path)}: {key} must be {names[expected]}, not {value!r}", code="bad_type")


def card_of_path(path: Path, *, format: str = "", name: str = "") -> Card:
    """A card for data that have none: a folder, a zip archive, a manifest, a list of pairs.

    format   the layout; empty: the first that recognises the path
    Raises DataError `file_missing` or `unknown_layout`, UsageError `unknown_format`.
    """
    path = path.expanduser()
    if not path.exists():
        raise DataError(f"no such file or folder: {shown(str(path))}", code="file_missing")
    found = format or _layout_of(path)
    plugins.load("formats", found)
    return Card(name=name or _name_of(path.resolve()), format=found, root=path)


def _name_of(path: Path) -> str:
    """What to call a data set: after its folder or file, `manifest.csv` and `pairs.txt` after the folder around."""
    own = path.name if path.is_dir() else path.stem
    return (path.parent.name if own in ("manifest", "pairs") else own) or "data"


def _layout_of(path: Path) -> str:
    shipped_layouts = plugins.names("formats")
    known = [*MOST_SPECIFIC_FIRST, *sorted({*shipped_layouts, *plugins.announced("formats")} - {*MOST_SPECIFIC_FIRST})]
    for layout in known:
        if plugins.load("formats", layout).recognises(path):
            return layout
    _refuse_unreadable_table(path)
    _refuse_unnamed_list(path)
    raise DataError(
        f"{shown(str(path))} is no layout that is known; expected a folder with one folder for each subject, a table "
        f"with the columns path and subject, or a list with the columns probe, reference and mated",
        code="unknown_layout",
    )


def _refuse_unnamed_list(path: Path) -> None:
    """Say which list keeps a folder from being taken as one folder for each subject."""
    for name in ("pairs.csv", "pairs.txt", "manifest.csv", "manifest.parquet"):
        if (path / name).is_file():
            raise DataError(
                f"{shown(str(path))} holds {name}, which may be what is to be measured: name {shown(str(path / name))},"
                " or say --set dataset.format=folder to take the images by their folders",
                code="unknown_layout",
            )


def _refuse_unreadable_table(path: Path) -> None:
    """Say what keeps a text file from being a table: its encoding, no content, or a column that is spelt otherwise."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or not path.is_file():
        return
    table = read_csv(path, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    told = f"{table.name}:1: the columns are {', '.join(shown(name) for name in table.header[:20])}"
    mark = next((mark for mark in ";\t|" if len(table.header) == 1 and mark in table.header[0]), "")
    if mark:
        spelled = "tab" if mark == "\t" else mark
        raise DataError(
            f"{table.name}:1: fields seem to be split by {spelled!r}: add --set dataset.format=manifest (or pairs) and "
            f"--set 'dataset.delimiter={spelled}'",
            code="unknown_layout",
        )
    for column in ("path", "subject", "probe", "reference"):
        close = difflib.get_close_matches(column, table.header, n=1, cutoff=0.7)
        if close and column not in table.header:
            text = f"{told}; no column {column!r}; did you mean it by {shown(close[0])!r}? "
            text += (
                "Rename it"
                if column in ("probe", "reference")
                else (
                    f"Rename it, or say --set dataset.format=manifest --set dataset.{column}_column={shown(close[0])}"
                )
            )
            raise DataError(text, code="unknown_column")
    raise DataError(
        f"{told}; a manifest has path and subject, a list of pairs has probe, reference and mated. Rename them, or say "
        f"--set dataset.format=manifest --set dataset.path_column=... --set dataset.subject_column=...",
        code="unknown_layout",
    )
