"""Siting against its bars and its peers.

python tests/benchmarks/siting.py [--quick] [--only ID ...]

prints one JSON object per line; README.md beside this file says how to read them.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [folder for folder in (str(HERE), str(HERE.parents[1])) if folder not in sys.path]

import siting_measures as measures  # noqa: E402 - found through the path above
from measuring import missing  # noqa: E402

MEASURES = {
    "city_spopt": (measures.city_spopt, ">= 100"),
    "city_compact": (measures.city_compact, ">= 4"),
    "city_memory": (measures.city_memory, "< 0.5"),
    "bds_total_s": (measures.bds_total_s, "<= 40"),
    "bds_worst_s": (measures.bds_worst_s, "<= 5"),
    "stream_20m_s": (measures.stream_20m_s, "<= 15"),
    "stream_20m_mb": (measures.stream_20m_mb, "<= 300"),
    "large_500_gap": (measures.large_500_gap, "<= 0.015"),
    "large_500_s": (measures.large_500_s, "<= 3"),
    "large_1000_gap": (measures.large_1000_gap, "<= 0.022 in 5 s"),
    "frontier_s": (measures.frontier_s, "<= 12"),
    "frontier_gap": (measures.frontier_gap, "<= 0.002"),
    "pmed_found": (measures.pmed_found, "40"),
    "pmed_proven": (measures.pmed_proven, ">= 36"),
    "pmed_s": (measures.pmed_s, "<= 120"),
    "pcenter_s": (measures.pcenter_s, "<= 60, 40 proven"),
    "dense_gap": (measures.dense_gap, "<= 0.014 in 15 s"),
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="ID", default=[*MEASURES])
    parser.add_argument("--quick", action="store_true", help="smaller, to see it run")
    asked = parser.parse_args(arguments)
    measures.warm_up()
    print(f"load of the machine {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for name in asked.only:
        measure, bar = MEASURES[name]
        found = missing(name, "", "not built") if measure is None else measure(quick=asked.quick)
        note = f"bar {bar}" + (", quick" if asked.quick else "")
        print(found.with_note(note).as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
