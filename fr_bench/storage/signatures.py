"""Signing a run's manifest with a key of one's own, and saying whose signature stands beside it. Nothing is sent.

An Ed25519 key in a file (PEM or OpenSSH) signs by `cryptography` (extra `sign`); every other key, an agent and a
security key by `ssh-keygen -Y sign`. Both write the same format, and either program checks what the other wrote.
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench.errors import DataError, MachineError, UsageError, nearest, shown
from fr_bench.reading import read_bytes
from fr_bench.storage import manifest, sshsig
from fr_bench.storage.files import write_atomic
from fr_bench.storage.runs import MANIFEST
from fr_bench.storage.sshsig import ED25519, KEY_TYPES, NAMESPACE, SECURITY_KEY, PublicKey, Signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_LIMIT = 1 << 20
TIME_LIMIT = 120.0
"""Seconds that ssh-keygen may take: a security key waits for a finger."""
WITHOUT = "install the extra sign (pip install 'fr-bench-toolkit[sign]') or OpenSSH, which brings ssh-keygen"

Passphrase = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Signer:
    """Whom a verifier trusts: a key, and the name that was given to it."""

    name: str
    key: PublicKey


def sign(message: bytes, key: Path, passphrase: Passphrase) -> bytes:
    """The signature file over a message, made with the key in a file; `passphrase` is asked where the key has one.

    A `.pub` file names a key that an agent or a security key holds. Raises UsageError `bad_key`, MachineError
    `cannot_sign`.
    """
    data = _key_file(key)
    native = None if _is_public(data) else _ed25519(data, key, passphrase)
    if native is None:
        return _signed_by_ssh_keygen(message, key)
    public = sshsig.ed25519_key(native.public_key().public_bytes_raw())
    made = native.sign(sshsig.to_sign(message))
    return sshsig.assembled(public, sshsig.framed(ED25519.encode()) + sshsig.framed(made))


def _key_file(path: Path) -> bytes:
    try:
        return read_bytes(path, KEY_LIMIT)
    except DataError as problem:
        raise UsageError(f"--key: {problem.message}", code="bad_key") from problem


def _is_public(data: bytes) -> bool:
    return data.split(b" ", 1)[0].decode("ascii", "replace") in KEY_TYPES


def _ed25519(data: bytes, path: Path, passphrase: Passphrase) -> Ed25519PrivateKey | None:
    """The Ed25519 key of a file; None where it is another key, or where cryptography is not installed."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        return None
    openssh = b"OPENSSH PRIVATE KEY" in data[:80]
    load: Any = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        try:
            found = load(data, None)
        except (TypeError, ValueError) as problem:
            if "password" not in str(problem).lower() and "encrypted" not in str(problem).lower():
                raise
            found = load(data, passphrase())
    except UnsupportedAlgorithm:
        return None
    except (TypeError, ValueError) as problem:
        raise UsageError(
            f"--key {shown(str(path))}: no private key that can be read ({shown(str(problem))}); name an Ed25519 key "
            "in PEM or OpenSSH form, or give its passphrase",
            code="bad_key",
        ) from problem
    return found if isinstance(found, Ed25519PrivateKey) else None


