"""Where facilities and estates are entered."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen
from planner.model.provenance import Origin

EntranceOf = Literal["facility", "demand", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    """Doors and gates in the order of the file; a place may have several.

    Parameters
    ----------
    place
        Id of the facility or demand point each one leads into, shape (k,).
    of
        ``facility`` or ``demand``, '' where the file does not say, shape (k,).
    lonlat
        Degrees (CGCS2000 / WGS 84), shape (k, 2).
    origin
        Where each row stood, shape (k,).
    """

    place: tuple[str, ...]
    of: tuple[EntranceOf, ...]
    lonlat: NDArray[np.float64]
    origin: tuple[Origin, ...]

    def __post_init__(self) -> None:
        k = len(self.place)
        lonlat = frozen(self.lonlat, np.float64)
        if lonlat.shape != (k, 2):
            raise ValueError(f"lonlat has shape {lonlat.shape}, expected ({k}, 2)")
        object.__setattr__(self, "lonlat", lonlat)
        if {len(self.of), len(self.origin)} != {k}:
            raise ValueError("columns of different length")

    def __len__(self) -> int:
        return len(self.place)
