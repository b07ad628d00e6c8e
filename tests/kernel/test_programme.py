"""Programmes of works: the search against every plan tried by hand, and the laws."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from programme_cases import (
    best_by_hand,
    cheapest_areas,
    every_choice,
    small_programme,
    with_presence,
)

from planner.kernel.programme.covers import find_covers, gather_needs, rows_of_covers
from planner.kernel.programme.layout import lay_out
from planner.kernel.programme.measure import Works, measure_works, missed_by
from planner.kernel.programme.model import build_programme
from planner.kernel.programme.solve import (
    ease_programme,
    solve_in_steps,
    solve_programme,
    works_of,
)
from planner.kernel.programme.works import check_programme
from planner.kernel.siting.certified import recheck_certificate
from planner.kernel.siting.exact import Effort

EFFORT = Effort(seconds=20.0)


@pytest.mark.parametrize("seed", range(12))
def test_cheapest_programme_is_the_best_of_all_plans(seed):
    programme = small_programme(seed, share=seed % 2 == 0, budget=90.0 if seed % 3 else np.inf)
    if seed % 4 == 0:
        programme = with_presence(programme)
    answer = solve_programme(programme, EFFORT)
    best = best_by_hand(programme, "least_cost")
    assert answer.proven
    assert recheck_certificate(answer.model, answer.certified.certificate)
    if answer.works is None:
        assert best == np.inf
        return
    assert answer.value == pytest.approx(best, rel=1e-6)
    assert answer.gained.cost == pytest.approx(answer.value, rel=1e-7)
    assert not missed_by(programme, answer.gained).any()


@pytest.mark.parametrize("seed", range(6))
def test_most_people_for_a_budget_is_the_best_of_all_plans(seed):
    programme = small_programme(seed, budget=100.0, carry=seed % 2 == 0)
    asked = programme.asked
    programme = programme._replace(asked=asked._replace(city=asked.city * 0))
    answer = solve_programme(programme, EFFORT, goal="most_people")
    best = best_by_hand(programme, "most_people")
    if answer.works is None:
        assert best == -np.inf
        return
    assert answer.value == pytest.approx(best, rel=1e-7)
    assert answer.gained.people.sum() == pytest.approx(best)


@cache
def some_with_plans():
    return [p for p in map(small_programme, range(9)) if solve_programme(p, EFFORT).works]


def test_some_cases_have_plans_and_some_have_none():
    assert len(some_with_plans()) >= 3
    tight = small_programme(1, budget=5.0)
    assert solve_programme(tight, EFFORT).works is None


def test_more_money_is_never_worse():
    for programme in some_with_plans():
        values = []
        for money in (60.0, 90.0, 130.0, np.inf):
            asked = programme.asked._replace(budget=np.full(3, money))
            values.append(solve_programme(programme._replace(asked=asked), EFFORT).value)
        assert all(b <= a + 1e-6 for a, b in pairwise(values))
        carried = programme.asked._replace(budget=np.full(3, 90.0), carry=True)
        assert solve_programme(programme._replace(asked=carried), EFFORT).value <= values[1] + 1e-6


def test_a_lower_norm_or_target_is_never_dearer():
    for programme in some_with_plans():
        value = solve_programme(programme, EFFORT).value
        space = programme.space._replace(need_m2=programme.space.need_m2 * 0.8)
        asked = programme.asked._replace(city=programme.asked.city * 0.8)
        assert solve_programme(programme._replace(space=space), EFFORT).value <= value + 1e-6
        assert solve_programme(programme._replace(asked=asked), EFFORT).value <= value + 1e-6


def test_no_square_metre_is_counted_twice():
    for programme in some_with_plans():
        works = solve_programme(programme, EFFORT).works
        gained = measure_works(programme, works)
        counted = works.area_m2 * programme.ways.counted[works.way]
        for k, shared in enumerate(gained.shared_m2):
            assert (shared.sum(axis=1) <= counted + 1e-6).all()
            given = np.asarray(shared.sum(axis=0)).ravel()
            assert (given + 1e-6 >= programme.space.need_m2[:, k]).all()


def test_the_joint_plan_is_never_dearer_than_the_plan_in_steps():
    cheaper = 0
    for programme in some_with_plans():
        joint, steps = solve_programme(programme, EFFORT), solve_in_steps(programme, EFFORT)
        if steps.works is not None:
            assert joint.value <= steps.value + 1e-6
            cheaper += joint.value < steps.value - 1e-3
    assert cheaper


@pytest.mark.slow
def test_every_plan_keeps_the_covers():
    tried = 0
    for seed in range(8):
        programme = small_programme(seed)
        layout = lay_out(programme)
        needs = gather_needs(programme, layout)
        random = np.random.default_rng(seed)
        covers = []
        for _ in range(20):
            x = random.random(layout.width) * 0.4
            x[layout.first_share :] *= 50
            covers += find_covers(programme, layout, needs, x)
        rows = rows_of_covers(programme, layout, needs, covers)
        for way, year in list(every_choice(programme))[:: 1 + seed]:
            works = cheapest_areas(programme, way, year)
            if works is None:
                continue
            x = quantities(programme, layout, works)
            assert (rows.matrix @ x >= rows.lower - 1e-6).all()
            tried += len(covers)
    assert tried > 1_000


def quantities(programme, layout, works: Works):
    """Return the columns of works, areas divided as they are measured."""
    x = np.zeros(layout.width)
    for way, year, area in zip(*works, strict=True):
        at = np.flatnonzero((layout.way == way) & (layout.year == year))[0]
        x[at], x[layout.starts + at] = 1.0, area
    for k, shared in enumerate(measure_works(programme, works).shared_m2):
        for i, way in enumerate(works.way):
            for j in np.flatnonzero((layout.share_way == way) & (layout.share_mark == k)):
                x[layout.first_share + j] = shared[[i]][:, [layout.share_community[j]]].sum()
    return x


def test_what_is_kept_stays():
    programme = some_with_plans()[0]
    first = solve_programme(programme, EFFORT).works
    again = solve_programme(programme, EFFORT, kept=first).works
    assert set(zip(first.way, first.year, strict=True)) <= set(
        zip(again.way, again.year, strict=True)
    )


def test_without_a_plan_it_says_what_must_give_way():
    programme = small_programme(1, budget=5.0)
    eased = ease_programme(programme, EFFORT)
    assert set(eased) == {"space", "city", "district", "budget", "presence"}
    enough = eased["budget"].amount[3]
    assert enough > 0
    richer = programme.asked._replace(budget=programme.asked.budget + enough)
    assert solve_programme(programme._replace(asked=richer), EFFORT).works is not None


def test_costs_by_hand():
    """One hall of 100 m2 started in year 1 and opened in year 2 of three.

    Capital 20 + 0.3 * 100 = 50 in year 1, running 0.02 * 100 = 2 in year 2; discounted by 0.95 a
    year:  50 * 0.95 + 2 * 0.9025 = 49.305.
    """
    programme = small_programme(0)
    one = np.ones(6)
    ways = programme.ways._replace(
        fixed=20 * one, per_m2=0.3 * one, running=0.02 * one, lead=one.astype(np.int32)
    )
    programme = programme._replace(ways=ways)
    works = Works(np.array([2], np.int32), np.array([1], np.int32), np.array([100.0]))
    gained = measure_works(programme, works)
    assert gained.capital.tolist() == [0, 50, 0]
    assert gained.cost == pytest.approx(49.305)


def test_the_model_and_plain_code_agree():
    for programme in some_with_plans():
        layout = lay_out(programme)
        model = build_programme(programme, layout, "least_cost")
        answer = solve_programme(programme, EFFORT)
        x = answer.certified.x
        assert np.asarray(model.columns.worth @ x) == pytest.approx(answer.gained.cost)
        works = works_of(layout, x)
        people = np.zeros(2)
        np.add.at(
            people,
            layout.people_mark,
            x[layout.first_people :] * programme.people.weight[layout.people_row],
        )
        assert (people <= measure_works(programme, works).people + 1e-6).all()


def test_parts_that_do_not_fit_are_refused():
    programme = small_programme(0)
    with pytest.raises(ValueError, match="do not fit"):
        check_programme(
            programme._replace(ways=programme.ways._replace(fixed=-programme.ways.fixed))
        )
    with pytest.raises(ValueError, match="do not fit"):
        check_programme(programme._replace(asked=programme.asked._replace(city=np.zeros(1))))
