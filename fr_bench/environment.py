"""What must be set before numpy or onnxruntime are imported: nothing leaves the machine, and fast kernels are used.

- onnxruntime 1.29 and later sends telemetry unless `ORT_DISABLE_TELEMETRY=1` is set before it is imported.
- OpenBLAS picks AVX2 kernels on some processors that have AVX-512; `OPENBLAS_CORETYPE=SkylakeX` nearly doubles the
  speed of products there. It is set only where the processor has what those kernels need and the user said nothing.

`fr_bench/__init__.py` calls `prepare` in its first line; runs record both switches.
"""

from __future__ import annotations

import os
import sys

AVX512_KERNELS_NEED = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"}


def prepare() -> None:
    """Set the switches; a switch that the user has set stays as it is, except that telemetry is always off."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if "OPENBLAS_CORETYPE" not in os.environ and "numpy" not in sys.modules and _has_avx512():
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"


def _has_avx512() -> bool:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib costs 10 ms
            for line in file:
                if line.startswith("flags"):
                    return set(line.split()) >= AVX512_KERNELS_NEED
    except OSError:
        return False
    return False
