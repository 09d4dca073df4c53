"""The bar for a signed record: whatever is changed in it, `frbench verify` says so.

    python -m bench.tamper [--flips 10000] [--edits 60] [--seed 17] [--json FILE]

A small run is made and signed. Then, each change by itself and taken back:

flips    single bits, every second one in a file chosen by its bytes, the others in a file chosen among all alike
files    each file cut by a byte, halved, emptied, made longer, removed, renamed, replaced by a link; files added;
         contents of two files exchanged; the signature of another run
forged   a figure changed and the manifest made anew, under the old signature, and under a stranger's
unsigned the signature taken away, numbers of result.json or another file changed and the manifest made anew: only
         counting again can tell

After every 500 flips the untouched folder is verified, and must hold. The bar: no change that is not told.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fr_bench.errors import DataError
from fr_bench.provenance import digest_file
from fr_bench.storage import runs
from fr_bench.storage.files import json_bytes
from fr_bench.storage.manifest import SUMS, is_signature
from fr_bench.storage.signatures import Signer, public_key_of, sign_run
from fr_bench.verifying import verify

MEASURES = ("EER", "FNMR@FMR=1e-2", "AUC", "FTA")
CONTROL_EVERY = 500
Change = Callable[[], None]


def small_run(folder: Path, *, subjects: int = 12, report: tuple[str, ...] = MEASURES) -> Path:
    """A finished run on generated faces."""
    import fr_bench

    fr_bench.run(
        {
            "dataset": {"card": "generated", "subjects": subjects, "images": 4},
            "measures": {"report": list(report), "by": ["sex"]},
            "intervals": {"draws": 100},
            "report": {"pictures": False},
        },
        out=folder,
    )
    return folder


def new_key(path: Path) -> Signer:
    """A fresh Ed25519 key in a file, its public half beside it."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    public = path.with_name(f"{path.name}.pub")
    public.write_bytes(key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH) + b" lab\n")
    return public_key_of(public)


def signed(folder: Path, key: Path) -> None:
    """Sign a run with a key that has no passphrase."""
    sign_run(folder, key, lambda: b"")


def files_of(folder: Path) -> list[str]:
    """Names of the files with content, sorted."""
    every = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in every if path.stat().st_size)


