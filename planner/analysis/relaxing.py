"""Where no plan satisfies a question: what to relax, and by how much.

Each proposal stands for itself: with it alone, and all else as it was, there is a plan.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.certified import solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.models import floor_model, target_model, worst_model
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.relax import ease_one
from planner.kernel.siting.rules import RULE_NAMES, Rules
from planner.model.finding import Finding, Severity
from planner.model.scenario import Siting

F64 = NDArray[np.float64]


class Wanted(NamedTuple):
    """What a plan has to reach.

    Parameters
    ----------
    parts
        People of each county not reached yet.
    base, size
        People of each county reached already, and all, shape (parts,).
    floor, total
        People of each part, and of all together, to be reached besides.
    """

    parts: list[Merged]
    base: F64
    size: F64
    floor: F64
    total: float


def propose_relaxing(wanted: Wanted, rules: Rules, siting: Siting) -> list[Finding]:
    """Find what to relax: the number of sites, the budget, or one of the targets.

    Parameters
    ----------
    wanted
        What no plan reaches.
    rules
        What the plan must keep to.
    siting
        What was asked; each attempt may take a quarter of its time.

    Returns
    -------
    list of Finding
        Notices ``siting.relax_…``; empty where no single key helps, or none was found in time.
    """
    effort = Effort(siting.time_limit_s / 4)
    found: list[Finding] = []
    model = target_model(wanted.parts, wanted.floor, wanted.total, rules)
    for name, rule, now in (
        ("new_sites", "siting.relax_new_sites", rules.new_sites),
        ("limit", "siting.relax_budget", rules.limit),
    ):
        if not np.isfinite(now):
            continue
        eased = ease_one(model, RULE_NAMES.index(name), effort)
        if eased.x is not None:
            more = float(eased.amount[RULE_NAMES.index(name)])
            key = "new_sites" if name == "new_sites" else "budget"
            found.append(_notice(rule, key, f"{now:g}", f"{_up(now + more, name):g}"))
    return [*found, *_lower_targets(wanted, rules, siting, effort)]


def tell_budget(now: float, needed: float) -> Finding:
    """Return the notice that a plan takes so much money, 10,000 yuan."""
    return _notice("siting.relax_budget", "budget", f"{now:g}", f"{_up(needed, 'limit'):g}")


def _up(value: float, name: str) -> float:
    """Return a whole number of sites, or money to a tenth, never less than the value."""
    step = 1.0 if name == "new_sites" else 10.0
    return float(np.ceil(value * step - 1e-6)) / step


def _lower_targets(wanted: Wanted, rules: Rules, siting: Siting, effort: Effort) -> list[Finding]:
    parts, base, size = wanted.parts, wanted.base, wanted.size
    if siting.target is not None:
        most = solve_certified(floor_model(parts, wanted.floor, rules), effort)
        if most.x is None:
            return []
        share = (most.value + float(base.sum())) / float(size.sum())
        return [_lower("siting.relax_target", "target", siting.target, share)]
    if siting.district_target is None:
        return []
    level = solve_certified(worst_model(parts, base, size, rules), effort)
    if level.x is None:
        return []
    lowered = _lower(
        "siting.relax_district_target", "district_target", siting.district_target, level.value
    )
    return [lowered]


def _lower(rule: str, key: str, now: float, share: float) -> Finding:
    down = float(np.floor(share * 1000 + 1e-6)) / 1000
    return _notice(rule, key, f"{now:.1%}", f"{down:.1%}")


def _notice(rule: str, key: str, found: str, expected: str) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.NOTICE,
        column=f"siting.{key}",
        found=found,
        expected=expected,
    )
