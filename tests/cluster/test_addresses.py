"""Addresses that lead to no cluster: one sentence, and the exit code of its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("distributed")

from fr_bench.cli import run_command
from fr_bench.clusters import connecting


def refused(capfd: pytest.CaptureFixture[str], address: str | Path) -> tuple[int, str]:
    code = run_command(["run", "--cluster", str(address)])
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1, err
    return code, err


@pytest.mark.parametrize("address", ["bogus", "tcp://node", "foo://node:8786", "tcp://node:8786:1", "http://node:80"])
def test_what_is_no_address_is_refused_with_one_that_would_be(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capfd, address)
    assert code == 2
    assert f"--cluster {address} is no address; write tcp://HOST:8786" in said


def test_a_scheduler_file_has_to_be_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capfd, tmp_path / "none.json")
    assert code == 2
    assert "there is no such scheduler file" in said


def test_a_secure_address_needs_certificates(capfd: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capfd, "tls://127.0.0.1:8786")
    assert code == 2
    assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in said


def test_an_address_where_no_scheduler_answers_is_an_environment_that_does_not_allow_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)
    code, said = refused(capfd, "tcp://127.0.0.1:9")
    assert code == 6
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert "[cluster_unreachable]" in said
