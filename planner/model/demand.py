"""Where people live: demand points with counts only (law 9)."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen
from planner.model.provenance import Origin
from planner.model.said import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """How people counted for a whole community came to stand at points.

    Parameters
    ----------
    over
        ``buildings``, ``streets``, or ``none`` where each community stands at one point.
    communities, points
        Communities whose people were shared out, and the points made for them.
    lone
        Communities of them that stand at one point, for want of any building or street.
    placed
        Points that stand as the file places them.
    """

    over: str
    communities: int
    points: int
    lone: int = 0
    placed: int = 0


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
        Degrees (CGCS2000 / WGS 84), shape (n, 2); NaN for the total of a community, which stands
        nowhere until it is shared out.
    households
        Households; NaN where unknown (law 1), shape (n,).
    older
        People aged 60 and over; NaN where unknown, shape (n,).
    older_65, older_80
        Those of them aged 65, 80 and over; NaN where unknown, shape (n,); `None` where the file
        has no such column.
    projected
        Pairs of a year and the people aged 60 and over expected then, shape (n,), by year.
    households_definition
        Which households are counted: ``resident``, ``registered`` or ``dwellings``.
    count_date
        Date of the counts (law 6).
    synthetic
        True where the counts are made up for demonstration.
    origin
        Where each row stood, shape (n,), or empty where not known.
    population
        All people; NaN where unknown, shape (n,); `None` where the file has no such column.
    representation
        How community totals were shared out; `None` where every point is as in the file.
    said
        Names each row gives beside its code, shape (n,), or empty where there are none.
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
    older_65: NDArray[np.float64] | None = None
    older_80: NDArray[np.float64] | None = None
    projected: tuple[tuple[int, NDArray[np.float64]], ...] = ()
    population: NDArray[np.float64] | None = None
    representation: Representation | None = None
    said: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.id)
        if list(self.id) != sorted(set(self.id)):
            raise ValueError("ids must be unique and ascending")
        for label in ("households", "population", "older", "older_65", "older_80"):
            if getattr(self, label) is not None:
                object.__setattr__(self, label, _column(label, getattr(self, label), n))
        years = [year for year, _ in self.projected]
        if years != sorted(set(years)):
            raise ValueError("years must be unique and ascending")
        told = tuple((year, _column(f"older {year}", people, n)) for year, people in self.projected)
        object.__setattr__(self, "projected", told)
        lonlat = frozen(self.lonlat, np.float64)
        if lonlat.shape != (n, 2):
            raise ValueError(f"lonlat has shape {lonlat.shape}, expected ({n}, 2)")
        object.__setattr__(self, "lonlat", lonlat)
        if len(self.name) != n or len(self.community) != n:
            raise ValueError("columns of different length")
        if self.origin and len(self.origin) != n:
            raise ValueError("origin has another length than the ids")
        if self.said and len(self.said) != n:
            raise ValueError("said has another length than the ids")

    def __len__(self) -> int:
        return len(self.id)

    def is_placed(self) -> NDArray[np.bool_]:
        """Return which points have a place, shape (n,)."""
        return frozen(np.isfinite(self.lonlat).all(axis=1), np.bool_)

    def weight(self) -> NDArray[np.float64]:
        """Return older people per point with unknown counted as nobody, shape (n,).

        The number of unknown points is reported as a finding by the store; this is the one
        weight the coverage function, the optimiser and the map share (law 5).
        """
        return frozen(np.nan_to_num(self.older, nan=0.0), np.float64)

    def in_year(self, year: int) -> "Demand":
        """Return the same points with the older people expected in a year.

        Their ages are not known: the bands are left out.

        Raises
        ------
        KeyError
            If nothing is projected for that year.
        """
        older = dict(self.projected)[year]
        return replace(
            self, older=older, older_65=None, older_80=None, projected=(), population=None
        )


def _column(label: str, numbers: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    values = frozen(numbers, np.float64)
    if values.shape != (n,):
        raise ValueError(f"{label} has shape {values.shape}, expected ({n},)")
    return values
