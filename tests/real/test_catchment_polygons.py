"""Drawn catchments on real streets and real slopes against the cover relation, which is the truth.

Points stand up to 25 m beside the streets, and their access leg is part of the limit, as that of
the facilities is.
"""

import numpy as np
import pytest
import shapely
from cities import DATA, write_andorra, write_porto_alegre

import planner
from planner.analysis.attaching import attach, pick_places
from planner.analysis.drawing import draw_catchments
from planner.analysis.walk import pace_of
from planner.kernel.cover import cover_pairs, search_field
from planner.kernel.isochrone import site_polygons, split_polygons
from planner.kernel.lattice import build_lattice, read_lattice
from planner.kernel.shape import merged_polygons
from planner.run.diary import Diary, silent
from planner.run.loading import load_inputs
from planner.standards import read_standards

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="no test-only data beside the project"),
    pytest.mark.slow,
]

WRITE = {"porto_alegre": write_porto_alegre, "andorra": write_andorra}
BESIDE_M = 25.0
CELL_M = 10.0


def points_beside(walk, rng, count):
    """Return points beside streets, and where they are attached."""
    network = walk.network
    at = rng.integers(0, len(network.vertices), count)
    beside = network.vertices[at] + rng.uniform(-BESIDE_M, BESIDE_M, (count, 2))
    attached = attach(walk, walk.ground.to_degrees(beside))
    near = np.flatnonzero(attached.access_m <= BESIDE_M)
    return beside[near], pick_places(attached, near)


class Town:
    """A city with facilities, points beside its streets, and who is covered by whom."""

    def __init__(self, folder, name):
        scenario, standards = planner.read_scenario(WRITE[name](folder)), read_standards()
        loaded = load_inputs(scenario, standards, Diary(silent))
        self.walk, self.sites = loaded.walk, loaded.at_serving
        self.facilities = loaded.facilities.select(loaded.serving)
        self.pace = pace_of(standards, scenario.walking.group, scenario.walking)
        self.points, attached = points_beside(self.walk, np.random.default_rng(7), 150_000)
        start, column, mm = cover_pairs(
            self.walk.graph,
            self.sites.stops,
            attached.stops,
            limit_mm=self.pace.limit_mm,
            towards=self.walk.towards,
        )
        cost = np.full((len(self.sites), len(self.points)), np.iinfo(np.int64).max)
        cost[np.repeat(np.arange(len(self.sites)), np.diff(start)), column] = mm
        self.near = cost <= self.pace.limit_mm
        # a point as near to two facilities belongs to either
        self.own = self.near & (cost == cost.min(axis=0))

    def search(self):
        return search_field(
            self.walk.graph,
            self.sites.stops,
            towards=self.walk.towards,
            limit_mm=self.pace.limit_mm + 20_000,
        )


@pytest.fixture(scope="module", params=WRITE)
def town(request, tmp_path_factory):
    town = Town(tmp_path_factory.mktemp(request.param), request.param)
    assert town.sites.single
    assert town.near.sum() > 3000
    return town


@pytest.fixture(scope="module")
def lattice(town):
    network = town.walk.network
    return build_lattice(network.vertices, network.edge_start, cell_m=CELL_M)


def quality(shapes, points, truth):
    """Return recall, precision and how many points lie in more than one shape."""
    inside = np.stack([shapely.contains_xy(shape, points) for shape in shapes])
    both = (inside & truth).sum()
    return both / truth.sum(), both / inside.sum(), int((inside.sum(axis=0) > 1).sum())


def assert_clean(shapes):
    """Check that no ring crosses or touches itself, and no part another."""
    assert shapely.is_valid(shapes).all()
    parts = shapely.get_parts(shapes)
    rings = shapely.get_rings(parts)
    assert len(rings) >= len(parts) > 0
    assert shapely.is_simple(rings).all()


def test_merged_ones_at_ten_metres(town, lattice):
    reached = read_lattice(town.search(), lattice)
    shapes = merged_polygons(reached, lattice, limits_mm=[town.pace.limit_mm])
    recall, precision, _ = quality(shapes, town.points, town.near.any(axis=0)[None])
    print(f"merged: recall {recall:.4f}, precision {precision:.4f}")
    assert min(recall, precision) >= 0.99
    assert_clean(shapes)


def test_single_ones_at_ten_metres(town, lattice):
    shapes = site_polygons(
        town.walk.graph,
        lattice,
        town.sites.stops,
        limit_mm=town.pace.limit_mm,
        towards=town.walk.towards,
    )
    recall, precision, _ = quality(shapes, town.points, town.near)
    print(f"single: recall {recall:.4f}, precision {precision:.4f}")
    assert min(recall, precision) >= 0.99
    assert_clean(shapes)


def test_split_ones_at_ten_metres(town, lattice):
    reached = read_lattice(town.search(), lattice)
    owner = town.sites.owner
    shapes = split_polygons(reached, lattice, owner, limit_mm=town.pace.limit_mm)
    recall, precision, twice = quality(shapes, town.points, town.own)
    print(f"split: recall {recall:.4f}, precision {precision:.4f}")
    assert min(recall, precision) >= 0.99
    assert twice == 0
    assert_clean(shapes)


def test_what_a_run_hands_out(town):
    nothing = ((), pick_places(town.sites, np.empty(0, np.intp)))
    drawn = [
        (c, shapely.transform(c.geometry, town.walk.ground.to_metres))
        for c in draw_catchments(town.walk, (town.facilities, town.sites), nothing, town.pace)
        if c.state == "baseline" and c.limit_min == town.pace.limit_min
    ]
    assert_clean([c.geometry for c, _ in drawn])
    truths = {"merged": town.near.any(axis=0)[None], "single": town.near, "split": town.own}
    for kind, truth in truths.items():
        shapes = [shape for c, shape in drawn if c.kind == kind]
        recall, precision, twice = quality(shapes, town.points, truth)
        print(f"handed out, {kind}: recall {recall:.4f}, precision {precision:.4f}")
        assert min(recall, precision) >= 0.98
        assert kind != "split" or twice == 0
