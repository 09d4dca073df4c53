"""Products of sketches in whole numbers, by onnxruntime's `MatMulInteger` of uint8 with constant int8.

Where the processor multiplies bytes (VNNI) that is three times as fast as float32, and twice as fast on AVX2. Without
VNNI the kernel adds two products of bytes in 16 bits, which saturate: so many levels are used as a test, once a
process, finds exact at their extremes, and none where it finds no such number.

The model of one node is written here byte by byte: onnxruntime reads it, and the package `onnx` is not needed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = (127, 90)
"""Largest whole number on either side: as many as a byte has; so many that 2 * 180 * 90 stays below 2**15."""
UINT8, INT8, INT32 = 2, 3, 6
"""Types of elements in an ONNX model."""

Bytes = NDArray[np.uint8]


def product_by(right: NDArray[np.int8], zero: int) -> Any:
    """A session that multiplies (n, k) uint8, `zero` standing for 0, by the transposed of constant (m, k) int8.

    It keeps no memory of its own: there is one for each block of columns, and each would hold a block of products.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model(right, zero), options, providers=["CPUExecutionProvider"])


def multiply(session: Any, left: Bytes, out: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n, m) the product of a session's constant with (n, k) uint8, written to `out`, which is contiguous."""
    bound = session.io_binding()
    bound.bind_cpu_input("a", np.ascontiguousarray(left))
    bound.bind_output("y", "cpu", 0, np.int32, out.shape, out.ctypes.data)
    session.run_with_iobinding(bound)
    return out


@cache
def exact_levels() -> int:
    """How large whole numbers may be so that products are exact on this processor; 0 where none is."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return 0
    for levels in LEVELS:
        if all(_exact(levels, *shape) for shape in ((1, 7, 5), (33, 128, 70), (64, 322, 64), (5, 513, 257))):
            return levels
    return 0


def _exact(levels: int, rows: int, inner: int, columns: int) -> bool:
    """Whether products of extreme and of any numbers are exact."""
    rng = np.random.default_rng(inner)
    left = rng.integers(0, 2 * levels + 1, (rows, inner))
    right = rng.integers(-levels, levels + 1, (columns, inner))
    left[::2], right[::2] = 2 * levels, levels
    right[1::4] = -levels
    left[1::4] = 0
    out = np.empty((rows, columns), np.int32)
    found = multiply(product_by(right.astype(np.int8), levels), left.astype(np.uint8), out)
    return bool(np.array_equal(found, (left - levels) @ right.T))


def model(right: NDArray[np.int8], zero: int) -> bytes:
    """An ONNX model y = MatMulInteger(a, constant, zero), `a` of any height."""
    columns, inner = right.shape
    constant = np.ascontiguousarray(right.T).tobytes()
    node = _text(1, "a") + _text(1, "b") + _text(1, "z") + _text(2, "y") + _text(4, "MatMulInteger")
    graph = (
        _part(1, node)
        + _text(2, "screen")
        + _part(5, _number(1, inner) + _number(1, columns) + _number(2, INT8) + _text(8, "b") + _part(9, constant))
        + _part(5, _number(2, UINT8) + _text(8, "z") + _part(9, bytes([zero])))
        + _part(11, _value("a", UINT8, inner))
        + _part(12, _value("y", INT32, columns))
    )
    return _number(1, 8) + _part(7, graph) + _part(8, _number(2, 13))


def _value(name: str, kind: int, width: int) -> bytes:
    """A matrix of so many columns, and of any height."""
    shape = _part(1, _text(2, "n")) + _part(1, _number(1, width))
    return _text(1, name) + _part(2, _part(1, _number(1, kind) + _part(2, shape)))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())
