"""What siting measures in processes of their own, because memory is what is measured.

python tests/benchmarks/siting_children.py stream CUSTOMERS | ours SIZE | spopt SIZE

prints one JSON object. It loads the kernel alone: the rest of the planner has no part in a search,
and no measure that the parent process makes is loaded either.
"""

import json
import re
import sys
import time
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [folder for folder in (str(HERE), str(HERE.parents[1])) if folder not in sys.path]
if __name__ == "__main__":  # without the rest of the planner
    bare = ModuleType("planner")
    bare.__path__ = [str(HERE.parents[1] / "planner")]
    sys.modules.setdefault("planner", bare)

import numpy as np  # noqa: E402 - after the path

from planner.kernel.compiled import compiled  # noqa: E402
from planner.kernel.siting.exact import Effort, solve_cover  # noqa: E402
from planner.kernel.siting.search import count_budget  # noqa: E402
from planner.kernel.siting.stream import add_points, merge_table, new_table  # noqa: E402

SIDE = 30.0  # of the square of the BDS recipe
CITY_P = 40
SIZES = {"whole": {}, "quick": {"buildings": 6_000, "candidates": 200}}


def cpu_limit(seconds):
    """Return an effort that ends after so many CPU seconds."""
    end = time.process_time() + seconds
    return Effort(1e9, go_on=lambda _value, _bound: time.process_time() < end)


def peak_mb():
    """Return the peak of this program; ru_maxrss alone would keep what the parent held before."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) / 1024
    import resource  # noqa: PLC0415  (not on Windows)

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stream(customers, sites, radius, *, seed=1, chunk=100_000):
    """Yield (site, place, weight, radius) of customers drawn as they are asked for."""
    rng = np.random.default_rng(seed)
    site = rng.random((sites, 2)) * SIDE
    for first in range(0, customers, chunk):
        count = min(chunk, customers - first)
        place = rng.random((count, 2)) * SIDE
        yield site, place, rng.integers(1, 101, count).astype(float), radius


def near(site, place, radius):
    """Return start and candidates strictly within the radius of each place, ascending."""
    cells = 120
    corner = (np.arange(cells) + 0.5) * SIDE / cells
    x, y = np.meshgrid(corner, corner, indexing="ij")
    away = np.hypot(x.ravel()[:, None] - site[:, 0], y.ravel()[:, None] - site[:, 1])
    half = np.hypot(1, 1) * SIDE / cells / 2 + 1e-9
    maybe = away < radius + half
    sure = away < radius - half
    cell, column = np.nonzero(maybe)
    first = np.searchsorted(cell, np.arange(cells * cells + 1)).astype(np.int64)
    return _near(site, place, radius, (first, column.astype(np.int32), sure[cell, column]))


@compiled
def _near(site, place, radius, grid):
    first, column, sure = grid
    cells = 120
    start = np.zeros(len(place) + 1, np.int64)
    row = np.empty(len(place) * 40, np.int32)
    at = 0
    for j in range(len(place)):
        x, y = place[j]
        cell = int(x / SIDE * cells) * cells + int(y / SIDE * cells)
        for k in range(first[cell], first[cell + 1]):
            s = column[k]
            if sure[k] or (x - site[s, 0]) ** 2 + (y - site[s, 1]) ** 2 < radius * radius:
                row[at] = s
                at += 1
        start[j + 1] = at
    return start, row[:at]


def merged_stream(customers):
    table = new_table(100)
    for site, place, weight, radius in stream(customers, 100, 5.5):
        table = add_points(table, *near(site, place, radius), weight)
    return merge_table(table)


def run_stream(customers):
    """Merge and solve a stream; compiling is done before the clock starts."""
    solve_cover(merged_stream(1_000), count_budget(100, 10), cpu_limit(60))
    base = peak_mb()
    clock = time.process_time()
    merged = merged_stream(customers)
    streamed = time.process_time() - clock
    answer = solve_cover(merged, count_budget(100, 10), cpu_limit(60))
    spent, peak = time.process_time() - clock, peak_mb()
    value = 0.0
    for site, place, weight, radius in stream(customers, 100, 5.5):
        reached = np.zeros(len(place), bool)
        for s in answer.rows:
            reached |= ((place - site[s]) ** 2).sum(axis=1) < radius**2
        value += float(weight[reached].sum())
    return {
        "seconds": spent,
        "streamed": streamed,
        "rows": len(merged.weight),
        "mb": peak,
        "base": base,
        "right": bool(answer.proven and value == answer.objective),
    }


def run_ours(size):
    """Solve the valley city; the peak includes everything the process loads and compiles."""
    import siting_instances as instances  # noqa: PLC0415 - the stream does without

    from planner.kernel.siting.reduce import merge_pairs  # noqa: PLC0415

    city = instances.valley_city(**SIZES[size])
    start, demand = city.cover()
    merged = merge_pairs(start, demand, city.weight, np.ones(len(city.weight), bool))
    answer = solve_cover(merged, count_budget(len(city.site), CITY_P), cpu_limit(60))
    value = instances.people_reached(start, demand, answer.rows, city.weight)
    return {"mb": peak_mb(), "reached": value, "right": bool(answer.proven)}


def run_spopt(size):
    """Solve the valley city with spopt and CBC; the process of CBC itself is not counted."""
    import siting_instances as instances  # noqa: PLC0415
    import siting_peers as peers  # noqa: PLC0415

    city = instances.valley_city(**SIZES[size])
    rows = peers.spopt_cover(city, CITY_P, "CBC")()
    peak = peak_mb()
    value = instances.people_reached(*city.cover(), rows, city.weight)
    return {"mb": peak, "reached": value, "right": True}


if __name__ == "__main__":
    what, size = sys.argv[1:]
    run = {"stream": lambda: run_stream(int(size)), "ours": lambda: run_ours(size)}
    print(json.dumps(run.get(what, lambda: run_spopt(size))()))
