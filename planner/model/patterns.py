"""People by district and exact set of sites within reach: what every what-if is added from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPatterns:
    """Older people by district and set of sites; no place is kept.

    Parameters
    ----------
    district
        Codes of the districts; '' collects what belongs to none of them.
    site_id
        Ids of the serving facilities that stand, then of the proposed sites in build order.
    standing
        How many of them stand.
    at
        District of each row, shape (r,).
    people
        Of each row, shape (r,).
    start
        First entry of each row in `site` and one past the last, shape (r + 1,).
    site
        Sites within reach of the people of a row, rising within it, shape (m,).
    """

    district: tuple[str, ...]
    site_id: tuple[str, ...]
    standing: int
    at: NDArray[np.int64]
    people: NDArray[np.float64]
    start: NDArray[np.int64]
    site: NDArray[np.int64]

    def __post_init__(self) -> None:
        for label in ("at", "start", "site"):
            object.__setattr__(self, label, frozen(getattr(self, label), np.int64))
        object.__setattr__(self, "people", frozen(self.people, np.float64))
        if self.at.shape != self.people.shape or self.start.shape != (len(self.at) + 1,):
            raise ValueError("at, people and start do not fit one another")
        if self.start[-1] != len(self.site):
            raise ValueError("start does not fit site")

    def reached(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows any of the chosen sites reaches, shape (r,).

        Parameters
        ----------
        chosen
            Which sites serve, shape (sites,).
        """
        before = np.concatenate([[0], np.cumsum(chosen[self.site])])
        return np.asarray(np.diff(before[self.start]) > 0, np.bool_)
