"""Comparisons and templates on a real cluster of processes: the bytes of one machine, whatever becomes of a worker."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from fr_bench.cli import run_command
from fr_bench.cli.options import specification
from fr_bench.clusters import Cluster, connected, connecting, extracting, orders, shelf, sweep_on
from fr_bench.clusters.at_work import Part, serve
from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.errors import MachineError
from fr_bench.pipeline import make_templates
from fr_bench.preparation import load_recognizer, prepare
from fr_bench.progress import Silent
from fr_bench.records import ScoreSet, TemplateSet
from fr_bench.storage.files import Checkpoint
from tests.cluster.starting import Started
from tests.comparison.making import content, data_set, faces, some_subjects, template_set
from tests.faults.making import faces as faces_of_files
from tests.faults.making import recognizer

SUBJECTS = some_subjects(600, 100)
TEMPLATES = template_set(faces(SUBJECTS, 64, alike=0.45))


class Doing(Silent):
    """Does something when the first comparisons are done."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act, self.total = act, 0

    def advance(self, done: int) -> None:
        if not self.total:
            self.act()
        self.total += done


def scored(cluster: Cluster | None = None, *, kind: str = "all", **options: Any) -> ScoreSet:
    """A tail of comparisons in bands of 60 rows, by a cluster or by this process."""
    roles = (list(range(400)), list(range(400, 600)))
    plan = plans.build(data_set(SUBJECTS, roles=roles), kind)  # type: ignore[arg-type]
    how = {"sweeping": sweep_on(cluster), "screening": "none"} if cluster else {"threads": 1}
    return score(
        plan, TEMPLATES, SUBJECTS, keep=KeepPolicy(everything_up_to=0, times=1), band_rows=60, **how, **options
    )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A scheduler and two workers that are started again when they die."""
    cluster = Started(tmp_path_factory.mktemp("cluster"))
    cluster.scheduler()
    cluster.workers(2)
    yield cluster
    cluster.stop()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def cluster(started: Started, told: list[str]) -> Iterator[Cluster]:
    with connected(started.address, told.append) as found:
        yield found


@pytest.mark.parametrize(("kind", "full_pass"), [("all", False), ("search", True)], ids=["all", "search"])
def test_a_cluster_gives_the_score_set_of_one_machine(cluster: Cluster, kind: str, full_pass: bool) -> None:
    assert content(scored(cluster, kind=kind, full_pass=full_pass)) == content(scored(kind=kind, full_pass=full_pass))


def test_what_a_killed_worker_had_is_done_again_to_the_same_bytes(
    cluster: Cluster, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hardly anything stays on the shelf, so that templates are sent again and again.
    monkeypatch.setattr(shelf, "BYTES_A_WORKER", 1)
    processes = list(cluster.client.run(os.getpid).values())
    killing = Doing(lambda: os.kill(processes[0], signal.SIGKILL))
    assert content(scored(cluster, full_pass=True, observer=killing)) == content(scored(full_pass=True))
    # The run may be over before anybody looks who is there.
    cluster.looked = -10
    cluster.look()
    assert any(text.startswith("cluster: lost tcp://127.0.0.1:") for text in told)
    assert killing.total > 0


def test_bands_that_one_machine_left_are_taken_by_a_cluster_and_the_other_way_round(
    cluster: Cluster, tmp_path: Path
) -> None:
    whole = content(scored(checkpoint=Checkpoint(tmp_path / "here")))
    names = sorted(file.name for file in (tmp_path / "here").iterdir())
    for name in names[::2]:
        (tmp_path / "here" / name).unlink()
    assert content(scored(cluster, checkpoint=Checkpoint(tmp_path / "here"))) == whole
    assert sorted(file.name for file in (tmp_path / "here").iterdir()) == names
    before = {name: (tmp_path / "here" / name).read_bytes() for name in names}
    assert content(scored(checkpoint=Checkpoint(tmp_path / "here"))) == whole
    assert {name: (tmp_path / "here" / name).read_bytes() for name in names} == before


def test_other_versions_are_refused_and_both_are_named(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    version = connecting.__version__
    monkeypatch.setattr(connecting, "__version__", "9.9")
    names_both = rf"worker tcp://.* has frbench {version}, and this is frbench 9\.9"
    with pytest.raises(MachineError, match=names_both) as caught, connected(started.address, print):
        pass
    assert caught.value.code == "other_version"


def test_a_worker_refuses_a_client_of_another_version() -> None:
    serve(connecting.__version__)
    with pytest.raises(MachineError, match=r"a worker of the cluster has frbench .*, and this is frbench 9\.9"):
        serve("9.9")


ELSEWHERE = """
import os, sys
import numpy as np
{first}
class Own:
    {known}
    def embed(self, images):
        {then}
        return np.array([image.astype(np.float32).ravel() - 125 for image in images])
