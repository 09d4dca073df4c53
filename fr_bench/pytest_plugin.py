"""Gates as tests: the fixture `frbench_run`, and the marker `frbench_gate`.

    import pytest

    @pytest.mark.frbench_gate("gates.toml")
    def test_recognizer_is_good_enough(): ...

    def test_every_subject_is_enrolled(frbench_run):
        assert frbench_run.result.measurement("FTE").counts.errors == 0

The run is named by `--frbench-run FOLDER`, by `frbench_run` in pytest's configuration, or by FRBENCH_RUN. A test that
asks for a run where none is named fails: a gate that nobody passed through is not passed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fr_bench.comparing import Side

MARKER = (
    "frbench_gate(gates, baseline=None, allow=()): judge the run of frbench_run by a gate file, and fail with the "
    "verdicts; paths start at pytest's root folder"
)
RUN = pytest.StashKey["Side"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--frbench-run` and the setting of the same name."""
    group = parser.getgroup("frbench")
    group.addoption("--frbench-run", metavar="FOLDER", help="Run folder that gates judge.")
    parser.addini("frbench_run", "Run folder that frbench's gates judge, from pytest's root folder.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """The marker is known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def frbench_run(pytestconfig: pytest.Config) -> Side:
    """The run that is judged: `.result` is what result.json holds, `.scores` its scores. Read and checked once."""
    return _run(pytestconfig)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Judge by every `frbench_gate` of a test before its body runs."""
    for marker in item.iter_markers("frbench_gate"):
        _judge(item.config, *marker.args, **marker.kwargs)


def _judge(config: pytest.Config, gates: str | None = None, **more: Any) -> None:
    from fr_bench.errors import FrBenchError
    from fr_bench.gates import asked, judge
    from fr_bench.gates.tables import terminal

    baseline, allow = more.pop("baseline", None), more.pop("allow", ())
    if more or not gates:
        pytest.fail(f"the marker is written {MARKER.partition(':')[0]}", pytrace=False)
    run = _run(config)
    try:
        rules, base = asked(config.rootpath / gates, config.rootpath / baseline if baseline else None)
        judgement = judge(run, rules, base, allow=allow)
    except FrBenchError as mistake:
        pytest.fail(f"{mistake.message} [{mistake.code}]", pytrace=False)
    if judgement.exit_code:
        pytest.fail(terminal(judgement), pytrace=False)


def _run(config: pytest.Config) -> Side:
    from fr_bench.errors import FrBenchError
    from fr_bench.judged_runs import judged_run

    if RUN not in config.stash:
        given = config.getoption("--frbench-run")
        setting = config.getini("frbench_run") or os.environ.get("FRBENCH_RUN", "")
        if not given and not setting:
            pytest.fail("no run is named: pytest --frbench-run FOLDER, or FRBENCH_RUN", pytrace=False)
        path = Path(given) if given else config.rootpath / setting
        try:
            config.stash[RUN] = judged_run(path)
        except FrBenchError as mistake:
            pytest.fail(f"{mistake.message} [{mistake.code}]", pytrace=False)
    return config.stash[RUN]