def _signed_by_ssh_keygen(message: bytes, key: Path) -> bytes:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise MachineError(f"--key {shown(str(key))}: this key cannot be used here; {WITHOUT}", code="cannot_sign")
    with tempfile.TemporaryDirectory(prefix="frbench-sign-") as folder:
        target = Path(folder) / "message"
        target.write_bytes(message)
        # The file's name comes last and begins with "/", so it is never read as an option.
        asked = [program, "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.absolute()), str(target)]
        done = _asked(asked, stdin=None)
        made = target.with_name("message.sig")
        if done.returncode or not made.is_file():
            raise UsageError(
                f"--key {shown(str(key))}: ssh-keygen did not sign ({_last_line(done)}); name your private key, or the "
                ".pub file of a key that your agent holds",
                code="bad_key",
            )
        return made.read_bytes()


def _asked(command: list[str], *, stdin: bytes | None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, input=stdin, capture_output=True, timeout=TIME_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        what = f"ssh-keygen gave no answer ({shown(str(problem))}); try again"
        raise MachineError(what, code="cannot_sign") from problem


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return shown(lines[-1].rstrip(".\r")) if lines else f"exit code {done.returncode}"


def holds(signature: Signature, armour: bytes, message: bytes) -> bool:
    """Whether a signature over a message is good. Who made it is another question: `signature.key` says with which key.

    Raises DataError `bad_signature` for one that can be none, MachineError `cannot_verify` where nothing here can
    check its kind.
    """
    if signature.namespace != NAMESPACE:
        return False
    if signature.key.kind in (ED25519, SECURITY_KEY):
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError:
            return _checked_by_ssh_keygen(armour, message)
        raw, made, signed = sshsig.ed25519_parts(signature, message)
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(made, signed)
        except InvalidSignature:
            return False
        return True
    return _checked_by_ssh_keygen(armour, message)


def _checked_by_ssh_keygen(armour: bytes, message: bytes) -> bool:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise MachineError(f"this signature cannot be checked here; {WITHOUT}", code="cannot_verify")
    with tempfile.TemporaryDirectory(prefix="frbench-verify-") as folder:
        place = Path(folder) / "signature"
        place.write_bytes(armour)
        asked = [program, "-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(place)]
        return _asked(asked, stdin=message).returncode == 0


def public_key_of(path: Path) -> Signer:
    """The key in a `.pub` file. Raises UsageError `bad_key`."""
    text = _key_file(path).decode("utf-8", "replace").strip()
    if "PRIVATE KEY" in text:
        raise UsageError(
            f"--key {shown(str(path))} holds a private key; a verifier names the public one, such as "
            f"{shown(str(path))}.pub",
            code="bad_key",
        )
    words = text.split(None, 2)
    try:
        return Signer(words[2] if len(words) > 2 else "", _key_of(words[0], words[1]))
    except (IndexError, ValueError, DataError):
        raise UsageError(
            f"--key {shown(str(path))}: no public key; name a .pub file, one line such as 'ssh-ed25519 AAAA… name'",
            code="bad_key",
        ) from None


def allowed_signers(path: Path) -> tuple[Signer, ...]:
    """Who may sign, from a file in the form that `ssh-keygen -Y verify -f` takes.

    Of the options `namespaces` is heeded. A line with another option, such as a time or an authority, is refused: it
    narrows what ssh-keygen would accept, and must not be read as a plain key. Raises UsageError `bad_key`.
    """
    found = []
    for number, line in enumerate(_key_file(path).decode("utf-8", "replace").splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            where = f"--allowed-signers {shown(str(path))}:{number}"
            try:
                found += _allowed(line, where)
            except (ValueError, DataError):
                raise UsageError(f"{where}: not of the form 'NAME ssh-ed25519 AAAA…'", code="bad_key") from None
    if not found:
        raise UsageError(f"--allowed-signers {shown(str(path))} allows nobody to sign runs", code="bad_key")
    return tuple(found)


def _allowed(line: str, where: str) -> list[Signer]:
    words = line.split()
    at = next((k for k, word in enumerate(words) if word in KEY_TYPES), None)
    if at is None or at not in (1, 2) or len(words) < at + 2:
        raise ValueError("no key")
    if at == 2:
        name, _, value = words[1].partition("=")
        if name != "namespaces":
            what = f"{where}: option {shown(name)!r} is not understood; check with ssh-keygen -Y verify"
            raise UsageError(f"{what}{nearest(name, ['namespaces'])}", code="bad_key")
        if not any(fnmatchcase(NAMESPACE, pattern) for pattern in value.strip('"').split(",")):
            return []
    return [Signer(words[0], _key_of(words[at], words[at + 1]))]


def _key_of(kind: str, text: str) -> PublicKey:
    try:
        key = sshsig.public_key(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ValueError("no base64") from None
    if key.kind != kind:
        raise ValueError("a key of another type")
    return key


@dataclass(frozen=True, slots=True)
class Made:
    """A signature beside the manifest of a run: its file, its key, and whether it was made now."""

    file: str
    key: PublicKey
    new: bool


def sign_run(folder: Path, key: Path, passphrase: Passphrase) -> Made:
    """Sign the manifest of a finished run, and write the list for `sha256sum` beside it.

    A run that this key has signed is left as it is; the next signer's file is `manifest.json.2.sig`. Raises DataError
    `hash_mismatch` where the folder is not what was written: nobody puts a name under that.
    """
    seen = manifest.inspect(folder)
    if seen.faults:
        fault = seen.faults[0]
        raise DataError(
            f"{shown(str(folder))} is not what was written ({shown(fault.file)}: {fault.text}) and is not signed; "
            "frbench verify says all",
            code="hash_mismatch",
        )
    there = {name: _parsed_or_refused(name, armour) for name, armour in seen.signatures.items()}
    armour = sign(seen.manifest, key, passphrase)
    made = sshsig.parsed(armour)
    for name, known in sorted(there.items()):
        if known.key == made.key and holds(known, seen.signatures[name], seen.manifest):
            return Made(name, made.key, False)
    if not holds(made, armour, seen.manifest):
        raise MachineError("the signature that was made does not hold; try again", code="cannot_sign")
    name, number = f"{MANIFEST}.sig", 2
    while name in there:
        name, number = f"{MANIFEST}.{number}.sig", number + 1
    write_atomic(folder / manifest.SUMS, manifest.sums(seen.manifest, seen.entries))
    write_atomic(folder / name, armour)
    return Made(name, made.key, True)


def _parsed_or_refused(name: str, armour: bytes) -> Signature:
    try:
        return sshsig.parsed(armour)
    except DataError as problem:
        raise DataError(f"{name}: {problem.message}; move it aside", code="bad_signature") from problem
