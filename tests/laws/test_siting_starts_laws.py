"""Plans to start from, and questions solved in one call, against every plan (law 4)."""

import numpy as np
import pytest
from test_siting_models_laws import most_served
from town_cases import allowed, random_town

from planner.kernel.siting.certified import recheck_certificate
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.ground import Limits, Search, keeps_rules
from planner.kernel.siting.models import (
    chosen_sites,
    floor_model,
    people_reached,
    target_model,
)
from planner.kernel.siting.parts import lift_floors, lift_worst
from planner.kernel.siting.pooled import pooled_prices
from planner.kernel.siting.rules import Rules
from planner.kernel.siting.safe import form_of, safe_bound, to_value
from planner.kernel.siting.seats import fill_seats
from planner.kernel.siting.service import capacity_model
from planner.kernel.siting.solve import solve_cheapest, solve_reach, solve_served

SEEDS = range(30)


def close(value):
    return pytest.approx(value, abs=1e-6)


def opened(rules, rows):
    is_open = np.zeros(len(rules.cost), bool)
    is_open[rows] = True
    return is_open


def test_a_plan_to_start_from_keeps_the_rules_where_opening_nothing_does():
    kept = 0
    for seed in SEEDS:
        town = random_town(seed)
        rules = town.rules._replace(move_cost=None)
        stands = np.zeros(len(rules.cost), bool) if rules.stands is None else rules.stands
        if not keeps_rules(rules, np.flatnonzero(stands)):
            continue
        kept += 1
        floor = np.floor(0.5 * town.sizes())
        limits = Limits(rules.limit, rules.new_sites, floor, 0.0, 1.0)
        base, size = np.zeros(3), np.maximum(town.sizes(), 1.0)
        for rows in (
            lift_floors(town.parts(), rules, limits, Search(5.0, turns=2)),
            lift_worst(town.parts(), base, size, rules, Search(5.0, turns=8)),
        ):
            assert keeps_rules(rules, rows)
            assert allowed(rules, opened(rules, rows)) is not None
    assert kept > 20


def test_equal_seeds_give_equal_plans():
    for seed in range(10):
        town = random_town(seed)
        limits = Limits(town.rules.limit, town.rules.new_sites, np.zeros(3), 0.0, 1.0)
        one, two = (
            lift_floors(town.parts(), town.rules, limits, Search(60.0, turns=2)) for _ in range(2)
        )
        assert one.tolist() == two.tolist()


def test_the_most_people_above_floors_in_one_call():
    for seed in SEEDS:
        town = random_town(seed)
        floor = np.ceil(town.sizes() * np.random.default_rng(seed).uniform(0, 0.5, 3))
        kept = [town.reach(r) for r, _ in town.plans() if (town.reach(r) >= floor).all()]
        answer = solve_reach(town.parts(), floor, town.rules, Effort())
        assert answer.proven
        assert recheck_certificate(floor_model(town.parts(), floor, town.rules), answer.certificate)
        if not kept:
            assert answer.x is None
            continue
        assert answer.value == answer.bound == close(max(reach.sum() for reach in kept))
        rows = chosen_sites(answer.x, len(town.rules.cost))
        assert (people_reached(town.parts(), rows) >= floor).all()


@pytest.mark.parametrize("broken", [False, True])
def test_the_cheapest_plan_for_targets_in_one_call(broken):
    for seed in SEEDS:
        town = random_town(seed)
        rng = np.random.default_rng(seed)
        floor = np.floor(town.sizes() * rng.uniform(0, 0.8, 3))
        total = float(np.floor(town.sizes().sum() * rng.uniform(0, 0.8)))
        rules = town.rules if seed % 2 else Rules(np.ones(len(town.rules.cost)))
        if broken:
            rules = rules._replace(cost=rules.cost / 7, limit=rules.limit / 7, move_cost=None)
        cheap = min(
            (
                spent
                for rows, spent in town.plans(rules)
                if (town.reach(rows) >= floor).all() and town.reach(rows).sum() >= total
            ),
            default=None,
        )
        answer = solve_cheapest(town.parts(), floor, total, rules, Effort())
        model = target_model(town.parts(), floor, total, rules)
        assert answer.proven
        assert recheck_certificate(model, answer.certificate)
        assert (answer.x is None) == (cheap is None)
        if cheap is not None:
            assert answer.value == close(cheap)


def test_stopped_at_once_they_claim_too_much_never():
    for seed in SEEDS:
        town = random_town(seed)
        best = max((town.reach(r).sum() for r, _ in town.plans()), default=None)
        effort = Effort(go_on=lambda *_: False)
        answer = solve_reach(town.parts(), np.zeros(3), town.rules, effort)
        if best is None:
            assert answer.x is None
        else:
            assert answer.value <= best + 1e-6 <= answer.bound + 2e-6


@pytest.mark.parametrize("halves", [False, True])
def test_the_most_people_served_in_one_call(halves):
    unit = 2.0 if halves else 1.0
    for seed in range(30):
        town = random_town(seed, sites=6, points=10)
        sites = len(town.rules.cost)
        capacity = np.random.default_rng(seed).integers(0, 60, sites).astype(float)
        best = max((most_served(town, capacity, r) for r, _ in town.plans()), default=None)
        merged = town.merged()
        merged = merged._replace(weight=merged.weight / unit, alone=merged.alone / unit)
        model = capacity_model(merged, capacity / unit, town.rules)
        answer = solve_served(merged, capacity / unit, town.rules, Effort())
        assert answer.proven
        assert recheck_certificate(model, answer.certificate)
        if best is None:
            assert answer.x is None
            continue
        assert answer.value == close(best / unit)
        prices = pooled_prices(merged, capacity / unit, town.rules, 60.0, 1)
        if prices is not None:
            form = form_of(model)
            box = (model.columns.lower, model.columns.upper)
            assert to_value(form, safe_bound(form, prices, box)[0]) >= best / unit - 1e-6
        rules = town.rules._replace(move_cost=None)
        rows = fill_seats(merged, capacity / unit, rules, Search(5.0, turns=2))
        if allowed(rules, opened(rules, rows)) is not None:
            assert most_served(town, capacity, tuple(rows)) <= best + 1e-6


def test_pooled_prices_bound_the_whole_model_as_the_pool_does():
    """Room for 10 at each of two sites of which one may open: the pool knows that as well."""
    town = random_town(3, rich=False)
    rules = Rules(np.ones(len(town.rules.cost)), new_sites=1.0)
    merged, capacity = town.merged(), np.full(len(town.rules.cost), 10.0)
    model = capacity_model(merged, capacity, rules)
    form = form_of(model)
    prices = pooled_prices(merged, capacity, rules, 60.0, 1)
    box = (model.columns.lower, model.columns.upper)
    assert to_value(form, safe_bound(form, prices, box)[0]) == close(10.0)
