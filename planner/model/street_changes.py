"""Streets that open or close: an overlay over the walking network."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen
from planner.model.network import WayKind
from planner.model.provenance import Origin


class ChangeKind(StrEnum):
    """What happens to a street."""

    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetChange:
    """One line that opens or closes, or one point that closes.

    Parameters
    ----------
    change
        Whether walkers gain or lose this way.
    way
        What it is to a walker; of no account where it closes.
    xy
        Its points in metres of `StreetChanges.crs`, a single one for a point, shape (k, 2).
    profile_m
        Height above sea level at each, NaN where unknown, shape (k,).
    lonlat
        Degrees (CGCS2000 / WGS 84) of its first and last point, shape (2, 2).
    origin
        Where it stood.
    """

    change: ChangeKind
    way: WayKind
    xy: NDArray[np.float64]
    profile_m: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    origin: Origin

    def __post_init__(self) -> None:
        for label in ("xy", "profile_m", "lonlat"):
            object.__setattr__(self, label, frozen(getattr(self, label), np.float64))
        k = len(self.xy)
        if self.xy.shape != (k, 2) or self.profile_m.shape != (k,) or self.lonlat.shape != (2, 2):
            raise ValueError("xy, profile_m and lonlat do not fit one another")
        if self.change is ChangeKind.OPEN and k < 2:
            raise ValueError("a street that opens needs a line")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetChanges:
    """All changes of a scenario in the order of the file.

    Parameters
    ----------
    changes
        One by one.
    crs
        The metre CRS of their points, that of the network they lie over.
    """

    changes: tuple[StreetChange, ...]
    crs: str

    def __len__(self) -> int:
        return len(self.changes)
