"""Programmes of works on a made-up city, against the same model given whole to HiGHS.

python tests/benchmarks/programme.py [--quick] [--seconds S] [--only ID ...]

prints one JSON object per line. The city has 250 communities, 1,500 places, 5 years and 30,000
demand points; costs and stock are made up. ``_own``: the space of a place counts for its own
community only; without it, it may be divided among communities within 900 m.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [folder for folder in (str(HERE), str(HERE.parents[1])) if folder not in sys.path]

import numpy as np  # noqa: E402 - found through the path above
from measuring import Line  # noqa: E402
from programme_city import make_city  # noqa: E402

from planner.kernel.programme.layout import lay_out  # noqa: E402
from planner.kernel.programme.measure import measure_works, missed_by  # noqa: E402
from planner.kernel.programme.model import build_programme  # noqa: E402
from planner.kernel.programme.solve import solve_in_steps, solve_programme  # noqa: E402
from planner.kernel.siting.certified import recheck_certificate  # noqa: E402
from planner.kernel.siting.exact import Effort  # noqa: E402
from planner.kernel.siting.model import highs_model, new_solver  # noqa: E402

PEER = "the same model whole in HiGHS, one thread"


def highs(programme, seconds):
    """Return value and bound of plain HiGHS, and its seconds on the clock with building."""
    begun = time.perf_counter()
    model = build_programme(programme, lay_out(programme), "least_cost")
    solver = new_solver({"time_limit": seconds, "mip_rel_gap": 1e-4})
    columns = model.columns
    solver.passModel(highs_model(model, columns.lower, columns.upper, whole=True))
    solver.run()
    info = solver.getInfo()
    spent = time.perf_counter() - begun
    return info.objective_function_value, info.mip_dual_bound, spent


def is_sound(programme, answer):
    """Return whether plain code finds no target missed and derives the bound again."""
    if answer.works is None:
        return False
    gained = measure_works(programme, answer.works)
    return (
        not missed_by(programme, gained).any()
        and abs(gained.cost - answer.value) <= 1e-6 * answer.value
        and recheck_certificate(answer.model, answer.certified.certificate)
    )


def compared(name, programme, seconds):
    """Yield the lines of one city."""
    begun = time.perf_counter()
    ours = solve_programme(programme, Effort(seconds=seconds, gap=1e-4))
    spent = time.perf_counter() - begun
    sound = is_sound(programme, ours)
    value, bound, peer_s = highs(programme, seconds)
    peer_gap = abs(value - bound) / abs(value) if np.isfinite(value) and value else np.inf
    note = (
        f"cost {ours.value:.1f}, bound {ours.bound:.1f}; HiGHS {value:.1f}, {bound:.1f}; "
        f"{len(ours.covers)} covers; {ours.model.rows.matrix.shape} rows and columns"
    )
    peer = float(peer_gap) if np.isfinite(peer_gap) else None
    ratio = ours.gap / peer if peer else None
    yield Line(f"{name}_gap", ours.gap, peer, PEER, ratio, "share", sound, note)
    yield Line(f"{name}_s", spent, peer_s, PEER, spent / peer_s, "s", sound, "time limit included")


def saving(programme, seconds):
    """Return the line of what the joint plan saves against planning in steps."""
    joint = solve_programme(programme, Effort(seconds=seconds, gap=1e-4))
    steps = solve_in_steps(programme, Effort(seconds=seconds, gap=1e-4))
    sound = is_sound(programme, joint) and is_sound(programme, steps)
    share = (steps.value - joint.value) / steps.value
    note = f"joint {joint.value:.1f} (bound {joint.bound:.1f}), in steps {steps.value:.1f}"
    name = "space first and walking after, each at least cost"
    return Line("programme_saving", share, None, name, None, "share", sound, note)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--only", nargs="*", default=())
    asked = parser.parse_args(arguments)
    size = {"communities": 25, "places": 120, "points": 2_000, "towns": 3} if asked.quick else {}
    for name, shared in (("programme", True), ("programme_own", False)):
        if asked.only and name not in asked.only:
            continue
        for line in compared(name, make_city(**size, shared=shared), asked.seconds):
            print(line.as_json(), flush=True)
    if not asked.only or "programme_saving" in asked.only:
        print(saving(make_city(**size, shared=True), asked.seconds).as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
