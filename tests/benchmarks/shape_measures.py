"""Catchments drawn as polygons, and points attached to streets, against the libraries."""

import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import peers
import shapely
import valhalla_peer
from bench_city import (
    LIMIT_MM,
    TOWARDS,
    City,
    attached,
    node_stops,
    points_beside,
)
from measuring import Line, Timed, missing, raced, timed, times_faster
from numpy.typing import NDArray

from planner.kernel.cover import cover_pairs
from planner.kernel.isochrone import site_polygons
from planner.kernel.lattice import build_lattice
from planner.kernel.paths import Stops
from planner.kernel.snap import build_street_grid, snap_to_grid

CELL_M = 10.0
GOOD = 0.99  # recall and precision a polygon must reach against counted points
MOST_M = 300.0


class Truth(NamedTuple):
    """Points beside streets, and which of them are within the limit of each site."""

    points: NDArray[np.float64]
    within: NDArray[np.bool_]


def _truth(city: City, stops: Stops, count: int) -> Truth:
    points = points_beside(city, count, seed=4, farthest_m=25.0)
    start, demand, _ = cover_pairs(
        city.graph, stops, attached(city, points), limit_mm=LIMIT_MM, towards=TOWARDS
    )
    within = np.zeros((len(stops.edge), count), np.bool_)
    within[np.repeat(np.arange(len(stops.edge)), np.diff(start)), demand] = True
    return Truth(points, within)


def _quality(truth: Truth, polygons: list[Any]) -> tuple[float, float]:
    """Return recall and precision of polygons over all sites."""
    inside = np.stack([shapely.contains_xy(shape, truth.points) for shape in polygons])
    both = float((inside & truth.within).sum())
    return both / float(truth.within.sum()), both / max(float(inside.sum()), 1.0)


class Asked(NamedTuple):
    """What both sides are asked, and our way to answer."""

    nodes: NDArray[np.int32]
    truth: Truth
    draw: Callable[[], list[Any]]
    lattice_s: float


def _asked(city: City, *, quick: bool) -> Asked:
    nodes, stops = node_stops(city, 4 if quick else 40, seed=3)
    truth = _truth(city, stops, 20_000 if quick else 200_000)
    build_lattice(city.vertices, city.edge_start, cell_m=100.0)  # compiles
    lattice = timed(lambda: build_lattice(city.vertices, city.edge_start, cell_m=CELL_M))
    draw = partial(site_polygons, city.graph, lattice.result, limit_mm=LIMIT_MM, towards=TOWARDS)
    draw(Stops(*(column[:2] for column in stops)))
    return Asked(nodes, truth, lambda: draw(stops), lattice.cpu)


def _compared(
    line_id: str, peer_name: str, asked: Asked, sides: tuple[Timed, Timed], shapes: list[Any]
) -> Line:
    ours, peer = sides
    recall, precision = _quality(asked.truth, ours.result)
    their_recall, their_precision = _quality(asked.truth, shapes)
    equal = min(recall, precision) >= GOOD and all(shape.is_valid for shape in ours.result)
    line = times_faster(line_id, ours.cpu, peer.cpu, peer_name, equal=equal)
    per = 1000.0 / len(asked.nodes)
    return line.with_note(
        f"{len(asked.nodes)} sites, {CELL_M:.0f} m, our lattice of {asked.lattice_s:.1f} CPU s "
        f"left out; {ours.cpu * per:.2f} ms a polygon against {peer.cpu * per:.2f}; polygons "
        f"differ by kind: equal says that ours holds the counted points; recall/precision ours "
        f"{recall:.3f}/{precision:.3f}, peer {their_recall:.3f}/{their_precision:.3f}"
    )


def polygons_osmnx(city: City, *, quick: bool) -> Line:
    asked = _asked(city, quick=quick)
    graph = peers.osmnx_graph(city)
    sides = raced(
        asked.draw, lambda: [peers.osmnx_polygon(graph, int(node)) for node in asked.nodes]
    )
    name = "OSMnx notebook (ego_graph, buffers)"
    return _compared("polygons_osmnx", name, asked, sides, sides[1].result)


def polygons_valhalla(city: City, *, quick: bool) -> Line:
    name = "Valhalla isochrone in process"
    asked = _asked(city, quick=quick)
    with tempfile.TemporaryDirectory() as folder:
        try:
            actor = valhalla_peer.start_actor(Path(folder))
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            why = f"peer not available: {error}"
            return missing("polygons_valhalla", name, why, ours=timed(asked.draw).cpu)
        lonlat = city.ground.to_degrees(city.node_xy[asked.nodes])
        questions = [valhalla_peer.ask_for(lon, lat) for lon, lat in lonlat.tolist()]
        sides = raced(asked.draw, lambda: [actor.isochrone(text) for text in questions])
        shapes = [
            shapely.transform(valhalla_peer.drawn_shape(answer), city.ground.to_metres)
            for answer in sides[1].result
        ]
        return _compared("polygons_valhalla", name, asked, sides, shapes)


def snapping_strtree(city: City, *, quick: bool) -> Line:
    """Points come sorted by place, which serves the tree best."""
    count = 100_000 if quick else 1_000_000
    points = points_beside(city, count, seed=5, farthest_m=100.0)
    points = points[np.lexsort((points[:, 0], points[:, 1] // 100.0))]
    lines = peers.street_lines(city)
    tree = timed(lambda: shapely.STRtree(lines))
    snap_to_grid(build_street_grid(city.vertices, city.edge_start), points[:2], max_m=MOST_M)
    built = timed(lambda: build_street_grid(city.vertices, city.edge_start))
    grid = built.result
    ours, peer = raced(
        lambda: snap_to_grid(grid, points, max_m=MOST_M, runner_up=False),
        lambda: peers.strtree_snap(tree.result, lines, points, MOST_M),
    )
    both = timed(lambda: snap_to_grid(grid, points, max_m=MOST_M))
    snap = ours.result
    edge, _, metres = peer.result
    hit = snap.edge >= 0
    said = shapely.line_interpolate_point(lines[snap.edge[hit]], snap.share[hit], normalized=True)
    said_xy = shapely.get_coordinates(said)
    far = np.hypot(*(snap.point[hit] - points[hit]).T)
    equal = np.array_equal(hit, edge >= 0) and np.allclose(far, metres[hit], rtol=0, atol=1e-6)
    equal &= np.allclose(said_xy, snap.point[hit], rtol=0, atol=1e-6)
    equal &= bool((np.abs(snap.access_mm[hit] - metres[hit] * 1000.0) <= 0.5 + 1e-3).all())
    line = times_faster("snapping_strtree", ours.cpu, peer.cpu, "shapely.STRtree", equal=equal)
    return line.with_note(
        f"{count} points sorted by place, {ours.cpu / count * 1e6:.2f} us a point against "
        f"{peer.cpu / count * 1e6:.2f}; with runner-up {both.cpu:.2f} s; builds left out: "
        f"{built.cpu:.3f} s ours, {tree.cpu:.3f} s tree"
    )
