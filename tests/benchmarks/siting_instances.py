"""Siting instances: published ones beside the project, and generated ones by stated recipes."""

import gzip
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from planner.kernel.runs import runs_from_pairs, union_weight

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "test-only" / "instances"
SIDE = 30.0  # of the square of the BDS recipe


class Instance(NamedTuple):
    """Candidates, people and who reaches whom."""

    site: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    row_start: np.ndarray
    demand: np.ndarray


def is_there():
    return (FOLDER / "SOURCE.md").exists()


def within(site, place, radius, *, strict):
    """Return the cover relation by candidate; `strict` leaves out pairs at the radius itself."""
    found = cKDTree(site).sparse_distance_matrix(cKDTree(place), radius, output_type="coo_matrix")
    keep = found.data < radius if strict else found.data <= radius
    row, column = found.row[keep], found.col[keep]
    order = np.lexsort((column, row))
    start = np.searchsorted(row[order], np.arange(len(site) + 1)).astype(np.int64)
    return start, column[order].astype(np.int32)


def people_reached(start, demand, rows, weight):
    """Return the weight that at least one of `rows` covers, by the one function that measures."""
    order = np.arange(len(weight), dtype=np.int32)
    return union_weight(runs_from_pairs(start, demand, order), rows, weight)


def published():
    """Yield (radius, p, customers, optimum) of the 28 proven BDS cases."""
    for line in (FOLDER / "SOURCE.md").read_text(encoding="utf-8").splitlines():
        cells = re.fullmatch(r"\| ([\d.]+), (\d+) \| (\d+) \| (\d+) \|", line.strip())
        if cells:
            radius, count = float(cells[1]), int(cells[2])
            yield radius, count, 10_000, float(cells[3])
            yield radius, count, 100_000, float(cells[4])


def read_bds(customers):
    """Return sites, places and weights of a BDS file."""
    path = FOLDER / "bds" / f"BDS_n100_m{customers}_A.txt.gz"
    with gzip.open(path, "rt", encoding="ascii") as file:
        lines = [line.split() for line in file]
    site = np.array([line[2:4] for line in lines if line[:1] == ["F"]], float)
    people = np.array([line[2:5] for line in lines if line[:1] == ["C"]], float)
    return site, people[:, :2], people[:, 2]


def bds(files, customers, radius):
    if customers not in files:
        files[customers] = read_bds(customers)
    site, place, weight = files[customers]
    return Instance(site, place, weight, *within(site, place, radius, strict=True))


def large(sites, radius, customers=100_000, seed=1):
    """Make an instance by the recipe of BDS: uniform on a square, demand 1 to 100."""
    rng = np.random.default_rng(seed)
    site, place = rng.random((sites, 2)) * SIDE, rng.random((customers, 2)) * SIDE
    weight = rng.integers(1, 101, customers).astype(float)
    return Instance(site, place, weight, *within(site, place, radius, strict=True))


def pmed_optima():
    """Return the p-median optimum and p-center radius of every pmed instance."""
    text = (FOLDER / "SOURCE.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| pmed(\d+) \| (\d+) \| (\d+) \| (\d+) \|", text)
    return {int(row[0]): (float(row[1]), float(row[2]), int(row[3])) for row in rows}


def read_pmed(number):
    """Return all shortest paths of an instance and its p; a repeated edge overwrites."""
    text = (FOLDER / "pmed" / f"pmed{number}.txt").read_text(encoding="ascii")
    values = np.array(text.split(), int)
    nodes, edges, count = (int(value) for value in values[:3])
    graph = np.full((nodes, nodes), np.inf)
    for a, b, length in values[3 : 3 + 3 * edges].reshape(-1, 3):
        graph[a - 1, b - 1] = graph[b - 1, a - 1] = length
    sparse = csgraph.csgraph_from_dense(graph, null_value=np.inf)
    return csgraph.shortest_path(sparse, directed=False), count


class City(NamedTuple):
    """A valley city: uncovered buildings, candidates, the walk in metres."""

    site: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    radius: float

    def cover(self):
        return within(self.site, self.place, self.radius, strict=False)


def valley_city(*, buildings=30_000, existing=100, candidates=1_000, radius=1_000.0, seed=3):
    """Make a city of 14 towns along a valley; what existing sites reach is taken out."""
    rng = np.random.default_rng(seed)
    towns = np.arange(14)
    centre = np.column_stack(
        [
            2_500.0 * towns + rng.normal(0, 800, 14),
            3_000 * np.sin(towns / 2.2) + rng.normal(0, 900, 14),
        ]
    )
    size = rng.dirichlet(np.full(14, 2.0))

    def places(count):
        town = rng.choice(14, count, p=size)
        wide = 600 + 5_000 * np.sqrt(size[town])
        xy = centre[town] + rng.normal(0, 1, (count, 2)) * np.column_stack([wide, 0.6 * wide])
        far = rng.random(count) < 0.15
        low, high = centre[:, 0].min() - 2_000, centre[:, 0].max() + 2_000
        xy[far] = np.column_stack(
            [rng.uniform(low, high, far.sum()), rng.uniform(-6_000, 6_000, far.sum())]
        )
        return xy

    place, weight = places(buildings), rng.poisson(8.5, buildings).astype(float)
    standing, site = places(existing), places(candidates)
    left = np.ones(buildings, bool)
    if existing:
        left = cKDTree(standing).query(place)[0] > radius
    left &= weight > 0
    return City(site, place[left], weight[left], radius)
