"""p-median and p-center against every possible plan."""

from itertools import combinations

import numpy as np
import pytest

from planner.kernel.siting.center import decide_cover, solve_center
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.median import recheck_median, solve_median


def random_ways(seed):
    """Return whole or broken ways between places on a square, and a number of sites."""
    rng = np.random.default_rng(seed)
    clients, sites = int(rng.integers(1, 20)), int(rng.integers(1, 10))
    place, site = rng.random((clients, 2)), rng.random((sites, 2))
    way = np.hypot(*(place[:, None] - site[None]).transpose(2, 0, 1)) * 100
    if seed % 5 == 0:
        way = rng.random((clients, sites)) * 100  # no geography at all
    return np.rint(way) if seed % 2 else way, int(rng.integers(1, sites + 1))


def least(way, count, total):
    return min(
        total(way[:, list(rows)].min(axis=1)) for rows in combinations(range(way.shape[1]), count)
    )


@pytest.mark.parametrize("block", range(4))
def test_p_median_is_brute_force(block):
    for seed in range(block * 130, block * 130 + 130):
        way, count = random_ways(seed)
        answer = solve_median(way, count, Effort())
        best = least(way, count, np.sum)
        assert answer.proven
        assert answer.cost == pytest.approx(best, abs=1e-6)
        assert way[:, answer.rows].min(axis=1).sum() == pytest.approx(answer.cost, abs=1e-6)
        assert len(answer.rows) <= count
        assert recheck_median(way, answer.price, count) <= best + 1e-6


def test_any_multipliers_at_all_bound_p_median():
    for seed in range(200):
        way, count = random_ways(seed)
        price = np.random.default_rng(seed).random(len(way)) * 120
        assert recheck_median(way, price, count) <= least(way, count, np.sum) + 1e-6


@pytest.mark.parametrize("block", range(4))
def test_p_center_is_brute_force(block):
    for seed in range(block * 130, block * 130 + 130):
        way, count = random_ways(seed)
        answer = solve_center(way, count, Effort())
        best = least(way, count, np.max)
        assert answer.proven
        assert answer.radius == answer.bound == best
        assert way[:, answer.rows].min(axis=1).max() == best
        assert len(answer.rows) <= count


@pytest.mark.parametrize("solve", [solve_median, solve_center])
def test_an_interrupted_search_never_claims_too_much(solve):
    for seed in range(200):
        way, count = random_ways(seed)
        moments = iter([True] * (seed % 6))
        answer = solve(way, count, Effort(go_on=lambda *_, m=moments: next(m, False)))
        best = least(way, count, np.sum if solve is solve_median else np.max)
        assert answer[2] <= best + 1e-6
        assert answer[1] >= best - 1e-6
        if answer.proven:
            assert answer[1] == pytest.approx(best, abs=1e-6)


def test_a_cover_is_found_or_ruled_out():
    for seed in range(300):
        way, count = random_ways(seed)
        radius = np.quantile(way, 0.3)
        decided, rows = decide_cover(way <= radius, count, Effort())
        assert decided
        possible = least(way, count, np.max) <= radius
        assert (rows is not None) == possible
        if rows is not None:
            assert way[:, rows].min(axis=1).max() <= radius
