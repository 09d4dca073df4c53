"""What CI runs, by name: `nox -s tests lint types docs readme`; `nox -s bench slow bar minimums` take longer."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "venv"
PYTHONS = ["3.11", "3.12", "3.13"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests but the slow ones; real faces by FRBENCH_TEST_DATA."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """Everything, the slow tests included."""
    session.install("-e", ".[test,fast,insightface]")
    session.run("pytest", "-m", "", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and the usual mistakes."""
    session.install("ruff>=0.8")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    session.install("-e", ".[test]")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The pages made from the code are current, examples in docstrings and pages run, the site builds."""
    session.install("-e", ".[test]", "mkdocs>=1.6")
    session.run("pytest", "tests/test_documented.py", "--doctest-modules", "fr_bench")
    session.run("mkdocs", "build", "--strict")


@nox.session
def readme(session: nox.Session) -> None:
    """Remake the README's terminal output and the sample report from the current code."""
    session.install("-e", ".[test]")
    session.run("python", "docs/remake.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Side by side with what users would use instead: `nox -s bench -- metrics embedding startup evaluate_csv`."""
    session.install("-e", ".[test,fast]")
    session.run("python", "bench/run.py", *session.posargs)


BARS = ("coverage", "gate", "kill", "tamper")
"""What is proven by simulation; each is `bench/NAME.py` or a package `bench/NAME/`."""


@nox.session
def bar(session: nox.Session) -> None:
    """What must hold by simulation: `nox -s bar -- coverage --processes 2`; all bars if none is named."""
    names = list(takewhile(lambda word: not word.startswith("-"), session.posargs))
    known = [name for name in BARS if list(Path("bench").glob(f"{name}*"))]
    for name in names:
        if name not in known:
            session.error(f"no bar named {name!r}; known: {', '.join(known)}")
    session.install("-e", ".[test]")
    for name in names or known:
        session.run("python", "-m", f"bench.{name}", *session.posargs[len(names) :])


@nox.session(python="3.11")
def minimums(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows."""
    session.install("uv")
    # matplotlib of that age calls names of pyparsing that 3.3 warns of, and a warning is an error here.
    session.run("uv", "pip", "install", "--python", session.virtualenv.bin + "/python", "--resolution", "lowest-direct",
                "-e", ".[test]", "pyparsing<3.3")  # fmt: skip
    session.run("pytest", "-m", "not slow and not browser", *session.posargs)
