"""Where a result comes from: digests of files, arrays and values, versions, the machine, the state of its switches."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fr_bench.records import Dataset


def digest_bytes(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_array(array: NDArray[Any]) -> str:
    """SHA-256 of an array's type, shape and little-endian content, read where it stands: a mapped file stays one."""
    import numpy as np

    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{little.dtype.str}{little.shape}".encode())
    digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling for equal values: sorted keys, no blanks, no NaN.

    >>> canonical_json({"b": 1, "a": [0.1, None]})
    '{"a":[0.1,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_value(value: Any) -> str:
    """SHA-256 of a value made of JSON types, independent of the order of its keys."""
    return digest_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))


def digest_dataset(dataset: Dataset, contents: Iterable[str]) -> str:
    """One digest for all that a data set says: ids, subjects, attributes, landmarks, comparisons, and image bytes.

    contents   SHA-256 of each sample's bytes, in the order of the samples; "" where there are none
    """
    rows = hashlib.sha256()
    marks = dataset.landmarks
    for index, content in enumerate(contents):
        row = [dataset.sample_ids[index], dataset.subjects[index], content]
        row += [f"{name}={column[index]}" for name, column in sorted(dataset.attributes.items())]
        if marks is not None:
            row.append(marks[index].tobytes().hex())
        rows.update(canonical_json(row).encode("utf-8", "surrogatepass") + b"\n")
    if dataset.pairs is not None:
        for column in (dataset.pairs.probe, dataset.pairs.reference, dataset.pairs.mated, dataset.pairs.fold):
            rows.update(digest_array(column).encode())
    if dataset.roles is not None:
        for column in (dataset.roles.reference, dataset.roles.probe):
            rows.update(digest_array(column).encode())
    return rows.hexdigest()


RECORDED_PACKAGES = (
    "numpy", "scipy", "scikit-learn", "onnxruntime", "pillow", "pandas", "matplotlib", "msgspec", "insightface",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of frbench, Python and the packages that can move a number, as installed; none is imported."""
    from importlib import metadata

    from fr_bench import __version__

    found = {"fr_bench": __version__, "python": platform.python_version()}
    for package in RECORDED_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """The processor, memory and switches of this machine that can move a time or a template."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": processor_name(),
        "cores": usable_cores(),
        "avx512_vnni": "avx512_vnni" in processor_flags(),
        "memory_bytes": memory_bytes(),
        "blas": blas_kernels(),
        "switches": {
            name: os.environ[name]
            for name in ("OPENBLAS_CORETYPE", "ORT_DISABLE_TELEMETRY", "OMP_NUM_THREADS", "NPY_DISABLE_CPU_FEATURES")
            if name in os.environ
        },
    }


def environment() -> Mapping[str, Any]:
    """What `result.json` keeps under `environment`. No figure depends on it."""
    return {
        "versions": versions(),
        "machine": machine(),
        "command": command(),
        "finished": now(),
        "commit": commit_of(Path.cwd()),
        "python": sys.implementation.name,
    }


def command() -> list[str]:
    """The command line, the program by its name alone: where it is installed is nobody's business."""
    program = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    return ["frbench" if program in ("frbench", "__main__.py") else program, *sys.argv[1:]]


def now() -> str:
    """The time in UTC, or that of SOURCE_DATE_EPOCH where it is set, so that a report can be made again to the byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def commit_of(folder: Path) -> str | None:
    """The commit that the git checkout around a folder stands at, read from its files; None outside of a checkout.

    Whether files differ from that commit is not looked at: a run is tied to its data and model by their digests.
    """
    for place in (folder, *folder.parents):
        if (place / ".git").is_dir():
            return _head_of(place / ".git")
    return None


def _head_of(git: Path) -> str | None:
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text(encoding="ascii").strip()
        packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)


def usable_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_flags() -> frozenset[str]:
    """Features of the processor as Linux names them; empty where they cannot be read."""
    return frozenset(_cpu_line("flags").split())


def processor_name() -> str:
    """The processor's own name."""
    return _cpu_line("model name") or platform.processor() or platform.machine()


def _cpu_line(key: str) -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        return ""
    return ""


def memory_bytes() -> int:
    """Physical memory, or the limit of the control group where it is lower; 0 where it cannot be read."""
    total = 0
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def blas_kernels() -> list[str]:
    """Name, version and kernel of each BLAS that is loaded, such as "openblas 0.3.31 SkylakeX"; [] if unknown."""
    if "numpy" not in sys.modules:
        return []
    try:
        import threadpoolctl
    except ImportError:
        return []
    return sorted(
        f"{pool['internal_api']} {pool.get('version', '')} {pool.get('architecture', '')}".strip()
        for pool in threadpoolctl.threadpool_info()
        if pool.get("user_api") == "blas"
    )
