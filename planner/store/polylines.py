"""Streets as any source gives them: polylines in degrees between numbered nodes."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Polylines:
    """Street polylines with their topology.

    Parameters
    ----------
    lonlat
        Points of all lines, one line after the other, in degrees, shape (v, 2).
    start
        First point of each line and one past the last, int64, shape (m + 1,).
    tail, head
        Node at either end, int64, shape (m,).
    kind
        `WayKind`, int8, shape (m,).
    forward, backward
        Whether one may walk from tail to head, and back, shape (m,).
    data_date
        Date the source itself states, if any.
    attribution
        Who made the data, if the source itself says so.
    crs
        Coordinate system of the source.
    notes
        What the reader decided.
    lived_on
        Streets people live along, shape (m,); `None` where the source does not tell.
    """

    lonlat: NDArray[np.float64]
    start: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    kind: NDArray[np.int8]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    data_date: date | None = None
    attribution: str = ""
    crs: str = "EPSG:4326"
    notes: tuple[tuple[str, str], ...] = ()
    lived_on: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.tail)
