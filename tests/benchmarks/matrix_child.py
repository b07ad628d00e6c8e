"""One process that builds the matrix of argv[1] sites by argv[2] points and tells its peak."""

import json
import sys
import time

import numpy as np
from bench_city import load_city
from matrix_measures import build, check_rows, held_bytes, run_matrix, sides
from measuring import peak_gb


def main() -> None:
    rows, points = int(sys.argv[1]), int(sys.argv[2])
    city = load_city()
    both = sides(city, rows, points)
    before = peak_gb()
    busy = time.process_time()
    runs = build(city, both)
    busy = time.process_time() - busy
    peak = peak_gb()
    in_row = run_matrix.row_weights(runs, np.ones(points))
    told = {
        "peak_gb": peak,
        "before_gb": before,
        "build_s": busy,
        "runs_mb": held_bytes(runs) / 1e6,
        "pairs": int(in_row.sum()),
        "equal": check_rows(city, both, in_row),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
