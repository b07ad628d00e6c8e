"""The searches of the default run, by the engine and by the plain path that is its oracle.

python tests/benchmarks/default_run.py [--only ID ...] [--quick]

prints one JSON object per line; README.md beside this file says how to read them.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from measuring import Line, chatter_on_stderr, raced, timed, times_faster
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "kernel"), str(HERE.parents[1])]

from oracle import plain_matrix  # noqa: E402 - found through the path above

import planner  # noqa: E402
from planner.analysis.walk import pace_of  # noqa: E402
from planner.kernel.cover import cover_pairs, nearest_site  # noqa: E402
from planner.kernel.paths import Graph, Stops  # noqa: E402
from planner.report.record import run_document  # noqa: E402
from planner.run.diary import Diary, silent  # noqa: E402
from planner.run.loading import load_inputs  # noqa: E402
from planner.standards import read_standards  # noqa: E402

SCENARIO = HERE.parents[1] / "scenarios" / "benxi_2025.toml"
PLAIN = "scipy's Dijkstra on the streets cut at every place"
AT_ONCE = 20  # sources of one scipy search
SEARCHES = ("stage_coverage_existing", "stage_coverage_candidates", "stage_nearest")
IDS = (*SEARCHES, "default_run_s")


class Work(NamedTuple):
    """What the default run searches."""

    graph: Graph
    towards: bool
    limit_mm: int
    sites: dict[str, Stops]
    demand: Stops


class Plain(NamedTuple):
    """The cut streets: sites are nodes from `first` on, demand points follow them."""

    matrix: csr_matrix
    first: int
    sites: int
    n: int


class Pairs(NamedTuple):
    row_start: NDArray[np.int64]
    demand: NDArray[np.int32]
    mm: NDArray[np.int32]


def load(*, quick: bool) -> Work:
    """Read, price and attach as a run does; quick takes every tenth candidate."""
    scenario, standards = planner.read_scenario(SCENARIO), read_standards()
    loaded = load_inputs(scenario, standards, Diary(silent))
    pace = pace_of(standards, scenario.walking.group, scenario.walking)
    offered = loaded.at_candidates.stops
    few = Stops(*(column[:: 10 if quick else 1] for column in offered))
    return Work(
        loaded.walk.graph,
        loaded.walk.towards,
        pace.limit_mm,
        {"existing": loaded.at_serving.stops, "candidates": few},
        loaded.at_demand.stops,
    )


def build_plain(work: Work, sites: Stops) -> Plain:
    """Cut the streets at every place; one node for each, as the oracle has it."""
    matrix, first = plain_matrix(work.graph, sites, work.demand, towards=work.towards)
    return Plain(matrix, first, len(sites.edge), len(work.demand.edge))


def plain_pairs(plain: Plain, limit_mm: int) -> Pairs:
    """Return the pairs within a limit by one search a site."""
    counts, columns, costs = [np.zeros(1, np.int64)], [], []
    people = plain.first + plain.sites
    for one in range(0, plain.sites, AT_ONCE):
        last = min(one + AT_ONCE, plain.sites)
        source = np.arange(plain.first + one, plain.first + last)
        rows = np.rint(dijkstra(plain.matrix, indices=source, limit=limit_mm + 1.0)[:, people:])
        near = rows <= limit_mm
        counts.append(near.sum(axis=1))
        columns.append(np.nonzero(near)[1].astype(np.int32))
        costs.append(rows[near].astype(np.int32))
    start = np.cumsum(np.concatenate(counts), dtype=np.int64)
    return Pairs(start, np.concatenate(columns), np.concatenate(costs))


def plain_nearest(plain: Plain) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest site of every demand point and its cost, by one search for all."""
    source = np.arange(plain.first, plain.first + plain.sites)
    cost, _, origin = dijkstra(
        plain.matrix, indices=source, min_only=True, return_predecessors=True
    )
    people = slice(plain.first + plain.sites, None)
    reached = np.isfinite(cost[people])
    site = np.where(reached, origin[people] - plain.first, -1)
    return site, np.where(reached, np.rint(cost[people]), -1)


