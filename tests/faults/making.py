"""What the fault tests are made of: small faces on disk, recognizers of one's own, and the command in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SIDE = 8
OWN = """
import numpy as np
class Own:
    files = []  # it reads none: its templates may be kept
    def embed(self, images):
        return np.array([image.astype(np.float32).ravel() - 125 for image in images])
"""


class Said(NamedTuple):
    """What a command line answered."""

    code: int
    out: str
    err: str


def picture(subject: int, number: int) -> np.ndarray:
    """(8, 8, 3) uint8: noise of the subject's own, and a little of the picture's."""
    face = np.random.default_rng(subject).integers(60, 190, (SIDE, SIDE, 3))
    noise = np.random.default_rng(1000 * (subject + 1) + number).integers(-50, 50, (SIDE, SIDE, 3))
    return (face + noise).astype(np.uint8)


def faces(root: Path, subjects: Sequence[str] | int = 5, images: int = 2) -> Path:
    """A folder per subject with small pictures; `subjects` are their names, or how many there are."""
    from PIL import Image

    names = [f"s{k}" for k in range(subjects)] if isinstance(subjects, int) else subjects
    for subject, name in enumerate(names):
        folder = root / name
        folder.mkdir(parents=True)
        for number in range(images):
            Image.fromarray(picture(subject, number)).save(folder / f"{number}.png")
    return root


def recognizer(folder: Path, text: str = OWN, name: str = "own.py") -> str:
    """What `--recognizer` is given for a class `Own` with this source."""
    (folder / name).write_text(text, encoding="utf-8")
    return f"python:{folder / name}:Own"


def environment(home: Path, **more: str) -> dict[str, str]:
    """The variables of a user with an empty home; nothing of the tester's own settings but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **kept, "HOME": str(home), "PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1",  # noqa: PTH109
        "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1", "FRBENCH_CACHE": str(home / "cache"), **more,
    }  # fmt: skip


COMMAND = (sys.executable, "-m", "fr_bench")


def started(
    folder: Path, *arguments: str | Path, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """`frbench ARGUMENTS` begun in a folder, its output in pipes."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=folder, env=dict(env or environment(folder)), text=True,
        encoding="utf-8", **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )  # fmt: skip


def frbench(folder: Path, *arguments: str | Path, env: Mapping[str, str] | None = None, **more: Any) -> Said:
    """`frbench ARGUMENTS` as a process of its own, to its end."""
    process = started(folder, *arguments, env=env, **more)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in (err or ""), err
    return Said(process.returncode, out or "", err or "")


def measured(folder: Path) -> dict[str, Any]:
    """All that must be the same however a run came to its end: scores, tables, figures, the result without its when
    and where."""
    import json

    kept = ("scores", "figures", "metrics.csv", "failures.csv")
    files = {name: data for name, data in contents(folder).items() if ".tmp-" not in name}
    found: dict[str, Any] = {name: data for name, data in files.items() if name.split("/")[0] in kept}
    result = json.loads((folder / "result.json").read_bytes())
    for part in ("environment", "timing"):
        result.pop(part)
    return {**found, "result.json": result}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
