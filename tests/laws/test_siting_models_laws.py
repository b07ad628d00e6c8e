"""Every siting question with side constraints against every possible plan (law 4)."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow
from town_cases import Town, allowed, random_town, runs_of

from planner.kernel.siting.certified import recheck_certificate, solve_certified
from planner.kernel.siting.exact import Effort, solve_cover
from planner.kernel.siting.levels import join_tiers, levels_from_steps, one_tier_each
from planner.kernel.siting.models import (
    chosen_sites,
    cover_model,
    floor_model,
    people_reached,
    solve_worst,
    start_from,
    target_model,
    worst_model,
)
from planner.kernel.siting.reduce import merge_runs
from planner.kernel.siting.relax import ease_each, ease_together
from planner.kernel.siting.rules import RULE_NAMES, Rules, spacing_sets, standing
from planner.kernel.siting.search import Budget, count_budget
from planner.kernel.siting.service import (
    backup_model,
    capacity_model,
    merge_by_times,
    people_by_site,
    people_served,
)

BLOCKS = range(4)


def seeds(block, each):
    return range(block * each, block * each + each)


def close(value):
    return pytest.approx(value, abs=1e-6)


def check(model, town, best, rules=None):
    """Solve and compare with the best value, None if no plan is allowed; return the sites."""
    rules = town.rules if rules is None else rules
    answer = solve_certified(model, Effort())
    assert answer.proven
    assert recheck_certificate(model, answer.certificate)
    if best is None:
        assert answer.x is None
        return None
    assert answer.value == close(best)
    assert answer.bound == answer.value
    rows = chosen_sites(answer.x, len(rules.cost))
    is_open = np.zeros(len(rules.cost), bool)
    is_open[rows] = True
    assert allowed(rules, is_open) is not None
    return rows


@pytest.mark.parametrize("block", BLOCKS)
def test_cover_within_all_rules(block):
    for seed in seeds(block, 40):
        town = random_town(seed)
        best = max((town.reach(rows).sum() for rows, _ in town.plans()), default=None)
        rows = check(cover_model(town.merged(), town.rules), town, best)
        if rows is not None:
            assert town.reach(rows).sum() == best


def test_a_plain_cover_agrees_with_the_fast_path():
    for seed in range(60):
        town = random_town(seed, rich=False)
        rules, sites = town.rules, len(town.rules.cost)
        budget = Budget(rules.cost, rules.limit)
        if np.isinf(rules.limit):
            budget = count_budget(sites, rules.new_sites)
        fast = solve_cover(town.merged(), budget, Effort())
        assert solve_certified(cover_model(town.merged(), rules), Effort()).value == fast.objective


@pytest.mark.parametrize("block", BLOCKS)
def test_backup_counts_both_times(block):
    for seed in seeds(block, 30):
        town = random_town(seed)
        second = (0.0, 0.25, 0.3, 0.5, 1 / 3, 0.8, 1.0)[seed % 7]
        stands = standing(town.rules)
        fixed = stands if seed % 2 else np.zeros_like(stands)
        rules = town.rules._replace(stands=stands, closable=None if seed % 2 else stands)
        times = town.covers[fixed].sum(axis=0).astype(np.int32)
        parts = merge_by_times(runs_of(town.covers), town.weight, times)

        def both(rows, town=town, fixed=fixed):
            rows = [s for s in rows if not fixed[s]]
            hit = town.covers[rows].sum(axis=0)
            already = town.covers[fixed].sum(axis=0)
            once = town.weight[(already == 0) & (hit > 0)].sum()
            return once, town.weight[(already < 2) & (already + hit >= 2)].sum()

        if seed % 2:
            rules = rules._replace(stands=None, closable=None, barred=stands, needs=())
            rules = rules._replace(at_most_one=(), move_cost=None)
        plans = [both(rows) for rows, _ in town.plans(rules)]
        best = max(((1 - second) * a + second * b for a, b in plans), default=None)
        rows = check(backup_model(parts, second, rules), town, best, rules)
        if rows is not None:
            assert people_served(parts, rows) == both(rows)


def most_served(town, capacity, rows):
    """Return the people served at most, by a flow from sites to people."""
    sites, points = town.covers.shape
    graph = np.zeros((sites + points + 2,) * 2, np.int32)
    graph[0, 1 + np.array(rows, int)] = capacity[list(rows)]
    graph[1 : 1 + sites, 1 + sites : -1] = np.where(town.covers, 1_000, 0)
    graph[1 + sites : -1, -1] = town.weight
    return float(maximum_flow(sparse.csr_array(graph), 0, sites + points + 1).flow_value)


@pytest.mark.parametrize("block", BLOCKS)
def test_nobody_is_served_beyond_capacity(block):
    for seed in seeds(block, 15):
        town = random_town(seed, sites=6, points=10)
        capacity = np.random.default_rng(seed).integers(0, 60, len(town.rules.cost)).astype(float)
        best = max((most_served(town, capacity, rows) for rows, _ in town.plans()), default=None)
        merged = town.merged()
        model = capacity_model(merged, capacity, town.rules)
        rows = check(model, town, best)
        if rows is None:
            continue
        x = solve_certified(model, Effort()).x
        served = people_by_site(merged, x, town.rules)
        assert (served <= capacity + 1e-9).all()
        assert served.sum() == close(best)
        assert set(np.flatnonzero(served)) <= set(rows)


def test_capacity_of_broken_numbers():
    for seed in range(20):
        town = random_town(seed, sites=5, points=8)
        capacity = np.random.default_rng(seed).integers(0, 60, len(town.rules.cost)) / 2
        best = max(
            (most_served(town._replace(weight=town.weight * 2), capacity * 2, rows) / 2
             for rows, _ in town.plans()),
            default=None,
        )  # fmt: skip
        check(capacity_model(town.merged(), capacity, town.rules), town, best)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_district_reaches_its_own_target(block):
    for seed in seeds(block, 30):
        town = random_town(seed)
        rng = np.random.default_rng(seed)
        floor = np.floor(town.sizes() * rng.uniform(0, 0.8, 3))
        total = np.floor(town.sizes().sum() * rng.uniform(0, 0.8))
        rules = town.rules if seed % 2 else Rules(np.ones(len(town.rules.cost)))
        cheap = min(
            (
                spent
                for rows, spent in town.plans(rules)
                if (town.reach(rows) >= floor).all() and town.reach(rows).sum() >= total
            ),
            default=None,
        )
        rows = check(target_model(town.parts(), floor, total, rules), town, cheap, rules)
        if rows is not None:
            assert (town.reach(rows) >= floor).all()
            assert town.reach(rows).sum() >= total


@pytest.mark.parametrize("block", BLOCKS)
def test_minimum_shares_hold(block):
    for seed in seeds(block, 25):
        town = random_town(seed)
        floor = np.ceil(town.sizes() * np.random.default_rng(seed).uniform(0, 0.5, 3))
        kept = [town.reach(r) for r, _ in town.plans() if (town.reach(r) >= floor).all()]
        best = max((reach.sum() for reach in kept), default=None)
        check(floor_model(town.parts(), floor, town.rules), town, best)


@pytest.mark.parametrize("people", [False, True])
@pytest.mark.parametrize("block", BLOCKS)
def test_the_worst_district_comes_first_then_the_total(block, people):
    for seed in seeds(block, 20):
        town = random_town(seed)
        base = np.random.default_rng(seed).integers(0, 20, 3).astype(float)
        size = np.ones(3) if people else np.maximum(town.sizes() + base, 1.0)
        plans = [base + town.reach(rows) for rows, _ in town.plans()]
        level, total = solve_worst(town.parts(), base, size, town.rules, Effort())
        assert level.proven
        if not plans:
            assert level.x is None
            assert total is None
            continue
        best = max((reach / size).min() for reach in plans)
        assert level.value == close(best)
        most = max(reach.sum() for reach in plans if (reach / size).min() >= best - 1e-9)
        assert total.proven
        assert total.value + base.sum() == close(most)
        rows = chosen_sites(total.x, len(town.rules.cost))
        assert ((base + people_reached(town.parts(), rows)) / size).min() == close(best)


@pytest.mark.parametrize("people", [False, True])
def test_the_worst_of_several_variants(people):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        town = random_town(seed)
        sites = len(town.rules.cost)
        variants = [town.covers & (rng.random(town.covers.shape) < 0.8) for _ in range(3)]
        weights = [rng.integers(0, 20, len(town.weight)).astype(float) for _ in range(3)]
        parts = [
            merge_runs(runs_of(covers), weight, np.ones(len(weight), bool))
            for covers, weight in zip(variants, weights, strict=True)
        ]
        size = np.ones(3) if people else np.array([w.sum() + 1 for w in weights])
        worst = [
            min(
                w[c[list(rows)].any(axis=0)].sum() / d
                for c, w, d in zip(variants, weights, size, strict=True)
            )
            for rows, _ in town.plans()
        ]
        check(worst_model(parts, np.zeros(3), size, town.rules), town, max(worst, default=None))
        assert sites == len(parts[0].alone)


@pytest.mark.parametrize("one_each", [False, True])
@pytest.mark.parametrize("block", BLOCKS)
def test_several_tiers_share_a_budget(block, one_each):
    for seed in seeds(block, 12):
        town = random_town(seed, sites=4, rich=False)
        rng = np.random.default_rng(seed)
        places = len(town.rules.cost)
        wide = town.covers | (rng.random(town.covers.shape) < 0.3)
        both = np.zeros((2 * places, 2 * len(town.weight)), bool)
        both[:places, : len(town.weight)] = town.covers
        both[places:, len(town.weight) :] = wide
        need = rng.integers(0, 20, len(town.weight)).astype(float)
        weight = np.concatenate([town.weight, 2.0 * need])
        cost = np.concatenate([town.rules.cost, town.rules.cost + 2])
        rules = Rules(cost, limit=float(rng.integers(2, 20)))
        if one_each:
            rules = rules._replace(at_most_one=one_tier_each(places, 2))
        everything = Town(both, weight, np.zeros(len(weight), int), rules)
        best = max(everything.reach(rows).sum() for rows, _ in everything.plans())
        parts = [
            town.merged(),
            merge_runs(runs_of(wide), need, np.ones(len(need), bool)),
        ]
        merged = join_tiers(parts, (1.0, 2.0))
        rows = check(cover_model(merged, rules), everything, best)
        assert everything.reach(rows).sum() == best
        if not one_each:
            assert solve_cover(merged, Budget(cost, rules.limit), Effort()).objective == best


def test_sites_keep_their_distance():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        town = random_town(seed, rich=False)
        xy = rng.integers(0, 12, (len(town.rules.cost), 2)).astype(float)
        sets = spacing_sets(xy, 5.0)
        apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        held = np.zeros_like(apart, bool)
        for part in sets:
            held[np.ix_(part, part)] = True
        np.fill_diagonal(held, True)
        assert (held == ((apart < 5) | np.eye(len(xy), dtype=bool))).all()
        rules = town.rules._replace(at_most_one=sets)
        kept = [
            rows
            for rows, _ in town.plans(town.rules)
            if all(apart[a, b] >= 5 for a in rows for b in rows if a < b)
        ]
        best = max(town.reach(rows).sum() for rows in kept)
        check(cover_model(town.merged(), rules), town, best, rules)


def test_a_site_at_the_distance_itself_is_far_enough():
    assert spacing_sets(np.array([[0.0, 0.0], [300.0, 0.0]]), 300.0) == ()
    assert len(spacing_sets(np.array([[0.0, 0.0], [299.9, 0.0]]), 300.0)) == 1


@pytest.mark.parametrize("minutes", [False, True])
def test_gradual_coverage_is_plain_coverage_of_levels(minutes):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        town = random_town(seed, rich=False)
        sites, points = town.covers.shape
        way = rng.integers(0, 12, (sites, points))
        limits = np.arange(9) if minutes else np.array([2, 4, 7])
        value = (9.0 - limits) if minutes else np.array([100.0, 60.0, 25.0])
        standing_way = rng.integers(0, 20, points)
        is_open = np.array([standing_way > limit for limit in limits])
        merged = levels_from_steps(
            [runs_of(way <= limit) for limit in limits], value, town.weight, is_open
        )

        def worth(rows, way=way, limits=limits, value=value, old=standing_way, town=town):
            near = np.minimum(old, way[list(rows)].min(axis=0, initial=99))
            at = np.searchsorted(limits, near)
            return float((np.append(value, 0.0)[at] * town.weight).sum())

        budget = Budget(town.rules.cost, min(town.rules.limit, 9.0))
        best = max(
            worth(rows) - worth(())
            for rows, _ in town.plans(Rules(budget.cost, limit=budget.limit))
        )
        answer = solve_cover(merged, budget, Effort())
        assert answer.proven
        assert answer.objective == close(best)
        assert worth(answer.rows) - worth(()) == close(best)


def test_rising_values_are_refused():
    town = random_town(1)
    with pytest.raises(ValueError, match="falling"):
        levels_from_steps([town.runs()] * 2, np.array([1.0, 2.0]), town.weight)


def missed(town, rules, floor, is_open):
    """Return by how much a plan misses each rule and floor, None if it breaks a firm one."""
    loose = rules._replace(limit=np.inf, new_sites=np.inf, at_most_one=(), needs=())
    spent = allowed(loose, is_open)
    if spent is None:
        return None
    new = (is_open & ~standing(rules)).sum()
    over = [
        max(0.0, spent - rules.limit),
        max(0.0, new - rules.new_sites),
        sum(max(0.0, is_open[part].sum() - 1.0) for part in rules.at_most_one),
        sum(float(is_open[a] and not is_open[b]) for a, b in rules.needs),
    ]
    short = np.maximum(floor - town.reach(np.flatnonzero(is_open)), 0.0)
    return np.array([*over, *short])


@pytest.mark.parametrize("block", BLOCKS)
def test_what_to_relax_and_by_how_much(block):
    impossible = 0
    for seed in seeds(block, 12):
        town = random_town(seed, sites=6)
        rng = np.random.default_rng(seed)
        floor = np.ceil(town.sizes() * rng.uniform(0.6, 1.1, 3))
        model = floor_model(town.parts(), floor, town.rules)
        if solve_certified(model, Effort()).x is not None:
            continue
        impossible += 1
        sites = len(town.rules.cost)
        every = [
            over
            for bits in range(2**sites)
            if (over := missed(town, town.rules, floor, (bits >> np.arange(sites)) % 2 == 1))
            is not None
        ]
        assert len(model.names) == len(RULE_NAMES) + 3
        for group, easing in enumerate(ease_each(model, Effort())):
            alone = [over[group] for over in every if not np.delete(over, group).any()]
            assert easing.proven
            if alone:
                assert easing.amount[group] == close(min(alone))
                assert easing.bound == close(min(alone))
                assert not np.delete(easing.amount, group).any()
            else:
                assert easing.x is None
                assert np.isinf(easing.amount).all()
        price = rng.integers(1, 5, len(model.names)).astype(float)
        together = ease_together(model, price, Effort())
        least = min((float(over @ price) for over in every), default=None)
        assert together.proven
        if least is None:
            assert together.x is None
        else:
            assert float(together.amount @ price) == close(least)
    assert impossible


def relabelled(town, rng):
    """Return the town with sites and people in another order."""
    site, point = rng.permutation(len(town.rules.cost)), rng.permutation(len(town.weight))
    place = np.argsort(site)
    rules = town.rules

    def moved(values):
        return None if values is None else values[site]

    return Town(
        town.covers[np.ix_(site, point)],
        town.weight[point],
        town.district[point],
        rules._replace(
            cost=rules.cost[site],
            stands=moved(rules.stands),
            closable=moved(rules.closable),
            barred=moved(rules.barred),
            move_cost=moved(rules.move_cost),
            at_most_one=tuple(place[part] for part in rules.at_most_one),
            needs=tuple((int(place[a]), int(place[b])) for a, b in rules.needs),
        ),
    )


def models_of(town):
    """Return a model of each question."""
    rng = np.random.default_rng(len(town.weight))
    size = np.maximum(town.sizes(), 1.0)
    parts, sites = town.parts(), len(town.rules.cost)
    none = np.zeros(len(town.weight), np.int32)
    return {
        "cover": cover_model(town.merged(), town.rules),
        "backup": backup_model(merge_by_times(town.runs(), town.weight, none), 0.5, town.rules),
        "capacity": capacity_model(town.merged(), np.full(sites, 30.0), town.rules),
        "floor": floor_model(parts, np.floor(0.2 * size), town.rules),
        "target": target_model(parts, np.floor(0.2 * size), np.floor(0.4 * size.sum()), town.rules),
        "worst": worst_model(parts, rng.integers(0, 9, 1).repeat(3), size, town.rules),
    }


def test_relabelling_changes_nothing():
    for seed in range(25):
        town = random_town(seed)
        other = relabelled(town, np.random.default_rng(seed))
        for name, model in models_of(town).items():
            again = models_of(other)[name]
            one, two = solve_certified(model, Effort()), solve_certified(again, Effort())
            assert one.value == close(two.value), name


def test_more_money_and_more_sites_are_never_worse():
    for seed in range(25):
        town = random_town(seed)
        rules = town.rules
        richer = town._replace(
            rules=rules._replace(limit=rules.limit + 2, new_sites=rules.new_sites + 1)
        )
        for name, model in models_of(town).items():
            less = solve_certified(model, Effort()).value
            more = solve_certified(models_of(richer)[name], Effort()).value
            if model.maximise:
                assert more >= less - 1e-6, name
            else:
                assert more <= less + 1e-6, name


def test_interrupted_questions_never_claim_too_much():
    for seed in range(25):
        town = random_town(seed)
        for name, model in models_of(town).items():
            exact = solve_certified(model, Effort()).value
            moments = iter([True] * (seed % 7))
            answer = solve_certified(model, Effort(go_on=lambda *_, m=moments: next(m, False)))
            sign = 1 if model.maximise else -1
            assert sign * answer.value <= sign * exact + 1e-6, name
            assert sign * exact <= sign * answer.bound + 1e-6, name
            assert recheck_certificate(model, answer.certificate), name


def test_a_plan_to_start_from_is_filled_in():
    town = random_town(3, rich=False)
    sites = len(town.rules.cost)
    model = cover_model(town.merged(), town.rules)
    rows, _ = max(town.plans(), key=lambda plan: town.reach(plan[0]).sum())
    effort = Effort(seconds=0.0)
    answer = solve_certified(model, effort, start_from(model, sites, np.array(rows, np.intp)))
    assert answer.value == town.reach(rows).sum()


def test_rules_for_sites_that_are_not_there_are_refused():
    town = random_town(2)
    rules = town.rules._replace(needs=((0, 99),))
    with pytest.raises(ValueError, match="beyond"):
        cover_model(town.merged(), rules)