def coverage_line(work: Work, name: str) -> tuple[Line, tuple[float, float]]:
    """Measure the pairs of one set of sites."""
    sites = work.sites[name]
    search = partial(
        cover_pairs, work.graph, sites, work.demand, limit_mm=work.limit_mm, towards=work.towards
    )
    search()  # compiled before the clock starts
    build = timed(lambda: build_plain(work, sites))
    ours, peer = raced(search, lambda: plain_pairs(build.result, work.limit_mm))
    equal = all(np.array_equal(a, b) for a, b in zip(ours.result, peer.result, strict=True))
    line = times_faster(f"stage_coverage_{name}", ours.cpu, peer.cpu, PLAIN, equal=equal)
    note = f"{len(sites.edge)} sites, {len(work.demand.edge)} demand points, "
    note += f"{len(ours.result[1])} pairs and their millimetres compared; "
    return line.with_note(note + f"cutting the streets, {build.cpu:.1f} CPU s, left out"), (
        ours.wall,
        peer.wall,
    )


def nearest_line(work: Work) -> tuple[Line, tuple[float, float]]:
    """Measure the nearest of today's sites."""
    sites = work.sites["existing"]
    search = partial(nearest_site, work.graph, sites, work.demand, towards=work.towards)
    search()
    build = timed(lambda: build_plain(work, sites))
    ours, peer = raced(search, lambda: plain_nearest(build.result))
    (site, mm), (their_site, their_mm) = ours.result, peer.result
    equal = np.array_equal(mm, their_mm) and _is_that_far(build.result, site, mm, their_site)
    line = times_faster("stage_nearest", ours.cpu, peer.cpu, PLAIN, equal=equal)
    note = f"{len(sites.edge)} sites, all {len(mm)} demand points compared; "
    return line.with_note(note + f"cutting the streets, {build.cpu:.1f} CPU s, left out"), (
        ours.wall,
        peer.wall,
    )


def _is_that_far(
    plain: Plain, site: NDArray[np.int32], mm: NDArray[np.int64], theirs: NDArray[np.int64]
) -> bool:
    """Return whether the site we name is as near where the other path names another."""
    other = np.flatnonzero(site != theirs)
    for named in np.unique(site[other]).tolist():
        who = other[site[other] == named]
        cost = dijkstra(plain.matrix, indices=plain.first + named)
        if not np.array_equal(np.rint(cost[plain.first + plain.sites + who]), mm[who]):
            return False
    return True


def run_line(clocks: list[tuple[float, float]], *, equal: bool) -> Line:
    """Run the whole scenario and tell the seconds of every stage that run.json holds."""
    with chatter_on_stderr():
        outcome = planner.run_scenario(planner.read_scenario(SCENARIO))
    stages = run_document(outcome, {})["stages"]
    after = sum(stage["seconds"] for stage in stages)
    before = after + sum(plain - engine for engine, plain in clocks)
    told = ", ".join(f"{stage['name']} {stage['seconds']:.2f}" for stage in stages)
    name = "the same run with the plain path in these three searches"
    note = f"seconds per stage: {told}; the peer is counted, not run: our run and what the three "
    note += "lines before found on the clock; other groups, tiers and ranges stay with the engine"
    ratio = before / after
    return Line("default_run_s", after, before, name, ratio, "s on the clock", equal, note)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=IDS, metavar="ID", default=[*IDS])
    parser.add_argument("--quick", action="store_true", help="every tenth candidate")
    asked = parser.parse_args(arguments)
    print(f"load of the machine {os.getloadavg()[0]:.1f}", file=sys.stderr)
    work = load(quick=asked.quick)
    measures = {
        "stage_coverage_existing": partial(coverage_line, work, "existing"),
        "stage_coverage_candidates": partial(coverage_line, work, "candidates"),
        "stage_nearest": partial(nearest_line, work),
    }
    whole = "default_run_s" in asked.only
    found = []
    for name, measure in measures.items():
        if name in asked.only or whole:
            line, clocks = measure()
            found.append((line, clocks))
            print(line.with_note("quick" if asked.quick else "").as_json(), flush=True)
    if whole:
        line = run_line([clocks for _, clocks in found], equal=all(x.equal for x, _ in found))
        print(line.with_note("quick" if asked.quick else "").as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
