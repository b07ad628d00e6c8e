"""The one coverage function: union weight, gains and losses agree with sets of people."""

import numpy as np
import pytest

from planner.kernel.cover import covered_mask, drop_losses, marginal_gains, union_weight

ROW_START = np.array([0, 2, 2, 5, 6], np.int64)
DEMAND = np.array([0, 2, 1, 2, 4, 0], np.int32)
WEIGHT = np.array([10.0, 1.0, 5.0, 100.0, 0.5])
SETS = [{0, 2}, set(), {1, 2, 4}, {0}]


def people(rows):
    return sum(WEIGHT[i] for i in set().union(*(SETS[row] for row in rows)))


@pytest.mark.parametrize("rows", [(), (0,), (1,), (0, 2), (2, 0), (0, 3), (0, 1, 2, 3), (0, 0)])
def test_everyone_counts_once(rows):
    assert union_weight(ROW_START, DEMAND, rows, WEIGHT) == people(rows)
    mask = covered_mask(ROW_START, DEMAND, rows, 5)
    assert set(np.flatnonzero(mask).tolist()) == set().union(*(SETS[row] for row in rows))


@pytest.mark.parametrize("rows", [(), (0,), (2, 3)])
def test_gain_is_the_difference_of_two_unions(rows):
    covered = covered_mask(ROW_START, DEMAND, rows, 5)
    gains = marginal_gains(ROW_START, DEMAND, WEIGHT, covered=covered)
    assert gains.tolist() == [people((*rows, site)) - people(rows) for site in range(4)]


@pytest.mark.parametrize("rows", [(0,), (0, 3), (3, 2, 0), (1, 2)])
def test_loss_is_the_difference_of_two_unions(rows):
    losses = drop_losses(ROW_START, DEMAND, rows, WEIGHT)
    left = [people(rows[:i] + rows[i + 1 :]) for i in range(len(rows))]
    assert losses.tolist() == [people(rows) - rest for rest in left]


def test_read_only_arrays_are_welcome():
    frozen = [column.copy() for column in (ROW_START, DEMAND, WEIGHT)]
    for column in frozen:
        column.flags.writeable = False
    start, demand, weight = frozen
    gains = marginal_gains(start, demand, weight, covered=np.zeros(5, np.bool_))
    assert gains.tolist() == [15.0, 0.0, 6.5, 10.0]


def test_wrong_rows_and_weights_are_refused():
    with pytest.raises(ValueError, match="row 4 is not one of 4 sites"):
        union_weight(ROW_START, DEMAND, (4,), WEIGHT)
    with pytest.raises(ValueError, match="row -1"):
        union_weight(ROW_START, DEMAND, (-1,), WEIGHT)
    with pytest.raises(ValueError, match="beyond the 3 given"):
        union_weight(ROW_START, DEMAND, (2,), WEIGHT[:3])
    with pytest.raises(ValueError, match="beyond the 3 given"):
        marginal_gains(ROW_START, DEMAND, WEIGHT[:3], covered=np.zeros(3, np.bool_))
    with pytest.raises(ValueError, match="weight and covered differ"):
        marginal_gains(ROW_START, DEMAND, WEIGHT, covered=np.zeros(3, np.bool_))
