"""No network, another locale, another time zone, another hash seed: the same bytes, and nothing left behind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.making import Said, contents, environment, faces, frbench, measured

CONFIGURATION = """
[dataset]
path = "faces"
[recognizer]
use = "onnx"
model = "model.onnx"
input = { size = [8, 8], layout = "NCHW", colour = "RGB", mean = 127.5, std = 127.5 }
[measures]
report = ["EER", "FNMR@FMR=1e-2", "FTA"]
"""
RUN = ("run", "run.toml", "--out", "out", "--progress", "none")


def prepared(folder: Path) -> Path:
    """Faces, a tiny network, and a configuration that names no absolute path."""
    from tests.recognizers.networks import linear

    faces(folder / "faces", ["김민수", "Ömer", "s2", "i", "I"], 3)
    linear(folder / "model.onnx")
    (folder / "run.toml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], bytes, Said]:
    """What a run gives in the usual surroundings: all that is measured, its report, what it said."""
    folder = prepared(tmp_path_factory.mktemp("usual"))
    said = frbench(folder, *RUN, env=environment(folder, SOURCE_DATE_EPOCH="0", LC_ALL="C.UTF-8"))
    assert said.code == 0, said.err
    return measured(folder / "out"), (folder / "out" / "report.html").read_bytes(), said


def installed(locale: str) -> bool:
    import locale as known

    was = known.setlocale(known.LC_ALL)
    try:
        known.setlocale(known.LC_ALL, locale)
    except known.Error:
        return False
    finally:
        known.setlocale(known.LC_ALL, was)
    return True


SURROUNDINGS = {
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "1", "TZ": "Asia/Seoul", "TERM": "dumb"},
    "de_DE.UTF-8": {"LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2", "TZ": "America/St_Johns"},
    "tr_TR.UTF-8": {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "3", "TZ": "UTC-14"},
    "ko_KR.EUC-KR": {"LC_ALL": "ko_KR.EUC-KR", "PYTHONHASHSEED": "4", "MPLCONFIGDIR": "/nonexistent"},
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_locale_time_zone_and_hash_seed_change_no_byte(
    tmp_path: Path, usual: tuple[dict[str, Any], bytes, Said], name: str
) -> None:
    if name != "C" and not installed(name):
        pytest.skip(f"the locale {name} is not installed")
    folder = prepared(tmp_path)
    said = frbench(folder, *RUN, env=environment(folder, SOURCE_DATE_EPOCH="0", **SURROUNDINGS[name]))
    assert said.code == 0, said.err
    assert said == usual[2]
    assert measured(folder / "out") == usual[0]


NO_NETWORK = """
import socket, sys
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError as fault:
    print(fault.errno)
"""


def without_network(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        pytest.skip("this system allows no network name space of one's own")
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kinds = ("cache", "config", "data", "state")
    env = environment(home, TMPDIR=str(folder / "tmp"), **{f"XDG_{k.upper()}_HOME": str(home / k) for k in kinds})
    del env["FRBENCH_CACHE"]
    return subprocess.run(
        ["unshare", "-n", *command], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def strangers(home: Path) -> set[str]:
    """Files in a home that are not our cache or log of runs, nor matplotlib's list of fonts."""
    ours = ("cache/frbench/templates-", "state/frbench/history.jsonl", "cache/matplotlib/fontlist-")
    return {n for n in contents(home) if not n.startswith(ours)}


def test_run_needs_no_network_and_leaves_nothing_but_its_cache_and_its_log(
    tmp_path: Path, usual: tuple[dict[str, Any], bytes, Said]
) -> None:
    folder = prepared(tmp_path)
    (folder / "tmp").mkdir()
    before = set(contents(folder))
    assert without_network(folder, sys.executable, "-c", NO_NETWORK).stdout.strip() != ""
    done = without_network(folder, sys.executable, "-m", "fr_bench", *RUN)
    assert done.returncode == 0, done.stderr
    assert measured(folder / "out") == usual[0]
    assert strangers(folder / "home") == set()
    assert {name.split("/")[0] for name in set(contents(folder)) - before} == {"home", "out", "latest"}


@pytest.mark.slow
def test_embedded_default_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    small = ["--set", "dataset.subjects=4", "--set", "dataset.images=2", "--set", "measures.report=['EER']"]
    done = without_network(tmp_path, sys.executable, "-m", "fr_bench", "run", *small, "--json", "--progress", "none")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dataset"]["samples"] == 8
    assert {p.split("/")[0] for p in contents(tmp_path)} <= {"home", "runs"}
    assert strangers(tmp_path / "home") == set()
