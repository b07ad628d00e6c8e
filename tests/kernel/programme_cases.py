"""Small programmes of works, and every plan of one tried by hand."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.optimize import linprog

from planner.kernel.programme.measure import Works, measure_works, missed_by
from planner.kernel.programme.works import Asked, People, Presence, Programme, Space, Ways


def small_programme(
    seed: int, *, share: bool = True, budget: float = np.inf, carry: bool = False
) -> Programme:
    """Return a programme of four places and three communities over three years."""
    random = np.random.default_rng(seed)
    place = np.array([0, 0, 1, 2, 2, 3], np.int32)
    count = len(place)
    first = random.integers(0, 2, count).astype(np.int32)
    ways = Ways(
        place=place,
        fixed=random.integers(5, 60, count).astype(float),
        per_m2=random.uniform(0.05, 0.6, count),
        running=random.uniform(0, 0.03, count),
        least_m2=random.integers(20, 80, count).astype(float),
        most_m2=random.integers(90, 300, count).astype(float),
        counted=np.where(random.random(count) < 0.3, 0.5, 1.0),
        lead=random.integers(0, 2, count).astype(np.int32),
        first=first,
        last=np.full(count, 2, np.int32),
        serves=random.random(count) < 0.8,
        tier=np.where(random.random(count) < 0.3, 1, 0).astype(np.int32),
    )
    own = [0, 0, 1, 2]
    lists = [sorted({c, (c + 1) % 3}) if share and i % 2 else [c] for i, c in enumerate(own)]
    need = random.integers(0, 130, 3).astype(float)
    space = Space(
        need_m2=np.column_stack([need * 0.5, need * 0.9]),
        place_start=np.concatenate([[0], np.cumsum([len(each) for each in lists])]),
        community=np.concatenate(lists).astype(np.int32),
    )
    reach = random.random((8, 4)) < 0.4
    _, at = np.nonzero(reach)
    people = People(
        start=np.concatenate([[0], np.cumsum(reach.sum(axis=1))]),
        place=at.astype(np.int32),
        weight=random.integers(1, 40, 8).astype(float),
        district=random.integers(0, 2, 8).astype(np.int32),
    )
    reachable = people.weight[reach.any(axis=1)].sum()
    asked = Asked(
        worth=0.95 ** np.arange(3),
        budget=np.full(3, budget),
        carry=carry,
        milestones=np.array([1, 2], np.int32),
        city=reachable * np.array([0.2, 0.6]),
        district=np.zeros((2, 2)),
    )
    return Programme(ways, space, people, asked)


def with_presence(programme: Programme) -> Programme:
    """Return the programme with one facility of tier 0 asked for in the first unit."""
    unit = np.array([0, 0, 1, 1], np.int32)
    one = Presence(0, unit, np.array([[0, 1], [0, 0]], np.int32))
    return programme._replace(presence=(one,))


def every_choice(programme: Programme) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield ways and years of every set of works that starts when it may."""
    ways, last = programme.ways, programme.asked.milestones[-1]
    choices: list[list[tuple[int, int] | None]] = []
    for place in range(len(programme.space.place_start) - 1):
        mine: list[tuple[int, int] | None] = [None]
        for way in np.flatnonzero(ways.place == place):
            mine += [
                (int(way), year)
                for year in range(ways.first[way], ways.last[way] + 1)
                if year + ways.lead[way] <= last
            ]
        choices.append(mine)
    for chosen in product(*choices):
        taken = [one for one in chosen if one is not None]
        yield (
            np.array([way for way, _ in taken], np.int32),
            np.array([year for _, year in taken], np.int32),
        )


def cheapest_areas(programme: Programme, way: np.ndarray, year: np.ndarray) -> Works | None:
    """Return the works with the areas that cost least and meet needs and budgets, if any do."""
    ways, asked, space = programme.ways, programme.asked, programme.space
    count, marks = len(way), len(asked.milestones)
    if not count:
        works = Works(way, year, np.zeros(0))
        return None if missed_by(programme, measure_works(programme, works)).space_m2 else works
    opens = year + ways.lead[way]
    pairs = [
        (i, int(c), k)
        for i in range(count)
        for c in space.community[
            space.place_start[ways.place[way[i]]] : space.place_start[ways.place[way[i]] + 1]
        ]
        for k in range(marks)
        if opens[i] <= asked.milestones[k]
    ]
    width = count + len(pairs)
    cost = np.zeros(width)
    cost[:count] = ways.per_m2[way] * asked.worth[year] + ways.running[way] * [
        asked.worth[o:].sum() for o in opens
    ]
    rows, ends = [], []
    for c in range(len(space.need_m2)):
        for k in range(marks):
            row = np.zeros(width)
            row[[count + p for p, (_, cc, kk) in enumerate(pairs) if (cc, kk) == (c, k)]] = -1
            rows.append(row)
            ends.append(-space.need_m2[c, k])
    for i in range(count):
        for k in range(marks):
            row = np.zeros(width)
            row[[count + p for p, (ii, _, kk) in enumerate(pairs) if (ii, kk) == (i, k)]] = 1
            row[i] = -ways.counted[way[i]]
            rows.append(row)
            ends.append(0.0)
    for t, money in enumerate(np.cumsum(asked.budget) if asked.carry else asked.budget):
        if np.isfinite(money):
            used = (year <= t) if asked.carry else (year == t)
            row = np.zeros(width)
            row[:count] = np.where(used, ways.per_m2[way], 0.0)
            rows.append(row)
            ends.append(money - ways.fixed[way][used].sum())
    limits = [*zip(ways.least_m2[way], ways.most_m2[way], strict=True), *[(0, None)] * len(pairs)]
    answer = linprog(cost, A_ub=np.array(rows), b_ub=np.array(ends), bounds=limits, method="highs")
    return Works(way, year, answer.x[:count]) if answer.status == 0 else None


def best_by_hand(programme: Programme, goal: str) -> float:
    """Return the value of the best plan of all, infinite (or minus) where there is none."""
    best = np.inf if goal == "least_cost" else -np.inf
    for way, year in every_choice(programme):
        works = cheapest_areas(programme, way, year)
        if works is None:
            continue
        gained = measure_works(programme, works)
        missed = missed_by(programme, gained)
        if missed.city or missed.district or missed.presence:
            continue
        if goal == "least_cost":
            best = min(best, gained.cost)
        else:
            best = max(best, float(gained.people.sum()))
    return best
