"""Siting questions with rules on the valley city, against the same model given whole to HiGHS.

python tests/benchmarks/siting_ruled.py [--quick] [--seconds S] [--only ID ...]

prints one JSON object per line; README-siting.md beside this file says how to read them.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [folder for folder in (str(HERE), str(HERE.parents[1])) if folder not in sys.path]

import numpy as np  # noqa: E402 - found through the path above
import siting_instances as instances  # noqa: E402
from measuring import Line  # noqa: E402

from planner.kernel.siting import certified, models, service  # noqa: E402
from planner.kernel.siting import solve as siting_solve  # noqa: E402
from planner.kernel.siting.exact import Effort  # noqa: E402
from planner.kernel.siting.model import highs_model, new_solver  # noqa: E402
from planner.kernel.siting.reduce import merge_pairs  # noqa: E402
from planner.kernel.siting.rules import Rules  # noqa: E402

OPEN, COUNTIES = 40, 6
SHARE, COUNTY_SHARE, LEAST_SHARE = 0.7, 0.6, 0.61


class Case(NamedTuple):
    """The city merged, whole and by county along the valley."""

    whole: object
    parts: list
    size: np.ndarray
    sites: int
    open: int


def load_case(*, quick):
    city = instances.valley_city(**({"buildings": 6_000, "candidates": 200} if quick else {}))
    start, demand = city.cover()
    weight, sites = city.weight, len(city.site)
    ends = np.quantile(city.place[:, 0], np.arange(1, COUNTIES) / COUNTIES)
    county = np.searchsorted(ends, city.place[:, 0])
    inside = [county == k for k in range(COUNTIES)]
    parts = [merge_pairs(start, demand, weight, part) for part in inside]
    size = np.array([weight[part].sum() for part in inside])
    whole = merge_pairs(start, demand, weight, np.ones(len(weight), bool))
    return Case(whole, parts, size, sites, 10 if quick else OPEN)


def counted(case):
    return Rules(np.ones(case.sites), new_sites=float(case.open))


def targets(case, effort):
    floor, total = np.ceil(COUNTY_SHARE * case.size), float(np.ceil(SHARE * case.size.sum()))
    rules = Rules(np.ones(case.sites))
    model = models.target_model(case.parts, floor, total, rules)
    return model, siting_solve.solve_cheapest(case.parts, floor, total, rules, effort)


def shares(case, effort):
    floor = np.ceil(LEAST_SHARE * case.size)
    model = models.floor_model(case.parts, floor, counted(case))
    return model, siting_solve.solve_reach(case.parts, floor, counted(case), effort)


def worst(case, effort):
    base = np.zeros(COUNTIES)
    model = models.worst_model(case.parts, base, case.size, counted(case))
    level = models.solve_worst(case.parts, base, case.size, counted(case), effort)[0]
    return model, level


def capacity_of(case, name):
    if name == "mixed":
        return np.random.default_rng(7).choice([600.0, 1_200.0, 2_500.0], case.sites)
    return np.full(case.sites, float(name))


def capacity(name):
    def work(case, effort):
        holds = capacity_of(case, name)
        model = service.capacity_model(case.whole, holds, counted(case))
        return model, siting_solve.solve_served(case.whole, holds, counted(case), effort)

    return work


MEASURES = {
    "ruled_targets_gap": targets,
    "ruled_shares_gap": shares,
    "ruled_worst_gap": worst,
    "ruled_capacity_gap": capacity("1200"),
    "ruled_capacity_large_gap": capacity("2500"),
    "ruled_capacity_mixed_gap": capacity("mixed"),
}


def gap_of(value, bound):
    """Return the gap as a part of the bound; 1 without a plan."""
    if not (np.isfinite(value) and np.isfinite(bound)):
        return 1.0
    return abs(bound - value) / max(abs(bound), 1e-9)


def peer_on(model, seconds):
    """Return value and bound of the model given to HiGHS whole."""
    solver = new_solver({"time_limit": seconds, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-6})
    solver.passModel(highs_model(model, model.columns.lower, model.columns.upper, whole=True))
    solver.run()
    info, sign = solver.getInfo(), -1.0 if model.maximise else 1.0
    there = info.primal_solution_status == 2
    value = sign * info.objective_function_value if there else -sign * np.inf
    return value + model.offset, sign * info.mip_dual_bound + model.offset


def line_of(name, case, seconds, *, peer):
    clock, busy = time.perf_counter(), time.process_time()
    model, found = MEASURES[name](case, Effort(seconds))
    wall, cpu = time.perf_counter() - clock, time.process_time() - busy
    checked = certified.recheck_certificate(model, found.certificate)
    ours = gap_of(found.value, found.bound)
    note = (
        f"value {found.value:.6g}, bound {found.bound:.6g}, proven {found.proven}, "
        f"{wall:.1f} s, {cpu:.1f} CPU s"
    )
    theirs, ratio = None, None
    if peer:
        value, bound = peer_on(model, seconds)
        theirs = gap_of(value, bound)
        note += f"; HiGHS value {value:.6g}, bound {bound:.6g}"
        ratio = ours / theirs if theirs > 0 else None
    return Line(name, ours, theirs, "compact highspy" if peer else "", ratio, "", checked, note)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="ID", default=[*MEASURES])
    parser.add_argument("--quick", action="store_true", help="smaller, to see it run")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each question and side")
    parser.add_argument("--no-peer", action="store_true", help="leave HiGHS alone out")
    asked = parser.parse_args(arguments)
    case = load_case(quick=asked.quick)
    small = load_case(quick=True)
    for name in asked.only:  # loops are compiled before anything is timed
        MEASURES[name](small, Effort(2.0))
    print(f"load of the machine {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for name in asked.only:
        print(line_of(name, case, asked.seconds, peer=not asked.no_peer).as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
