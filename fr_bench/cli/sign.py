"""`frbench sign`: a signature of one's own beside the manifest of a finished run. Nothing leaves the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fr_bench.cli.options import PATH, RUN, print_json, say
from fr_bench.errors import UsageError, shown

EPILOG = """\b
Examples:
  frbench sign runs/lfw-model-1a2b3c4d                        with ~/.ssh/id_ed25519, or the next key of yours
  frbench sign RUN --key laboratory.pem                       Ed25519, PEM or OpenSSH
  frbench sign RUN --key ~/.ssh/id_ed25519_sk.pub             a key that an agent or a security key holds
  ssh-keygen -Y verify -f allowed_signers -I NAME -n frbench -s RUN/manifest.json.sig < RUN/manifest.json
  cd RUN && sha256sum -c SHA256SUMS                           both without frbench

\b
Exit codes: 0 signed, or signed with this key already · 2 command line or key · 3 no finished run, or its files were
changed · 6 nothing here can sign, or the signature cannot be written
"""

USUAL = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_rsa")
PASSPHRASE = "FRBENCH_KEY_PASSPHRASE"


@click.command(epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option("--key", type=PATH, envvar="FRBENCH_SIGNING_KEY", help="Your private key, or the .pub file of one that "
              "an agent or a security key holds; default: your SSH key. [env: FRBENCH_SIGNING_KEY]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="What was written, as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but mistakes.")
def command(run: Path, key: Path | None, as_json: bool, quiet: bool) -> int:
    """Sign the manifest of RUN with a key of your own, offline; `frbench verify` checks it.

    Beside the manifest go manifest.json.sig, in OpenSSH's format, and SHA256SUMS for sha256sum. Whoever signs after
    you gets manifest.json.2.sig. The passphrase of a key is asked for, or taken from FRBENCH_KEY_PASSPHRASE.
    """
    from fr_bench.storage import signatures

    chosen = key or _usual_key()
    made = signatures.sign_run(run, chosen, lambda: _passphrase(chosen))
    if as_json:
        print_json({"file": str(run / made.file), "fingerprint": made.key.fingerprint, "type": made.key.kind,
                    "new": made.new})  # fmt: skip
    what = "signed" if made.new else "signed already"
    say(f"{what}: {run / made.file} by {made.key.kind} {made.key.fingerprint}", quiet=quiet)
    say(f"others verify with your public key: {made.key.line}", quiet=quiet)
    return 0


def _usual_key() -> Path:
    folder = Path.home() / ".ssh"
    for name in USUAL:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(
        "no key to sign with: --key names one; ssh-keygen -t ed25519 -f frbench-key makes one", code="bad_key"
    )


def _passphrase(key: Path) -> bytes:
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given.encode()
    if not sys.stdin.isatty():
        raise UsageError(
            f"--key {shown(str(key))} has a passphrase, and nobody is there to be asked; {PASSPHRASE} gives it",
            code="bad_key",
        )
    asked: str = click.prompt(f"Passphrase of {shown(str(key))}", hide_input=True, err=True)
    return asked.encode()
