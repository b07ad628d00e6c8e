"""The measures of siting; every coverage is recomputed by the one coverage function."""

import json
import resource
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import siting_instances as instances
import siting_peers as peers
from measuring import Line, missing, timed, times_faster

from planner.kernel.siting.center import solve_center
from planner.kernel.siting.exact import Effort, solve_cover
from planner.kernel.siting.frontier import trace_frontier
from planner.kernel.siting.median import solve_median
from planner.kernel.siting.reduce import merge_pairs
from planner.kernel.siting.search import count_budget

CITY_P, CITY_SPOPT, CITY_COMPACT = 40, "spopt + CBC", "compact highspy"
PMED_LIMIT = 18.0  # CPU seconds for one instance
_SEEN: dict[str, object] = {}


def line(name, ours, unit, *, equal, note):
    """Return the line of a measure with a bar and without a peer in the run."""
    return Line(name, float(ours), None, "", None, unit, bool(equal), note)


def cpu_limit(seconds):
    """Return an effort that ends after so many CPU seconds."""
    end = time.process_time() + seconds
    return Effort(1e9, go_on=lambda _value, _bound: time.process_time() < end)


def solve(start, demand, weight, count, seconds=1e9):
    merged = merge_pairs(start, demand, weight, np.ones(len(weight), bool))
    return solve_cover(merged, count_budget(len(start) - 1, count), cpu_limit(seconds))


def warm_up():
    """Let numba compile or load everything before anything is timed."""
    rng = np.random.default_rng(0)
    site, place = rng.random((30, 2)), rng.random((400, 2))
    start, demand = instances.within(site, place, 0.3, strict=True)
    weight = np.ones(400)
    solve(start, demand, weight, 4)
    solve(start, demand, weight + rng.integers(0, 30, 400), 4)
    trace_frontier(merge_pairs(start, demand, weight, weight > 0), 3)
    solve_median(rng.integers(1, 9, (9, 9)).astype(float), 3, cpu_limit(60))


def _city(*, quick):
    size = {"buildings": 6_000, "candidates": 200} if quick else {}
    return instances.valley_city(**size)


def _ours_on(city):
    def work():
        start, demand = city.cover()
        return solve(start, demand, city.weight, CITY_P), start, demand

    return min((timed(work) for _ in range(3)), key=lambda found: found.cpu)


def _city_line(name, city, peer_name, peer, ours):
    answer, start, demand = ours.result
    mine = instances.people_reached(start, demand, answer.rows, city.weight)
    theirs = instances.people_reached(start, demand, peer.result, city.weight)
    equal = answer.proven and mine == theirs == answer.objective
    found = times_faster(name, ours.cpu, peer.cpu, peer_name, equal=equal)
    return found.with_note(f"{len(city.weight)} points, reached {mine:.0f} and {theirs:.0f}")


