"""Catchments as drawings. People are counted from the cover relation, never from these."""

import numpy as np
import shapely

from planner.analysis.attaching import Attached, take_stops
from planner.analysis.walk import Pace, Walk, limit_mm
from planner.kernel.shape import reach_polygons
from planner.model.outcome import Catchment

RINGS = (1 / 3, 2 / 3, 1.0)  # of the limit: 5, 10 and 15 of 15 minutes


def draw_rings(walk: Walk, sites: Attached, pace: Pace, *, state: str) -> tuple[Catchment, ...]:
    """Draw where the sites are reached within a third, two thirds and all of the limit.

    Parameters
    ----------
    walk
        The priced network.
    sites
        Attached sites.
    pace
        Walking speed and limit.
    state
        ``baseline`` or ``planned``.
    """
    usable = sites.stops.edge >= 0
    stops = take_stops(sites.stops, np.flatnonzero(usable))
    limits = [pace.limit_min * share for share in RINGS]
    if not usable.any():
        return ()
    drawn = reach_polygons(
        walk.graph,
        walk.network.vertices,
        walk.network.edge_start,
        stops,
        limits_mm=[limit_mm(pace.speed_mps, minutes) for minutes in limits],
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
