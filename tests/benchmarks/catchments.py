"""The catchment engine against its peers on a real city.

python tests/benchmarks/catchments.py [--quick] [--only ID ...]

prints one JSON object per line; README.md beside this file says how to read them.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator

import bench_city
import cover_measures
import matrix_measures
import shape_measures
from bench_city import City
from measuring import Line

MEASURES: dict[str, tuple[Callable[..., Line], str]] = {
    "cover_scipy": (cover_measures.cover_scipy, ">= 25"),
    "cover_scipy_csr": (cover_measures.cover_scipy_csr, ">= 25 as well"),
    "cover_pandana": (cover_measures.cover_pandana, ">= 60"),
    "cover_osmnx": (cover_measures.cover_osmnx, ">= 500"),
    "cover_floor": (cover_measures.cover_floor, "<= 1.25"),
    "growth_16x": (cover_measures.growth_16x, "<= 1.3"),
    "matrix_time": (matrix_measures.matrix_time, "<= 1.2"),
    "matrix_size": (matrix_measures.matrix_size, ">= 25"),
    "matrix_10m_peak_gb": (matrix_measures.matrix_10m_peak_gb, "< 1.5 GB"),
    "nearest_scipy": (cover_measures.nearest_scipy, "<= 1.5"),
    "polygons_osmnx": (shape_measures.polygons_osmnx, ">= 25"),
    "polygons_valhalla": (shape_measures.polygons_valhalla, ">= 3"),
    "snapping_strtree": (shape_measures.snapping_strtree, ">= 30"),
    "threads": (matrix_measures.threads, "reported"),
}


def compare(names: list[str], city: City, *, quick: bool) -> Iterator[Line]:
    """Yield the lines of the named measures as they come."""
    for name in names:
        measure, bar = MEASURES[name]
        yield measure(city, quick=quick).with_note(f"bar {bar}" + (", quick" if quick else ""))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="ID", default=[*MEASURES])
    parser.add_argument("--quick", action="store_true", help="ten times smaller, to see it run")
    asked = parser.parse_args(arguments)
    if not bench_city.is_there():
        print(f"skipped: {bench_city.STREETS.name} is not beside the project", file=sys.stderr)
        return 0
    city = bench_city.load_city()
    load = os.getloadavg()[0]
    graph = city.graph
    print(
        f"{graph.node_count} nodes, {len(graph.tail)} edges; load of the machine {load:.1f}",
        file=sys.stderr,
    )
    for line in compare(asked.only, city, quick=asked.quick):
        print(line.as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