def flips(folder: Path, signer: Signer, count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Flip single bits; how many were told, and whether the untouched folder held in between."""
    names = files_of(folder)
    sizes = np.array([(folder / name).stat().st_size for name in names])
    undetected, alarms, controls = [], 0, 0
    began = time.perf_counter()
    for number in range(count):
        weights = sizes / sizes.sum() if number % 2 == 0 else None
        name = names[int(rng.choice(len(names), p=weights))]
        at, bit = int(rng.integers((folder / name).stat().st_size)), int(rng.integers(8))
        _flip(folder / name, at, bit)
        if verify(folder, [signer], figures=False).verdict != "does not hold":
            undetected.append([name, at, bit])
        _flip(folder / name, at, bit)
        if number % CONTROL_EVERY == 0:
            controls += 1
            alarms += verify(folder, [signer], figures=False).exit_code == 1
    return {
        "flips": count, "undetected": undetected, "files": len(names), "bytes": int(sizes.sum()),
        "untouched_verified": controls, "false_alarms": alarms,
        "milliseconds_each": round(1000 * (time.perf_counter() - began) / max(1, count), 2),
    }  # fmt: skip


def _flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))


def file_changes(folder: Path, foreign: Path) -> Iterator[tuple[str, Change]]:
    """Changes to whole files: what each is called, and the function that makes it."""
    names = files_of(folder)
    for name in names:
        path, data = folder / name, (folder / name).read_bytes()
        cut = {"cut by a byte": data[:-1], "halved": data[: len(data) // 2], "emptied": b"", "longer": data + b"\n"}
        for what, content in cut.items():
            yield f"{name} {what}", lambda path=path, content=content: _write(path, content)
        if name != SUMS:  # it repeats the manifest for sha256sum: without it nothing is missing
            yield f"{name} removed", path.unlink
        yield f"{name} renamed", lambda path=path: _renamed(path)
        yield f"{name} a link", lambda path=path: _linked(path)
    for name in ("notes.txt", "scores/more.npy", "figures/best.png", "manifest.json.02.sig", ".hidden", "complete.bak"):
        yield f"{name} added", lambda name=name: _write(folder / name, b"more")
    yield "folder added", lambda: (folder / "more").mkdir()
    for one, other in zip(names, [*names[1:], names[0]], strict=True):
        yield f"{one} and {other} exchanged", lambda one=one, other=other: _exchanged(folder / one, folder / other)
    yield "signature of another run", lambda: _copied(foreign, folder, "manifest.json.sig")
    yield "manifest of another run", lambda: _copied(foreign, folder, "manifest.json", "complete", SUMS)
    yield "result of another run", lambda: _copied(foreign, folder, "result.json")


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _renamed(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.renamed"))


def _linked(path: Path) -> None:
    aside = path.parents[len(path.parents) - 2] / "nowhere"
    path.unlink()
    path.symlink_to(aside)


def _exchanged(one: Path, other: Path) -> None:
    left, right = one.read_bytes(), other.read_bytes()
    if left == right:
        right = left + b"\n"
    one.write_bytes(right)
    other.write_bytes(left)


def _copied(source: Path, target: Path, *names: str) -> None:
    for name in names:
        shutil.copyfile(source / name, target / name)


def sealed_again(folder: Path) -> None:
    """What somebody does who changes files and knows the format: the manifest and its mark, made anew."""
    (folder / SUMS).unlink(missing_ok=True)
    listed = {name: said for name, said in runs.manifest_of(folder).items() if not is_signature(name)}
    (folder / runs.MANIFEST).write_bytes(json_bytes({"files": listed}))
    (folder / runs.COMPLETE).write_text(digest_file(folder / runs.MANIFEST) + "\n", encoding="ascii")


def unsigned(folder: Path) -> None:
    """Take all signatures away."""
    for path in folder.iterdir():
        if is_signature(path.name):
            path.unlink()


COUNTED = ("measurements", "curves", "distributions", "comparison", "analyses", "false_matches", "false_non_matches")
"""Parts of a result whose numbers follow from the scores."""


def numbers_in(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every number in a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from numbers_in(value, (*path, key))
    elif isinstance(document, list):
        for k, value in enumerate(document):
            yield from numbers_in(value, (*path, k))
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path


def changed_number(folder: Path, place: tuple[Any, ...]) -> None:
    """Change one number of result.json a little, and draw tables, report and figures from the changed result."""
    from fr_bench.reports import render, result_file, table

    path = folder / "result.json"
    document = json.loads(path.read_bytes())
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    value = holder[place[-1]]
    holder[place[-1]] = value + 1 if isinstance(value, int) else value * 1.001 if value else 0.001
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        result = result_file.read(path)
    except DataError:  # counts that cannot be are no result any more: left as they are
        return
    path.write_bytes(result_file.write(result))
    (folder / "metrics.csv").write_text(table.metrics_csv(result), encoding="utf-8", newline="")
    (folder / "report.html").write_text(render.html(result), encoding="utf-8", newline="")


def unsigned_changes(folder: Path, edits: int, rng: np.random.Generator) -> Iterator[tuple[str, Change]]:
    """Changes that only counting again can tell."""
    document = json.loads((folder / "result.json").read_bytes())
    places = [place for part in COUNTED for place in numbers_in(document[part], (part,))]
    for k in rng.choice(len(places), size=min(edits, len(places)), replace=False):
        place = places[int(k)]
        yield f"result.json {'.'.join(map(str, place))}", lambda place=place: changed_number(folder, place)
    for name in ("metrics.csv", "report.html", "run.toml", "figures/roc.svg", "figures/det.png", "failures.csv"):
        path = folder / name
        yield f"{name} alone", lambda path=path: _write(path, path.read_bytes().replace(b"0", b"1", 3) + b"\n")
    yield "a mated score", lambda: _other_score(folder, "mated_values.npy")
    yield "a nonmated score", lambda: _other_score(folder, "nonmated_values.npy")
    yield "a measure left out", lambda: _left_out(folder)


def _other_score(folder: Path, name: str) -> None:
    path = folder / "scores" / name
    values = np.load(path)
    values[int(np.argmax(values))] -= 0.25
    np.save(path, values)
    head = folder / "scores" / "scores.json"
    said = json.loads(head.read_bytes())
    said["sha256"][name] = digest_file(path)
    head.write_bytes(json_bytes(said))


def _left_out(folder: Path) -> None:
    path = folder / "result.json"
    document = json.loads(path.read_bytes())
    del document["measurements"][0]
    path.write_text(json.dumps(document), encoding="utf-8")


def tried(folder: Path, pristine: Path, change: Change, told: Callable[[], bool]) -> bool:
    """Make one change, ask whether it is told, and put the folder back."""
    change()
    found = told()
    shutil.rmtree(folder)
    shutil.copytree(pristine, folder, symlinks=True)
    return found


def told_by_files(folder: Path, signer: Signer) -> bool:
    """Whether files and signatures alone give a change away."""
    try:
        return verify(folder, [signer], figures=False).verdict == "does not hold"
    except DataError:  # without its manifest the folder is refused as none of a finished run
        return not (folder / runs.MANIFEST).exists()


def changes(folder: Path, foreign: Path, signer: Signer, stranger: Path, edits: int, rng: np.random.Generator,
            left: Path) -> dict[str, Any]:  # fmt: skip
    """Every change to files, every forgery, every change without a signature: how many, and which were not told."""
    shutil.copytree(folder, left, symlinks=True)
    found: dict[str, Any] = {"files": [0, []], "forged": [0, []], "unsigned": [0, []]}

    def counted(kind: str, what: str, change: Change, told: Callable[[], bool]) -> None:
        found[kind][0] += 1
        if not tried(folder, left, change, told):
            found[kind][1].append(what)

    def by_files() -> bool:
        return told_by_files(folder, signer)

    def by_figures() -> bool:
        record = verify(folder)
        return not record.faults and record.verdict == "does not hold" and bool(record.differences)

    for what, change in file_changes(folder, foreign):
        counted("files", what, change, by_files)
    for again in (lambda: None, lambda: (unsigned(folder), signed(folder, stranger))):
        for name in ("metrics.csv", "result.json", "log.jsonl", "scores/mated_values.npy"):
            path = folder / name

            def forge(path: Path = path, again: Callable[[], Any] = again) -> None:
                _flip(path, path.stat().st_size // 2, 0)
                sealed_again(folder)
                again()

            counted("forged", name, forge, by_files)
    for what, change in unsigned_changes(folder, edits, rng):

        def edit(change: Change = change) -> None:
            unsigned(folder)
            change()
            sealed_again(folder)

        counted("unsigned", what, edit, by_figures)
    return {kind: {"changes": count, "undetected": missed} for kind, (count, missed) in found.items()}


def main() -> int:
    """Run the bar; exit code 1 where a change was not told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    memory = Path("/dev/shm")  # thousands of writes, none of which needs a disk
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as place:
        home = Path(place)
        os.environ["FRBENCH_HISTORY"], os.environ["FRBENCH_CACHE"] = str(home / "history.jsonl"), str(home / "cache")
        folder, foreign = small_run(home / "run"), small_run(home / "foreign", subjects=9)
        signer = new_key(home / "key")
        new_key(home / "stranger")
        for one in (folder, foreign):
            signed(one, home / "key")
        rng = np.random.default_rng(asked.seed)
        found = {"flips": flips(folder, signer, asked.flips, rng)}
        print(json.dumps(found), flush=True)
        found |= changes(folder, foreign, signer, home / "stranger", asked.edits, rng, home / "pristine")
    print(json.dumps(found, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    missed = any(part["undetected"] for part in found.values()) or found["flips"]["false_alarms"]
    print("does NOT hold" if missed else "holds: every change was told, and the untouched folder held")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
