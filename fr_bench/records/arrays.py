"""The arrays that records hold: their types, and how they are protected from writes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]
Indices = NDArray[np.int32]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, refusing writes from here on."""
    array.flags.writeable = False
    return array
