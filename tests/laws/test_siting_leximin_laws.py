"""Parts lifted in turn, against brute force on small towns (law 4)."""

import numpy as np
import pytest
from test_siting_models_laws import BLOCKS, random_town, seeds

from planner.kernel.siting.exact import Effort
from planner.kernel.siting.leximin import solve_in_turn


def close(shares):
    return pytest.approx(list(shares), abs=1e-7)


@pytest.mark.parametrize("block", BLOCKS)
def test_no_plan_is_better_from_the_worst_part_on(block):
    for seed in seeds(block, 15):
        town = random_town(seed)
        base = np.random.default_rng(seed).integers(0, 20, 3).astype(float)
        size = np.maximum(town.sizes() + base, 1.0)
        plans = [np.sort((base + town.reach(rows)) / size) for rows, _ in town.plans()]
        found = solve_in_turn(town.parts(), base, size, town.rules, Effort())
        assert found.proven
        if not plans:
            assert found.rows is None
            continue
        best = max(plans, key=lambda shares: tuple(np.round(shares, 9)))
        assert np.sort(found.share) == close(best)
        assert found.sums == close(np.cumsum(best))
        assert (found.bounds >= np.cumsum(best) - 1e-9).all()
        assert found.share == close((base + town.reach(found.rows)) / size)


def test_a_search_without_time_still_bounds_the_worst_part():
    for seed in range(20):
        town = random_town(seed)
        size = np.maximum(town.sizes(), 1.0)
        plans = [(town.reach(rows) / size).min() for rows, _ in town.plans()]
        found = solve_in_turn(town.parts(), np.zeros(3), size, town.rules, Effort(1e-6))
        if plans and found.rows is not None:
            assert found.share.min() <= max(plans) + 1e-9
            assert found.bounds[0] >= max(plans) - 1e-9
