"""Homes: buildings people live in, over which the people of a community are shared out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildings:
    """Buildings people live in.

    Parameters
    ----------
    lonlat
        A point inside each, degrees (CGCS2000 / WGS 84), shape (n, 2).
    dwellings
        Dwellings; NaN where unknown, shape (n,).
    floor_m2
        Floor area: as stated, or footprint times storeys; NaN where unknown, shape (n,).
    footprint_m2
        Geodesic area of the polygon; NaN where the file has points, shape (n,).
    """

    lonlat: NDArray[np.float64]
    dwellings: NDArray[np.float64]
    floor_m2: NDArray[np.float64]
    footprint_m2: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.dwellings)
        shapes = {"lonlat": (n, 2), "dwellings": (n,), "floor_m2": (n,), "footprint_m2": (n,)}
        for label, shape in shapes.items():
            values = frozen(getattr(self, label), np.float64)
            if values.shape != shape:
                raise ValueError(f"{label} has shape {values.shape}, expected {shape}")
            object.__setattr__(self, label, values)

    def __len__(self) -> int:
        return len(self.dwellings)
