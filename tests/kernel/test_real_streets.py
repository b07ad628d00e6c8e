"""Exactness on real streets, a dense city and mountain valleys; skipped where they are absent."""

import numpy as np
import pytest
import shapely
from oracle import as_dense, assert_same_pairs, oracle_costs
from osm_city import CITIES, read_city
from test_chains import assert_counts_alike
from valley import on_hills, points_around, random_stops, snapped

from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.shape import reach_polygon

LIMIT = 810_000


@pytest.fixture(scope="module", params=CITIES)
def city(request):
    path = CITIES[request.param]
    if not path.exists():
        pytest.skip(f"real streets of {request.param} are not beside the project")
    return read_city(path)


@pytest.mark.slow
def test_no_differing_pair(city):
    rng = np.random.default_rng(1)
    sites = random_stops(city.graph, rng, 120)
    demand, _ = snapped(city, points_around(city, rng, 8_000), max_m=300.0)
    for towards in (True, False):
        truth = oracle_costs(city.graph, sites, demand, towards=towards, limit_mm=LIMIT)
        pairs = cover_pairs(city.graph, sites, demand, limit_mm=LIMIT, towards=towards)
        assert len(pairs[1]) > 300
        assert_same_pairs(as_dense(*pairs, len(demand.edge)), truth, LIMIT)


@pytest.mark.slow
def test_chains_count_what_edges_count(city):
    rng = np.random.default_rng(3)
    city = on_hills(city, rng)
    sites, demand = random_stops(city.graph, rng, 2_000), random_stops(city.graph, rng, 60_000)
    chains = assert_counts_alike(city.graph, sites, demand, LIMIT)
    assert chains.graph.node_count < 0.95 * city.graph.node_count


@pytest.mark.slow
def test_polygons_agree_with_the_pairs(city):
    rng = np.random.default_rng(2)
    sites, _ = snapped(city, points_around(city, rng, 400), max_m=150.0)
    demand, points = snapped(city, points_around(city, rng, 200_000), max_m=25.0)
    polygon = reach_polygon(*city, sites, limit_mm=LIMIT, towards=True, cell_m=10.0)
    assert polygon.is_valid
    _, mm = nearest_site(city.graph, sites, demand, towards=True)
    truth = (mm >= 0) & (mm <= LIMIT)
    inside = shapely.contains_xy(polygon, points)
    assert truth.sum() > 500
    assert (inside & truth).sum() / truth.sum() >= 0.99
    assert (inside & truth).sum() / inside.sum() >= 0.99
