"""Whole people shared out by weight, so that every sum stays what it was."""

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_FINE = 2**31  # weights are counted in so many steps, which keeps every product in 63 bits
_MOST = 2**31


def apportion(total: float, weight: F64) -> F64:
    """Share out a number by the largest remainder, to the person.

    Every place gets the whole part of its quota; what is left goes one by one to the largest
    remainders, of equal ones to the place that stands first. So nobody gets less than the quota
    rounded down or more than it rounded up, and a heavier place never gets less than a lighter
    one.

    Parameters
    ----------
    total
        What is shared out, at least 0. Its fraction, if it has one (a share of the people), goes
        undivided to the next place in line.
    weight
        Weights, at least 0 and not all 0, shape (n,).

    Returns
    -------
    F64
        Shares that add up to `total`, shape (n,); whole numbers where `total` is one.

    Raises
    ------
    ValueError
        If `total` or a weight is negative, not finite or beyond 2^31, or no place has a weight.

    References
    ----------
    Balinski, Young (1982), Fair Representation: the method of Hamilton.
    """
    steps = _in_steps(weight)
    whole = int(np.floor(total)) if np.isfinite(total) else -1
    if not 0 <= whole < _MOST:
        raise ValueError(f"cannot share out {total}")
    if not len(steps) or not steps.any():
        raise ValueError("no place has a weight")
    every = int(steps.sum())
    share = whole * steps // every
    rest = whole * steps % every  # the remainders, as whole numbers: no rounding, no false ties
    line = np.lexsort((-np.asarray(weight, np.float64), -steps, -rest))
    left = whole - int(share.sum())
    share[line[:left]] += 1
    out = share.astype(np.float64)
    fraction = float(total) - whole
    if fraction:
        out[line[left % len(line)]] += fraction
    return out


def _in_steps(weight: F64) -> I64:
    """Return weights as whole numbers whose sum stays below 2^32; counts stay what they are."""
    values = np.asarray(weight, np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("weights must be finite and at least 0")
    every = float(values.sum())
    if every >= _FINE or (values != np.floor(values)).any():
        values = np.ceil(values * (_FINE / every))
    return values.astype(np.int64)


def apportion_within(total: float, inside: F64, *otherwise: F64) -> F64:
    """Share out a number so that no place gets more than `inside` has there.

    That holds as long as `total` is not above the sum of `inside`, which has whole numbers: the
    quota of a place is then at most its number, and so is the quota rounded up.

    Parameters
    ----------
    total
        What is shared out; NaN (unknown) stays unknown everywhere.
    inside
        Whole numbers the shares are a part of, shape (n,).
    *otherwise
        Weights to take in turn where `inside` is unknown or nobody.

    Returns
    -------
    F64
        Shares that add up to `total`, shape (n,).
    """
    if np.isnan(total):
        return np.full(len(inside), np.nan)
    for weight in (inside, *otherwise):
        if np.isfinite(weight).all() and weight.any():
            return apportion(total, weight)
    return apportion(total, np.ones(len(inside)))
