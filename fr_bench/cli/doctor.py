"""`frbench doctor`: whether this machine is fit, and everything that a bug report should say."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from fr_bench.cli.options import print_json

EPILOG = """\b
Examples:
  frbench doctor
  frbench doctor --json > machine.json

\b
Exit codes: 0 fit (warnings allowed) · 6 something that a run needs is missing
"""

Verdict = Literal["ok", "warning", "unfit"]
LITTLE_MEMORY, LITTLE_DISK = 2 << 30, 1 << 30


class Check(NamedTuple):
    """One line of the doctor: what was looked at, the verdict, and what was seen."""

    what: str
    verdict: Verdict
    seen: str


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON on stdout.")
def command(as_json: bool) -> int:
    """Say whether this machine is fit to run frbench, what it runs on, and which optional extras are installed."""
    from fr_bench import provenance

    checks = list(examine())
    if as_json:
        print_json({"checks": [c._asdict() for c in checks], **provenance.environment()})
    else:
        for check in checks:
            mark = {"ok": "ok  ", "warning": "WARN", "unfit": "FAIL"}[check.verdict]
            click.echo(f"{mark}  {check.what:<22}{check.seen}")
    return 6 if any(c.verdict == "unfit" for c in checks) else 0


def examine() -> Iterator[Check]:
    """Look at everything that can stop a run or move a number."""
    from fr_bench import provenance

    versions = provenance.versions()
    yield Check("frbench", "ok", f"{versions.pop('fr_bench')} in {Path(sys.modules['fr_bench'].__file__ or '').parent}")
    python_fits = sys.version_info >= (3, 11)
    yield Check("python", "ok" if python_fits else "unfit", f"{versions.pop('python')} at {sys.executable}")
    yield Check("packages", "ok", ", ".join(f"{name} {version}" for name, version in versions.items()))
    yield processor()
    yield memory()
    yield from inference()
    yield from extras()
    yield card()
    yield from folders()
    yield from opencv()
    yield Check("network", "ok", "never used; onnxruntime's telemetry is off "
                f"(ORT_DISABLE_TELEMETRY={os.environ.get('ORT_DISABLE_TELEMETRY', '')})")  # fmt: skip


def processor() -> Check:
    """Cores, integer instructions, and the kernels that numpy's products use."""
    import numpy  # noqa: F401 - loaded so that its BLAS can be asked

    from fr_bench import provenance

    flags = provenance.processor_flags()
    features = [name for name in ("avx2", "avx512f", "avx512_vnni") if name in flags]
    blas = "; ".join(provenance.blas_kernels()) or "unknown BLAS"
    return Check(
        "processor",
        "ok",
        f"{provenance.processor_name()}, {provenance.usable_cores()} cores, {' '.join(features) or 'no AVX'}; {blas}",
    )


def memory() -> Check:
    """Memory that this process may use."""
    from fr_bench import provenance

    size = provenance.memory_bytes()
    return Check("memory", "warning" if 0 < size < LITTLE_MEMORY else "ok", f"{size / 2**30:.1f} GiB")


def inference() -> Iterator[Check]:
    """onnxruntime, and what it can compute on."""
    try:
        import onnxruntime
    except ImportError as problem:
        yield Check("onnxruntime", "unfit", f"cannot be imported: {problem}")
    else:
        yield Check(
            "onnxruntime", "ok", f"{onnxruntime.__version__}: {', '.join(onnxruntime.get_available_providers())}"
        )


class Extra(NamedTuple):
    """An optional part of the distribution: its name in pip's brackets, the package it brings, what that is for."""

    name: str
    package: str
    purpose: str


EXTRAS = (
    Extra("cluster", "distributed", "run --cluster"),
    Extra("cuda", "cupy-cuda12x", "run --device cuda, as PyTorch with CUDA is"),
    Extra("fast", "numba", "very many comparisons in less time, the same bytes without"),
    Extra("insightface", "insightface", "the recognizer insightface:DIR"),
    Extra("parquet", "pyarrow", "manifests and scores as Parquet"),
    Extra("pdf", "typst", "report --pdf, certify --pdf"),
    Extra("sign", "cryptography", "sign and verify with Ed25519 without ssh-keygen"),
)


def extras() -> Iterator[Check]:
    """What may be installed beside frbench: whether it is there, what it is for, and how to get it."""
    from importlib import metadata

    for extra in EXTRAS:
        try:
            there = f"{extra.package} {metadata.version(extra.package)}"
            how = ""
        except metadata.PackageNotFoundError:
            there, how = "not installed", f"; pip install 'fr-bench-toolkit[{extra.name}]'"
        yield Check(f"extra {extra.name}", "ok", f"{there}: for {extra.purpose}{how}")
    keygen = shutil.which("ssh-keygen")
    yield Check("ssh-keygen", "ok", f"{keygen or 'not there'}: for keys other than Ed25519, agents, security keys")


def card() -> Check:
    """Whether `run --device cuda` finds a card, and by which library."""
    from fr_bench.comparison import device

    found, missing = device.available()
    if found is None:
        return Check("card", "ok", f"none for run --device cuda: {'; '.join(missing)}")
    return Check("card", "ok", f"{found.name}: for run --device cuda")


def folders() -> Iterator[Check]:
    """The template cache and the current folder: writable, with room."""
    from fr_bench.storage.templates import cache_folder

    for what, folder in (("template cache", cache_folder()), ("current folder", Path.cwd())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as problem:
            yield Check(what, "warning", f"{folder} cannot be written: {problem.strerror}")
            continue
        free = shutil.disk_usage(folder).free
        yield Check(what, "warning" if free < LITTLE_DISK else "ok", f"{folder}, {free / 2**30:.1f} GiB free")


def opencv() -> Iterator[Check]:
    """Two OpenCV packages overwrite each other's files: the one installed last wins, silently."""
    from importlib import metadata

    found: dict[str, Any] = {}
    for name in ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if len(found) > 1:
        listed = ", ".join(f"{name} {version}" for name, version in found.items())
        yield Check("opencv", "warning", f"{listed} are both installed and overwrite each other; keep one")
