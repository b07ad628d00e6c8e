"""Our walking distances against OSRM and Valhalla, on the same extract, where one is at hand."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import rasterio
import reference_routers as routers
import shapely
from cities import ANDORRA, DATA
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import distance_transform_edt

from planner.analysis.walk import build_walk
from planner.kernel.cover import cover_pairs
from planner.kernel.paths import Stops, build_graph
from planner.kernel.snap import snap_points
from planner.model.ground import Ground, ground_for
from planner.model.network import Network
from planner.model.scenario import InputFile, Walking
from planner.standards import read_standards
from planner.store.elevation import open_heights
from planner.store.streets import read_network

pytestmark = pytest.mark.slow

LIMIT_M = 810.0  # 15 minutes at 0.9 m/s
CROW_M = 830.0
CITIES = {
    "porto_alegre": (DATA / "porto_alegre" / "poa_osm.pbf", (-51.27, -30.12, -51.14, -29.99)),
    "andorra": (DATA / "andorra" / "andorra.osm.pbf", ANDORRA),
}
FACILITIES, POINTS = 60, 12_000
MOST_PER_FACILITY = 120
FAR_MM = 5_000_000
FROM_END_M = 10.0  # places keep away from the ends of their edges
ALONE_M = 2.0  # and from other edges, so that no router takes the bridge for the street below
SAME_SPOT_M = 1.0
BAR = 0.985
ROUTERS = {
    "osrm": (routers.find_osrm, "osrm-bindings", "OSRM_WHEEL"),
    "valhalla": (routers.find_valhalla, "pyvalhalla", "PYVALHALLA_WHEEL"),
}


class City(NamedTuple):
    name: str
    extract: Path
    ground: Ground
    network: Network


class Places(NamedTuple):
    """Places on the middle parts of our edges: no access leg on either side."""

    stops: Stops
    xy: np.ndarray
    lonlat: np.ndarray

    def some(self, which):
        return Places(Stops(*(x[which] for x in self.stops)), self.xy[which], self.lonlat[which])


class Pairs(NamedTuple):
    """Facility and point of each pair, and metres from the point to the facility."""

    facility: np.ndarray
    point: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray
    off_m: np.ndarray


def read_city(name, heights=None):
    extract, bounds = CITIES[name]
    if not extract.exists():
        pytest.skip(f"the streets of {name} are not beside the project")
    ground = ground_for(bounds)
    file = InputFile(path=Path(extract.name))
    network = read_network(file, extract.parent, ground, heights=heights).value
    return City(name, extract, ground, network)


def router_at_home(name):
    find, package, variable = ROUTERS[name]
    home = find()
    if home is None:
        pytest.skip(
            f"nothing compared: the programs of {package} are not installed and {variable} names "
            "no unpacked wheel (tests/real/README.md)"
        )
    return home


@contextmanager
def started(name, extract, folder):
    if name == "osrm":
        with routers.osrm_on(router_at_home(name), extract, folder) as server:
            yield server
    else:
        yield routers.valhalla_on(router_at_home(name), extract, folder)


def level_graph(network):
    """Return the network with its lengths as cost: no slope, no slow steps."""
    mm = np.rint(network.length_m * 1000).astype(np.int32)
    forward = np.where(network.walk_forward, mm, -1)
    backward = np.where(network.walk_backward, mm, -1)
    return build_graph(network.tail, network.head, network.node_count, forward, backward)


def draw_places(city, count, rng):
    """Return about `count` places, as many on each metre of street as on any other."""
    network = city.network
    free = np.maximum(network.length_m - 2 * FROM_END_M, 0.0)
    edge = rng.choice(len(free), count, p=free / free.sum()).astype(np.int32)
    share = (FROM_END_M + rng.uniform(0, 1, count) * free[edge]) / network.length_m[edge]
    start = network.edge_start
    lines = [shapely.LineString(network.vertices[start[e] : start[e + 1]]) for e in edge]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
    near = snap_points(xy, network.vertices, start, max_m=ALONE_M)
    places = Places(Stops(edge, share, np.zeros(count, np.int32)), xy, city.ground.to_degrees(xy))
    return places.some(near.runner_up < 0)


def our_metres(graph, facilities, points, *, towards=True):
    """Return metres between every facility and every point, inf beyond five kilometres."""
    start, point, mm = cover_pairs(
        graph, facilities.stops, points.stops, limit_mm=FAR_MM, towards=towards
    )
    metres = np.full((len(facilities.xy), len(points.xy)), np.inf)
    metres[np.repeat(np.arange(len(metres)), np.diff(start)), point] = mm / 1000.0
    return metres


def near_pairs(facilities, points, rng, *, among=None):
    """Yield each facility with points drawn from those near it as the crow flies."""
    for facility, xy in enumerate(facilities.xy):
        near = np.hypot(*(points.xy - xy).T) <= CROW_M
        near = np.flatnonzero(near if among is None else near & among[facility])
        if len(near):
            yield facility, rng.permutation(near)[:MOST_PER_FACILITY]


def ask(router, ours, facilities, points, rng):
    parts = []
    for facility, near in near_pairs(facilities, points, rng):
        said = router.walks(points.lonlat[near], facilities.lonlat[[facility]])
        off = np.maximum(said.off_m[:-1], said.off_m[-1])
        theirs = np.where(np.isnan(said.metres[:, 0]), np.inf, said.metres[:, 0])
        who = np.full(len(near), facility)
        parts.append((who, near, ours[facility, near], theirs, off))
    return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def agreement(ours, theirs):
    return float(((ours <= LIMIT_M) == (theirs <= LIMIT_M)).mean())


@pytest.mark.parametrize("city_name", CITIES)
@pytest.mark.parametrize("router_name", ROUTERS)
def test_who_is_covered_agrees_with_a_router_others_wrote(router_name, city_name, tmp_path):
    router_at_home(router_name)
    city = read_city(city_name)
    rng = np.random.default_rng(20)
    points, facilities = (draw_places(city, count, rng) for count in (POINTS, FACILITIES))
    graph = level_graph(city.network)
    ours = our_metres(graph, facilities, points)
    with started(router_name, city.extract, tmp_path) as router:
        pairs = ask(router, ours, facilities, points, rng)
    same = pairs.off_m <= SAME_SPOT_M
    ours, theirs = pairs.ours[same], pairs.theirs[same]
    both = np.isfinite(ours) & np.isfinite(theirs)
    apart = np.abs(ours[both] - theirs[both])
    print(
        f"\n{router_name} in {city_name}: {same.sum()} pairs, {agreement(ours, theirs):.2%} in one "
        f"class, median difference {np.median(apart):.2f} m, {(apart <= 3).mean():.1%} within 3 m; "
        f"{(~same).sum()} pairs left out, the router put a place elsewhere"
    )
    assert same.sum() > 3000
    assert same.mean() > 0.85
    assert 0.2 < (ours <= LIMIT_M).mean() < 0.8  # both classes are there
    assert agreement(ours, theirs) >= BAR
    assert np.median(apart) < 2.0

    # The bar tells: measured from node to node the same pairs do not reach it.
    nodes = [at_nodes(places) for places in (facilities, points)]
    rough = our_metres(graph, *nodes)[pairs.facility[same], pairs.point[same]]
    assert agreement(rough, theirs) < BAR


def at_nodes(places):
    """Return the places moved to the nearer end of their edge."""
    edge, share, access = places.stops
    return places._replace(stops=Stops(edge, np.rint(share), access))


STEEP_M = 40.0  # metres up or down between the two of a pair


def test_uphill_and_downhill_agree_with_valhalla(tmp_path):
    home = router_at_home("valhalla")
    tile = InputFile(path=Path("N42E001.hgt.zip"))
    heights = open_heights(tile, DATA / "andorra").value
    city = read_city("andorra", heights)
    walk, _ = build_walk(city.network, city.ground, read_standards().slope, Walking())
    rng = np.random.default_rng(21)
    points, facilities = (draw_places(city, count, rng) for count in (POINTS, FACILITIES))
    elevation = fine_tile(heights.tiles[0].raster, tmp_path / "elevation")
    router = routers.valhalla_on(home, city.extract, tmp_path, elevation=elevation)
    rise = heights(facilities.lonlat)[:, None] - heights(points.lonlat)
    to, back = (our_metres(walk.graph, facilities, points, towards=t) for t in (True, False))
    steep = (np.abs(rise) >= STEEP_M) & np.isfinite(to) & np.isfinite(back)
    ours, theirs, climbs = [], [], []
    for facility, near in near_pairs(facilities, points, rng, among=steep):
        there, here = facilities.lonlat[[facility]], points.lonlat[near]
        forth, again = router.walks(here, there), router.walks(there, here)
        same = np.maximum(forth.off_m[:-1], forth.off_m[-1]) <= SAME_SPOT_M
        ours.append((to[facility, near] - back[facility, near])[same])
        theirs.append((forth.seconds[:, 0] - again.seconds[0])[same])
        climbs.append(rise[facility, near][same])
    ours, theirs, climbs = (np.concatenate(parts) for parts in (ours, theirs, climbs))
    told = np.sign(ours) == np.sign(theirs)  # a tie of theirs counts against us
    print(f"\nvalhalla with heights: {len(told)} steep pairs, {told.mean():.2%} with the same sign")
    assert len(told) > 500
    assert 0.2 < (climbs > 0).mean() < 0.8  # both up and down are there
    assert told.mean() >= 0.95


def fine_tile(raster, folder):
    """Write the tile as Valhalla wants it: one second apart, no voids. Return the folder."""
    with rasterio.open(raster) as data:
        coarse = data.read(1).astype(np.float64)
    void = coarse < -1000
    nearest = distance_transform_edt(void, return_distances=False, return_indices=True)
    coarse = coarse[tuple(nearest)]
    at = np.linspace(0, 1, len(coarse))
    fine = np.linspace(0, 1, 3601)
    grid = tuple(np.meshgrid(fine, fine, indexing="ij"))
    height = RegularGridInterpolator((at, at), coarse)(grid)
    (folder / "N42").mkdir(parents=True)
    path = folder / "N42" / "N42E001.hgt"
    path.write_bytes(np.rint(height).astype(">i2").tobytes())
    return folder
