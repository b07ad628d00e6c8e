"""The walking network: streets with geometry, lengths and rise, in metres."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


class WayKind(IntEnum):
    """What an edge is to a walker."""

    STREET = 0
    PATH = 1
    STEPS = 2
    BRIDGE = 3
    TUNNEL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A street network. Parallel edges and loops are kept.

    Parameters
    ----------
    tail, head
        Node at either end of each edge, int32, shape (m,).
    node_count
        Number of nodes.
    vertices
        Points of all edge polylines, one edge after the other from tail to head, in metres of
        `crs`, shape (v, 2).
    edge_start
        First vertex of each edge and one past the last, int64, shape (m + 1,).
    length_m
        Length on the ground, shape (m,).
    profile_m
        Height above sea level at every vertex, NaN where there is no elevation, shape (v,).
    kind
        `WayKind`, int8, shape (m,).
    walk_forward, walk_backward
        Whether one may walk from tail to head, and from head to tail, shape (m,).
    component
        Number of the connected piece each edge lies in, 0 is the largest, int32, shape (m,).
    crs
        The metre CRS of `vertices` as PROJ text or authority code.
    source
        File or place the streets come from, with attribution.
    data_date
        Date of the street data.
    synthetic
        True where made up for demonstration.
    lived_on
        Streets people live along (residential, service, living streets), shape (m,); `None`
        where the source does not tell them apart.
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    node_count: int
    vertices: NDArray[np.float64]
    edge_start: NDArray[np.int64]
    length_m: NDArray[np.float64]
    profile_m: NDArray[np.float64]
    kind: NDArray[np.int8]
    walk_forward: NDArray[np.bool_]
    walk_backward: NDArray[np.bool_]
    component: NDArray[np.int32]
    crs: str
    source: str
    data_date: date | None
    synthetic: bool = False
    lived_on: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        m = len(self.tail)
        v = len(self.vertices)
        shapes: dict[str, tuple[type, tuple[int, ...]]] = {
            "tail": (np.int32, (m,)),
            "head": (np.int32, (m,)),
            "vertices": (np.float64, (v, 2)),
            "edge_start": (np.int64, (m + 1,)),
            "length_m": (np.float64, (m,)),
            "profile_m": (np.float64, (v,)),
            "kind": (np.int8, (m,)),
            "walk_forward": (np.bool_, (m,)),
            "walk_backward": (np.bool_, (m,)),
            "component": (np.int32, (m,)),
        }
        if self.lived_on is not None:
            shapes["lived_on"] = (np.bool_, (m,))
        for label, (dtype, shape) in shapes.items():
            values = frozen(getattr(self, label), dtype)
            if values.shape != shape:
                raise ValueError(f"{label} has shape {values.shape}, expected {shape}")
            object.__setattr__(self, label, values)
        if m and (self.edge_start[0] != 0 or self.edge_start[-1] != v):
            raise ValueError("edge_start must run from 0 to the number of vertices")

    def __len__(self) -> int:
        return len(self.tail)
