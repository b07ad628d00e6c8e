"""Administrative units of one level."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.model.arrays import frozen


class UnitKind(StrEnum):
    """What a unit is; committees are told apart by digits 10-12 of their code."""

    COUNTY = "county"
    TOWNSHIP = "township"
    URBAN = "urban"  # 居民委员会, 001-199
    RURAL = "rural"  # 村民委员会, 200-399
    OTHER = "other"  # 类似村级单位, 400 and above: never in a denominator


@dataclass(frozen=True, slots=True, kw_only=True)
class Districts:
    """Units of one level, ordered by code.

    Parameters
    ----------
    code
        Unique codes as text, ascending, shape (n,).
    name
        Names, shape (n,).
    kind
        `UnitKind` of each unit, shape (n,).
    parent
        Code of the unit above ('' at the top), shape (n,).
    geometry
        Polygons in degrees (CGCS2000 / WGS 84, lon lat), shape (n,); `None` where unknown.
    list_date
        Date of the list the units come from (law 6).
    synthetic
        True where the shapes are made up for demonstration.

    Raises
    ------
    ValueError
        If the columns differ in length or codes are not unique and ascending.
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[UnitKind, ...]
    parent: tuple[str, ...]
    geometry: tuple[BaseGeometry | None, ...]
    list_date: date
    synthetic: bool = False

    def __post_init__(self) -> None:
        lengths = {len(self.code), len(self.name), len(self.kind), len(self.parent)}
        if lengths != {len(self.geometry)}:
            raise ValueError(f"columns of different length: {sorted(lengths)}")
        if list(self.code) != sorted(set(self.code)):
            raise ValueError("codes must be unique and ascending")

    def __len__(self) -> int:
        return len(self.code)

    def position(self) -> dict[str, int]:
        """Return code -> position."""
        return {code: i for i, code in enumerate(self.code)}

    def is_kind(self, kind: UnitKind) -> NDArray[np.bool_]:
        """Return which units are of `kind`, shape (n,)."""
        return frozen([k is kind for k in self.kind], np.bool_)
