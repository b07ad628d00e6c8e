"""Read-only copies of arrays, so that a frozen value is frozen for real (law 3)."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def frozen(values: ArrayLike, dtype: Any) -> NDArray[Any]:  # noqa: ANN401
    """Copy `values` to a contiguous read-only array.

    Parameters
    ----------
    values
        Anything numpy can read.
    dtype
        The element type of the copy.

    Returns
    -------
    NDArray
        A new C-contiguous array whose ``writeable`` flag is off. A file mapped for reading only
        is taken as it is, for nobody can write to it.
    """
    if isinstance(values, np.memmap) and not values.flags.writeable:
        mapped = np.asarray(values)
        if mapped.dtype == np.dtype(dtype) and mapped.flags.c_contiguous:
            return mapped
    copy = np.array(values, dtype=dtype, copy=True, order="C")
    copy.flags.writeable = False
    return copy
