"""A made-up city that lacks space and reach, for the programme of works."""

import numpy as np
from scipy.spatial import KDTree

from planner.kernel.programme.works import Asked, People, Programme, Space, Ways
from planner.kernel.siting.reduce import merge_pairs

YEARS, MILESTONES, REACH_M, NEIGHBOUR_M = 5, (2, 4), 720.0, 900.0
NORM, TARGET, DISCOUNT = 30.0, (0.75, 0.9), 0.97
# new, renovated, bought, by a developer, shared: costs in 10,000 yuan, areas in m2; made up
FIXED = np.array([120.0, 40.0, 60.0, 20.0, 10.0])
PER_M2 = np.array([0.45, 0.18, 0.70, 0.05, 0.03])
LEAST = np.array([300.0, 100.0, 100.0, 200.0, 50.0])
MOST = np.array([2_000.0, 800.0, 600.0, 1_000.0, 400.0])
COUNTED = np.array([1.0, 1.0, 1.0, 1.0, 0.5])
LEAD = np.array([1, 0, 0, 0, 0], np.int32)
RUNNING = np.array([0.01, 0.01, 0.01, 0.01, 0.02])


def make_city(communities=250, places=1_500, points=30_000, towns=14, *, shared, seed=1):
    """Return the programme of a city of valleys' towns.

    A need that all ways of a community together could not meet with a third to spare is cut down
    to what they can: otherwise no plan would exist.
    """
    random = np.random.default_rng(seed)
    town_at = random.uniform(0, 40_000, (towns, 2))
    town = random.choice(towns, communities, p=random.dirichlet(np.full(towns, 2.0)))
    seat = town_at[town] + random.normal(0, 1_800, (communities, 2))
    households = np.maximum(150, random.lognormal(np.log(1_500), 0.6, communities))
    growth = 1 + random.normal(0, 0.01, (communities, 1)) * np.arange(1, YEARS + 1)
    stands = NORM * households / 100 * random.uniform(0.2, 1.3, communities)
    stands[random.random(communities) < 0.2] = 0.0
    own = random.integers(0, communities, places)
    site = seat[own] + random.normal(0, 450, (places, 2))
    at = random.choice(communities, points, p=households / households.sum())
    home = seat[at] + random.normal(0, 450, (points, 2))
    weight = random.poisson(8.5, points).astype(float)
    today = seat[random.choice(communities, int(0.45 * communities), replace=False)]
    ways = _ways(random, places)
    lacking = np.maximum(0, NORM * (households[:, None] * growth)[:, list(MILESTONES)] / 100
                         - stands[:, None])  # fmt: skip
    space = _space(ways, seat, site, own, lacking, shared=shared)
    people, reached = _people(home, weight, town[at], today, site)
    city = np.maximum(0.0, np.array(TARGET) * weight.sum() - reached)
    asked = Asked(
        worth=DISCOUNT ** np.arange(YEARS),
        budget=np.full(YEARS, np.inf),
        carry=True,
        milestones=np.array(MILESTONES, np.int32),
        city=city,
        district=np.zeros((towns, len(MILESTONES))),
    )
    return Programme(ways, space, people, asked)


def _ways(random, places):
    rows = [
        (place, way)
        for place in range(places)
        for way in random.choice(5, random.choice([1, 2], p=[0.4, 0.6]), replace=False,
                                 p=[0.3, 0.3, 0.15, 0.1, 0.15])
    ]  # fmt: skip
    place, way = np.array(rows).T
    count = len(place)
    tied = way == 3  # a developer's contribution comes in the year its quarter is finished
    year = random.integers(0, YEARS, count)
    most = np.maximum(MOST[way] * random.uniform(0.4, 1, count), LEAST[way])
    return Ways(
        place=place.astype(np.int32),
        fixed=FIXED[way] * random.uniform(0.7, 1.4, count),
        per_m2=PER_M2[way] * random.uniform(0.8, 1.2, count),
        running=RUNNING[way],
        least_m2=LEAST[way],
        most_m2=most,
        counted=COUNTED[way],
        lead=LEAD[way],
        first=np.where(tied, year, 0).astype(np.int32),
        last=np.where(tied, year, YEARS - 1).astype(np.int32),
        serves=np.ones(count, np.bool_),
        tier=np.zeros(count, np.int32),
    )


def _space(ways, seat, site, own, lacking, *, shared):
    lists = [[int(c)] for c in own]
    if shared:
        near = KDTree(seat).query_ball_point(site, NEIGHBOUR_M)
        lists = [sorted({*mine, *other}) for mine, other in zip(lists, near, strict=True)]
    largest = np.zeros(len(site))
    np.maximum.at(largest, ways.place, ways.most_m2 * ways.counted)
    can = np.bincount(own, weights=largest, minlength=len(seat))
    return Space(
        need_m2=np.minimum(lacking, can[:, None] * 0.6),
        place_start=np.concatenate([[0], np.cumsum([len(each) for each in lists])]),
        community=np.concatenate(lists).astype(np.int32),
    )


def _people(home, weight, district, today, site):
    tree = KDTree(home)
    open_ = np.ones(len(home), np.bool_)
    for near in tree.query_ball_point(today, REACH_M):
        open_[near] = False
    near = [np.sort(each) for each in tree.query_ball_point(site, REACH_M)]
    start = np.concatenate([[0], np.cumsum([len(each) for each in near])]).astype(np.int64)
    demand = np.concatenate(near).astype(np.int32)
    parts = []
    for town in range(district.max() + 1):
        merged = merge_pairs(start, demand, weight, open_ & (district == town))
        alone = np.flatnonzero(merged.alone)
        size = np.concatenate([np.diff(merged.start), np.ones(len(alone), np.int64)])
        place = np.concatenate([merged.row, alone.astype(np.int32)])
        parts.append((size, place, np.concatenate([merged.weight, merged.alone[alone]]), town))
    people = People(
        start=np.concatenate([[0], np.cumsum(np.concatenate([p[0] for p in parts]))]),
        place=np.concatenate([p[1] for p in parts]).astype(np.int32),
        weight=np.concatenate([p[2] for p in parts]),
        district=np.concatenate([np.full(len(p[0]), p[3], np.int32) for p in parts]),
    )
    return people, float(weight[~open_].sum())
