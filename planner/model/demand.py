"""Where people live: demand points with counts only (law 9)."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen
from planner.model.provenance import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand points, ordered by id.

    Parameters
    ----------
    id
        Unique ids as text, ascending, shape (n,).
    name
        Names (estate, hamlet), shape (n,).
    community
        Code of the committee each point belongs to, shape (n,).
    lonlat
        Degrees (CGCS2000 / WGS 84), shape (n, 2).
    households
        Households; NaN where unknown (law 1), shape (n,).
    older
        People aged 60 and over; NaN where unknown, shape (n,).
    households_definition
        Which households are counted: ``resident``, ``registered`` or ``dwellings``.
    count_date
        Date of the counts (law 6).
    synthetic
        True where the counts are made up for demonstration.
    origin
        Where each row stood, shape (n,), or empty where not known.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    community: tuple[str, ...]
    lonlat: NDArray[np.float64]
    households: NDArray[np.float64]
    older: NDArray[np.float64]
    households_definition: str
    count_date: date
    synthetic: bool = False
    origin: tuple[Origin, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.id)
        if list(self.id) != sorted(set(self.id)):
            raise ValueError("ids must be unique and ascending")
        for label in ("households", "older"):
            values = frozen(getattr(self, label), np.float64)
            if values.shape != (n,):
                raise ValueError(f"{label} has shape {values.shape}, expected ({n},)")
            object.__setattr__(self, label, values)
        lonlat = frozen(self.lonlat, np.float64)
        if lonlat.shape != (n, 2):
            raise ValueError(f"lonlat has shape {lonlat.shape}, expected ({n}, 2)")
        object.__setattr__(self, "lonlat", lonlat)
        if len(self.name) != n or len(self.community) != n:
            raise ValueError("columns of different length")
        if self.origin and len(self.origin) != n:
            raise ValueError("origin has another length than the ids")

    def __len__(self) -> int:
        return len(self.id)

    def weight(self) -> NDArray[np.float64]:
        """Return older people per point with unknown counted as nobody, shape (n,).

        The number of unknown points is reported as a finding by the store; this is the one
        weight the coverage function, the optimiser and the map share (law 5).
        """
        return frozen(np.nan_to_num(self.older, nan=0.0), np.float64)
