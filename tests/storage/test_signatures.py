"""Signatures in OpenSSH's format: made and checked here, and by OpenSSH itself where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fr_bench.errors import DataError, FrBenchError, MachineError, UsageError
from fr_bench.storage import signatures, sshsig

pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MESSAGE = b'{"files": {}}\n'
SEED = bytes(range(32))
openssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")


def key_file(folder: Path, *, passphrase: bytes = b"", ssh: bool = False) -> Path:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    hidden = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    shape = form.PrivateFormat.OpenSSH if ssh else form.PrivateFormat.PKCS8
    path = folder / "key"
    path.write_bytes(key.private_bytes(form.Encoding.PEM, shape, hidden))
    path.chmod(0o600)
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    (folder / "key.pub").write_bytes(public + b" the laboratory\n")
    return path


def nobody() -> bytes:
    raise AssertionError("nobody may be asked")


@pytest.mark.parametrize("ssh", [False, True], ids=["PEM", "OpenSSH"])
@pytest.mark.parametrize("passphrase", [b"", b"open sesame"], ids=["plain", "passphrase"])
def test_an_ed25519_key_signs(tmp_path: Path, ssh: bool, passphrase: bytes) -> None:
    path = key_file(tmp_path, passphrase=passphrase, ssh=ssh)
    armour = signatures.sign(MESSAGE, path, (lambda: passphrase) if passphrase else nobody)
    parsed = sshsig.parsed(armour)
    assert signatures.holds(parsed, armour, MESSAGE)
    assert not signatures.holds(parsed, armour, MESSAGE + b" ")
    assert parsed.key == signatures.public_key_of(tmp_path / "key.pub").key


def test_no_bit_of_a_signature_is_free(tmp_path: Path) -> None:
    armour = signatures.sign(MESSAGE, key_file(tmp_path), nobody)
    for at in range(len(armour) * 8):
        flipped = bytearray(armour)
        flipped[at // 8] ^= 1 << at % 8
        try:
            good = signatures.holds(sshsig.parsed(bytes(flipped)), bytes(flipped), MESSAGE)
        except FrBenchError:
            good = False
        assert not good, at


@openssh
def test_ssh_keygen_writes_the_same_signature_to_the_byte(tmp_path: Path) -> None:
    path = key_file(tmp_path, ssh=True)
    (tmp_path / "message").write_bytes(MESSAGE)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "frbench", "-f", str(path), str(tmp_path / "message")],
                   check=True, capture_output=True)  # fmt: skip
    assert (tmp_path / "message.sig").read_bytes() == signatures.sign(MESSAGE, path, nobody)


@openssh
def test_a_key_of_another_kind_signs_by_ssh_keygen(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(tmp_path / "key")], check=True)
    armour = signatures.sign(MESSAGE, tmp_path / "key", nobody)
    parsed = sshsig.parsed(armour)
    assert parsed.key.kind == "ecdsa-sha2-nistp256"
    assert signatures.holds(parsed, armour, MESSAGE)
    assert not signatures.holds(parsed, armour, MESSAGE + b" ")


@openssh
@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent here")
def test_an_agent_signs_for_its_public_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path, ssh=True)
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        try:
            for _ in range(100):
                if subprocess.run(["ssh-add", str(path)], capture_output=True, check=False).returncode == 0:
                    break
            path.unlink()
            armour = signatures.sign(MESSAGE, tmp_path / "key.pub", nobody)
        finally:
            agent.terminate()
    assert signatures.holds(sshsig.parsed(armour), armour, MESSAGE)


def test_a_signature_for_another_purpose_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sshsig, "NAMESPACE", "git")
        patch.setattr(sshsig.to_sign, "__kwdefaults__", {"namespace": "git", "hash_name": "sha512"})
        armour = signatures.sign(MESSAGE, path, nobody)
    parsed = sshsig.parsed(armour)
    assert parsed.namespace == "git"
    assert not signatures.holds(parsed, armour, MESSAGE)


def test_a_security_key_signs_flags_and_counter() -> None:
    import hashlib

    key = Ed25519PrivateKey.from_private_bytes(SEED)
    kind, application = sshsig.SECURITY_KEY.encode(), b"ssh:"
    raw = key.public_key().public_bytes_raw()
    public = sshsig.public_key(b"".join(map(sshsig.framed, (kind, raw, application))))
    tail = b"\x01" + (7).to_bytes(4, "big")
    signed = hashlib.sha256(application).digest() + tail + hashlib.sha256(sshsig.to_sign(MESSAGE)).digest()
    blob = sshsig.framed(kind) + sshsig.framed(key.sign(signed)) + tail
    armour = sshsig.assembled(public, blob)
    assert signatures.holds(sshsig.parsed(armour), armour, MESSAGE)
    other = sshsig.assembled(public, blob[:-1] + b"\x08")
    assert not signatures.holds(sshsig.parsed(other), other, MESSAGE)


@pytest.mark.parametrize("data", [b"", b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", b"x" * 500])
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="no SSH signature"):
        sshsig.parsed(data)


def test_a_wrong_passphrase_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give its passphrase"):
        signatures.sign(MESSAGE, key_file(tmp_path, passphrase=b"right"), lambda: b"wrong")


def test_without_anything_that_signs_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(signatures, "_ed25519", lambda *_: None)
    with pytest.raises(MachineError, match=r"pip install 'fr-bench-toolkit\[sign\]'"):
        signatures.sign(MESSAGE, path, nobody)


@openssh
def test_ssh_keygen_signs_and_checks_where_cryptography_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = key_file(tmp_path, ssh=True)
    with_it = signatures.sign(MESSAGE, path, nobody)
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert signatures.sign(MESSAGE, path, nobody) == with_it
    assert signatures.holds(sshsig.parsed(with_it), with_it, MESSAGE)
    assert not signatures.holds(sshsig.parsed(with_it), with_it, MESSAGE + b" ")


def test_a_private_key_is_no_key_to_verify_with(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds a private key"):
        signatures.public_key_of(key_file(tmp_path))


def test_allowed_signers_are_read_as_ssh_keygen_reads_them(tmp_path: Path) -> None:
    key_file(tmp_path)
    key = (tmp_path / "key.pub").read_text("ascii").rsplit(" ", 2)[0]
    allowed = tmp_path / "allowed"
    allowed.write_text(f'# us\n\nlab@example.org namespaces="git,fr*" {key}\nnot@example.org namespaces="git" {key}\n')
    assert [one.name for one in signatures.allowed_signers(allowed)] == ["lab@example.org"]


@pytest.mark.parametrize("option", ["cert-authority", 'valid-before="20200101"'])
def test_an_option_that_narrows_trust_is_not_passed_over(tmp_path: Path, option: str) -> None:
    key_file(tmp_path)
    (tmp_path / "allowed").write_text(f"lab {option} {(tmp_path / 'key.pub').read_text('ascii')}")
    with pytest.raises(UsageError, match=r"allowed:1: option .* is not understood"):
        signatures.allowed_signers(tmp_path / "allowed")
