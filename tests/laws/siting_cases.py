"""Small siting problems and their answers by trying every plan."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from planner.kernel.siting.reduce import merge_pairs


class Case(NamedTuple):
    start: np.ndarray
    demand: np.ndarray
    weight: np.ndarray
    is_open: np.ndarray
    cost: np.ndarray

    def merged(self):
        return merge_pairs(self.start, self.demand, self.weight, self.is_open)

    def covers(self):
        """Return which candidate reaches which point."""
        mask = np.zeros((len(self.cost), len(self.weight)), bool)
        for s in range(len(self.cost)):
            mask[s, self.demand[self.start[s] : self.start[s + 1]]] = True
        return mask

    def value(self, rows):
        worth = np.where(self.is_open, self.weight, 0.0)
        return float(worth[self.covers()[list(rows)].any(axis=0)].sum())

    def plans(self, limit=None):
        """Yield every plan, within the limit if there is one, with its cost and value."""
        covers, worth = self.covers(), np.where(self.is_open, self.weight, 0.0)
        for count in range(len(self.cost) + 1):
            for rows in combinations(range(len(self.cost)), count):
                cost = float(self.cost[list(rows)].sum())
                if limit is None or cost <= limit:
                    yield rows, cost, float(worth[covers[list(rows)].any(axis=0)].sum())

    def best(self, limit):
        return max(value for _, _, value in self.plans(limit))


def random_case(seed, *, sites=9, points=18, whole=True, costly=False):
    """Return a case that looks like geography: candidates and people on a small square."""
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(1, sites + 1)), int(rng.integers(1, points + 1))
    place, site = rng.random((points, 2)), rng.random((sites, 2))
    reach = rng.uniform(0.1, 0.6)
    rows = [np.flatnonzero(np.hypot(*(place - s).T) < reach) for s in site]
    weight = rng.integers(0, 30, points).astype(float)
    if not whole:
        weight += rng.random(points)
    cost = rng.integers(1, 9, sites).astype(float) if costly else np.ones(sites)
    return Case(
        np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64),
        np.concatenate(rows).astype(np.int32),
        weight,
        rng.random(points) < 0.85,
        cost,
    )


@st.composite
def cases(draw, sites=8, points=12):
    """Draw any relation at all, geography or not."""
    count, many = draw(st.integers(1, sites)), draw(st.integers(1, points))
    rows = [sorted(draw(st.sets(st.integers(0, many - 1), max_size=many))) for _ in range(count)]
    numbers = st.lists(st.integers(0, 30), min_size=many, max_size=many)
    return Case(
        np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64),
        np.array([j for r in rows for j in r], np.int32),
        np.array(draw(numbers), float),
        np.array(draw(st.lists(st.booleans(), min_size=many, max_size=many)), bool),
        np.array(draw(st.lists(st.integers(1, 5), min_size=count, max_size=count)), float),
    )
