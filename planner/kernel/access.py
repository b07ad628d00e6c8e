"""Access beyond yes or no: floating catchments, capacity, who is worst off, how unequal it is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

_PARTS = 100  # of a person or place, in which capacity is counted


class Trips(NamedTuple):
    """Every pair of a site and a demand point near enough to count; zero minutes count too.

    Parameters
    ----------
    site, point
        Positions of both, int32, shape (k,).
    minutes
        Of the walk, shape (k,).
    """

    site: I32
    point: I32
    minutes: F64


def weigh_steps(minutes: F64, bands: Sequence[tuple[float, float]]) -> F64:
    """Return the weight of each walk by bands of minutes, zero beyond the last.

    Parameters
    ----------
    minutes
        Of the walks, shape (k,).
    bands
        (upper end in minutes, weight), the upper end included.

    References
    ----------
    Luo and Qi 2009, Health & Place 15(4): the enhanced two-step method.
    """
    ends = sorted(bands)
    at = np.searchsorted([end for end, _ in ends], minutes, side="left")
    return np.append([float(weight) for _, weight in ends], 0.0)[at]


def weigh_gaussian(minutes: F64, sigma_min: float) -> F64:
    """Return exp(-t² / 2σ²) for each walk of t minutes, shape (k,).

    Raises
    ------
    ValueError
        If sigma is not above zero.
    """
    if not sigma_min > 0:
        raise ValueError("sigma must be above zero")
    return np.asarray(np.exp(-(minutes**2) / (2 * sigma_min**2)))


def two_step_access(trips: Trips, weight: F64, supply: F64, demand: F64) -> F64:
    """Return supply per person by the two-step floating catchment method.

    Parameters
    ----------
    trips
        The pairs.
    weight
        Of every pair: ones for the plain method, a decay for the enhanced one, shape (k,).
    supply
        Beds or places of every site, shape (s,).
    demand
        People of every point, shape (n,).

    Returns
    -------
    F64
        Beds or places per person, shape (n,); 0 for points no site is near, and nothing is handed
        out by a site nobody is near.

    References
    ----------
    Luo and Wang 2003, Environment and Planning B 30(6); Luo and Qi 2009.
    """
    people = _sum_by(trips.site, weight * demand[trips.point], len(supply))
    ratio = _per(supply, people)
    return _sum_by(trips.point, weight * ratio[trips.site], len(demand))


def three_step_access(trips: Trips, weight: F64, supply: F64, demand: F64) -> F64:
    """Return supply per person by the three-step method: people spread over the sites near them.

    Parameters and result as in `two_step_access`; each pair also counts by the share of its weight
    among all weights of the point.

    References
    ----------
    Wan, Zou and Sternberg 2012, International Journal of Geographical Information Science 26(6).
    """
    total = _sum_by(trips.point, weight, len(demand))
    return two_step_access(trips, weight * _per(weight, total[trips.point]), supply, demand)


def _sum_by(at: I32, value: F64, count: int) -> F64:
    return np.bincount(at, weights=value, minlength=count).astype(np.float64)


def _per(one: F64, other: F64) -> F64:
    return np.divide(one, other, out=np.zeros(len(one)), where=other > 0)


def serve_within_capacity(trips: Trips, capacity: F64, demand: F64) -> F64:
    """Return how many people of each point find a place when no site takes more than it can.

    Parameters
    ----------
    trips
        The pairs; how far does not matter here.
    capacity
        People each site can serve, shape (s,); infinite where there is no limit.
    demand
        People of every point, shape (n,).

    Returns
    -------
    F64
        People served, shape (n,). Their sum is the most there can be, to a hundredth of a person
        per point; who of several points gets the last place is not determined by it.

    Raises
    ------
    ValueError
        If there are too many people to be counted in hundredths (more than 20 million).
    """
    count, sites = len(demand), len(capacity)
    people = np.floor(demand * _PARTS + 1e-6).astype(np.int64)
    if people.sum() >= 2**31:
        raise ValueError("too many people to be counted in hundredths")
    enough = np.minimum(np.where(np.isfinite(capacity), capacity, np.inf) * _PARTS, people.sum())
    places = np.floor(enough + 1e-6).astype(np.int64)
    source, sink = count + sites, count + sites + 1
    begin = np.concatenate([np.full(count, source), trips.point, count + np.arange(sites)])
    end = np.concatenate([np.arange(count), count + trips.site, np.full(sites, sink)])
    room = np.concatenate([people, people[trips.point], places]).astype(np.int32)
    graph = csr_array((room, (begin, end)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    taken = np.asarray(flow[[source]].todense()).ravel()[:count]
    return np.asarray(taken / _PARTS, np.float64)


class Worst(NamedTuple):
    """The worst-served people.

    Parameters
    ----------
    people
        How many they are.
    least_min, mean_min
        The shortest walk among them and their mean walk; infinite where somebody has none.
    """

    people: float
    least_min: float
    mean_min: float


def find_worst_served(minutes: F64, people: F64, share: float = 0.05) -> Worst:
    """Return the `share` of people with the longest walk; a point may be cut in two.

    Parameters
    ----------
    minutes
        To the nearest site, infinite where none is reached, shape (n,).
    people
        Of every point, shape (n,).
    share
        Above 0, at most 1.

    Raises
    ------
    ValueError
        If the share is out of range or nobody lives anywhere.
    """
    total = float(people.sum())
    if not 0 < share <= 1 or not total > 0:
        raise ValueError("expected a share above 0, at most 1, and people")
    order = np.argsort(-minutes, kind="stable")
    wanted = share * total
    before = np.cumsum(people[order]) - people[order]
    taken = np.clip(wanted - before, 0.0, people[order])
    used = taken > 0
    walk = minutes[order][used]
    with np.errstate(invalid="ignore"):
        mean = float(taken[used] @ walk) / wanted
    return Worst(wanted, float(walk.min()), mean)


def gini_of(value: F64, people: F64) -> float:
    """Return the Gini coefficient of a value by people: 0 alike, 1 all in one hand.

    Parameters
    ----------
    value
        Not negative, shape (n,).
    people
        Of every point, shape (n,).

    Returns
    -------
    float
        NaN where nobody has anything.
    """
    order = np.argsort(value, kind="stable")
    share = people[order] / people.sum() if people.sum() > 0 else people[order]
    total = float(value[order] @ share)
    if not total > 0:
        return float("nan")
    lorenz = np.cumsum(value[order] * share) / total
    return float(1 - share @ (lorenz + np.append(0.0, lorenz[:-1])))


class Theil(NamedTuple):
    """Theil's T, and its parts between and within groups; `total` is their sum."""

    total: float
    between: float
    within: float


def theil_of(value: F64, people: F64, group: I32) -> Theil:
    """Return Theil's T index of a value by people, parted by groups.

    Parameters
    ----------
    value
        Not negative, shape (n,).
    people
        Of every point, shape (n,).
    group
        District of every point, int32, shape (n,).

    Returns
    -------
    Theil
        NaN where nobody has anything.

    References
    ----------
    Theil 1967; Shorrocks 1980, Econometrica 48(3).
    """
    total = float(people.sum())
    mean = float(value @ people) / total if total > 0 else 0.0
    if not mean > 0:
        return Theil(*[float("nan")] * 3)
    groups = int(group.max(initial=-1)) + 1
    size = _sum_by(group, people, groups)
    own = _sum_by(group, people * value, groups)
    level = _per(own, size)
    between = float((size / total) @ _x_log_x(level / mean))
    whole = float((people / total) @ _x_log_x(value / mean))
    return Theil(whole, between, whole - between)


def _x_log_x(x: F64) -> F64:
    return np.asarray(x * np.log(np.where(x > 0, x, 1.0)))
