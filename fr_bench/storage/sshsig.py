"""Signatures as OpenSSH writes them (PROTOCOL.sshsig), so that `ssh-keygen -Y verify` checks them without frbench.

A signature holds the public key it was made with. Its text has one spelling: armour that `armoured` would not write in
the same way is refused, so that no bit of a signature file is free.

Source: OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f; RFC 4251 section 5, RFC 8709 section 6.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from fr_bench.errors import DataError

MAGIC, NAMESPACE, HASH = b"SSHSIG", "frbench", "sha512"
BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
WIDTH = 70
ED25519, SECURITY_KEY = "ssh-ed25519", "sk-ssh-ed25519@openssh.com"
KEY_TYPES = (
    ED25519, SECURITY_KEY, "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as SSH spells it: its type and its bytes on the wire."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """What `ssh-keygen -l` shows of the key."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii").rstrip("=")

    @property
    def line(self) -> str:
        """The key as a `.pub` file holds it, without a comment."""
        return f"{self.kind} {base64.b64encode(self.blob).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature taken apart: who could have made it, and over what kind of message."""

    key: PublicKey
    namespace: str
    hash: str
    blob: bytes


def parsed(armour: bytes) -> Signature:
    """Take a signature file apart. Raises DataError `bad_signature` where it is none, or in another spelling."""
    body = armour.removeprefix(BEGIN).removesuffix(END)
    if not armour.startswith(BEGIN) or not armour.endswith(END) or len(armour) <= len(BEGIN) + len(END):
        raise _unreadable("it does not begin and end as one")
    try:
        data = base64.b64decode(body.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise _unreadable("its text is no base64") from None
    if armoured(data) != armour:
        raise _unreadable("it is not spelled as ssh-keygen spells it")
    if not data.startswith(MAGIC + _number(1)):
        raise _unreadable("it is of another version")
    fields = _fields(data[len(MAGIC) + 4 :], 5)
    key, namespace, reserved, hash_name, blob = fields
    if reserved:
        raise _unreadable("a field that must be empty is not")
    return Signature(public_key(key), _word(namespace), _word(hash_name), blob)


def armoured(data: bytes) -> bytes:
    """The text around a signature: base64 in lines of 70 characters."""
    text = base64.b64encode(data)
    lines = b"".join(text[at : at + WIDTH] + b"\n" for at in range(0, len(text), WIDTH))
    return BEGIN + lines + END


def assembled(key: PublicKey, blob: bytes) -> bytes:
    """A signature file of ours: namespace "frbench", over the SHA-512 of the message."""
    fields = (key.blob, NAMESPACE.encode(), b"", HASH.encode(), blob)
    return armoured(MAGIC + _number(1) + b"".join(map(framed, fields)))


def to_sign(message: bytes, *, namespace: str = NAMESPACE, hash_name: str = HASH) -> bytes:
    """What a key really signs: the namespace and the hash of the message. Raises DataError for an unknown hash."""
    if hash_name not in ("sha256", "sha512"):
        raise _unreadable("it names an unknown hash")
    digest = hashlib.new(hash_name, message).digest()
    return MAGIC + b"".join(map(framed, (namespace.encode(), b"", hash_name.encode(), digest)))


def ed25519_parts(signature: Signature, message: bytes) -> tuple[bytes, bytes, bytes]:
    """Key (32 bytes), signature (64 bytes), and the bytes that were signed, of an Ed25519 key or a security key.

    Raises DataError `bad_signature` where the signature is none of its key.
    """
    signed = to_sign(message, namespace=signature.namespace, hash_name=signature.hash)
    kind = signature.key.kind
    parts = _fields(signature.key.blob, 3 if kind == SECURITY_KEY else 2)
    if kind == ED25519:
        name, raw = _fields(signature.blob, 2)
    else:
        # A security key signs the hash of its application, its flags, its counter, and the hash of the message.
        head, tail = signature.blob[:-5], signature.blob[-5:]
        name, raw = _fields(head, 2)
        signed = hashlib.sha256(parts[2]).digest() + tail + hashlib.sha256(signed).digest()
    if name != kind.encode() or len(raw) != 64 or len(parts[1]) != 32:
        raise _unreadable("it was made with another kind of key than it holds")
    return parts[1], raw, signed


def public_key(blob: bytes) -> PublicKey:
    """A public key from its bytes on the wire. Raises DataError `bad_signature` for a type that OpenSSH has not."""
    size = int.from_bytes(blob[:4], "big")
    kind = blob[4 : 4 + size].decode("ascii", "replace")
    if kind not in KEY_TYPES:
        raise _unreadable("it holds a key of an unknown type")
    return PublicKey(kind, blob)


def ed25519_key(raw: bytes) -> PublicKey:
    """The public key with these 32 bytes."""
    return PublicKey(ED25519, framed(ED25519.encode()) + framed(raw))


def framed(field: bytes) -> bytes:
    """A field with its length before it."""
    return _number(len(field)) + field


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _fields(data: bytes, count: int) -> list[bytes]:
    """Exactly so many fields, and nothing after them."""
    found, at = [], 0
    for _ in range(count):
        size = int.from_bytes(data[at : at + 4], "big")
        field = data[at + 4 : at + 4 + size]
        if len(data) < at + 4 or len(field) < size:
            raise _unreadable("it ends too early")
        found.append(field)
        at += 4 + size
    if at != len(data):
        raise _unreadable("something follows its end")
    return found


def _word(field: bytes) -> str:
    try:
        return field.decode("ascii")
    except UnicodeDecodeError:
        raise _unreadable("a name in it is no ASCII") from None


def _unreadable(why: str) -> DataError:
    return DataError(f"no SSH signature: {why}", code="bad_signature")
