"""Small towns with districts, standing sites and rules, and every plan that keeps to them."""

from itertools import product
from typing import NamedTuple

import numpy as np

from planner.kernel.runs import runs_from_pairs
from planner.kernel.siting.reduce import merge_runs
from planner.kernel.siting.rules import Rules, standing


class Town(NamedTuple):
    covers: np.ndarray  # sites by people
    weight: np.ndarray
    district: np.ndarray
    rules: Rules

    def runs(self):
        return runs_of(self.covers)

    def merged(self, keep=None):
        """Return the demand of the points in `keep`, all if None."""
        keep = np.ones(len(self.weight), bool) if keep is None else keep
        return merge_runs(self.runs(), self.weight, keep)

    def parts(self):
        return [self.merged(self.district == d) for d in range(self.district.max() + 1)]

    def reach(self, rows, times=1):
        """Return the people that at least so many of the sites reach, by district."""
        hit = self.covers[list(rows)].sum(axis=0) >= times
        count = self.district.max() + 1
        return np.bincount(self.district, weights=np.where(hit, self.weight, 0.0), minlength=count)

    def sizes(self):
        count = self.district.max() + 1
        return np.bincount(self.district, weights=self.weight, minlength=count)

    def plans(self, rules=None):
        """Yield (open sites, least spending) of every plan that keeps to the rules."""
        rules = self.rules if rules is None else rules
        for choice in product([False, True], repeat=len(rules.cost)):
            is_open = np.array(choice)
            spent = allowed(rules, is_open)
            if spent is not None:
                yield tuple(np.flatnonzero(is_open)), spent


def runs_of(covers):
    rows = [np.flatnonzero(row) for row in covers]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    every = np.arange(covers.shape[1], dtype=np.int32)
    return runs_from_pairs(start, np.concatenate(rows).astype(np.int32), every)


def allowed(rules, is_open):
    """Return what a plan costs at least, None if it breaks a rule."""
    stands = standing(rules)
    closable = np.zeros_like(stands) if rules.closable is None else rules.closable
    barred = np.zeros_like(stands) if rules.barred is None else rules.barred & ~stands
    new, closed = is_open & ~stands, stands & ~is_open
    if (closed & ~closable).any() or (is_open & barred).any() or new.sum() > rules.new_sites:
        return None
    if any(is_open[part].sum() > 1 for part in rules.at_most_one):
        return None
    if any(is_open[a] and not is_open[b] for a, b in rules.needs):
        return None
    spent = rules.cost[new].sum() - rules.cost[closed].sum()
    if rules.move_cost is not None:
        saved = np.sort(np.minimum(rules.move_cost - rules.cost, 0.0)[new])
        spent += saved[: closed.sum()].sum()
    return None if spent > rules.limit + 1e-9 else float(spent)


def random_town(seed, *, sites=8, points=16, districts=3, rich=True):
    """Return a town; `rich` ones have standing sites, moves, sets and pairs."""
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(2, sites + 1)), int(rng.integers(3, points + 1))
    place, site = rng.random((points, 2)), rng.random((sites, 2))
    covers = np.hypot(*(site[:, None] - place[None]).transpose(2, 0, 1)) < rng.uniform(0.2, 0.6)
    weight = rng.integers(1, 30, points).astype(float)
    district = np.minimum((place[:, 0] * districts).astype(int), districts - 1)
    district[rng.integers(points)] = districts - 1
    cost = rng.integers(1, 9, sites).astype(float)
    rules = Rules(cost, limit=float(rng.integers(2, 14)))
    if rng.random() < 0.4:
        rules = rules._replace(cost=np.ones(sites), limit=np.inf, new_sites=int(rng.integers(1, 5)))
    if rich:
        rules = _rich(rng, rules, sites)
    return Town(covers, weight, district, rules)


def _rich(rng, rules, sites):
    stands = rng.random(sites) < 0.3
    some = rng.permutation(sites)
    return rules._replace(
        stands=stands,
        closable=stands & (rng.random(sites) < 0.6),
        barred=rng.random(sites) < 0.1,
        at_most_one=(some[:2], some[: min(3, sites)][-2:]) if rng.random() < 0.5 else (),
        needs=((int(some[0]), int(some[-1])),) if rng.random() < 0.5 else (),
        move_cost=rng.integers(0, 9, sites).astype(float) if rng.random() < 0.6 else None,
    )
