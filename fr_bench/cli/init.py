"""`frbench init`: a commented configuration and an example recognizer to start from; both pass `frbench check`."""

from __future__ import annotations

from pathlib import Path

import click

from fr_bench.cli.options import PATH, say
from fr_bench.errors import UsageError

EPILOG = """\b
Examples:
  frbench init                    frbench.toml and my_recognizer.py in this folder
  frbench init experiment/
  frbench check frbench.toml      check what was written
  frbench run frbench.toml

\b
Exit codes: 0 written · 2 a file is in the way (--force replaces it) · 6 cannot be written
"""

CONFIGURATION = """\
# A run of frbench. `frbench check frbench.toml` checks it, `frbench run frbench.toml` runs it.
# Every key and its default: docs/configuration.md; relative paths start at this file.

[dataset]
card = "generated"              # a data set card: `frbench list datasets`
# path = "faces/"               # or your own data: a folder per subject, a zip of one, a pairs list, a manifest (CSV)
# options of the generated set:
subjects = 40
images = 6

[recognizer]
use = "python"                  # baseline, onnx, insightface, templates, python: `frbench list recognizers`
class = "my_recognizer.py:Brightness"
# use = "onnx"
# model = "model.onnx"
# input = { size = [112, 112], layout = "NCHW", colour = "RGB", mean = 127.5, std = 127.5 }

[comparison]
plan = "auto"                   # all, listed, gallery; auto: what the data set prescribes, else all pairs

[measures]
report = ["EER", "FNMR@FMR=1e-2", "FNMR@FMR=1e-3", "FTA", "FTE"]   # `frbench list measures`

[intervals]
level = 0.95

[report]
language = "en"                 # or "ko"
"""

RECOGNIZER = '''\
"""An example recognizer: replace `embed` by your own."""

import numpy as np


class Brightness:
    """Compares faces by the brightness of 8 x 8 fields: quick, and poor."""

    files = []  # what it reads, such as ["model.onnx"]: other files are another recognizer
    size = (112, 112)  # what `embed` wants to be given; leave it out to get images as they are

    def embed(self, images):
        """(n, d) float32 templates for a list of n RGB uint8 images (height, width, 3)."""
        fields = [image.mean(axis=2).reshape(8, 14, 8, 14).mean(axis=(1, 3)) for image in images]
        return np.array([(field - field.mean()).ravel() for field in fields], dtype=np.float32)
'''

FILES = {"frbench.toml": CONFIGURATION, "my_recognizer.py": RECOGNIZER}


@click.command(epilog=EPILOG)
@click.argument("folder", type=PATH, default=".")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def command(folder: Path, force: bool) -> int:
    """Write a commented configuration and an example recognizer into FOLDER."""
    from fr_bench.storage.files import make_folder, write_atomic

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder", code="in_the_way")

    in_the_way = [name for name in FILES if (folder / name).exists()]
    if in_the_way and not force:
        raise UsageError(f"{folder / in_the_way[0]} is there already; --force replaces it", code="in_the_way")
    make_folder(folder)
    for name, text in FILES.items():
        write_atomic(folder / name, text.encode("utf-8"))
        click.echo(str(folder / name))
    say(f"next: frbench check {folder / 'frbench.toml'}")
    return 0
