"""Community space against households."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceSummary:
    """Space ratio of a group of communities.

    Parameters
    ----------
    key
        What the group is: ``city``, ``urban``, ``rural``, a township code (nine digits) or a county
        code, the last optionally followed by ``/urban`` or ``/rural``.
    units, known
        Committees in the group, and those whose area and households are both known.
    floor_m2, households
        Sums over the known ones.
    ratio
        Square metres per 100 households of the group as a whole; NaN if nothing is known.
    mean_ratio
        Mean of the communities' own ratios.
    meeting
        Known communities that meet the norm.
    share_meeting
        ``meeting / known``; NaN if nothing is known.
    deficit_m2
        Sum over known communities of what is missing to the norm.
    mean_floor_m2
        Mean floor area of the community facilities.
    """

    key: str
    units: int
    known: int
    floor_m2: float
    households: float
    ratio: float
    mean_ratio: float
    meeting: int
    share_meeting: float
    deficit_m2: float
    mean_floor_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """Square metres of community space per 100 households, by community.

    Parameters
    ----------
    community
        Codes of the urban and rural committees, shape (n,).
    floor_m2
        Floor area; NaN where a facility's area is unknown; 0 where there is no facility.
    households
        Households; NaN where unknown.
    ratio
        Square metres per 100 households; NaN where unknown.
    deficit_m2
        Missing square metres to the norm; NaN where unknown.
    norm
        The norm in square metres per 100 households.
    definition, households_date, area_date
        Which households, and the dates of numerator and denominator (law 6).
    summaries
        `SpaceSummary` for the city, urban, rural, every county and every township.
    """

    community: tuple[str, ...]
    floor_m2: NDArray[np.float64]
    households: NDArray[np.float64]
    ratio: NDArray[np.float64]
    deficit_m2: NDArray[np.float64]
    norm: float
    definition: str
    households_date: date
    area_date: date
    summaries: tuple[SpaceSummary, ...]

    def __post_init__(self) -> None:
        for label in ("floor_m2", "households", "ratio", "deficit_m2"):
            object.__setattr__(self, label, frozen(getattr(self, label), np.float64))

    def summary(self, key: str) -> SpaceSummary:
        """Return the summary named `key`.

        Raises
        ------
        KeyError
            If there is no such group.
        """
        for summary in self.summaries:
            if summary.key == key:
                return summary
        raise KeyError(key)
