"""Parts of a polyline, by share of its length."""

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def stretch(line: F64, low: float, high: float) -> F64:
    """Return the part of a line from one share of its length to another.

    Parameters
    ----------
    line
        Points: x and y in metres, and any further columns (a height), which are interpolated
        alike, shape (k, c) with k >= 2.
    low, high
        Shares of the length, 0 at the first point and 1 at the last; where `low` is above `high`
        the part runs backwards.

    Returns
    -------
    NDArray[np.float64]
        At least two points, the same one twice where the part has no length, shape (j, c).

    Raises
    ------
    ValueError
        If the line has fewer than two points or a share is not within 0..1.
    """
    if len(line) < 2:
        raise ValueError("a line needs two points")
    if not (0 <= low <= 1 and 0 <= high <= 1):
        raise ValueError(f"shares {low} and {high} are not within 0..1")
    if low > high:
        return stretch(line, high, low)[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line[:, :2], axis=0).T))])
    total = along[-1]
    first, last = low * total, high * total
    inner = (along > first) & (along < last)
    ends = [line[0] if low == 0 else _at(line, along, first),
            line[-1] if high == 1 else _at(line, along, last)]  # fmt: skip
    return np.concatenate([ends[0][None], line[inner], ends[1][None]])


def _at(line: F64, along: F64, where: float) -> F64:
    """Return the point of a line that far from its beginning, shape (c,)."""
    return np.array([np.interp(where, along, column) for column in line.T])


def length_of(line: F64) -> float:
    """Return the length of a line, shape (k, c); only its first two columns count."""
    return float(np.hypot(*np.diff(line[:, :2], axis=0).T).sum())
