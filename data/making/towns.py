"""Towns: where the seats stand, which land is built up, who grows where."""

import heapq

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from making import plane, seats
from making.committees import Committee
from making.ground import Ground
from making.plane import Floats

Ints = NDArray[np.int64]


def place_seats(
    rows: list[Committee], ground: Ground, counties: dict[str, shapely.Polygon]
) -> dict[str, Floats]:
    """Move every seat to the flattest low place within 900 m, inside its county.

    Returns
    -------
    dict
        Township code -> metres of the plane, shape (2,).
    """
    made = {}
    ring = np.array([(i * 90.0, j * 90.0) for i in range(-10, 11) for j in range(-10, 11)])
    for code in sorted({one.township for one in rows}):
        around = plane.to_plane(np.array([seats.SEATS[code]])) + ring
        lonlat = plane.to_degrees(around)
        county = counties[code[:6]]
        ok = shapely.contains_xy(county, lonlat[:, 0], lonlat[:, 1])
        slope = ground.sample(ground.slope, lonlat)
        above = ground.sample(ground.above_m, lonlat)
        score = slope * 8 + np.abs(above - 10) / 60 + np.hypot(*ring.T) / 1500 + (~ok) * 1e6
        made[code] = around[score.argmin()]
    return made


def _grid_graph(cost: Floats) -> csr_array:
    rows, cols = cost.shape
    number = np.arange(rows * cols).reshape(rows, cols)
    flat = cost.ravel()
    tails, heads, weights = [], [], []
    for i, j in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = number[: rows - i, max(0, -j) : cols - max(0, j)].ravel()
        b = number[i:, max(0, j) : cols + min(0, j)].ravel()
        reach = np.hypot(i * plane.CELL_Y / 2, j * plane.CELL_X / 2)
        tails.append(a)
        heads.append(b)
        weights.append(0.5 * (flat[a] + flat[b]) * reach)
    tail, head, weight = map(np.concatenate, (tails, heads, weights))
    return csr_array((weight, (tail, head)), shape=(rows * cols, rows * cols))


def _grow_patch(cost: Floats, starts: Floats, area_km2: float) -> NDArray[np.bool_]:
    """Return the cells of the cheapest `area_km2` around the starts (degrees)."""
    row = ((plane.NORTH - starts[:, 1]) / plane.FINE).astype(int)
    col = ((starts[:, 0] - plane.WEST) / plane.FINE).astype(int)
    margin = int(40 + 14 * np.sqrt(area_km2))
    top, left = max(row.min() - margin, 0), max(col.min() - margin, 0)
    window = cost[top : row.max() + margin, left : col.max() + margin]
    source = (row - top) * window.shape[1] + (col - left)
    reached = dijkstra(_grid_graph(window), directed=False, indices=source, min_only=True)
    cell_km2 = plane.CELL_Y * plane.CELL_X / 4e6
    count = min(int(area_km2 / cell_km2), len(reached) - 1)
    made = np.zeros(cost.shape, bool)
    limit = np.partition(reached, count)[count]
    made[top : top + window.shape[0], left : left + window.shape[1]] = (
        reached.reshape(window.shape) <= limit
    )
    return made


def build_urban(
    places: dict[str, Floats],
    urban_count: dict[str, int],
    ground: Ground,
    water: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Draw the built-up land.

    Parameters
    ----------
    places
        Township seats in metres.
    urban_count
        Urban committees per township.
    ground
        The heights.
    water
        1 on river cells of the fine raster, 0 elsewhere.
    rng
        Makes the edges of towns ragged.

    Returns
    -------
    Floats
        Built-up share after smoothing, fine raster; a place is built up above 0.5.
    """
    cost = (1 + (ground.slope / 0.08) ** 2) * (1 + np.clip(ground.above_m, 0, None) / 70)
    ragged = ndimage.gaussian_filter(rng.standard_normal(cost.shape), 5.0)
    cost = cost * (1 + 2.0 * water) * np.exp(0.55 * ragged / ragged.std())
    centre = plane.to_plane(np.array([seats.CITY]))[0]
    made = np.zeros(cost.shape, bool)
    joint: list[Floats] = []
    joint_km2 = 0.0
    for code, xy in sorted(places.items()):
        per = seats.KM2_PER_URBAN.get(code[:6], seats.DENSE_KM2)
        area = urban_count[code] * per
        if urban_count[code] >= 4 and np.hypot(*(xy - centre)) < 9500:
            joint.append(xy)
            joint_km2 += area
        else:
            made |= _grow_patch(cost, plane.to_degrees(xy), area + seats.SEAT_KM2)
    made |= _grow_patch(cost, plane.to_degrees(np.array(joint)), joint_km2)
    return ndimage.gaussian_filter(made.astype(float), 1.2)


def grow(
    neighbours: list[list[tuple[int, float]]], starts: Ints, speed: Floats
) -> tuple[Ints, Floats]:
    """Let every start grow over a graph until all is taken.

    Parameters
    ----------
    neighbours
        For each point its (neighbour, cost) pairs.
    starts
        First point of each label, shape (k,).
    speed
        Per label and point how fast the label advances there, shape (k, n) or (k, 1).

    Returns
    -------
    tuple
        Label of every point (-1 where unreachable) and its arrival cost, each shape (n,).
    """
    n = len(neighbours)
    wide = np.broadcast_to(speed, (len(starts), n))
    label = np.full(n, -1, np.int64)
    arrival = np.full(n, np.inf)
    queue = [(0.0, int(start), k) for k, start in enumerate(starts)]
    heapq.heapify(queue)
    while queue:
        cost, point, owner = heapq.heappop(queue)
        if label[point] >= 0:
            continue
        label[point] = owner
        arrival[point] = cost
        for other, step in neighbours[point]:
            if label[other] < 0:
                heapq.heappush(queue, (cost + step / wide[owner, other], other, owner))
    return label, arrival
