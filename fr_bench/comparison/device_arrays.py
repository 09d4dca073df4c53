"""Matrices on a card, by CuPy or by PyTorch: the few things that `device` asks of an array library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Arrays(Protocol):
    """An array library on one card. Its matrices are float32, and opaque to all others.

    name            library, version and card
    out_of_memory   what it raises where memory runs out
    """

    name: str
    out_of_memory: tuple[type[Exception], ...]

    def empty(self, rows: int, columns: int) -> Any:
        """A matrix on the card, to be filled."""

    def put(self, held: Any, rows: slice, numbers: NDArray[np.float32]) -> None:
        """Fill some rows of a matrix."""

    def products(self, rows: Any, columns: Any) -> Any:
        """(r, c) products of r rows of one matrix and c rows of another."""

    def reaching(self, products: Any, limits: NDArray[np.float32]) -> NDArray[np.intp]:
        """(n,) positions, row by row and ascending, of all products at or above the (c,) limits of their columns."""

    def fetched(self, products: Any) -> NDArray[np.float32]:
        """Products in the processor's memory."""

    def release(self) -> None:
        """Give memory back that is held for later use."""

    def full_precision(self) -> AbstractContextManager[None]:
        """Float32 products of full precision meanwhile, where the library leaves a choice."""


class ModuleArrays:
    """Arrays of a module with NumPy's names: CuPy, or in tests NumPy itself."""

    # CuPy's own is one.
    out_of_memory: tuple[type[Exception], ...] = (MemoryError,)

    def __init__(self, module: Any, name: str) -> None:
        self.module, self.name = module, name

    def empty(self, rows: int, columns: int) -> Any:
        return self.module.empty((rows, columns), np.float32)

    def put(self, held: Any, rows: slice, numbers: NDArray[np.float32]) -> None:
        held[rows] = self.module.asarray(numbers)

    def products(self, rows: Any, columns: Any) -> Any:
        return self.module.matmul(rows, columns.T)

    def reaching(self, products: Any, limits: NDArray[np.float32]) -> NDArray[np.intp]:
        found = self.module.flatnonzero(products >= self.module.asarray(limits))
        return self.fetched(found).astype(np.intp, copy=False)

    def fetched(self, products: Any) -> NDArray[Any]:
        return np.asarray(products.get() if hasattr(products, "get") else products)

    def release(self) -> None:
        if hasattr(self.module, "get_default_memory_pool"):
            self.module.get_default_memory_pool().free_all_blocks()

    def full_precision(self) -> AbstractContextManager[None]:
        # CuPy rounds to TF32 only where CUPY_TF32 asks for it, and then is refused.
        return nullcontext()


class TorchArrays:
    """Arrays of PyTorch on a device of its own, called "cuda" or "cpu"."""

    def __init__(self, torch: Any, place: str, name: str) -> None:
        self.torch, self.place, self.name = torch, place, name
        own = getattr(torch, "OutOfMemoryError", None) or torch.cuda.OutOfMemoryError
        self.out_of_memory: tuple[type[Exception], ...] = (own, MemoryError)

    def empty(self, rows: int, columns: int) -> Any:
        return self.torch.empty((rows, columns), dtype=self.torch.float32, device=self.place)

    def put(self, held: Any, rows: slice, numbers: NDArray[np.float32]) -> None:
        held[rows] = self.torch.tensor(numbers, device=self.place)

    def products(self, rows: Any, columns: Any) -> Any:
        return self.torch.matmul(rows, columns.T)

    def reaching(self, products: Any, limits: NDArray[np.float32]) -> NDArray[np.intp]:
        found = self.torch.nonzero((products >= self.torch.tensor(limits, device=self.place)).flatten())
        return np.asarray(found.flatten().cpu().numpy()).astype(np.intp, copy=False)

    def fetched(self, products: Any) -> NDArray[np.float32]:
        return np.asarray(products.cpu().numpy())

    def release(self) -> None:
        if self.place == "cuda":
            self.torch.cuda.empty_cache()

    @contextmanager
    def full_precision(self) -> Iterator[None]:
        backends = self.torch.backends
        products = backends.cuda.matmul if self.place == "cuda" else backends.mkldnn.matmul
        if not hasattr(products, "fp32_precision"):
            # PyTorch before 2.9 has one setting for all.
            before = self.torch.get_float32_matmul_precision()
            self.torch.set_float32_matmul_precision("highest")
            try:
                yield
            finally:
                self.torch.set_float32_matmul_precision(before)
            return
        before, products.fp32_precision = products.fp32_precision, "ieee"
        try:
            yield
        finally:
            products.fp32_precision = before
