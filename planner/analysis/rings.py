"""Catchments as drawings. People are counted from the cover relation, never from these."""

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.catchment import Attached, Walk, limit_mm
from planner.kernel.paths import Stops
from planner.kernel.shape import reach_polygons
from planner.model.outcome import Catchment

RINGS = (1 / 3, 2 / 3, 1.0)  # of the limit: 5, 10 and 15 of 15 minutes


def draw_rings(
    walk: Walk, sites: Attached, *, speed_mps: float, limit_min: float, state: str
) -> tuple[Catchment, ...]:
    """Draw where the sites are reached within a third, two thirds and all of the limit.

    Parameters
    ----------
    walk
        The priced network.
    sites
        Attached sites.
    speed_mps, limit_min
        Walking speed on flat ground and the limit in minutes.
    state
        ``baseline`` or ``planned``.
    """
    usable = sites.stops.edge >= 0
    stops = pick_stops(sites, np.flatnonzero(usable)).stops
    limits = [limit_min * share for share in RINGS]
    if not usable.any():
        return ()
    drawn = reach_polygons(
        walk.graph,
        walk.network.vertices,
        walk.network.edge_start,
        stops,
        limits_mm=[limit_mm(speed_mps, minutes) for minutes in limits],
        towards=walk.towards,
    )
    return tuple(
        Catchment(
            state=state,
            limit_min=round(minutes, 6),
            geometry=shapely.transform(polygon, walk.ground.to_degrees),
        )
        for minutes, polygon in zip(limits, drawn, strict=True)
    )


def merge_stops(first: Attached, second: Attached) -> Attached:
    """Put two sets of attached points one behind the other."""
    one, other = first.stops, second.stops
    stops = Stops(
        edge=np.concatenate([one.edge, other.edge]),
        share=np.concatenate([one.share, other.share]),
        access_mm=np.concatenate([one.access_mm, other.access_mm]),
    )
    return Attached(stops=stops, access_m=np.concatenate([first.access_m, second.access_m]))


def pick_stops(attached: Attached, rows: NDArray[np.intp]) -> Attached:
    """Take the points at `rows`."""
    stops = attached.stops
    taken = Stops(edge=stops.edge[rows], share=stops.share[rows], access_mm=stops.access_mm[rows])
    return Attached(stops=taken, access_m=attached.access_m[rows])
