"""Maximal covering against published and proven optima."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import siting_children
import siting_instances as instances

from planner.kernel.siting.center import solve_center
from planner.kernel.siting.exact import Effort, recheck_proof, solve_cover
from planner.kernel.siting.median import solve_median
from planner.kernel.siting.reduce import merge_pairs
from planner.kernel.siting.search import count_budget
from planner.kernel.siting.stream import add_points, merge_table, new_table

needs_instances = pytest.mark.skipif(
    not instances.is_there(), reason="the published instances are not beside the project"
)


@needs_instances
@pytest.mark.slow
@pytest.mark.parametrize("customers", [10_000, 100_000])
def test_bds_optima_are_found_and_proven(customers):
    files = {}
    cases = [case for case in instances.published() if case[2] == customers]
    assert len(cases) == 14
    for radius, count, _, best in cases:
        one = instances.bds(files, customers, radius)
        everyone = np.ones(len(one.weight), bool)
        merged = merge_pairs(one.row_start, one.demand, one.weight, everyone)
        budget = count_budget(100, count)
        answer = solve_cover(merged, budget, Effort(600.0))
        assert answer.proven
        assert answer.objective == answer.bound == best
        assert instances.people_reached(one.row_start, one.demand, answer.rows, one.weight) == best
        assert answer.proof.target > best
        assert recheck_proof(merged, budget, answer.proof)
        assert not recheck_proof(merged, budget, answer.proof._replace(target=best - 1.0))


@needs_instances
@pytest.mark.slow
def test_pmed_medians_and_centres_are_found_and_proven():
    best = instances.pmed_optima()
    for number in range(1, 16):
        way, count = instances.read_pmed(number)
        median = solve_median(way, count, Effort(600.0))
        centre = solve_center(way, count, Effort(600.0))
        assert median.proven
        assert median.cost == best[number][0]
        assert centre.proven
        assert centre.radius == best[number][1]


def test_a_search_stopped_at_any_moment_brackets_the_answer():
    one = instances.large(60, 5.0, 3_000)
    merged = merge_pairs(one.row_start, one.demand, one.weight, np.ones(3_000, bool))
    budget = count_budget(60, 9)
    full = solve_cover(merged, budget, Effort(600.0))
    assert full.proven
    for moment in (*range(1, 12), 20, 40, 80):
        left = iter([True] * moment)
        answer = solve_cover(
            merged, budget, Effort(600.0, go_on=lambda *_, left=left: next(left, False))
        )
        assert answer.objective <= full.objective <= answer.bound
        assert (
            instances.people_reached(one.row_start, one.demand, answer.rows, one.weight)
            == answer.objective
        )
        if answer.proven:
            assert answer.objective == full.objective


def test_a_stream_is_merged_as_the_whole_is():
    one = instances.large(40, 5.0, 4_000)
    whole = merge_pairs(one.row_start, one.demand, one.weight, np.ones(4_000, bool))
    start, row = siting_children.near(one.site, one.place, 5.0)
    table = new_table(40)
    for first in range(0, 4_000, 700):
        last = min(4_000, first + 700)
        piece = start[first : last + 1]
        rows = row[piece[0] : piece[-1]]
        table = add_points(table, piece - piece[0], rows, one.weight[first:last])
    streamed = merge_table(table)
    assert np.array_equal(streamed.alone, whole.alone)

    def as_dict(merged):
        ends = zip(merged.start[:-1], merged.start[1:], merged.weight, strict=True)
        return {tuple(merged.row[a:b].tolist()): weight for a, b, weight in ends}

    assert as_dict(streamed) == as_dict(whole)
