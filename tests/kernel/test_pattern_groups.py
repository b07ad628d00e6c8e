"""Groups of points covered by the same sites, against sets counted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.frames import CoverRuns
from planner.kernel.patterns import group_patterns

PAIRS = st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=25)


def relation(covered, order):
    """Build the runs of a boolean table (points, sites) over an order of the points."""
    place = np.argsort(order)
    start, first, last = [0], [], []
    for site in range(covered.shape[1]):
        at = np.sort(place[np.flatnonzero(covered[:, site])])
        cut = np.flatnonzero(np.diff(at) > 1)
        if len(at):
            first += [at[0], *at[cut + 1]]
            last += [*(at[cut] + 1), at[-1] + 1]
        start.append(len(first))
    return CoverRuns(
        np.array(start, np.int64),
        np.array(first, np.int32),
        np.array(last, np.int32),
        np.array(order, np.int32),
    )


@settings(max_examples=120, deadline=None)
@given(PAIRS, st.data())
def test_patterns_are_the_sets_counted_one_by_one(rows, data):
    covered = np.array(rows)
    n = len(covered)
    order = np.array(data.draw(st.permutations(range(n))))
    weight = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), float)
    group = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.intp)
    found = group_patterns(relation(covered, order), weight, group)
    counted = {}
    for i in range(n):
        if weight[i]:
            key = (int(group[i]), tuple(np.flatnonzero(covered[i]).tolist()))
            counted[key] = counted.get(key, 0) + weight[i]
    told = {
        (int(found.group[r]), tuple(found.site[found.start[r] : found.start[r + 1]].tolist())): w
        for r, w in enumerate(found.weight.tolist())
    }
    assert told == counted
    assert len(told) == len(found.weight)
    assert (np.diff(found.group) >= 0).all()


def test_points_and_weights_must_fit():
    runs = relation(np.ones((3, 1), bool), np.arange(3))
    with pytest.raises(ValueError, match="3 demand points"):
        group_patterns(runs, np.ones(2), np.zeros(3, np.intp))
