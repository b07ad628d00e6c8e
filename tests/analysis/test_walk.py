"""Directions, seasons and paces, by hand."""

import math

import numpy as np
import pytest
from small_streets import SLOPE, degrees, network_of, walk_on

from planner.analysis.attaching import attach
from planner.analysis.catchment import find_nearest
from planner.analysis.walk import (
    flatten_walk,
    limit_mm,
    pace_of,
    state_assumptions,
    there_and_back,
)
from planner.model.scenario import Walking
from planner.standards import read_standards

HILL = network_of(((0, 0), (100, 0)), heights=[np.array([0.0, 10.0])])
UP = 100 * math.exp(3.5 * 0.15) / math.exp(3.5 * 0.05)
DOWN = 100 * math.exp(3.5 * 0.05) / math.exp(3.5 * 0.05)


def metres(direction):
    """Return what a walk between a site at the top and people at the bottom costs."""
    walk = walk_on(HILL, Walking(direction=direction))
    top, bottom = (attach(walk, degrees([place])) for place in ((100, 0), (0, 0)))
    return find_nearest(walk, top, bottom).mm[0] / 1000


def test_a_round_trip_is_the_mean_of_both_ways():
    assert metres("to_facility") == pytest.approx(UP, abs=1e-3)
    assert metres("from_facility") == pytest.approx(DOWN, abs=1e-3)
    assert metres("round_trip") == pytest.approx((UP + DOWN) / 2, abs=1e-3)


def test_a_round_trip_needs_both_ways():
    walk = walk_on(network_of(((0, 0), (100, 0)), one_way=[0]), Walking(direction="round_trip"))
    assert walk.graph.forward_mm.tolist() == walk.graph.backward_mm.tolist() == [-1]
    there = there_and_back(np.array([5, 4, -1], np.int32), np.array([6, -1, 3], np.int32))
    assert there.tolist() == [6, -1, -1]  # 5.5 is rounded up


def test_flat_ground_forgets_the_hill_and_keeps_the_direction():
    walk = walk_on(HILL, Walking(direction="to_facility"))
    flat = flatten_walk(walk, SLOPE)
    assert flat.graph.forward_mm.tolist() == flat.graph.backward_mm.tolist() == [100_000]
    assert walk.graph.forward_mm[0] > 100_000
    assert flat.direction == walk.direction


def test_the_season_slows_everybody():
    standards = read_standards()
    usual = pace_of(standards, "slow_elder", Walking())
    winter = pace_of(standards, "slow_elder", Walking(season_factor=0.5))
    assert (usual.speed_mps, winter.speed_mps) == (0.8, 0.4)
    assert usual.limit_mm == 2 * winter.limit_mm == limit_mm(0.8, 15) == 720_000


def test_what_is_not_usual_is_stated():
    assert state_assumptions(Walking()) == ()
    said = state_assumptions(Walking(direction="round_trip", season_factor=0.8))
    assert [(f.rule, f.severity) for f in said] == [
        ("walking.round_trip", "notice"), ("walking.season", "notice"),
    ]  # fmt: skip
