"""What speaks for a proposed site, counted by hand on one street."""

from dataclasses import replace

import numpy as np
import pytest
from small_streets import network_of, pace, people_at, sites_at, walk_on

from planner.analysis.attaching import attach
from planner.analysis.catchment import build_coverage
from planner.analysis.picks import Nearby, audit_picks, explain_picks, try_variants
from planner.analysis.problem import Problem
from planner.analysis.siting import choose_sites
from planner.model.scenario import Siting

STREET = network_of(((0, 0), (3000, 0)))
HOMES = [(0, 0), (300, 0), (600, 0), (900, 0), (1200, 0), (2000, 0)]
OLDER = [10.0, 20, 30, 40, 50, 60]
OFFERS = [(150, 0), (450, 0), (1050, 0), (1900, 0)]
# within 200 m: the first reaches 30 people, the second 50, the third 90, the fourth 60


def problem(reach=200.0, standing=((5000, 0),)):
    walk = walk_on(STREET)
    demand = people_at(*HOMES, older=OLDER)
    existing, offers = sites_at(*standing), sites_at(*OFFERS)
    homes = attach(walk, demand.lonlat)
    covers = [
        build_coverage(walk, (part.id, attach(walk, part.lonlat)), (demand.id, homes), pace(reach))
        for part in (existing, offers)
    ]
    return Problem(existing=covers[0], offered=covers[1], candidates=offers, demand=demand)


def xy_of(places):
    return np.array(places, np.float64)


def test_gain_loss_and_the_place_next_to_it():
    asked = Siting(new_sites=2, frontier=4, neighbour_m=350)
    one = problem()
    plan, _ = choose_sites(one, asked)
    assert [pick.site for pick in plan.picks] == [2, 3]
    nearby = Nearby(sites=one.candidates, xy=xy_of(OFFERS), coverage=one.offered)
    here = nearby.xy[[2, 3]]
    plan = explain_picks(plan, one, here, nearby, asked)
    first, second = plan.picks
    assert (first.gain, first.lost) == (90, 90)
    assert first.neighbour is None, "600 m to the next"
    assert (second.gain, second.lost) == (60, 60)
    assert first.where == (("210502001001", 90.0),)
    wide = explain_picks(plan, one, here, nearby, asked.model_copy(update={"neighbour_m": 700}))
    other = wide.picks[0].neighbour
    assert (other.name, other.away_m, other.change) == ("站1", 600, -40)


def test_a_better_place_that_is_no_candidate_is_told():
    asked = Siting(new_sites=1, frontier=0, neighbour_m=350)
    one = problem()
    plan, _ = choose_sites(one, asked)
    between = sites_at((1050, 0), (760, 0))  # within 200 m of 600 and 900: 70 people
    walk = walk_on(STREET)
    demand = (one.demand.id, attach(walk, one.demand.lonlat))
    cover = build_coverage(walk, (between.id, attach(walk, between.lonlat)), demand, pace(200))
    nearby = Nearby(sites=between, xy=xy_of([(1050, 0), (760, 0)]), coverage=cover)
    told = explain_picks(plan, one, xy_of([(1050, 0)]), nearby, asked)
    assert told.picks[0].neighbour.change == -20
    assert audit_picks(told, 5) == ()
    near = replace(told.picks[0].neighbour, change=20.0)
    better = replace(told, picks=(replace(told.picks[0], neighbour=near),))
    (finding,) = audit_picks(better, 5)
    assert (finding.rule, finding.values) == ("siting.between_candidates", (("more", "20"),))
    assert audit_picks(better, 21) == (), "fewer than may be told"


def test_what_two_sites_share_is_lost_with_neither():
    asked = Siting(new_sites=3, frontier=0)
    one = problem(reach=320)
    plan, _ = choose_sites(one, asked)
    nearby = Nearby(sites=one.candidates, xy=xy_of(OFFERS), coverage=one.offered)
    here = nearby.xy[[pick.site for pick in plan.picks]]
    plan = explain_picks(plan, one, here, nearby, asked)
    reach = {0: {0, 1}, 1: {1, 2}, 2: {3, 4}, 3: {5}}
    chosen = [pick.site for pick in plan.picks]
    for pick in plan.picks:
        others = set().union(*(reach[s] for s in chosen if s != pick.site))
        assert pick.lost == sum(OLDER[i] for i in reach[pick.site] - others)
    assert plan.frontier == ()


def test_the_curve_holds_the_plan_and_the_price_of_its_order():
    plan, _ = choose_sites(problem(), Siting(new_sites=2, frontier=4))
    told = [(p.sites, p.covered, p.bound, p.nested) for p in plan.frontier]
    assert told == [
        (0, 0, 0, 0),
        (1, 90, 90, 90),
        (2, 150, 150, 150),
        (3, 200, 200, None),
        (4, 210, 210, None),
    ]


def test_a_site_counts_as_chosen_where_another_plan_has_one_near():
    asked = Siting(new_sites=1, frontier=0, neighbour_m=100)
    plan, _ = choose_sites(problem(), asked)
    variants = {"slow": (0.5, problem(reach=120)), "fast": (1.0, problem(reach=400))}
    plan = try_variants(plan, variants, xy_of(OFFERS), asked)
    slow, fast = plan.variants
    assert (slow.name, slow.held, slow.best) == ("slow", 0.0, pytest.approx(60 / 210))
    assert fast.held == pytest.approx(90 / 210)
    assert plan.picks[0].chosen_in == ("fast",)


def test_a_curve_that_runs_out_of_time_keeps_true_bounds():
    asked = Siting(new_sites=1, frontier=4, time_limit_s=1e-9)
    plan, _ = choose_sites(problem(), asked)
    best = [0, 90, 150, 200, 210]
    for point, most in zip(plan.frontier, best, strict=True):
        assert point.covered <= most <= point.bound
    assert [p.covered for p in plan.frontier] == sorted(p.covered for p in plan.frontier)
