"""Facilities that stand and candidate sites that might."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen
from planner.model.provenance import Origin
from planner.model.said import Said


class FacilityKind(StrEnum):
    """Kinds of facility the plan counts; synonyms stand in ``store/columns.toml``."""

    ELDERLY_STATION = "elderly_station"  # 城市社区养老服务中心(站)
    RURAL_ELDERLY = "rural_elderly"  # 农村幸福院, 农村社区养老服务中心
    INSTITUTION = "institution"  # 养老机构
    COMMUNITY_SPACE = "community_space"  # 城乡社区综合服务设施
    CANDIDATE = "candidate"  # a place where a station could be opened
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Facilities or candidates, ordered by id.

    Parameters
    ----------
    id
        Unique ids as text, ascending, shape (n,).
    name
        Names, shape (n,).
    kind
        `FacilityKind`, shape (n,).
    community
        Code of the committee the facility is declared in ('' unknown), shape (n,).
    lonlat
        Degrees (CGCS2000 / WGS 84), shape (n, 2); NaN where the place is unknown.
    floor_m2, beds, nursing_beds
        NaN where unknown (law 1), shape (n,).
    cost
        What opening each candidate costs, 10,000 yuan, NaN where unknown; `None` where costs play
        no part, shape (n,).
    list_date
        Date of the register.
    synthetic
        True where made up for demonstration.
    origin
        Where each row stood, shape (n,), or empty where not known.
    said
        Names each row gives beside its code, shape (n,), or empty where there are none.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[FacilityKind, ...]
    community: tuple[str, ...]
    lonlat: NDArray[np.float64]
    floor_m2: NDArray[np.float64]
    beds: NDArray[np.float64]
    nursing_beds: NDArray[np.float64]
    list_date: date
    synthetic: bool = False
    origin: tuple[Origin, ...] = ()
    cost: NDArray[np.float64] | None = None
    said: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.id)
        if self.cost is not None:
            object.__setattr__(self, "cost", frozen(self.cost, np.float64))
            if self.cost.shape != (n,):
                raise ValueError(f"cost has shape {self.cost.shape}, expected ({n},)")
        if list(self.id) != sorted(set(self.id)):
            raise ValueError("ids must be unique and ascending")
        for label in ("floor_m2", "beds", "nursing_beds"):
            values = frozen(getattr(self, label), np.float64)
            if values.shape != (n,):
                raise ValueError(f"{label} has shape {values.shape}, expected ({n},)")
            object.__setattr__(self, label, values)
        lonlat = frozen(self.lonlat, np.float64)
        if lonlat.shape != (n, 2):
            raise ValueError(f"lonlat has shape {lonlat.shape}, expected ({n}, 2)")
        object.__setattr__(self, "lonlat", lonlat)
        if {len(self.name), len(self.kind), len(self.community)} != {n}:
            raise ValueError("columns of different length")
        if self.origin and len(self.origin) != n:
            raise ValueError("origin has another length than the ids")
        if self.said and len(self.said) != n:
            raise ValueError("said has another length than the ids")

    def __len__(self) -> int:
        return len(self.id)

    def select(self, positions: NDArray[np.intp]) -> "Sites":
        """Return the sites at `positions` (ascending) as a new value."""
        at = [int(i) for i in positions]
        return Sites(
            id=tuple(self.id[i] for i in at),
            name=tuple(self.name[i] for i in at),
            kind=tuple(self.kind[i] for i in at),
            community=tuple(self.community[i] for i in at),
            lonlat=self.lonlat[at],
            floor_m2=self.floor_m2[at],
            beds=self.beds[at],
            nursing_beds=self.nursing_beds[at],
            list_date=self.list_date,
            synthetic=self.synthetic,
            origin=tuple(self.origin[i] for i in at) if self.origin else (),
            cost=None if self.cost is None else self.cost[at],
            said=tuple(self.said[i] for i in at) if self.said else (),
        )

    def of_kinds(self, kinds: frozenset[FacilityKind] | set[FacilityKind]) -> "Sites":
        """Return the sites whose kind is among `kinds`."""
        return self.select(np.array([i for i, k in enumerate(self.kind) if k in kinds], np.intp))
