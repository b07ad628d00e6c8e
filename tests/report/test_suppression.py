"""Law 9: no small count, and none that subtraction gives back."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.report.suppression import hide_below, hide_steps, hide_top, is_small

LEAST = 5
COLUMNS = 3


def subsets():
    return [list(c) for s in range(1, COLUMNS) for c in combinations(range(COLUMNS), s)]


def publish(leaves, county):
    """Three levels: city, counties, communities (the leaves)."""
    counties = np.array([leaves[county == c].sum(axis=0) for c in range(county.max() + 1)])
    city = leaves.sum(axis=0)[None, :]
    top = hide_top(city, least=LEAST)
    middle = hide_below(counties, np.zeros(len(counties), np.intp), top, least=LEAST)
    bottom = hide_below(leaves, county, middle, least=LEAST)
    n = len(leaves)
    members = [
        [list(range(n))],
        [np.flatnonzero(county == c).tolist() for c in range(county.max() + 1)],
        [[i] for i in range(n)],
    ]
    return list(zip((top, middle, bottom), (city, counties, leaves), members, strict=True))


def published_equations(levels, n):
    rows, values = [], []
    for hidden, cells, members in levels:
        for i, at in enumerate(members):
            if not hidden.total[i]:
                rows.append(selector(n, at, range(COLUMNS)))
                values.append(cells[i].sum())
            if not hidden.split[i]:
                for j in range(COLUMNS):
                    rows.append(selector(n, at, [j]))
                    values.append(cells[i, j])
    return np.array(rows), np.array(values)


def selector(n, at, columns):
    chosen = np.zeros((n, COLUMNS))
    chosen[np.ix_(list(at), list(columns))] = 1
    return chosen.ravel()


def small_parts(levels, n):
    for hidden, cells, members in levels:
        for i, at in enumerate(members):
            for part in [*subsets(), list(range(COLUMNS))]:
                if is_small(float(cells[i, part].sum()), LEAST):
                    shown = not (hidden.total[i] if len(part) == COLUMNS else hidden.split[i])
                    yield shown, selector(n, at, part)


communities = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 7, 40, 300]), min_size=3, max_size=3),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=150, deadline=None)
@given(communities)
def test_no_small_count_can_be_reconstructed(drawn):
    names = sorted({c for c, _ in drawn})
    county = np.array([names.index(c) for c, _ in drawn])
    leaves = np.array([cells for _, cells in drawn], float)
    levels = publish(leaves, county)
    known, values = published_equations(levels, len(leaves))
    free = known.reshape(-1, leaves.size) if len(known) else np.zeros((0, leaves.size))
    for shown, wanted in small_parts(levels, len(leaves)):
        assert not shown
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * wanted,
                A_eq=free if len(free) else None,
                b_eq=values if len(free) else None,
            )
            ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
        assert ends[1] - ends[0] >= LEAST - 1e-6


def test_nothing_is_hidden_without_a_small_count():
    leaves = np.array([[10, 0, 20], [0, 0, 0], [7, 5, 9]], float)
    for hidden, _, _ in publish(leaves, np.array([0, 0, 1])):
        assert not hidden.total.any()
        assert not hidden.split.any()


def test_a_single_small_cell_takes_the_next_smallest_row_with_it():
    leaves = np.array([[97, 0, 3], [400, 0, 200], [50, 0, 60]], float)
    bottom = publish(leaves, np.array([0, 0, 0]))[2][0]
    assert bottom.split.tolist() == [True, False, True]
    assert not bottom.total.any()


@pytest.mark.parametrize(
    ("gains", "hidden", "sums"),
    [
        ([50, 40, 30], [0, 0, 0], [0, 0, 0]),
        ([50, 40, 3], [0, 1, 1], [0, 1, 0]),
        ([50, 3, 40, 30], [0, 1, 0, 1], [0, 1, 1, 0]),
        ([3, 2, 60], [1, 1, 0], [1, 0, 0]),
        ([0, 0], [0, 0], [0, 0]),
    ],
)
def test_steps(gains, hidden, sums):
    found = hide_steps(np.array(gains, float), least=LEAST)
    assert found[0].tolist() == [bool(h) for h in hidden]
    assert found[1].tolist() == [bool(s) for s in sums]