def city_spopt(*, quick):
    if find_spec("spopt") is None or find_spec("pulp") is None:
        return missing("city_spopt", CITY_SPOPT, "spopt is not installed")
    city = _city(quick=quick)
    ours = _ours_on(city)
    work = peers.spopt_cover(city, CITY_P, "CBC")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peer = timed(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _city_line("city_spopt", city, CITY_SPOPT, peer._replace(cpu=peer.cpu + child), ours)


def city_compact(*, quick):
    city = _city(quick=quick)
    ours = _ours_on(city)

    def work():
        return peers.compact_cover(*city.cover(), city.weight, CITY_P)[0]

    return _city_line("city_compact", city, CITY_COMPACT, timed(work), ours)


def _bds(*, quick):
    if "bds" in _SEEN:
        return _SEEN["bds"]
    seconds, right, files = [], True, {}
    for radius, count, customers, best in instances.published():
        if quick and customers > 10_000:
            continue
        one = instances.bds(files, customers, radius)
        relation = (one.row_start, one.demand)
        clock = time.process_time()
        answer = solve(*relation, one.weight, count)
        seconds.append(time.process_time() - clock)
        value = instances.people_reached(*relation, answer.rows, one.weight)
        right &= answer.proven and value == answer.objective == best
    _SEEN["bds"] = (seconds, right)
    return seconds, right


def bds_total_s(*, quick):
    if not instances.is_there():
        return missing("bds_total_s", "", "the instances are not beside the project")
    seconds, right = _bds(quick=quick)
    return line("bds_total_s", sum(seconds), "CPU s", equal=right, note=f"{len(seconds)} cases")


def bds_worst_s(*, quick):
    if not instances.is_there():
        return missing("bds_worst_s", "", "the instances are not beside the project")
    seconds, right = _bds(quick=quick)
    return line("bds_worst_s", max(seconds), "CPU s", equal=right, note=f"{len(seconds)} cases")


def _child(what, size):
    program = Path(__file__).with_name("siting_children.py")
    done = subprocess.run(
        [sys.executable, str(program), what, str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def city_memory(*, quick):
    if find_spec("spopt") is None or find_spec("pulp") is None:
        return missing("city_memory", CITY_SPOPT, "spopt is not installed", unit="MB")
    size = "quick" if quick else "whole"
    ours, theirs = _child("ours", size), _child("spopt", size)
    note = f"peaks of processes of their own, reached {ours['reached']:.0f} in both"
    equal = ours["right"] and ours["reached"] == theirs["reached"]
    if ours["reached"] != theirs["reached"]:
        note = f"reached {ours['reached']:.0f} and {theirs['reached']:.0f}"
    ratio = ours["mb"] / theirs["mb"]
    return Line("city_memory", ours["mb"], theirs["mb"], CITY_SPOPT, ratio, "MB", equal, note)


def _stream(*, quick):
    if "stream" not in _SEEN:
        customers = 1_000_000 if quick else 20_000_000
        _SEEN["stream"] = _child("stream", customers)
    return _SEEN["stream"]


def stream_20m_s(*, quick):
    found = _stream(quick=quick)
    note = f"{found['rows']} rows left, {found['streamed']:.1f} s of it streaming"
    return line("stream_20m_s", found["seconds"], "CPU s", equal=found["right"], note=note)


def stream_20m_mb(*, quick):
    found = _stream(quick=quick)
    base = f"{found['base']:.0f} of it after imports and compiling"
    note = f"peak of a process with the kernel alone; {base}"
    return line("stream_20m_mb", found["mb"], "MB", equal=found["right"], note=note)


def _large(name, sites, radius, count, seconds, *, quick):
    one = instances.large(sites, radius, 10_000 if quick else 100_000)
    clock = time.process_time()
    answer = solve(one.row_start, one.demand, one.weight, count, seconds)
    spent = time.process_time() - clock
    value = instances.people_reached(one.row_start, one.demand, answer.rows, one.weight)
    gap = (answer.bound - answer.objective) / answer.bound
    note = f"reached {value:.0f}, bound {answer.bound:.0f}, {spent:.2f} CPU s"
    right = value == answer.objective
    return line(name, gap, "fraction", equal=right, note=note), spent


def large_500_gap(*, quick):
    return _large("large_500_gap", 500, 2.46, 50, 2.8, quick=quick)[0]


def large_500_s(*, quick):
    found, spent = _large("large_500_s", 500, 2.46, 50, 2.8, quick=quick)
    return line("large_500_s", spent, "CPU s", equal=found.equal, note=found.note)


def large_1000_gap(*, quick):
    return _large("large_1000_gap", 1_000, 1.739, 100, 4.7, quick=quick)[0]


def _frontier(*, quick):
    if "frontier" not in _SEEN:
        city = _city(quick=quick)
        start, demand = city.cover()
        clock = time.process_time()
        merged = merge_pairs(start, demand, city.weight, np.ones(len(city.weight), bool))
        found = trace_frontier(merged, 50 if quick else 200)
        spent = time.process_time() - clock
        right = all(
            instances.people_reached(start, demand, rows, city.weight) == value
            for rows, value in zip(found.plan, found.value, strict=True)
        )
        gap = (found.bound[1:] - found.value[1:]) / found.bound[1:]
        _SEEN["frontier"] = (spent, gap, right)
    return _SEEN["frontier"]


def frontier_s(*, quick):
    spent, gap, right = _frontier(quick=quick)
    return line("frontier_s", spent, "CPU s", equal=right, note=f"{len(gap)} points")


def frontier_gap(*, quick):
    _, gap, right = _frontier(quick=quick)
    note = f"largest {gap.max():.4f}, {int((gap == 0).sum())} points closed"
    return line("frontier_gap", gap.mean(), "fraction", equal=right, note=note)


def _pmed(*, quick):
    if "pmed" not in _SEEN:
        numbers = range(1, 11) if quick else range(1, 41)
        best = instances.pmed_optima()
        found, proven, spent = 0, 0, 0.0
        for number in numbers:
            clock = time.process_time()
            cost, count = instances.read_pmed(number)
            answer = solve_median(cost, count, cpu_limit(PMED_LIMIT))
            spent += time.process_time() - clock
            value = cost[:, answer.rows].min(axis=1).sum()
            found += value == answer.cost == best[number][0]
            proven += answer.proven and answer.cost == best[number][0]
        _SEEN["pmed"] = (found, proven, spent, len(numbers))
    return _SEEN["pmed"]


def _pmed_line(name, at, unit, *, quick):
    if not instances.is_there():
        return missing(name, "", "the instances are not beside the project", unit=unit)
    seen = _pmed(quick=quick)
    return line(name, seen[at], unit, equal=seen[0] == seen[3], note=f"{seen[3]} instances")


def pmed_found(*, quick):
    return _pmed_line("pmed_found", 0, "instances", quick=quick)


def pmed_proven(*, quick):
    return _pmed_line("pmed_proven", 1, "instances", quick=quick)


def pmed_s(*, quick):
    return _pmed_line("pmed_s", 2, "CPU s", quick=quick)


def pcenter_s(*, quick):
    if not instances.is_there():
        return missing("pcenter_s", "", "the instances are not beside the project")
    best, right, spent = instances.pmed_optima(), 0, 0.0
    numbers = range(1, 11) if quick else range(1, 41)
    for number in numbers:
        clock = time.process_time()
        way, count = instances.read_pmed(number)
        answer = solve_center(way, count, cpu_limit(20))
        spent += time.process_time() - clock
        radius = way[:, answer.rows].min(axis=1).max()
        right += answer.proven and radius == answer.radius == best[number][1]
    note = f"{right} of {len(numbers)} proven and equal to the published radius"
    return line("pcenter_s", spent, "CPU s", equal=right == len(numbers), note=note)


def dense_gap(*, quick):
    size = {"buildings": 4_000, "candidates": 300} if quick else {"buildings": 40_000}
    city = instances.valley_city(existing=0, radius=900.0, **{"candidates": 3_000, **size}, seed=5)
    start, demand = city.cover()
    clock = time.process_time()
    answer = solve(start, demand, city.weight, 120, 14.0)
    spent = time.process_time() - clock
    value = instances.people_reached(start, demand, answer.rows, city.weight)
    gap = (answer.bound - answer.objective) / answer.bound
    note = f"{spent:.1f} CPU s, proven: {answer.proven}"
    return line("dense_gap", gap, "fraction", equal=value == answer.objective, note=note)