"""


def templates_of(
    folder: Path, cluster: Cluster | None, *, first: str = "", known: str = "files = []", then: str = "pass"
) -> TemplateSet:
    """Templates of small pictures by a class of one's own, whose code is as told; no cache is used."""
    own = recognizer(
        folder, ELSEWHERE.format(first=first, known=known, then=then), f"own{len(first + known + then)}.py"
    )
    spec = specification(None, dataset=str(folder / "faces"), recognizer=own, settings=("run.cache=false",))
    prepared = prepare(spec, Silent())
    return make_templates(prepared, load_recognizer(spec), Silent(), cluster)[0]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty small pictures and one that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    faces_of_files(folder / "faces", 20)
    (folder / "faces" / "s3" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


HERE = "'pytest' in sys.modules"
"""What is true in the process of the tests only."""


def test_templates_made_by_workers_are_those_of_this_machine_and_failures_are_told(
    cluster: Cluster, told: list[str], pictures: Path
) -> None:
    # Made here, they would be no templates at all.
    found = templates_of(pictures, cluster, then=f"if {HERE}: return [None for _ in images]")
    local = templates_of(pictures, None)
    assert found.vectors.tobytes() == local.vectors.tobytes()
    assert found.failures == local.failures
    assert [failure.stage for failure in found.failures.values()] == ["decode"]
    assert len(told) == 1
    assert re.match(r"cluster: 1 of 41 samples gave no template: decode: \w+ 1$", told[0])


def test_a_class_that_workers_cannot_import_makes_its_templates_here_and_the_reason_is_told(
    cluster: Cluster, told: list[str], pictures: Path
) -> None:
    found = templates_of(pictures, cluster, first=f"if not ({HERE}): import a_package_of_this_machine")
    assert found.vectors.tobytes() == templates_of(pictures, None).vectors.tobytes()
    assert re.match(r"cluster: templates are made here: worker tcp://.*: .*cannot be imported.*a_package", told[0])


def test_another_model_on_a_worker_makes_no_templates(cluster: Cluster, told: list[str], pictures: Path) -> None:
    found = templates_of(pictures, cluster, known=f"digest = 'a' if {HERE} else 'b'")
    assert found.vectors.tobytes() == templates_of(pictures, None).vectors.tobytes()
    assert "it would make other templates" in told[0]


def test_a_class_that_does_not_say_what_it_reads_makes_its_templates_here(
    cluster: Cluster, told: list[str], pictures: Path
) -> None:
    found = templates_of(pictures, cluster, known="size = (8, 8)")
    assert found.vectors.tobytes() == templates_of(pictures, None).vectors.tobytes()
    assert "what Own reads is not known" in told[0]


def test_pictures_that_workers_cannot_reach_are_read_here(
    cluster: Cluster, told: list[str], pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_of = extracting.part_of

    def elsewhere(*arguments: Any) -> Part:
        part = part_of(*arguments)
        away = tuple(replace(source, root=source.root / "not" / "there") for source in part.dataset.sources)
        return replace(part, dataset=replace(part.dataset, sources=away))

    monkeypatch.setattr(extracting, "part_of", elsewhere)
    found = templates_of(pictures, cluster)
    assert found.vectors.tobytes() == templates_of(pictures, None).vectors.tobytes()
    assert re.match(r"cluster: templates are made here: worker .*no such file.*same path there", told[0])


@pytest.mark.slow
def test_a_dry_run_counts_the_threads_of_the_cluster(
    started: Started, pictures: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = recognizer(pictures, name="of_the_dry_run.py")
    asked = ["--dataset", str(pictures / "faces"), "--recognizer", own, "--progress", "none"]
    assert run_command(["run", *asked, "--dry-run", "--cluster", started.address]) == 0
    assert re.search(r"threads of the cluster +[12]$", capfd.readouterr().out, re.MULTILINE)


@pytest.mark.slow
def test_a_run_on_a_cluster_leaves_the_files_of_a_run_without(
    started: Started, pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = recognizer(pictures, name="of_the_run.py")
    asked = ["run", "--dataset", str(pictures / "faces"), "--recognizer", own, "--no-cache", "--progress", "none",
             "--measure", "EER"]  # fmt: skip
    assert run_command([*asked, "--out", str(tmp_path / "here")]) == 0
    assert run_command([*asked, "--out", str(tmp_path / "there"), "--cluster", started.address]) == 0
    assert "cluster: 1 of 41 samples gave no template" in capfd.readouterr().err
    here, there = (repeated(tmp_path / name) for name in ("here", "there"))
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


def repeated(folder: Path) -> dict[str, Any]:
    """What a run promises to repeat: its files without times and without how it was called."""
    told = {"log.jsonl", "report.html", "manifest.json", "complete", "result.json"}
    files: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in told and not path.name.startswith(".")
    }
    result = json.loads((folder / "result.json").read_text())
    return {**files, **{name: part for name, part in result.items() if name not in ("environment", "timing")}}


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Started]:
    """A scheduler without workers, which gives a task up when one worker dies of it."""
    cluster = Started(tmp_path)
    cluster.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    yield cluster
    cluster.stop()


def test_a_task_that_every_worker_dies_of_ends_the_run_with_its_name(
    bare: Started, told: list[str], pictures: Path
) -> None:
    bare.workers(1, "--no-nanny")
    dying = f"if not ({HERE}): os.kill(os.getpid(), 9)"
    with (
        connected(bare.address, told.append) as cluster,
        pytest.raises(MachineError, match="templates of 16") as caught,
    ):
        templates_of(pictures, cluster, then=dying)
    assert caught.value.code == "workers_lost"
    assert "every worker that tried it was lost, tcp://127.0.0.1:" in caught.value.message


@pytest.mark.slow
def test_a_scheduler_that_hangs_is_given_up(bare: Started, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    bare.workers(1, "--no-nanny")
    hanging = Doing(lambda: bare.processes[0].send_signal(signal.SIGSTOP))
    with connected(bare.address, told.append) as cluster:
        monkeypatch.setattr(connecting, "WAIT_SECONDS", 2.0)
        monkeypatch.setattr(connecting, "ANSWER_SECONDS", 1.0)
        monkeypatch.setattr(orders, "RESULT_SECONDS", 1.0)
        with pytest.raises(MachineError, match="does not answer for 2 s") as caught:
            scored(cluster, observer=hanging)
    bare.processes[0].send_signal(signal.SIGCONT)
    assert caught.value.code == "cluster_lost"


def test_a_scheduler_that_is_gone_ends_a_run_that_goes_on_from_there(
    bare: Started, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connecting, "WAIT_SECONDS", 0.5)
    with pytest.raises(MachineError, match="no workers") as caught, connected(bare.address, told.append):
        pass
    assert caught.value.code == "no_workers"
    monkeypatch.undo()
    bare.workers(1, "--no-nanny")
    kept = Checkpoint(tmp_path / "bands")
    gone = pytest.raises(MachineError, match=r"scheduler .* is gone.*the same command goes on")
    with connected(str(tmp_path / "scheduler.json"), told.append) as cluster, gone as caught:
        scored(cluster, checkpoint=kept, observer=Doing(bare.processes[0].kill))
    assert caught.value.code == "cluster_lost"
    assert caught.value.exit_code == 6
    assert content(scored(checkpoint=kept)) == content(scored())
