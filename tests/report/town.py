"""The small outcome over people and walks of one's choice."""

from dataclasses import replace

import numpy as np
from small_outcome import LIMIT, Text, shares, small_outcome, unchanged

from planner.model.outcome import Outcome, WalkingCoverage


def town(
    older: np.ndarray, today: np.ndarray, planned: np.ndarray, text: Text = unchanged
) -> Outcome:
    """Build an outcome; `today` and `planned` tell who is within reach, per demand point."""
    outcome = small_outcome(text)
    demand = replace(outcome.demand, older=older.astype(float))
    near, far = LIMIT - 5, LIMIT + 5
    minutes = np.where(today, near, far).astype(float)
    after = np.where(planned | today, near, far).astype(float)
    walking = WalkingCoverage(
        group="slow_elder",
        speed_mps=0.8,
        baseline=shares(demand, minutes),
        planned=shares(demand, after),
    )
    reach = replace(outcome.reach, minutes=minutes, minutes_planned=after)
    nothing = replace(outcome.plan, picks=(), frontier=())
    return replace(outcome, demand=demand, reach=reach, walking=(walking,), plan=nothing)


def many(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return people of every demand point, and who is within reach: half of them."""
    rng = np.random.default_rng(seed)
    n = len(small_outcome().demand)
    return rng.integers(40, 90, n), np.arange(n) % 2 == 0
