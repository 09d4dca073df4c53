"""A card that multiplies: which products of templates that it holds reach their limits, by CuPy or PyTorch.

A card decides no score. It names cells of a block, and scores of those are made by the processor as ever
(`device_screen`); so only two things are asked of it: products that err no more than is assumed of them, and all of the
cells. `opened` holds a card to both before it is used, by products that would err too much if their factors were
rounded to 11 bits (TF32) or fewer on the way.

What is assumed: ROUNDINGS times the error of IEEE sums in float32 (`screen.float32_error`). That leaves room for cards
that cut off instead of rounding, and for factors that are cut into parts. Such a bound names hardly more cells. Numbers
below 2**-126 may be taken for 0: all together are far less than the 2**-40 that screens add.

Threads share a card: one at a time multiplies on it, from the first product to the positions in the processor's memory,
while others compute scores. So streams need no care.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.device_arrays import Arrays, ModuleArrays, TorchArrays
from fr_bench.comparison.screen import float32_error
from fr_bench.errors import MachineError, shown

CELLS = 1 << 26
"""Products that are made at once: 1,024 rows by 65,536 columns. Starting them takes no time that counts beside that."""
LEAST_CELLS = 1 << 12
"""A card without memory for so few has none for anything."""
CELL_BYTES = 6
"""Memory of a card for one product: float32, whether it reaches its limit, and room for finding where."""
ROUNDINGS = 4
"""Errors of products are taken to be at most so many times those of IEEE sums."""

OUT_OF_MEMORY = ("ALLOC_FAILED", "out of memory")
"""Words of failures that CUDA and its libraries have no exception of their own for."""
FULL = object()
"""The answer of a card without memory for one."""

DeviceName = Literal["cpu", "cuda"]
Parts = Iterable[tuple[slice, NDArray[np.float32]]]


class Device:
    """A card, or what stands for one: it holds matrices, and says which of their products reach their limits.

    cells   products that are made at once, fewer from then on where memory does not allow them
    """

    def __init__(self, arrays: Arrays, cells: int = CELLS) -> None:
        self.arrays, self.cells = arrays, cells
        self.lock = threading.Lock()

    def hold(self, rows: int, columns: int, parts: Parts) -> Any:
        """A matrix on the card, of rows that are handed over some at a time.

        Raises MachineError `device_memory` where it has no place.
        """
        with self.lock:
            held = self._tried(self.arrays.empty, rows, columns)
            full = held is FULL
            for some, numbers in parts:
                full = full or self._tried(self.arrays.put, held, some, numbers) is FULL
        if full:
            raise self._no_memory(f"{rows:,} templates of {columns:,} numbers")
        return held

    def reaching(self, rows: Any, columns: Any, limits: NDArray[np.float32]) -> NDArray[np.intp]:
        """(n,) positions in the block of some held rows and columns, row by row and ascending, of all products at or
        above the (c,) limits of their columns.

        Memory that runs out makes blocks smaller; MachineError `device_memory` where the smallest do not fit.
        """
        height, width = len(rows), len(columns)
        found, first = [np.zeros(0, np.intp)], 0
        with self.lock:
            while first < width:
                some = slice(first, min(width, first + max(1, self.cells // max(height, 1))))
                at = self._tried(self._at_once, rows, columns[some], limits[some])
                if at is FULL:
                    self._take_less(height)
                    continue
                if some.stop - some.start < width:
                    row, column = np.divmod(at, some.stop - some.start)
                    at = row * width + column + first
                found.append(at)
                first = some.stop
        return found[1] if len(found) == 2 else np.sort(np.concatenate(found))

    def products(self, rows: Any, columns: Any) -> NDArray[np.float32]:
        """(r, c) products in the processor's memory, for few rows and columns."""
        with self.lock:
            found = self._tried(lambda: self.arrays.fetched(self.arrays.products(rows, columns)))
        if found is FULL:
            raise self._no_memory(f"{len(rows) * len(columns):,} products")
        return np.asarray(found)

    def _at_once(self, rows: Any, columns: Any, limits: NDArray[np.float32]) -> NDArray[np.intp]:
        return self.arrays.reaching(self.arrays.products(rows, columns), limits)

    def _tried(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """What the card answers; FULL where its memory runs out. Raises MachineError `device_failed`."""
        try:
            return act(*arguments)
        except self.arrays.out_of_memory:
            return FULL
        except (RuntimeError, OSError) as problem:
            if any(words in str(problem) for words in OUT_OF_MEMORY):
                return FULL
            raise MachineError(
                f"{self.arrays.name} failed: {_told(problem)}; the same command goes on from here, also with "
                "--device cpu",
                code="device_failed",
            ) from problem

    def _take_less(self, height: int) -> None:
        if self.cells <= LEAST_CELLS or self.cells < height:
            raise self._no_memory(f"{max(self.cells, height):,} products besides them")
        self.cells //= 2
        self.arrays.release()

    def _no_memory(self, what: str) -> MachineError:
        return MachineError(
            f"{self.arrays.name} has no memory left for {what}; other programs on the card may hold it; "
            "--device cpu runs without, and goes on from what is done",
            code="device_memory",
        )


@contextmanager
def opened(name: DeviceName) -> Iterator[Device | None]:
    """The device that `run.device` names, tested, for as long as it is needed; None for the processor.

    The first card that CUDA shows is taken. Raises MachineError: `device_missing` where there is none or no library for
    it, `device_inexact` where its products cannot be trusted, `device_memory`, `device_failed`.
    """
    if name == "cpu":
        yield None
        return
    found, missing = available()
    if found is None:
        raise MachineError(
            f"--device cuda (run.device) takes CuPy or PyTorch with a CUDA device, and here {'; '.join(missing)}; "
            "pip install 'fr-bench-toolkit[cuda]' adds CuPy; --device cpu runs without, with the same result",
            code="device_missing",
        )
    with found.full_precision():
        device = Device(found)
        refuse_inexact(device)
        try:
            yield device
        finally:
            found.release()


def available() -> tuple[Arrays | None, list[str]]:
    """The first library with a card, and why those before it are not taken."""
    missing: list[str] = []
    for library, load in (("CuPy", _cupy), ("PyTorch", _torch)):
        try:
            return load(), missing
        except Exception as problem:  # what libraries raise where drivers are missing or too old has no parent
            missing.append(f"{library} {_told(problem)}")
    return None, missing


def _cupy() -> Arrays:
    cupy = _imported("cupy")
    if not cupy.cuda.is_available():
        raise LookupError("finds no CUDA device")
    # Its kernels are compiled when they are first used, by libraries that may be missing.
    cupy.flatnonzero(cupy.ones((2, 3), np.float32) @ cupy.ones((3, 2), np.float32) >= 3).get()
    card = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode("utf-8", "replace")
    return ModuleArrays(cupy, f"CuPy {cupy.__version__} on {shown(card)}")


def _torch() -> Arrays:
    torch = _imported("torch")
    if not torch.cuda.is_available():
        raise LookupError("finds no CUDA device")
    return TorchArrays(torch, "cuda", f"PyTorch {torch.__version__} on {shown(torch.cuda.get_device_name())}")


def _imported(module: str) -> Any:
    if find_spec(module) is None:
        raise LookupError("is not installed")
    return importlib.import_module(module)


def _told(problem: BaseException) -> str:
    """The first line of what an exception says."""
    return shown((str(problem).strip() or type(problem).__name__).splitlines()[0], 200)


def refuse_inexact(device: Device) -> None:
    """Raise MachineError `device_inexact` where products leave the bound that screens assume, or cells are missed."""
    for rows, columns in _hard():
        one, other = _held(device, rows), _held(device, columns)
        x, y = rows.astype(np.float64), columns.astype(np.float64)
        lengths = np.sqrt((x * x).sum(axis=1))[:, None] * np.sqrt((y * y).sum(axis=1))
        off = np.abs(device.products(one, other).astype(np.float64) - x @ y.T)
        if not (off <= assumed_error(rows.shape[1], lengths)).all():
            raise MachineError(
                f"{device.arrays.name} rounds the factors of float32 products (as TF32 does), so that comparisons "
                "could be missed; unset CUPY_TF32 and NVIDIA_TF32_OVERRIDE, or run with --device cpu",
                code="device_inexact",
            )
    # Small whole numbers: each product is exact, and many equal their limit.
    whole = np.random.default_rng(7).integers(-3, 4, (70, 40)).astype(np.float32)
    one, limits = _held(device, whole), np.repeat(np.array([-5, 0, 9, np.inf, -np.inf], np.float32), 14)
    if not np.array_equal(device.reaching(one, one, limits), np.flatnonzero(whole @ whole.T >= limits)):
        raise MachineError(
            f"{device.arrays.name} does not name the products that reach a limit; another version of the library may, "
            "or run with --device cpu",
            code="device_inexact",
        )


def _held(device: Device, matrix: NDArray[np.float32]) -> Any:
    return device.hold(len(matrix), matrix.shape[1], [(slice(0, len(matrix)), matrix)])


def assumed_error(numbers: int, lengths: Any) -> Any:
    """At most what a product on a card errs, of so many numbers each side and with this product of lengths."""
    return ROUNDINGS * float32_error(numbers, lengths)


def _hard() -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Rows and columns whose products tell how they were made.

    1 + almost 2**-11 is 1 in TF32, in all numbers alike; 1 + almost 2**-8 needs more than two parts of 8 bits. The
    fewer numbers, the less is allowed.
    """
    first, second = 1 + 2.0**-11 - 2.0**-20, 1 + 2.0**-8 - 2.0**-17
    for height, width, numbers in ((40, 48, 8), (33, 70, 64), (256, 1024, 512)):
        rng = np.random.default_rng(numbers)
        rows, columns = (rng.standard_normal((n, numbers)).astype(np.float32) for n in (height, width))
        rows[::3], rows[1::3] = first, second
        columns[::4], columns[1::4], columns[2::4] = 1, first, second
        yield rows, columns
