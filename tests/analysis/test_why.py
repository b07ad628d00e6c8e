"""Why a point is not reached: one town in which every reason occurs, counted by hand."""

import numpy as np
import pytest
import shapely
from small_streets import (
    GROUND,
    SLOPE,
    doors,
    network_of,
    pace,
    people_at,
    sites_at,
    walk_on,
)

from planner.analysis.attaching import attach
from planner.analysis.catchment import find_nearest
from planner.analysis.walk import flatten_walk
from planner.analysis.why import Trip, explain_point, find_point, give_reasons
from planner.model.scenario import Walking

# a level street of 2 km with a station at its western end, a steep one up from there, an island
LEVEL, HILL = ((0, 0), (2000, 0)), ((0, 0), (0, 900))
ISLAND = ((0, -3000), (100, -3000))
HEIGHTS = [np.zeros(2), np.array([0.0, 180.0]), np.zeros(2)]
TOWN = network_of(LEVEL, HILL, ISLAND, heights=HEIGHTS)
SITES = sites_at((0, -20))  # 20 m from the street
PEOPLE = people_at(
    (600, 0),  # 620 m: covered
    (1000, 1500),  # no street within 500 m
    (50, -3000),  # an island
    (710, 30),  # 760 m, 710 m of it on the street
    (0, 600),  # 620 m, but up a hill
    (1500, 0),  # 1,520 m
    (700, 0),  # exactly 720 m
)
REASONS = ("covered", "unattached", "island", "access", "steep", "too_far", "covered")
NEAR = pace(720, 0.8)


def trip(direction="to_facility", gates=()):
    walk = walk_on(TOWN, Walking(direction=direction))
    at_demand = attach(walk, PEOPLE.lonlat, doors(*gates)) if gates else attach(walk, PEOPLE.lonlat)
    flat = flatten_walk(walk, SLOPE)
    return Trip(walk, flat, attach(walk, SITES.lonlat), at_demand, NEAR)


def reasons(asked):
    return give_reasons(asked, find_nearest(asked.walk, asked.sites, asked.demand))


def test_every_reason():
    # a hill of 20 % slows people down on the way up, and on the way down as well
    for direction in ("to_facility", "from_facility", "round_trip"):
        assert reasons(trip(direction)) == REASONS


def test_only_the_covered_are_within_the_limit():
    asked = trip()
    nearest = find_nearest(asked.walk, asked.sites, asked.demand)
    covered = [reason == "covered" for reason in reasons(asked)]
    assert nearest.within(NEAR.limit_mm).tolist() == covered


def test_an_explanation_agrees_with_the_reasons_and_names_the_way():
    asked = trip()
    nearest = find_nearest(asked.walk, asked.sites, asked.demand)
    for i, reason in enumerate(REASONS):
        told = explain_point(asked, SITES, PEOPLE, i)
        assert (told.point, told.reason) == (PEOPLE.id[i], reason)
        if nearest.mm[i] < 0:
            assert told.route is None
            assert told.minutes is None
            continue
        assert told.facility == "F00"
        assert told.minutes == pytest.approx(nearest.mm[i] / 48_000)
        assert (told.excess_m > 0) == (reason != "covered")
        # at the speed needed the walk just takes the limit
        assert nearest.mm[i] / 1000 / told.needed_mps == pytest.approx(900)


def test_the_route_runs_from_door_to_door_in_walking_order():
    told = explain_point(trip(), SITES, PEOPLE, 3)
    xy = GROUND.to_metres(shapely.get_coordinates(told.route)) - 500_000
    np.testing.assert_allclose(xy, [(710, 30), (710, 0), (0, 0), (0, -20)], atol=0.01)
    assert told.route_m == pytest.approx(760, abs=0.01)
    assert told.access_m == pytest.approx(30, abs=0.01)
    assert told.facility_access_m == pytest.approx(20, abs=0.01)
    assert told.excess_m == pytest.approx(40, abs=0.01)
    back = explain_point(trip("from_facility"), SITES, PEOPLE, 3)
    np.testing.assert_array_equal(
        shapely.get_coordinates(back.route)[::-1].round(7),
        shapely.get_coordinates(told.route).round(7),
    )


def test_a_steep_point_says_how_long_it_is_on_the_flat():
    told = explain_point(trip(), SITES, PEOPLE, 4)
    assert told.minutes_flat == pytest.approx(620 / 48, abs=1e-3)
    assert told.minutes > 15 > told.minutes_flat


def test_a_gate_explains_through_the_gate():
    told = explain_point(trip(gates=[(5, (650, 5))]), SITES, PEOPLE, 5)
    assert told.reason == "covered"
    assert told.access_m == pytest.approx(5, abs=0.01)
    assert told.route_m == pytest.approx(675, abs=0.01)


def test_an_unknown_point_is_told_with_similar_ones():
    assert find_point(PEOPLE, "P03") == (3, ())
    at, (found,) = find_point(PEOPLE, "P3")
    assert at == -1
    assert (found.rule, found.found) == ("why.unknown_point", "P3")
    assert "P03" in found.expected
