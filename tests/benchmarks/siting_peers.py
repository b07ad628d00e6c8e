"""Peers of siting: spopt with two solvers, and the compact model given to HiGHS whole."""

import highspy
import numpy as np
from highspy import _core
from scipy.spatial import distance


def spopt_cover(city, count, solver):
    """Return the rows spopt chooses; the dense distances are given to it free."""
    import pulp  # noqa: PLC0415 - an optional peer
    from spopt.locate import MCLP  # noqa: PLC0415

    far = distance.cdist(city.place, city.site)

    def work():
        model = MCLP.from_cost_matrix(far, city.weight, city.radius, p_facilities=count)
        chosen = pulp.PULP_CBC_CMD(msg=False, threads=1, timeLimit=200)
        if solver == "HiGHS":
            chosen = pulp.HiGHS(msg=False, threads=1, timeLimit=200)
        model.solve(chosen)
        return np.flatnonzero([bool(covered) for covered in model.fac2cli])

    return work


def compact_cover(start, demand, weight, count, *, seconds=200.0):
    """Return rows and bound of the plain model, one row and one variable per demand point."""
    sites, points = len(start) - 1, len(weight)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = sites + points, points + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(sites), weight])
    lp.col_lower_, lp.col_upper_ = np.zeros(sites + points), np.ones(sites + points)
    lp.row_lower_ = np.zeros(points + 1)
    lp.row_upper_ = np.append(np.full(points, highspy.kHighsInf), float(count))
    owner = np.repeat(np.arange(sites, dtype=np.int32), np.diff(start))
    order = np.lexsort((owner, demand))
    ends = np.concatenate([[0], np.cumsum(np.bincount(demand, minlength=points))])
    index = np.insert(owner[order], ends[1:], sites + np.arange(points, dtype=np.int32))
    value = np.insert(np.ones(len(owner)), ends[1:], -1.0)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.append(ends + np.arange(points + 1), len(index) + sites).astype(
        np.int32
    )
    lp.a_matrix_.index_ = np.concatenate([index, np.arange(sites, dtype=np.int32)])
    lp.a_matrix_.value_ = np.concatenate([value, np.ones(sites)])
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * sites + [kinds.kContinuous] * points
    solver = _core._Highs()
    for key, setting in {
        "output_flag": False,
        "threads": 1,
        "time_limit": seconds,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,
    }.items():
        solver.setOptionValue(key, setting)
    solver.passModel(lp)
    solver.run()
    found = np.array(solver.getSolution().col_value)
    return np.flatnonzero(found[:sites] > 0.5), float(solver.getInfo().mip_dual_bound)
