"""The same seed gives the same bytes: on this machine, on others, on a processor without its vector units."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.generator import landmarks, plan_conditions, render

# They change only together with GENERATOR_VERSION: then the same seed gives other pictures.
GOLDEN = {
    "seed 1, subjects 0-7, 11 images each, 112": "d2883502c098f082c89aee94d3b90367647f44c3e7b0dd3f1b4abe4c22070140",
    "seed 2024, subjects 1000-1002, 160": "dce59476f57c9e4ab3c9a3a5a495c2b099ce960ba71d30f462c692012e40fde2",
    "seed 1, landmarks of subjects 0-7": "c2cde30bbd493b3e4fac2fcd1d08a8e6c562e43a07edbe5372456f7580e28126",
}
ROOT = Path(__file__).resolve().parents[2]


def digests() -> dict[str, str]:
    """What this interpreter, with its NumPy and its processor, makes of the golden seeds."""

    def digest(make: Any, seed: int, subjects: range, images: int, size: int) -> str:
        conditions = [c for subject in subjects for c in plan_conditions(seed, subject, images)]
        array = make(seed, [s for s in subjects for _ in range(images)], conditions, size)
        return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()

    made = [
        digest(render, 1, range(8), 11, 112),
        digest(render, 2024, range(1000, 1003), 6, 160),
        digest(landmarks, 1, range(8), 11, 112),
    ]
    return dict(zip(GOLDEN, made, strict=True))


def digests_elsewhere(**environment: str) -> dict[str, str]:
    code = f"import json, runpy, sys; json.dump(runpy.run_path({__file__!r})['digests'](), sys.stdout)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: dict[str, str] = json.loads(done.stdout)
    return made


def test_rendered_bytes_are_the_golden_ones() -> None:
    assert digests() == GOLDEN


def test_rendered_bytes_do_not_depend_on_vector_units() -> None:
    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    found = config["SIMD Extensions"].get("found", [])
    if not found:
        pytest.skip("NumPy found no processor feature here that could be switched off")
    assert digests_elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(found)) == GOLDEN


if __name__ == "__main__":
    print(digests())
