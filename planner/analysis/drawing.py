"""Catchments as drawings. People are counted from the cover relation, never from these."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.attaching import Attached, merge_places, pick_places
from planner.analysis.walk import Pace, Walk, limit_mm
from planner.kernel.cover import Field, search_field
from planner.kernel.isochrone import site_polygons, split_polygons
from planner.kernel.lattice import Lattice, Reached, lattice_within, read_lattice
from planner.kernel.shape import merged_polygons
from planner.model.outcome import BORDER_M, OUTLINE_M, Catchment, CatchmentKind
from planner.model.plan import Pick
from planner.model.sites import Sites

RINGS = (1 / 3, 2 / 3, 1.0)  # of the limit: 5, 10 and 15 of 15 minutes
CELL_M = 20.0

Shapes = NDArray[np.object_]


class _Drawing(NamedTuple):
    """What all drawings of a run share: a lattice over every street that is reached."""

    walk: Walk
    pace: Pace
    lattice: Lattice


def draw_catchments(
    walk: Walk,
    today: tuple[Sites, Attached],
    more: tuple[Sequence[Pick], Attached],
    pace: Pace,
    *,
    closed: Sequence[int] = (),
) -> tuple[Catchment, ...]:
    """Draw the catchments of the facilities that stand, and with the proposed sites built.

    Parameters
    ----------
    walk
        The priced network.
    today, more
        Serving facilities and proposed sites, and where they are attached.
    pace
        Walking speed and limit.
    closed
        Facilities that the plan closes, rows of those that stand.

    Returns
    -------
    tuple of Catchment
        For each state the merged rings at a third, two thirds and all of the limit; then, at the
        limit, one single and one split catchment for every site, empty where it reaches nothing.
    """
    built = merge_places(today[1], more[1])
    names = [
        *zip(today[0].id, today[0].name, strict=True),
        *((pick.id, pick.name) for pick in more[0]),
    ]
    kept = np.setdiff1d(np.arange(len(built)), np.array(closed, np.intp))
    rows = (np.arange(len(today[1])), kept)
    states = (("baseline", today[1]), ("planned", pick_places(built, kept) if closed else built))
    fields = [_search(walk, sites, pace) for _, sites in states]
    widest = _search(walk, built, pace) if closed else fields[1]
    lattice = lattice_within(widest, walk.grid, built.stops, cell_m=CELL_M)
    drawing = _Drawing(walk, pace, lattice)
    reached = [read_lattice(field, lattice) for field in fields]
    rings = [
        ring
        for (state, sites), search in zip(states, reached, strict=True)
        if len(sites.usable())
        for ring in _rings(drawing, search, state)
    ]
    single = _singles(drawing, built)
    for (state, sites), search, of in zip(states, reached, rows, strict=True):
        own = {
            CatchmentKind.SINGLE: single[of],
            CatchmentKind.SPLIT: _splits(drawing, search, sites),
        }
        for kind, shapes in own.items():
            rings += [
                Catchment(
                    state=state,
                    limit_min=round(pace.limit_min, 6),
                    geometry=shape,
                    kind=kind,
                    facility_id=names[i][0],
                    facility=names[i][1],
                )
                for i, shape in zip(of.tolist(), shapes, strict=True)
            ]
    return tuple(rings)


def _search(walk: Walk, sites: Attached, pace: Pace) -> Field:
    beyond = round(CELL_M * 1000)  # an outline needs both its sides
    limit = pace.limit_mm + beyond
    return search_field(walk.graph, sites.stops, towards=walk.towards, limit_mm=limit)


def _rings(drawing: _Drawing, reached: Reached, state: str) -> list[Catchment]:
    minutes = [drawing.pace.limit_min * share for share in RINGS]
    limits = [limit_mm(drawing.pace.speed_mps, limit) for limit in minutes]
    drawn = merged_polygons(reached, drawing.lattice, limits_mm=limits)
    shapes = _degrees(drawing.walk, shapely.simplify(_shapes(drawn), OUTLINE_M))
    return [
        Catchment(state=state, limit_min=round(limit, 6), geometry=shape)
        for limit, shape in zip(minutes, shapes, strict=True)
    ]


def _singles(drawing: _Drawing, sites: Attached) -> Shapes:
    """Return the catchment of each site by itself; through several entrances it is one."""
    walk, limit = drawing.walk, drawing.pace.limit_mm
    drawn = _shapes(
        site_polygons(
            walk.graph, drawing.lattice, sites.stops, limit_mm=limit, towards=walk.towards
        )
    )
    if not sites.single:
        first = np.searchsorted(sites.owner, np.arange(len(sites) + 1))
        drawn = _shapes([shapely.union_all(drawn[a:b]) for a, b in pairwise(first)])
    return _degrees(walk, shapely.simplify(drawn, OUTLINE_M))


def _splits(drawing: _Drawing, reached: Reached, sites: Attached) -> Shapes:
    """Return the catchments in which every place belongs to its nearest site."""
    limit = drawing.pace.limit_mm
    drawn = _shapes(split_polygons(reached, drawing.lattice, sites.owner, limit_mm=limit))
    return _degrees(drawing.walk, shapely.coverage_simplify(drawn, BORDER_M))


def _shapes(drawn: Iterable[shapely.Geometry]) -> Shapes:
    shapes = list(drawn)
    array = np.empty(len(shapes), object)
    array[:] = shapes
    return array


def _degrees(walk: Walk, shapes: Shapes) -> Shapes:
    return np.asarray(shapely.transform(shapes, walk.ground.to_degrees), object)
