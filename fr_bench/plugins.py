"""Plug-ins by the name of their file: listed without importing, imported on use.

`names("recognizers")` lists the files of `fr_bench/recognizers/` and the entry points of the group
`fr_bench.recognizers`; `load("recognizers", "onnx")` imports that one. Nothing registers itself by being imported.
"""

from __future__ import annotations

import importlib
from importlib import resources
from types import ModuleType
from typing import Any

from fr_bench.errors import UsageError, nearest


def names(kind: str) -> list[str]:
    """Names of the plug-ins of a kind that ship with frbench, sorted.

    >>> "onnx" in names("recognizers")
    True
    """
    found = []
    for entry in resources.files(f"fr_bench.{kind}").iterdir():
        stem, dot, suffix = entry.name.partition(".")
        is_module = bool(dot) and suffix == "py" and not stem.startswith("_")
        if is_module or (entry.is_dir() and (entry / "__init__.py").is_file()):
            found.append(stem)
    return sorted(found)


def announced(kind: str) -> dict[str, Any]:
    """Entry points by name that other installed packages announce for a kind."""
    from importlib.metadata import entry_points  # 45 ms: only on use

    return {point.name: point for point in entry_points(group=f"fr_bench.{kind}")}


def load(kind: str, name: str, *, where: str = "") -> ModuleType:
    """Import the plug-in `name` of a kind. Raises UsageError naming the nearest known one.

    `where` is the place of the name for the message, such as "my.toml:7".
    """
    known = names(kind)
    if name in known:
        return importlib.import_module(f"fr_bench.{kind}.{name}")
    others = announced(kind)
    if name in others:
        loaded = others[name].load()
        return loaded if isinstance(loaded, ModuleType) else importlib.import_module(others[name].module)
    prefix, one = f"{where}: " if where else "", kind.rstrip("s")
    raise UsageError(f"{prefix}no {one} named {name!r}{nearest(name, [*known, *others])}", code=f"unknown_{one}")
