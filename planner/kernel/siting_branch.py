"""Close the gap by branching on sites, with a certificate for the whole tree.

Every node lowers its own Lagrangian bound, fixes candidates by their reduced price, and keeps its
multipliers, so that `recheck_tree` can prove the tree again without trusting this module.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting_bound import STEPS, descend_in_place, price_of_money
from planner.kernel.siting_reduce import Merged

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]
U16 = NDArray[np.uint16]
