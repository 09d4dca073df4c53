"""`frbench verify`: whether a run folder is what was written, who signed it, and whether its figures follow from it."""

from __future__ import annotations

from pathlib import Path

import click

from fr_bench.cli.options import PATH, RUN, print_json
from fr_bench.errors import UsageError

EPILOG = """\b
Examples:
  frbench verify runs/lfw-model-1a2b3c4d
  frbench verify runs/latest                                  the run that was finished last
  frbench verify RUN --key laboratory.pub                     and it must be signed with this key
  frbench verify RUN --allowed-signers allowed_signers        or by one of these, as for ssh-keygen -Y verify
  frbench verify RUN --json

\b
Exit codes: 0 all holds · 1 something does not: a file, a signature, a figure, or nobody that you named has signed ·
2 command line or key · 3 no finished run · 5 what was checked holds, and something could not be checked ·
6 nothing here can check the signature
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option("--key", "keys", multiple=True, type=PATH, help="A public key (.pub) that must have signed; may be given "
              "several times, one of them is enough.")  # fmt: skip
@click.option("--allowed-signers", type=PATH, metavar="FILE", help="Names and public keys, in OpenSSH's form, one of "
              "which must have signed.")  # fmt: skip
@click.option("--no-figures", is_flag=True, help="Check files and signatures alone, and do not count again.")
@click.option("--json", "as_json", is_flag=True, help="What was found, as JSON on stdout.")
def command(run: Path, keys: tuple[Path, ...], allowed_signers: Path | None, no_figures: bool, as_json: bool) -> int:
    """Check that RUN is what was written, who signed it, and that every figure follows from its scores.

    Every file is held against the SHA-256 of the manifest, the signatures against the manifest, and the figures of
    result.json, metrics.csv, report.html and figures/ against what is counted again from scores/. Nothing is written.
    """
    from fr_bench import verifying
    from fr_bench.storage import signatures

    if run.name == "result.json" and run.is_file():
        raise UsageError(f"{run} is one file of a run; name its folder {run.parent}", code="bad_option")
    signers = [signatures.public_key_of(key) for key in keys]
    if allowed_signers is not None:
        signers += signatures.allowed_signers(allowed_signers)
    record = verifying.verify(run, signers, figures=not no_figures)
    if as_json:
        print_json(verifying.as_json(record))
    else:
        click.echo("\n".join(verifying.lines(record)))
    return record.exit_code
