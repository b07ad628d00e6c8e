"""The values a tree of sites is made of, shared by its compiled and its plain half."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.reduce import Merged

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]
U16 = NDArray[np.uint16]

STEPS = 32_768  # multipliers are whole parts of this many of the weight of their row
FREE, IN, OUT = 0, 1, -1


class Task(NamedTuple):
    """A siting problem as the nodes see it: rows, costs, limit, slack allowed for rounding."""

    merged: Merged
    cost: F64
    limit: float
    guard: float


class Pool(NamedTuple):
    """Open nodes: states of candidates, prices as shares, bounds and numbers."""

    state: I8
    share: U16
    bound: F64
    number: I64
    used: I64  # open nodes, nodes ever made


class Record(NamedTuple):
    """What a slice of work leaves for the certificate, one entry per node in order of work."""

    number: I64
    site: I64
    share: U16
    money: F64
