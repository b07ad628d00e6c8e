"""Law 9: no small count, and none that subtraction gives back."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.report.barriers import may_tell_main
from planner.report.suppression import hide_below, hide_parts, hide_steps, hide_top, is_small

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


REASONS = 3
with_reasons = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([0, 3, 40, 300]),
        st.lists(st.sampled_from([0, 0, 1, 3, 4, 5, 6, 11, 40]), min_size=3, max_size=3),
        st.sampled_from([0.0, 0.3, 1.0]),
    ),
    min_size=1,
    max_size=6,
)


def reason_equations(reasons, hidden, n):
    """Return what is published of the reasons: equations, and left sides that are >= right ones."""
    width = COLUMNS + REASONS
    same, sums = np.zeros((n, n * width)), np.zeros(n)
    for i in range(n):
        same[i, i * width + 1 : i * width + COLUMNS] = 1
        same[i, i * width + COLUMNS : (i + 1) * width] = -1
    city = reasons.sum(axis=0)
    unseen = hide_parts(city, least=LEAST) | hidden[0]
    for j in np.flatnonzero(~unseen):
        row = np.zeros(n * width)
        row[COLUMNS + j :: width] = 1
        same, sums = np.vstack([same, row]), np.append(sums, city[j])
    more, least = [np.zeros(n * width)], [0.0]
    for i in np.flatnonzero(may_tell_main(reasons, hidden[1], least=LEAST)):
        main = int(reasons[i].argmax())
        for j in range(REASONS):
            row = np.zeros(n * width)
            row[i * width + COLUMNS + main] = 1
            if j != main:
                row[i * width + COLUMNS + j] = -1
            more.append(row)
            least.append(LEAST if j == main else 0.0)
    return same, sums, np.array(more), np.array(least), ~unseen


def wider(rows, n):
    """Give selectors of people by reach a place for the reasons."""
    spread = np.zeros((len(rows), n, COLUMNS + REASONS))
    spread[:, :, :COLUMNS] = np.reshape(rows, (len(rows), n, COLUMNS))
    return spread.reshape(len(rows), n * (COLUMNS + REASONS))


def small_reasons(reasons, n):
    """Yield every small count of people by reason, of the city and of each community."""
    for members in [list(range(n)), *([i] for i in range(n))]:
        for part in subsets():
            if is_small(float(reasons[np.ix_(members, part)].sum()), LEAST):
                wanted = np.zeros((n, COLUMNS + REASONS))
                wanted[np.ix_(members, [COLUMNS + j for j in part])] = 1
                yield members, part, wanted.ravel()


@settings(max_examples=120, deadline=None)
@given(with_reasons)
def test_reasons_give_no_small_count_back(drawn):
    names = sorted({row[0] for row in drawn})
    county = np.array([names.index(row[0]) for row in drawn])
    reasons = np.array([row[2] for row in drawn], float)
    newly = np.floor(reasons.sum(axis=1) * [row[3] for row in drawn])
    reached = np.array([row[1] for row in drawn], float)
    leaves = np.column_stack([reached, newly, reasons.sum(axis=1) - newly])
    n = len(leaves)
    levels = publish(leaves, county)
    known, values = published_equations(levels, n)
    hidden = (bool(levels[0][0].split[0]), levels[2][0].split)
    same, sums, more, least, shown = reason_equations(reasons, hidden, n)
    known = known if len(known) else np.zeros((0, leaves.size))
    equal = np.vstack([wider(known, n), same])
    right = np.concatenate([values, sums])
    wanted = [(m, p, w) for m, p, w in small_reasons(reasons, n)]
    for members, part, _ in wanted:
        assert len(members) == 1 < n or not shown[part].all()
    for part in [w for _, _, w in wanted] + [
        wider([row], n)[0] for _, row in small_parts(levels, n)
    ]:
        ends = []
        for sign in (1, -1):
            found = linprog(sign * part, A_eq=equal, b_eq=right, A_ub=-more, b_ub=-least)
            assert found.status in (0, 3)
            ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
        assert ends[1] - ends[0] >= LEAST - 1e-6


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([10, 20, 30], [0, 0, 0]),
        ([3, 20, 30], [1, 1, 0]),
        ([3, 0, 0], [1, 0, 0]),
        ([2, 2, 40], [1, 1, 1]),
        ([2, 3, 40], [1, 1, 0]),
    ],
)
def test_parts_of_a_known_sum(counts, hidden):
    found = hide_parts(np.array(counts, float), least=LEAST)
    assert found.tolist() == [bool(h) for h in hidden]


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
