"""The cover matrix stored as runs, against our own CSR of the same pairs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench_city import LIMIT_MM, TOWARDS, City, attached, points_beside
from measuring import Line, missing, raced, timed, times_as_much
from numpy.typing import NDArray

from planner.kernel.cover import cover_pairs
from planner.kernel.paths import Stops

try:
    from planner.kernel import runs as run_matrix
except ImportError:
    run_matrix = None  # type: ignore[assignment]

SITES, POINTS = 50_000, 1_000_000
ROWS = 200  # rows that are written out and compared pair by pair
NOT_YET = "planner.kernel.runs is not built yet"
CSR = "our own CSR (cover_pairs)"
LARGE = "the bar of 1.5 GB"


class Sides(NamedTuple):
    """Candidates and demand points beside the streets."""

    sites: Stops
    demand: Stops


def sides(city: City, site_count: int, point_count: int) -> Sides:
    return Sides(
        attached(city, points_beside(city, site_count, seed=6, farthest_m=30.0)),
        attached(city, points_beside(city, point_count, seed=7, farthest_m=30.0)),
    )


def build(city: City, both: Sides, *, threads: int = 1) -> Any:
    return run_matrix.build_runs(
        city.graph,
        both.sites,
        both.demand,
        limit_mm=LIMIT_MM,
        towards=TOWARDS,
        threads=threads,
    )


def _csr(city: City, both: Sides) -> Any:
    return cover_pairs(city.graph, both.sites, both.demand, limit_mm=LIMIT_MM, towards=TOWARDS)


def _some(stops: Stops, which: NDArray[np.int64] | slice) -> Stops:
    return Stops(*(column[which] for column in stops))


def check_rows(city: City, both: Sides, in_row: NDArray[np.float64]) -> bool:
    """Return whether some rows, written out, hold the very pairs of `cover_pairs`.

    `in_row` is how many points each row of the whole matrix holds.
    """
    drawn = np.random.default_rng(8).integers(0, len(both.sites.edge), ROWS)
    part = Sides(_some(both.sites, drawn), both.demand)
    start, demand, _ = _csr(city, part)
    runs = build(city, part)
    told = run_matrix.to_csr(runs, at_most_bytes=run_matrix.csr_size_bytes(runs))
    same = np.array_equal(told[0], start) and np.array_equal(told[1], demand)
    return same and np.array_equal(in_row[drawn], np.diff(start))


def _warm(city: City, both: Sides) -> None:
    """Have everything compiled: enough sites for full batches and for a rest, on all points."""
    some = Sides(_some(both.sites, slice(0, 2_500)), both.demand)
    for threads in (1, 2):
        build(city, some, threads=threads)
    _csr(city, Sides(_some(both.sites, slice(0, 100)), both.demand))


def _scale(*, quick: bool) -> tuple[int, int]:
    return (SITES // 10, POINTS // 10) if quick else (SITES, POINTS)


def matrix_time(city: City, *, quick: bool) -> Line:
    if run_matrix is None:
        return missing("matrix_time", CSR, NOT_YET)
    both = sides(city, *_scale(quick=quick))
    _warm(city, both)
    ours = timed(lambda: build(city, both))
    ones = np.ones(len(both.demand.edge))
    weight = np.random.default_rng(9).integers(0, 100, len(ones)).astype(np.float64)
    in_row = run_matrix.row_weights(ours.result, ones)
    people = run_matrix.row_weights(ours.result, weight)
    csr = timed(lambda: _csr(city, both))
    start, demand, _ = csr.result
    equal = np.array_equal(in_row, np.diff(start)) and check_rows(city, both, in_row)
    for row in np.random.default_rng(10).integers(0, len(in_row), 1000):
        equal &= bool(people[row] == weight[demand[start[row] : start[row + 1]]].sum())
    line = times_as_much("matrix_time", ours.cpu, csr.cpu, CSR, equal=equal)
    return line.with_note(f"{len(in_row)} x {len(ones)}, {start[-1]} pairs; the CSR holds mm too")


def matrix_size(city: City, *, quick: bool) -> Line:
    if run_matrix is None:
        return missing("matrix_size", CSR, NOT_YET, unit="MB")
    both = sides(city, *_scale(quick=quick))
    runs = build(city, both)
    in_row = run_matrix.row_weights(runs, np.ones(len(both.demand.edge)))
    pairs = int(in_row.sum())
    rows = len(both.sites.edge)
    ours, csr = held_bytes(runs), pairs * 4 + (rows + 1) * 8
    return Line(
        "matrix_size",
        ours / 1e6,
        csr / 1e6,
        f"{CSR}, int32 columns without mm",
        csr / ours,
        "MB",
        check_rows(city, both, in_row),
        f"{pairs} pairs; all arrays the runs hold are counted, the demand order too; "
        f"the kernel's own estimate of the CSR is {run_matrix.csr_size_bytes(runs) / 1e6:.0f} MB",
    )


def held_bytes(value: Any) -> int:
    """Return the bytes of all arrays a frozen value holds."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple):
        return sum(held_bytes(part) for part in value)
    fields = getattr(value, "__dataclass_fields__", ())
    return sum(held_bytes(getattr(value, field)) for field in fields)


def matrix_10m_peak_gb(city: City, *, quick: bool) -> Line:
    """A child process does it all, reading the streets included; `city` is not used there."""
    name = "matrix_10m_peak_gb"
    if run_matrix is None:
        return missing(name, LARGE, NOT_YET, unit="GB")
    rows, points = (5_000, 1_000_000) if quick else (50_000, 10_000_000)
    child = Path(__file__).with_name("matrix_child.py")
    command = [sys.executable, str(child), str(rows), str(points)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return missing(name, LARGE, f"the child process failed: {done.stderr[-200:]}", unit="GB")
    told = json.loads(done.stdout)
    return Line(
        name,
        told["peak_gb"],
        1.5,
        LARGE,
        told["peak_gb"] / 1.5,
        "GB",
        told["equal"],
        f"{rows} x {points}, {told['pairs']} pairs, runs of {told['runs_mb']:.0f} MB in "
        f"{told['build_s']:.1f} CPU s; {told['before_gb']:.2f} GB before the build",
    )


def threads(city: City, *, quick: bool) -> Line:
    name = "one thread of ours"
    if run_matrix is None:
        return missing("threads", name, NOT_YET, unit="s on the clock")
    both = sides(city, *_scale(quick=quick))
    _warm(city, both)
    two, one = raced(lambda: build(city, both, threads=2), lambda: build(city, both))
    ones = np.ones(len(both.demand.edge))
    equal = np.array_equal(*(run_matrix.row_weights(t.result, ones) for t in (one, two)))
    return Line(
        "threads",
        two.wall,
        one.wall,
        name,
        one.wall / two.wall,
        "s on the clock",
        equal,
        f"two threads; CPU {two.cpu:.2f} s against {one.cpu:.2f}; in turns, the best of each; "
        "needs two idle cores",
    )
