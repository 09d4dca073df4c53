"""Runs the fast tests on a mutant: in a copy of the tree, in a process forked after the slow imports.

Which tests call which function is recorded once; a mutant then meets only the tests of its function: first those of the
two files that know it best, then all others, the fastest first; the first that fails ends it. What runs while modules
are imported, such as what makes the tables of measures, is called by no single test: it meets the tests that read those
tables, and, where no test calls it by itself too, all tests of its file. Imports of the product and of the tests are
made anew in every process.
"""

from __future__ import annotations

import compileall
import hashlib
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from bench.mutants.making import Mutant

COPIED = ("fr_bench", "tests", "bench", "datasets", "configs", "docs", "pyproject.toml", "conftest.py", "README.md",
          "noxfile.py", "CHANGELOG.md", "CONTRIBUTING.md")  # fmt: skip
SLOW_IMPORTS = ("numpy", "scipy.special", "scipy.stats", "scipy.sparse", "scipy.optimize", "sklearn.metrics", "pandas",
                "msgspec", "hypothesis", "_pytest.doctest", "pytest", "click", "PIL.Image")  # fmt: skip
ARGUMENTS = ("-q", "-x", "-W", "ignore::pytest.PytestAssertRewriteWarning",
             "-p", "no:cacheprovider", "-p", "no:faulthandler", "--no-header", "--tb=no", "-m",
             "not slow and not real and not browser")  # fmt: skip
SELF = Path(__file__).resolve().parent.parent.parent
"""The working tree, which is left as it is."""
MEMORY = 6 * 2**30
TABLES = "tests/metrics/test_definitions.py"
"""Reads what imports have made, of every file, and so calls no function of any."""
QUICK = 5.0
"""Seconds that the tests of a file may take to be asked first."""
LOG = "last-run.txt"
CRASHED = 99
SILENT = (0, 5)
"""Exit statuses of pytest where nothing failed: all passed, or none was left to run."""
KILLED, SURVIVED, TIMEOUT, UNTESTED = "killed", "survived", "timeout", "untested"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the tests do without a change.

    tests     seconds of each passing test by its id
    calls     by file and first line of a function, the positions in `tests` of those that call it
    imported  by file the first lines of the functions that are called while modules are imported
    failed    tests that fail without a change: they judge nothing
    """

    tests: dict[str, float]
    calls: dict[str, dict[int, list[int]]]
    imported: dict[str, list[int]]
    failed: tuple[str, ...]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that can notice a mutant, fastest first: those that call its function, or read what it made."""
        found = self._calling(mutant.path, mutant.function)
        if self._at_import(mutant):
            found = found or self._calling(mutant.path, None)
            found |= {name for name in self.tests if name.partition("::")[0] == TABLES}
        return sorted(found, key=lambda name: (self.tests[name], name))

    def _calling(self, path: str, lines: tuple[int, int] | None) -> set[str]:
        """Tests that call a function at these lines of a file, or anywhere in it."""
        first, last = lines or (0, 10**9)
        names = list(self.tests)
        return {names[k] for line, tests in self.calls.get(path, {}).items() if first <= line <= last for k in tests}

    def _at_import(self, mutant: Mutant) -> bool:
        if mutant.function is None:
            return True
        first, last = mutant.function
        return any(first <= line <= last for line in self.imported.get(mutant.path, ()))

    def stages(self, mutant: Mutant) -> list[list[str]]:
        """The same tests in two parts: those of the two quick files that have most of them, and the others."""
        chosen = self.of(mutant)
        by_file: dict[str, list[str]] = {}
        for name in chosen:
            by_file.setdefault(name.partition("::")[0], []).append(name)
        quick = [file for file, tests in by_file.items() if sum(map(self.tests.__getitem__, tests)) < QUICK]
        best = set(sorted(quick, key=lambda file: (-len(by_file[file]), file))[:2])
        parts = [[name for name in chosen if (name.partition("::")[0] in best) is first] for first in (True, False)]
        return [part for part in parts if part]


def copy_tree(root: Path, to: Path) -> Path:
    """What the tests need, compiled beforehand."""
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__", "results", ".*"))
        elif source.is_file():
            shutil.copy2(source, to / name)
    compileall.compile_dir(to / "fr_bench", quiet=2)
    return to


def prepare(copy: Path) -> None:
    """Make this process one whose forks start with everything slow imported, and nothing of the product."""
    loaded = [name for name in sys.modules if name.partition(".")[0] in ("fr_bench", "tests")]
    if loaded:
        raise RuntimeError(f"{loaded[0]} is imported already; a mutant of it would not be seen")
    os.chdir(copy)
    for name in [name for name in sys.modules if name == "bench" or name.startswith("bench.")]:
        del sys.modules[name]  # the copy's own are to be found by the tests
    sys.path[:] = [str(copy), *(p for p in sys.path if Path(p or ".").resolve() not in (copy, SELF))]
    for name in SLOW_IMPORTS:
        importlib.import_module(name)


