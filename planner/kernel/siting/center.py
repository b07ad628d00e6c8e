"""p-center: the sites that make the longest way shortest, by set covers at ever closer radii.

Every radius that is ruled out is ruled out by a tree of multipliers that `recheck_tree` has
derived again (the bracketing idea is Minieka's, 1970).
"""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.bound import bound_from_above, price_start
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.search import (
    Rows,
    count_budget,
    improve_plan,
    new_state,
    reached,
)
from planner.kernel.siting.tree import recheck_tree, search_tree

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Center(NamedTuple):
    """A plan, its longest way, a bound no plan is below, and whether they are equal."""

    rows: Rows
    radius: float
    bound: float
    proven: bool


def solve_center(way: F64, count: int, effort: Effort) -> Center:
    """Choose at most `count` sites so that the longest way to the nearest of them is least.

    Parameters
    ----------
    way
        From each client to each site; infinite where there is none, shape (clients, sites).
    count
        Number of sites, at least 1.
    effort
        When to stop; `go_on` gets the radius and the bound.

    Raises
    ------
    ValueError
        If no site is asked for, or there are no clients or sites.
    """
    if way.ndim != 2 or 0 in way.shape or count < 1 or np.isnan(way).any():
        raise ValueError("expected ways of clients by sites, and at least one site")
    clock = time.monotonic()
    rows = _far_first(way, count)
    radius = float(way[:, rows].min(axis=1).max())
    radii = np.unique(way)
    low = int(np.searchsorted(radii, way.min(axis=1).max()))  # the first that may do
    high = int(np.searchsorted(radii, radius))
    while low < high:
        late = time.monotonic() - clock > effort.seconds
        if late or not effort.go_on(radius, float(radii[low])):
            return Center(rows, radius, float(radii[low]), proven=False)
        middle = (low + high) // 2
        left = effort._replace(seconds=effort.seconds - (time.monotonic() - clock))
        verdict, found = decide_cover(way <= radii[middle], count, left)
        if found is not None:
            rows = found
            radius = float(way[:, rows].min(axis=1).max())
            high = int(np.searchsorted(radii, radius))
        elif verdict:
            low = middle + 1
        else:
            return Center(rows, radius, float(radii[low]), proven=False)
    return Center(np.sort(rows), radius, radius, proven=True)


def decide_cover(covers: Mask, count: int, effort: Effort) -> tuple[bool, Rows | None]:
    """Say whether `count` sites can reach every client.

    Parameters
    ----------
    covers
        Which site reaches which client, shape (clients, sites).

    Returns
    -------
    decided : bool
        False where time ran out.
    rows
        Sites that reach every client, or None.
    """
    if not covers.any(axis=1).all():
        return True, None
    clock = time.monotonic()

    def go_on(value: float, bound: float) -> bool:
        return time.monotonic() - clock <= effort.seconds and effort.go_on(value, bound)

    client, site = thin_out(covers)
    small = covers[np.ix_(client, site)]
    at, row = np.nonzero(small)
    start = np.searchsorted(at, np.arange(len(client) + 1)).astype(np.int64)
    merged = Merged(start, row.astype(np.int32), np.ones(len(client)), np.zeros(len(site)))
    budget = count_budget(len(site), count)
    state = new_state(merged, budget.cost)
    everyone = float(len(client))
    rows = improve_plan(state, budget.limit, 0, effort.seed)
    for chunk in range(4):
        if state.total[0] >= everyone or not go_on(state.total[0], everyone):
            break
        rows = improve_plan(state, budget.limit, 100, effort.seed + chunk, (0.3, 0.0))
    if reached(merged, rows) == everyone:
        return True, site[rows]
    aim = everyone - 1.0  # only a plan that reaches everyone is better than this
    course = bound_from_above(merged, budget, price_start(merged, rows), aim, go_on)
    found = search_tree(merged, budget, rows, (aim, 1.0), course.prices.share, (1 << 40, go_on))
    if found.value > aim and reached(merged, found.rows) == everyone:
        return True, site[found.rows]
    certificate = found.certificate
    if certificate is None:
        return False, None
    return certificate.target <= everyone and recheck_tree(merged, budget, certificate), None


def thin_out(covers: Mask) -> tuple[Rows, Rows]:
    """Return clients and sites that decide a set cover.

    A client is left out where another one's sites are among its own, a site where another one
    reaches all it reaches; of equals the first stays.
    """
    client = np.arange(covers.shape[0])
    site = np.arange(covers.shape[1])
    before = -1
    while before != len(client) + len(site):
        before = len(client) + len(site)
        small = covers[np.ix_(client, site)]
        client = client[~_contains(small)]
        small = covers[np.ix_(client, site)]
        site = site[~_contains(~small.T)]
    return client.astype(np.intp), site.astype(np.intp)


def _contains(sets: Mask) -> Mask:
    """Return which rows contain another row; of equal rows all but the first."""
    number = sets.astype(np.float32)
    shared = number @ number.T
    size = np.diag(shared).copy()
    inside = shared == size[None, :]  # row j lies in row i
    equal = inside & inside.T
    strictly = inside & ~equal
    first = np.argmax(equal, axis=1)
    return np.asarray(strictly.any(axis=1) | (first < np.arange(len(sets))), np.bool_)


def _far_first(way: F64, count: int) -> Rows:
    """Return sites near the clients that are farthest from those before (Gonzalez 1985)."""
    rows = [int(np.argmin(way.max(axis=0)))]
    near = way[:, rows[0]].copy()
    while len(rows) < min(count, way.shape[1]):
        site = int(np.argmin(way[int(np.argmax(near))]))
        if site in rows:
            break
        rows.append(site)
        near = np.minimum(near, way[:, site])
    return np.array(rows, np.intp)
