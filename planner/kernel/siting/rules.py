"""What any plan must keep to whatever its question: money, counts, sites that go together or not.

Columns of every model of `siting.models` begin with one per site, 1 where it is open, and one per
candidate that a closed site may move to, 1 where it does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.kernel.siting.model import (
    DECIDED,
    Columns,
    RowBlock,
    join_columns,
    make_columns,
    make_rows,
)

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

RULE_NAMES = ("limit", "new_sites", "at_most_one", "needs")
_LIMIT, _COUNT, _ONE, _NEEDS = range(4)


class Rules(NamedTuple):
    """What a plan may cost and which sites it may join.

    Parameters
    ----------
    cost
        Of opening each site; of one that stands, what closing it sets free, shape (s,).
    limit
        Most that may be spent, what is set free being subtracted; infinite if nothing limits it.
    new_sites
        Most sites that may be opened, those that stand not counted; infinite if nothing limits it.
    stands
        Sites that stand already, or None if none does, shape (s,).
    closable
        Those of them that may be closed, or None if none may, shape (s,).
    barred
        Sites that may not be opened, or None, shape (s,).
    at_most_one
        Sets of sites of which one at most may be open.
    needs
        Pairs (a, b): site a only if site b is open.
    move_cost
        Of opening each site by moving a closed one there, instead of `cost`; infinite where it
        cannot be moved to; None if nothing moves. Of those closed each can move once, and what
        closing sets free counts whether or not it moves, shape (s,).
    """

    cost: F64
    limit: float = np.inf
    new_sites: float = np.inf
    stands: Mask | None = None
    closable: Mask | None = None
    barred: Mask | None = None
    at_most_one: tuple[Rows, ...] = ()
    needs: tuple[tuple[int, int], ...] = ()
    move_cost: F64 | None = None


class Spending(NamedTuple):
    """What a plan costs: so much for each of the first columns, and so much in any case."""

    each: F64
    fixed: float


def standing(rules: Rules) -> Mask:
    """Return which sites stand already, shape (s,)."""
    return np.zeros(len(rules.cost), np.bool_) if rules.stands is None else rules.stands


def targets_of_moves(rules: Rules) -> Rows:
    """Return the sites that are cheaper to move to than to open anew."""
    if rules.move_cost is None:
        return np.zeros(0, np.intp)
    return np.flatnonzero((rules.move_cost < rules.cost) & ~standing(rules)).astype(np.intp)


def site_columns(rules: Rules) -> Columns:
    """Return the columns of sites and of moves.

    Raises
    ------
    ValueError
        If costs are negative or not finite, or a set or pair names no site.
    """
    sites = len(rules.cost)
    named = np.concatenate([np.zeros(1, np.intp), *rules.at_most_one, *map(np.array, rules.needs)])
    if not np.all(np.isfinite(rules.cost) & (rules.cost >= 0)):
        raise ValueError("costs must be finite and not negative")
    if not sites or named.min() < 0 or named.max() >= sites:
        raise ValueError(f"a rule names a site beyond the {sites} given")
    stands = standing(rules)
    closable = np.zeros(sites, np.bool_) if rules.closable is None else rules.closable
    upper = np.ones(sites)
    if rules.barred is not None:
        upper[rules.barred & ~stands] = 0.0
    lower = (stands & ~closable).astype(np.float64)
    moves = len(targets_of_moves(rules))
    return join_columns(
        [make_columns(np.zeros(sites), lower, upper, DECIDED)]
        + ([make_columns(np.zeros(moves), 0.0, 1.0, DECIDED)] if moves else [])
    )


def spending(rules: Rules) -> Spending:
    """Return what each of the columns of `site_columns` costs."""
    to = targets_of_moves(rules)
    less = np.zeros(0) if rules.move_cost is None else rules.move_cost[to] - rules.cost[to]
    return Spending(np.concatenate([rules.cost, less]), -float(rules.cost[standing(rules)].sum()))


def rule_rows(rules: Rules, columns: int) -> list[RowBlock]:
    """Return the rows of all rules, in groups numbered as in `RULE_NAMES`."""
    sites, stands = len(rules.cost), standing(rules)
    rows: list[RowBlock] = []
    spent = spending(rules)
    if np.isfinite(rules.limit):
        every = np.arange(len(spent.each))
        most = rules.limit - spent.fixed
        rows.append(make_rows((0, every, spent.each), (1, columns), -np.inf, most, _LIMIT))
    if np.isfinite(rules.new_sites):
        new = np.flatnonzero(~stands)
        rows.append(make_rows((0, new, 1.0), (1, columns), -np.inf, rules.new_sites, _COUNT))
    if rules.at_most_one:
        of = np.repeat(np.arange(len(rules.at_most_one)), [len(part) for part in rules.at_most_one])
        member = np.concatenate(rules.at_most_one)
        shape = (len(rules.at_most_one), columns)
        rows.append(make_rows((of, member, 1.0), shape, -np.inf, 1.0, _ONE))
    if rules.needs:
        pair = np.array(rules.needs, np.intp).reshape(-1, 2)
        number = np.repeat(np.arange(len(pair)), 2)
        signs = np.tile([1.0, -1.0], len(pair))
        shape = (len(pair), columns)
        rows.append(make_rows((number, pair.ravel(), signs), shape, -np.inf, 0.0, _NEEDS))
    return rows + _move_rows(rules, columns, sites)


def _move_rows(rules: Rules, columns: int, sites: int) -> list[RowBlock]:
    """Return: moved to only if open; not more moves than closed sites."""
    to, stands = targets_of_moves(rules), standing(rules)
    if not len(to):
        return []
    number, move = np.arange(len(to)), sites + np.arange(len(to))
    entries = (np.tile(number, 2), np.concatenate([move, to]), np.repeat([1.0, -1.0], len(to)))
    both = np.concatenate([move, np.flatnonzero(stands)])
    return [
        make_rows(entries, (len(to), columns), -np.inf, 0.0),
        make_rows((0, both, 1.0), (1, columns), -np.inf, float(stands.sum())),
    ]


def spacing_sets(xy: F64, distance_m: float) -> tuple[Rows, ...]:
    """Return sets of sites, any two of a set closer than a distance, that hold all such pairs.

    Larger sets make tighter models than pairs; each starts from a pair not yet held and takes in,
    in their order, all sites close to all of it.

    Parameters
    ----------
    xy
        Places of the sites in metres, shape (s, 2).
    distance_m
        Sites closer than this exclude each other; at the distance itself they do not.
    """
    pairs = cKDTree(xy).query_pairs(distance_m, output_type="ndarray")
    apart = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    pairs = np.sort(pairs[apart < distance_m], axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    near: list[set[int]] = [set() for _ in range(len(xy))]
    for a, b in pairs.tolist():
        near[a].add(b)
        near[b].add(a)
    held: set[tuple[int, int]] = set()
    sets: list[Rows] = []
    for a, b in pairs.tolist():
        if (a, b) in held:
            continue
        group, rest = [a, b], near[a] & near[b]
        while rest:
            group.append(min(rest))
            rest &= near[group[-1]]
        group.sort()
        held.update((c, d) for i, c in enumerate(group) for d in group[i + 1 :])
        sets.append(np.array(group, np.intp))
    return tuple(sets)
