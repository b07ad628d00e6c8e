"""Any siting model against every possible plan: never a false proof, and none that is forged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import best_of, models, plans

from planner.kernel.siting.certified import recheck_certificate, solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.model import (
    BROKEN,
    DECIDED,
    build_model,
    is_feasible,
    make_columns,
    make_rows,
    objective_step,
    value_of,
    violations,
)
from planner.kernel.siting.safe import fix_by_price, form_of, safe_bound, tighten


def close(value):
    return pytest.approx(value, abs=1e-6)


def no_better(model, value, other):
    """Return whether `value` is not better than `other`."""
    return value <= other + 1e-6 if model.maximise else value >= other - 1e-6


@settings(max_examples=400, deadline=None)
@given(models())
def test_any_model_is_brute_force(model):
    best = best_of(model)
    answer = solve_certified(model, Effort())
    assert answer.proven
    assert answer.value == close(best)
    assert answer.bound == answer.value
    assert recheck_certificate(model, answer.certificate)
    if answer.x is None:
        assert not np.isfinite(best)
    else:
        assert is_feasible(model, answer.x)
        assert value_of(model, answer.x) == answer.value


@settings(max_examples=300, deadline=None)
@given(models(), st.integers(0, 12))
def test_an_interrupted_search_never_claims_too_much(model, moment):
    asked = []
    effort = Effort(go_on=lambda *both: asked.append(both) or len(asked) <= moment)
    answer = solve_certified(model, effort)
    best = best_of(model)
    assert no_better(model, answer.value, best)
    assert no_better(model, best, answer.bound)
    assert recheck_certificate(model, answer.certificate)
    if answer.proven:
        assert answer.value == close(best)
    for value, bound in asked:
        assert no_better(model, value, best)
        assert no_better(model, best, bound)


@settings(max_examples=50, deadline=None)
@given(models())
def test_no_time_at_all_still_gives_a_bound(model):
    answer = solve_certified(model, Effort(seconds=0.0))
    best = best_of(model)
    assert no_better(model, answer.value, best)
    assert no_better(model, best, answer.bound)
    assert recheck_certificate(model, answer.certificate)


@settings(max_examples=300, deadline=None)
@given(models(), st.integers(0, 2**32))
def test_any_multipliers_bound_every_plan(model, seed):
    rng = np.random.default_rng(seed)
    form = form_of(model)
    box = (model.columns.lower, model.columns.upper)
    y = rng.normal(0, 3, len(model.rows.lower))
    bound, reduced = safe_bound(form, y, box)
    every = [(x, form.cost @ x) for x, _ in plans(model)]
    assert all(cost >= bound - 1e-9 for _, cost in every)
    if safe_bound(form, y, box, ray=True)[0] > 0:
        assert not every
    cutoff = bound + abs(rng.normal(0, 4))
    low, high = fix_by_price(form, bound, reduced, box, cutoff)
    for x, cost in every:
        if cost <= cutoff:
            assert (x >= low - 1e-9).all()
            assert (x <= high + 1e-9).all()


@settings(max_examples=300, deadline=None)
@given(models())
def test_tightening_keeps_every_plan(model):
    box = tighten(form_of(model), (model.columns.lower, model.columns.upper))
    for x, _ in plans(model):
        assert box is not None
        assert (x >= box[0] - 1e-9).all()
        assert (x <= box[1] + 1e-9).all()


def tampered(certificate, rng):
    """Return the certificate with one thing in it changed."""
    value, vector, column = (
        part.copy() for part in (certificate.value, certificate.vector, certificate.column)
    )
    split, ray = certificate.split.copy(), certificate.ray.copy()
    node = int(rng.integers(len(column)))
    what = int(rng.integers(6))
    if what == 0 and len(value):
        value[rng.integers(len(value))] *= rng.normal(0, 2)
    elif what == 1:
        vector[node] = rng.integers(-1, len(certificate.start) - 1)
    elif what == 2:
        column[node] = -1
    elif what == 3:
        split[node] += rng.integers(-1, 2)
    elif what == 4:
        ray[node] = not ray[node]
    else:
        column[node] = rng.integers(-1, column.max() + 2)
    return certificate._replace(value=value, vector=vector, column=column, split=split, ray=ray)


@settings(max_examples=400, deadline=None)
@given(models(), st.integers(0, 2**32), st.floats(0.01, 20))
def test_whatever_is_forged_no_false_claim_passes(model, seed, too_far):
    rng = np.random.default_rng(seed)
    best = best_of(model)
    certificate = solve_certified(model, Effort()).certificate
    sign = -1 if model.maximise else 1
    claim = (best if np.isfinite(best) else sign * 100.0) + sign * too_far
    for forged in (certificate, tampered(certificate, rng)):
        if recheck_certificate(model, forged):
            assert no_better(model, best, forged.bound)
        for target in (forged.target, claim):
            bold = forged._replace(target=target, bound=claim)
            assert not recheck_certificate(model, bold) or not np.isfinite(best)


def knapsack():
    """Return a model whose proof needs a tree: two kinds of size, no way to fill the sack."""
    count = 10
    columns = make_columns(np.full(count, 2.0), 0, 1, DECIDED)
    row = make_rows((0, np.arange(count), 2), (1, count), -np.inf, 9, 0)
    return build_model(columns, [row], maximise=True, names=("size",))


def tree_proof():
    rng = np.random.default_rng(3)
    worth, size = rng.integers(20, 40, 12), rng.integers(20, 40, (2, 12))
    columns = make_columns(worth, 0, 1, DECIDED)
    rows = [make_rows((0, np.arange(12), part), (1, 12), -np.inf, 170, 0) for part in size]
    model = build_model(columns, rows, maximise=True, names=("size",))
    return model, solve_certified(model, Effort())


def test_a_changed_multiplier_is_refused():
    model, answer = tree_proof()
    assert answer.proven
    assert answer.value == best_of(model)
    certificate = answer.certificate
    used = np.diff(certificate.start)[certificate.vector] > 0
    leaf = int(np.flatnonzero((certificate.column < 0) & ~certificate.ray & used)[0])
    value = certificate.value.copy()
    value[certificate.start[certificate.vector[leaf]]] *= 9.0
    assert recheck_certificate(model, certificate)
    assert not recheck_certificate(model, certificate._replace(value=value))


def test_a_missing_leaf_is_refused():
    model, answer = tree_proof()
    certificate = answer.certificate
    branch = int(np.flatnonzero(certificate.column >= 0)[-1])
    column = certificate.column.copy()
    column[branch] = -1
    assert not recheck_certificate(model, certificate._replace(column=column))
    short = {
        name: getattr(certificate, name)[:-1]
        for name in ("column", "split", "child", "vector", "ray")
    }
    assert not recheck_certificate(model, certificate._replace(**short))


def test_a_lowered_target_is_refused():
    model, answer = tree_proof()
    certificate = answer.certificate
    assert not recheck_certificate(
        model, certificate._replace(target=answer.value - 0.5, bound=answer.value - 0.5)
    )


def test_a_certificate_of_another_model_is_refused():
    model, answer = tree_proof()
    columns = model.columns._replace(worth=model.columns.worth + 1)
    other = build_model(columns, [model.rows], maximise=True, names=model.names)
    assert not recheck_certificate(other, answer.certificate)


def test_whole_worth_is_met_exactly():
    model = knapsack()
    answer = solve_certified(model, Effort())
    assert objective_step(model) == 2.0
    assert (answer.value, answer.bound, answer.proven) == (8.0, 8.0, True)


@pytest.mark.parametrize(
    ("worth", "kind", "step"),
    [
        ([2, 4, 0], DECIDED, 2.0),
        ([0.5, 0.75], DECIDED, 0.25),
        ([1 / 3, 1], DECIDED, 0.0),
        ([1, 2], BROKEN, 0.0),
        ([0, 0], DECIDED, 0.0),
    ],
)
def test_the_step_of_values(worth, kind, step):
    model = build_model(make_columns(worth, 0, 1, kind), [], maximise=True)
    assert objective_step(model) == step


def test_a_start_that_breaks_a_rule_is_left_aside():
    model = knapsack()
    answer = solve_certified(model, Effort(), start=np.ones(10))
    assert answer.value == 8.0


def test_violations_are_measured():
    model = knapsack()
    assert violations(model, np.ones(10)) == [11.0]
    assert not is_feasible(model, np.ones(10))


@pytest.mark.parametrize(
    "broken",
    [
        make_columns([1.0], 1, 0, DECIDED),
        make_columns([np.nan], 0, 1, DECIDED),
        make_columns([1.0], 0, np.inf, DECIDED),
    ],
)
def test_a_model_with_holes_is_refused(broken):
    with pytest.raises(ValueError, match="do not fit"):
        build_model(broken, [], maximise=True)
