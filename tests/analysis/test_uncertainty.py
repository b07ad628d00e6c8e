"""Ranges of coverage, each source worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import FLAT, degrees, doors, lattice, network_of, people_at, walk_on

from planner.analysis.attaching import attach
from planner.analysis.uncertainty import speed_bounds, spread_of
from planner.model.outcome import Spread
from planner.model.scenario import Walking
from planner.model.standard import WalkingGroup
from planner.standards import read_standards

SLOW = read_standards().group("slow_elder")  # 0.8, from 0.71 to 0.94: 720, 639 and 846 m
STREET = network_of(((0, 0), (2000, 0)))
# two streets 30 m apart that meet 800 m farther west
FORK = network_of(((0, 0), (1000, 0)), ((0, 0), (0, 30)), ((0, 30), (1000, 30)))


def spread(network, site, people, *, group=SLOW, walking=FLAT, gates=()):
    walk = walk_on(network, walking)
    at_people = attach(walk, people.lonlat, doors(*gates)) if gates else attach(walk, people.lonlat)
    at_site = attach(walk, degrees([site]))
    return spread_of(walk, at_site, (people, at_people), group, walking)


def test_speed_moves_coverage_between_the_slower_and_the_faster_of_the_group():
    people = people_at((639, 0), (720, 0), (721, 0), (846, 0), (847, 0), older=[1, 2, 3, 4, 10])
    found = spread(STREET, (0, 0), people)["speed"]
    assert found == Spread(low=1 / 20, central=3 / 20, high=10 / 20)


def test_a_season_slows_the_bounds_as_well():
    assert speed_bounds(SLOW, Walking(season_factor=0.5)) == (0.355, 0.4, 0.47)
    people = people_at((319, 0), (360, 0), (423, 0))
    found = spread(STREET, (0, 0), people, walking=Walking(slope=False, season_factor=0.5))["speed"]
    assert found == Spread(low=1 / 3, central=2 / 3, high=1)


def test_a_group_without_stated_bounds_has_no_range_of_speeds():
    bare = WalkingGroup(id="x", speed=SLOW.speed)
    found = spread(STREET, (0, 0), people_at((100, 0)), group=bare)
    assert list(found) == ["snapping", "network", "together"]
    lower = replace(bare, low=SLOW.low)
    assert "speed" in spread(STREET, (0, 0), people_at((100, 0)), group=lower)


@pytest.mark.parametrize(
    ("y", "low", "high"),
    [
        (15.1, 0, 1),  # 14.9 m to the street with the site, 15.1 to the other: both may be true
        (14.9, 0, 1),
        (25, 1, 1),  # 5 m and 25 m: nobody would take the other one
        (8, 0, 0),  # 8 m and 22 m: as far again the other way round
        (9, 0, 1),  # 9 m and 21 m: 21 <= 1.3 x 9 + 10
    ],
)
def test_a_point_between_two_streets_may_open_to_either(y, low, high):
    # the site stands on the northern street at 1,000 m; 300 m along it, 1,730 m round the fork
    found = spread(FORK, (1000, 30), people_at((700, y)))["snapping"]
    assert (found.low, found.high) == (low, high)
    assert found.central == (1 if y > 15 else 0)


def test_a_gate_leaves_less_doubt_than_the_middle_of_an_estate():
    found = spread(FORK, (1000, 30), people_at((700, 15)), gates=[(0, (700, 29))])["snapping"]
    assert found == Spread(low=1, central=1, high=1)


def test_a_long_access_leg_may_hide_a_path_that_the_map_lacks():
    # 550 m as the crow flies is 715 m on foot; along the street 540 m and a leg of 400 m
    straight = (np.sqrt(550**2 - 400**2), 400)
    around = network_of(((0, 0), (0, -200)), ((0, -200), (2000, -200)))
    people = people_at(straight, (380, -90), (1500, -350))
    found = spread(around, (0, 0), people)["network"]
    # the second has a leg of 110 m and is covered either way; the third is too far either way
    assert (found.low, found.central, found.high) == (1 / 3, 1 / 3, 2 / 3)


def test_a_short_access_leg_hides_nothing():
    around = network_of(((0, 0), (0, -200)), ((0, -200), (2000, -200)))
    found = spread(around, (0, 0), people_at((540, -101)))["network"]
    assert found == Spread(low=0, central=0, high=0)


def test_nobody_has_no_share():
    found = spread(STREET, (0, 0), people_at((10, 0), older=[0]))
    assert all(np.isnan(s.central) for s in found.values())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(-200, 500), st.integers(-200, 400)), min_size=1, max_size=9),
    st.tuples(st.integers(0, 300), st.integers(0, 200)),
    st.integers(1, 8),
)
def test_every_range_holds_its_middle_and_all_together_holds_every_range(places, site, limit):
    walking = Walking(slope=False, limit_min=limit)
    found = spread(network_of(*lattice(4, 3)), site, people_at(*places), walking=walking)
    whole = found["together"]
    for part in found.values():
        assert part.central == whole.central
        assert whole.low <= part.low <= part.central <= part.high <= whole.high