def baseline(copy: Path, tests: Sequence[str], folders: Sequence[str]) -> Baseline:
    """Run every test once and record the lines of the product that each executes."""
    sink = copy / "baseline.json"
    status = _forked(lambda: _record(copy, tests, folders, sink), seconds=1800)
    if status != 0 or not sink.is_file():
        said = Path(LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise RuntimeError(f"the tests did not run without a change (status {status}): {said}")
    found = json.loads(sink.read_text(encoding="utf-8"))
    return _baseline_of(found)


def kept_baseline(path: Path, digest: str, make: Callable[[], Baseline]) -> Baseline:
    """The baseline of these tests and this product, made once."""
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("digest") == digest:
            return _baseline_of(found)
    made = make()
    path.write_text(json.dumps({"digest": digest, **asdict(made)}), encoding="utf-8")
    return made


def _baseline_of(found: dict[str, Any]) -> Baseline:
    calls = {path: {int(k): v for k, v in rows.items()} for path, rows in found["calls"].items()}
    return Baseline(
        tests=found["tests"], calls=calls, imported=found["imported"], failed=tuple(found["failed"])
    )  # fmt: skip


def verdict(copy: Path, mutant: Mutant, known: Baseline) -> tuple[str, float]:
    """killed, survived, timeout or untested, and the seconds it took."""
    stages = known.stages(mutant)
    if not stages:
        return UNTESTED, 0.0
    path = copy / mutant.path
    source = path.read_bytes()
    started = time.monotonic()
    status: int | None = 0
    try:
        path.write_bytes(mutant.applied(source))
        _forget_compiled(path)
        for chosen in stages:
            limit = 30 + 6 * sum(known.tests[name] for name in chosen)
            status = _forked(partial(_test, chosen), seconds=limit)
            if status == CRASHED:
                raise RuntimeError(f"the tests of {mutant.path}:{mutant.line} did not run; see {copy / LOG}")
            if status not in SILENT:
                break
    finally:
        path.write_bytes(source)
        compileall.compile_file(path, quiet=2, force=True)
    took = round(time.monotonic() - started, 2)
    return TIMEOUT if status is None else SURVIVED if status in SILENT else KILLED, took


def digest_of(root: Path, folders: Sequence[str]) -> str:
    """The text of all files of some folders: what a verdict of "survived", or a baseline, rests on."""
    digest = hashlib.sha256()
    for folder in folders:
        path = root / folder
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _forget_compiled(path: Path) -> None:
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _forked(task: Callable[[], int], *, seconds: float) -> int | None:
    """Exit status of a task in a process of its own; None if it had to be ended."""
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            _quiet()
            status = task()
            sys.stdout.flush()
            os._exit(status)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(CRASHED)
    deadline = time.monotonic() + seconds
    pause = 0.01
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(0.1, pause * 1.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _quiet() -> None:
    """What the tests print goes to a file of the copy, the last one's only."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    said = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _test(chosen: Sequence[str]) -> int:
    import pytest

    sys.dont_write_bytecode = True
    files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))
    return int(pytest.main([*ARGUMENTS, *files], plugins=[_Chosen(chosen)]))


def _settle_hypothesis() -> None:
    """The same examples every time, and no search for the smallest one: that it fails is enough."""
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutation", max_examples=50, deadline=None, derandomize=True, database=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("mutation")


class _Chosen:
    """Keeps the tests of a mutant, in their order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.order = {name: k for k, name in enumerate(names)}

    def pytest_sessionstart(self) -> None:
        _settle_hypothesis()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda i: self.order[i.nodeid])


def _record(copy: Path, tests: Sequence[str], folders: Sequence[str], sink: Path) -> int:
    import pytest

    recorder = _Recorder(copy, folders)
    arguments = [argument for argument in ARGUMENTS if argument != "-x"]
    sys.settrace(recorder.called)
    pytest.main([*arguments, *tests], plugins=[recorder])
    sink.write_text(json.dumps(recorder.found()), encoding="utf-8")
    return 0


class _Recorder:
    """Which functions each test calls, and which run at import, by the interpreter's trace of calls alone: of lines it
    would be slow.
    """

    def __init__(self, copy: Path, folders: Sequence[str]) -> None:
        self.files = {
            str(path): path.relative_to(copy).as_posix() for f in folders for path in (copy / f).rglob("*.py")
        }
        self.imported: set[tuple[str, int]] = set()
        self.now = self.imported
        self.seconds: dict[str, float] = {}
        self.seen: dict[str, set[tuple[str, int]]] = {}
        self.failed: set[str] = set()

    def pytest_sessionstart(self) -> None:
        _settle_hypothesis()

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> None:
        self.now = self.seen.setdefault(item.nodeid, set())
        sys.settrace(self.called)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed or report.skipped:
            self.failed.add(report.nodeid)
        if report.when == "teardown":
            sys.settrace(None)

    def called(self, frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        key = (name, frame.f_code.co_firstlineno)
        if name in self.files and key not in self.now:
            (self.imported if self.importing(frame) else self.now).add(key)

    def importing(self, frame: FrameType | None) -> bool:
        """Whether a call is part of an import of the product: also the first one, in the middle of a test."""
        while frame is not None:
            if frame.f_code.co_name == "<module>" and frame.f_code.co_filename in self.files:
                return True
            frame = frame.f_back
        return False

    def found(self) -> dict[str, Any]:
        passed = [name for name in self.seconds if name not in self.failed]
        calls: dict[str, dict[int, list[int]]] = {}
        for k, name in enumerate(passed):
            for file, line in sorted(self.seen[name]):
                calls.setdefault(self.files[file], {}).setdefault(line, []).append(k)
        imported: dict[str, list[int]] = {}
        for file, line in sorted(self.imported):
            imported.setdefault(self.files[file], []).append(line)
        seconds = {name: round(self.seconds[name], 4) for name in passed}
        return {"tests": seconds, "calls": calls, "imported": imported, "failed": sorted(self.failed)}
