"""Reading one million households from CSV and XLSX, with every check, beside bare pandas.

    python tests/benchmarks/inputs_tables.py [--quick] [--only ID ...] [--openpyxl]

Each reading runs in a process of its own, so that its peak memory is its own. Pandas parses and
checks nothing; ours returns demand points with ids, places and older people, checked. The table is
made here, offline, the same every time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import xlsxwriter
from measuring import Line, missing, peak_gb

IDS = ("csv_1m_s", "csv_1m_mb", "xlsx_1m_s", "xlsx_1m_mb")
HEADERS = ("编号", "小区名称", "社区代码", "户数", "总人口", "60岁以上人口", "经度", "纬度")
ROWS, QUICK = 1_000_000, 20_000
WINDOW = (123.5, 41.1, 124.0, 41.5)
READERS = {
    "ours": "planner read_demand",
    "read_csv": "pandas.read_csv",
    "calamine": "pandas.read_excel(engine='calamine')",
    "openpyxl": "pandas.read_excel(engine='openpyxl')",
}


def make(folder: Path, count: int) -> None:
    """Write the same table as CSV and XLSX."""
    rng = np.random.default_rng(2020)
    lon, lat = rng.uniform(123.6, 123.9, count).round(6), rng.uniform(41.2, 41.4, count).round(6)
    book = xlsxwriter.Workbook(folder / "rows.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("户数")
    sheet.write_row(0, 0, HEADERS)
    with (folder / "rows.csv").open("w", encoding="utf-8-sig") as stream:
        stream.write(",".join(HEADERS) + "\n")
        for i, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            row = (
                f"D{i:07d}", f"小区{i % 50_000}", f"210502001{i % 190 + 1:03d}",
                i % 300 + 1, i % 800 + 200, i % 200, x, y,
            )  # fmt: skip
            stream.write(",".join(map(str, row)) + "\n")
            sheet.write_row(i + 1, 0, row)
    book.close()


def read(reader: str, path: Path) -> dict[str, float]:
    """Return what one reading took, and the sums it found."""
    if reader == "ours":
        from planner.model.scenario import Households  # noqa: PLC0415  as in a fresh process
        from planner.store.households import read_demand  # noqa: PLC0415

        file = Households(path=path.name, data_date=date(2023, 6, 30), crs="EPSG:4490")
        before, clock, busy = peak_gb(), time.perf_counter(), time.process_time()
        found = read_demand(file, path.parent, WINDOW)
        told = time.process_time() - busy, time.perf_counter() - clock
        assert found.findings == ()
        sums = found.value.households.sum(), found.value.older.sum()
    else:
        import pandas as pd  # noqa: PLC0415  as in a fresh process

        before, clock, busy = peak_gb(), time.perf_counter(), time.process_time()
        with path.open("rb") as stream:
            csv = reader == "read_csv"
            table = pd.read_csv(stream) if csv else pd.read_excel(stream, engine=reader)
        told = time.process_time() - busy, time.perf_counter() - clock
        sums = table["户数"].sum(), table["60岁以上人口"].sum()
    peak = peak_gb()
    return {
        "cpu": told[0], "wall": told[1], "mb": peak * 1000, "before": before * 1000,
        "households": float(sums[0]), "older": float(sums[1]),
    }  # fmt: skip


def in_child(reader: str, path: Path) -> dict[str, float]:
    """Run one reading in a process of its own."""
    roots = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))}
    command = [sys.executable, __file__, "--child", reader, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def lines(kind: str, path: Path, peers: list[str], count: int) -> list[Line]:
    """Return the lines of one format: seconds and peak memory against each peer."""
    ours = in_child("ours", path)
    made = []
    for reader in peers:
        try:
            peer = in_child(reader, path)
        except subprocess.CalledProcessError as error:
            why = error.stderr.strip().splitlines()[-1]
            made += [missing(f"{kind}_1m_s", READERS[reader], why, ours=ours["cpu"])]
            continue
        equal = all(ours[key] == peer[key] for key in ("households", "older"))
        note = (
            f"{count:,} rows; ours checks every cell, finds columns, places and ids, the peer "
            f"parses only; on the clock {ours['wall']:.1f} s and {peer['wall']:.1f} s"
        )
        seconds, name = peer["cpu"] / ours["cpu"], READERS[reader]
        made.append(
            Line(f"{kind}_1m_s", ours["cpu"], peer["cpu"], name, seconds, "CPU s", equal, note)
        )
        note = (
            f"peak of the whole process; before reading {ours['before']:.0f} MB and "
            f"{peer['before']:.0f} MB"
        )
        memory = ours["mb"] / peer["mb"]
        made.append(Line(f"{kind}_1m_mb", ours["mb"], peer["mb"], name, memory, "MB", equal, note))
    return made


def main(arguments: list[str] | None = None) -> int:
    """Print one line per measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows, to see it run")
    parser.add_argument("--only", nargs="+", choices=IDS, default=IDS)
    parser.add_argument("--openpyxl", action="store_true", help="openpyxl too: some minutes more")
    parser.add_argument("--child", nargs=2, metavar=("READER", "PATH"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.child:
        print(json.dumps(read(asked.child[0], Path(asked.child[1]))))
        return 0
    count = QUICK if asked.quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), count)
        for kind, peers in (("csv", ["read_csv"]), ("xlsx", ["calamine", "openpyxl"])):
            if asked.openpyxl is False and not asked.quick:
                peers = [peer for peer in peers if peer != "openpyxl"]  # noqa: PLW2901
            if not any(name.startswith(kind) for name in asked.only):
                continue
            for line in lines(kind, Path(folder, f"rows.{kind}"), peers, count):
                if line.id in asked.only:
                    print(line.as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
