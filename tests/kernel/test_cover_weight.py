"""The one coverage function: union weight, gains and losses agree with sets of people."""

import numpy as np
import pytest

from planner.kernel.frames import CoverRuns
from planner.kernel.runs import (
    covered_mask,
    drop_losses,
    fold_runs,
    marginal_gains,
    runs_from_pairs,
    to_csr,
    union_weight,
)

ROW_START = np.array([0, 2, 2, 5, 6], np.int64)
DEMAND = np.array([0, 2, 1, 2, 4, 0], np.int32)
WEIGHT = np.array([10.0, 1.0, 5.0, 100.0, 0.5])
RUNS = runs_from_pairs(ROW_START, DEMAND, np.array([3, 0, 2, 1, 4], np.int32))
SETS = [{0, 2}, set(), {1, 2, 4}, {0}]


def people(rows):
    return sum(WEIGHT[i] for i in set().union(*(SETS[row] for row in rows)))


@pytest.mark.parametrize("rows", [(), (0,), (1,), (0, 2), (2, 0), (0, 3), (0, 1, 2, 3), (0, 0)])
def test_everyone_counts_once(rows):
    assert union_weight(RUNS, rows, WEIGHT) == people(rows)
    mask = covered_mask(RUNS, rows, 5)
    assert set(np.flatnonzero(mask).tolist()) == set().union(*(SETS[row] for row in rows))


@pytest.mark.parametrize("rows", [(), (0,), (2, 3)])
def test_gain_is_the_difference_of_two_unions(rows):
    covered = covered_mask(RUNS, rows, 5)
    gains = marginal_gains(RUNS, WEIGHT, covered)
    assert gains.tolist() == [people((*rows, site)) - people(rows) for site in range(4)]


@pytest.mark.parametrize("rows", [(0,), (0, 3), (3, 2, 0), (1, 2)])
def test_loss_is_the_difference_of_two_unions(rows):
    losses = drop_losses(RUNS, rows, WEIGHT)
    left = [people(rows[:i] + rows[i + 1 :]) for i in range(len(rows))]
    assert losses.tolist() == [people(rows) - rest for rest in left]


def test_read_only_arrays_are_welcome():
    frozen = [column.copy() for column in (*RUNS, WEIGHT)]
    for column in frozen:
        column.flags.writeable = False
    *columns, weight = frozen
    gains = marginal_gains(CoverRuns(*columns), weight, np.zeros(5, np.bool_))
    assert gains.tolist() == [15.0, 0.0, 6.5, 10.0]


def test_wrong_rows_and_weights_are_refused():
    with pytest.raises(ValueError, match="row 4 is not one of 4 sites"):
        union_weight(RUNS, (4,), WEIGHT)
    with pytest.raises(ValueError, match="row -1"):
        union_weight(RUNS, (-1,), WEIGHT)
    with pytest.raises(ValueError, match="beyond the 3 given"):
        runs_from_pairs(ROW_START, DEMAND, np.arange(3, dtype=np.int32))
    with pytest.raises(ValueError, match="3 demand points given"):
        union_weight(RUNS, (2,), WEIGHT[:3])
    with pytest.raises(ValueError, match="3 demand points given"):
        marginal_gains(RUNS, WEIGHT, np.zeros(3, np.bool_))


def test_pairs_and_runs_are_two_ways_to_write_the_same():
    start, demand = to_csr(RUNS, at_most_bytes=1000)
    assert start.tolist() == ROW_START.tolist()
    assert demand.tolist() == DEMAND.tolist()
    stretches = list(zip(RUNS.first.tolist(), RUNS.last.tolist(), strict=True))
    assert stretches == [(1, 3), (2, 5), (1, 2)], "points 0, 2, 1, 4 stand at 1, 2, 3, 4"
    assert RUNS.row_start.tolist() == [0, 1, 1, 2, 3]


def test_a_place_is_reached_through_any_of_its_stops():
    owner = np.array([0, 1, 0, 2, 1], np.intp)  # of the five points of RUNS
    folded = fold_runs(RUNS, np.array([0, 0, 1, 2], np.intp), owner, 4)
    places = [{0}, {1, 0}, {0}, set()]
    assert sorted(folded.order.tolist()) == [0, 1, 2]
    for site, expected in enumerate(places):
        assert set(np.flatnonzero(covered_mask(folded, (site,))).tolist()) == expected
