"""Which sites a change of streets touches: worked by hand."""

import numpy as np
import pytest
from small_streets import change, degrees, network_of, pace, pairs_of, walk_on, ways_with

from planner.analysis.attaching import attach
from planner.analysis.carrying import carry_places
from planner.analysis.catchment import build_coverage
from planner.analysis.updating import affected_sites, replace_rows, update_coverage
from planner.model.scenario import Walking

# a row of five streets of 100 m; sites at 0 and 400, people at 200 and 500
ROW = [((100 * i, 0), (100 * i + 100, 0)) for i in range(5)]
SITES, PEOPLE = [(0, 0), (400, 0)], [(200, 0), (500, 0)]


def town(*made, reach, sites=SITES, one_way=(), direction="to_facility"):
    walking = Walking(slope=False, direction=direction)
    ways = ways_with(network_of(*ROW, one_way=one_way), *made, walking=walking)
    old = [attach(ways.before, degrees(part)) for part in (sites, PEOPLE)]
    new = [
        carry_places(ways, part, sites=is_site)
        for part, is_site in zip(old, (True, False), strict=True)
    ]
    return ways, old, new, pace(reach)


def test_only_sites_that_reach_the_change_are_touched():
    ways, old, new, near = town(change("close", (100, 0), (200, 0)), reach=150)
    assert affected_sites(ways, old[0], new[0], near).tolist() == [0]
    ways, old, new, near = town(change("close", (100, 0), (200, 0)), reach=200)
    assert affected_sites(ways, old[0], new[0], near).tolist() == [0, 1]
    ways, old, new, near = town(change("close", (100, 0), (200, 0)), reach=99)
    assert affected_sites(ways, old[0], new[0], near).tolist() == []


@pytest.mark.parametrize(
    ("direction", "touched"),
    [("to_facility", [1]), ("from_facility", [0]), ("round_trip", [])],
)
def test_one_way_streets_are_followed_in_the_direction_of_the_walk(direction, touched):
    # all streets lead east only: from the closed middle people can walk to the eastern site, and
    # only from the western site do they come to the middle
    ways, old, new, near = town(
        change("close", (200, 0), (300, 0)), reach=1000, one_way=range(5), direction=direction
    )
    assert affected_sites(ways, old[0], new[0], near).tolist() == touched


def test_a_site_in_the_middle_of_a_long_closed_street_is_touched():
    # the ends of the street are farther than the limit
    ways = ways_with(
        network_of(((0, 0), (1000, 0)), ((1000, 0), (1100, 0))),
        change("close", (0, 0), (1000, 0)),
    )
    old = attach(ways.before, degrees([(500, 0)]))
    new = carry_places(ways, old, sites=True)
    assert affected_sites(ways, old, new, pace(100)).tolist() == [0]


def test_an_update_computes_few_rows_and_equals_the_whole():
    ways, old, new, near = town(
        change("close", (100, 0), (200, 0)), reach=250, sites=[(0, 0), (500, 0)]
    )
    ids = (("F0", "F1"), ("P0", "P1"))
    before = build_coverage(ways.before, (ids[0], old[0]), (ids[1], old[1]), near)
    assert pairs_of(before) == {(0, 0), (1, 1)}
    after, rows = update_coverage(before, ways, (old[0], new[0]), new[1], near)
    assert rows.tolist() == [0]
    assert pairs_of(after) == {(1, 1)}
    whole = build_coverage(ways.after, (ids[0], new[0]), (ids[1], new[1]), near)
    assert pairs_of(after) == pairs_of(whole)


def test_no_change_computes_nothing():
    walk = walk_on(network_of(*ROW))
    places = [attach(walk, degrees(part)) for part in (SITES, PEOPLE)]
    before = build_coverage(walk, (("F0", "F1"), places[0]), (("P0", "P1"), places[1]), pace(250))
    ways, *_ = town(reach=250)
    after, rows = update_coverage(before, ways, (places[0], places[0]), places[1], pace(250))
    assert len(rows) == 0
    assert after is before


def test_rows_of_other_sites_are_refused():
    walk = walk_on(network_of(*ROW))
    places = [attach(walk, degrees(part)) for part in (SITES, PEOPLE)]
    whole = build_coverage(walk, (("F0", "F1"), places[0]), (("P0", "P1"), places[1]), pace(250))
    with pytest.raises(ValueError, match="other sites"):
        replace_rows(whole, whole, np.array([0]))
