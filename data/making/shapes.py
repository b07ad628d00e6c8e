"""Community shapes: invented lines round real committees, a clean partition of each county."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from making import plane, seats
from making.committees import Committee
from making.ground import Ground
from making.plane import Floats
from making.rivers import River
from making.towns import Ints, grow

DENSE_M, SPARSE_M = 105.0, 430.0
GRID = 1e-8  # degrees, a millimetre: noding moves no outline visibly
LEAST_KM2 = {"居": 0.1, "村": 0.6, "其他": 0.08}
CELL_KM2 = np.array([(SPARSE_M / 1000) ** 2, (DENSE_M / 1000) ** 2])


@dataclass(frozen=True, slots=True)
class Mesh:
    """Points of one county that are dealt out to its committees.

    Parameters
    ----------
    xy
        Metres, shape (n, 2).
    urban
        Whether the point is on built-up land, shape (n,).
    dense
        Whether the point belongs to the dense grid, shape (n,).
    above_m
        Height above the nearest river, shape (n,).
    neighbours
        Neighbouring points and the cost of going there.
    voronoi
        The diagram, whose first n regions are the points.
    """

    xy: Floats
    urban: NDArray[np.bool_]
    dense: NDArray[np.bool_]
    above_m: Floats
    neighbours: list[list[tuple[int, float]]]
    voronoi: Voronoi


def _scatter(county: shapely.Polygon, urban: Floats, ground: Ground, seed: int) -> Floats:
    """Return jittered points in a county, dense near built-up land, metres."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.transform(county, plane.to_plane).bounds
    parts = []
    for spacing, dense in ((SPARSE_M, False), (DENSE_M, True)):
        x, y = np.meshgrid(
            np.arange(west - spacing, east + spacing, spacing),
            np.arange(south - spacing, north + spacing, spacing * 0.87),
        )
        x[::2] += spacing / 2
        xy = np.column_stack([x.ravel(), y.ravel()])
        lonlat = plane.to_degrees(xy)
        near = ground.sample(urban, lonlat) > 0.02
        xy = xy[near == dense]
        xy += rng.uniform(-0.33, 0.33, xy.shape) * spacing
        lonlat = plane.to_degrees(xy)
        inside = shapely.contains_xy(county, lonlat[:, 0], lonlat[:, 1])
        parts.append(np.column_stack([xy[inside], np.full(inside.sum(), float(dense))]))
    return np.concatenate(parts)


def build_mesh(
    county: shapely.Polygon, urban: Floats, ground: Ground, rivers: list[River], seed: int
) -> Mesh:
    """Scatter points over a county and join neighbours.

    Going uphill and over a river costs more, so that what grows over the mesh stops at ridges
    and at the water.
    """
    points = _scatter(county, urban, ground, seed)
    xy, dense = points[:, :2], points[:, 2] > 0
    lonlat = plane.to_degrees(xy)
    height = ground.sample(ground.height_m, lonlat)
    far = np.array([(-4e5, 0.0), (4e5, 0.0), (0.0, -4e5), (0.0, 4e5)]) + xy.mean(axis=0)
    voronoi = Voronoi(np.concatenate([xy, far]))
    pairs = voronoi.ridge_points
    pairs = pairs[(pairs < len(xy)).all(axis=1)]
    lines = shapely.linestrings(xy[pairs])
    tree = shapely.STRtree(lines)
    wet = np.zeros(len(pairs))
    for river in rivers:
        if river.width_m >= 25:
            hit = tree.query(shapely.LineString(river.line), predicate="intersects")
            wet[hit] = np.maximum(wet[hit], 250.0 + 5.0 * river.width_m)
    step = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    rise = np.abs(height[pairs[:, 0]] - height[pairs[:, 1]])
    cost = step + 11.0 * rise + wet
    keep = step < 4 * SPARSE_M
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(len(xy))]
    for (a, b), value in zip(pairs[keep].tolist(), cost[keep].tolist(), strict=True):
        neighbours[a].append((b, value))
        neighbours[b].append((a, value))
    above = ground.sample(ground.above_m, lonlat)
    return Mesh(xy, ground.sample(urban, lonlat) > 0.5, dense, above, neighbours, voronoi)


def _townships(mesh: Mesh, rows: list[Committee], places: dict[str, Floats]) -> list[str]:
    """Deal the points out to townships in proportion to their committees."""
    towns = sorted({one.township for one in rows})
    tree = cKDTree(mesh.xy)
    starts, owner = [], []
    for k, town in enumerate(towns):
        spots = np.array([places[town], *plane.to_plane(np.array(seats.CLAIMS.get(town, ())))])
        starts += tree.query(spots)[1].tolist()
        owner += [k] * len(spots)
    km2 = CELL_KM2[mesh.dense.astype(int)]
    kinds = [[one.kind for one in rows if one.township == town] for town in towns]
    urban = np.array([kind.count("居") for kind in kinds], float)
    rural = np.array([kind.count("村") for kind in kinds], float)
    built = km2 * mesh.urban
    share = np.where(
        mesh.urban,
        built / built.sum() * urban.sum(),
        km2 * ~mesh.urban / (km2 * ~mesh.urban).sum() * max(rural.sum(), 1),
    )
    # a street without villages wants no hills, one without committees of towns no town
    target = urban + rural + 0.15
    speed = target**0.3
    best, best_gap = np.zeros(len(mesh.xy), np.int64), np.inf
    for _ in range(24):
        label, _cost = grow(mesh.neighbours, np.array(starts), speed[owner][:, None])
        label = np.array(owner)[label]
        have = np.bincount(label, weights=share, minlength=len(towns))
        gap = float(np.abs(np.log((have + 0.3) / (target + 0.3))).max())
        if gap < best_gap:
            best, best_gap = label, gap
        speed = speed * np.clip(((target + 0.3) / (have + 0.3)) ** 0.22, 0.8, 1.25)
    return [towns[k] for k in best]


def _spread(xy: Floats, score: Floats, count: int) -> Ints:
    """Return `count` points far from one another, good ones (low score) preferred."""
    picked = [int(score.argmin())]
    gap = np.hypot(*(xy - xy[picked[0]]).T)
    while len(picked) < count:
        worth = gap * np.exp(-score)
        worth[picked] = -1.0
        picked.append(int(worth.argmax()))
        gap = np.minimum(gap, np.hypot(*(xy - xy[picked[-1]]).T))
    return np.array(picked)


def _clusters(xy: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return one point at the middle of each of `count` clusters (Lloyd)."""
    centre = xy[_spread(xy, rng.random(len(xy)) * 0.5, count)].copy()
    for _ in range(12):
        owner = cKDTree(centre).query(xy)[1]
        for k in range(count):
            if (owner == k).any():
                centre[k] = xy[owner == k].mean(axis=0)
    picked: list[int] = []
    for one in centre:
        gap = np.hypot(*(xy - one).T)
        gap[picked] = np.inf
        picked.append(int(gap.argmin()))
    return np.array(picked)


def _seeds(mesh: Mesh, mine: Ints, rows: list[Committee], rng: np.random.Generator) -> Ints:
    """Return the first point of each committee of one township, in the order of `rows`."""
    starts = np.full(len(rows), -1, np.int64)
    kinds = np.array([one.kind for one in rows])
    town = mine[mesh.urban[mine]]
    town_kinds = kinds == "居"
    if len(town) < 4 * town_kinds.sum():
        centre = mesh.xy[mine].mean(axis=0) if not len(town) else mesh.xy[town].mean(axis=0)
        town = mine[np.argsort(np.hypot(*(mesh.xy[mine] - centre).T))[: 5 * len(rows)]]
    if town_kinds.any():
        starts[town_kinds] = town[_clusters(mesh.xy[town], int(town_kinds.sum()), rng)]
    for kind, reach in (("村", 1e9), ("其他", 4000.0)):
        wanted = kinds == kind
        if not wanted.any():
            continue
        taken = starts[starts >= 0]
        free = np.setdiff1d(mine[~mesh.urban[mine]], taken)
        if len(free) < wanted.sum() * 2:
            free = np.setdiff1d(mine, taken)
        if reach < 1e9 and len(town):
            near = np.hypot(*(mesh.xy[free] - mesh.xy[town].mean(axis=0)).T) < reach
            free = free[near] if near.sum() > wanted.sum() else free
        score = np.clip(mesh.above_m[free], 0, 400) / 90 + rng.random(len(free)) * 0.3
        starts[wanted] = free[_spread(mesh.xy[free], score, int(wanted.sum()))]
    return starts


def _fair(
    neighbours: list[list[tuple[int, float]]],
    first: Ints,
    speed: Floats,
    km2: Floats,
    rows: list[Committee],
) -> Ints:
    """Grow one township's committees, hurrying on those that would end too small."""
    least = np.array([LEAST_KM2[one.kind] for one in rows])
    for _ in range(8):
        label, _cost = grow(neighbours, first, speed)
        small = np.bincount(label, weights=km2, minlength=len(rows)) < least
        if not small.any():
            break
        speed = np.where(small[:, None], speed * 1.7, speed)
    return label


def deal(
    mesh: Mesh, rows: list[Committee], places: dict[str, Floats], rng: np.random.Generator
) -> Ints:
    """Give every point of a county to a committee; each committee's points hang together.

    Returns
    -------
    Ints
        Position in `rows` per point, shape (n,).
    """
    towns = np.array(_townships(mesh, rows, places))
    owner = np.full(len(mesh.xy), -1, np.int64)
    pace = {"居": (1.0, 0.22), "村": (0.16, 1.0), "其他": (0.3, 0.3)}
    for town in sorted(set(towns)):
        mine = np.flatnonzero(towns == town)
        at = [k for k, one in enumerate(rows) if one.township == town]
        here = [rows[k] for k in at]
        starts = _seeds(mesh, mine, here, rng)
        local = {int(point): k for k, point in enumerate(mine)}
        neighbours = [
            [(local[b], cost) for b, cost in mesh.neighbours[a] if b in local] for a in mine
        ]
        vigour = rng.lognormal(0.0, 0.16, len(here))
        speed = np.array(
            [np.where(mesh.urban[mine], *pace[one.kind]) * v
             for one, v in zip(here, vigour, strict=True)]
        )  # fmt: skip
        first = np.array([local[int(start)] for start in starts])
        label = _fair(neighbours, first, speed, CELL_KM2[mesh.dense[mine].astype(int)], here)
        owner[mine] = np.array(at)[label]
    return owner


def _smooth(line: Floats, rounds: int) -> Floats:
    """Cut corners (Chaikin), ends kept."""
    for _ in range(rounds):
        if len(line) < 3:
            return line
        cut = np.empty((2 * (len(line) - 1), 2))
        cut[0::2] = 0.75 * line[:-1] + 0.25 * line[1:]
        cut[1::2] = 0.25 * line[:-1] + 0.75 * line[1:]
        cut[0], cut[-1] = line[0], line[-1]
        line = cut
    return line


def _arcs(mesh: Mesh, owner: Ints, county: shapely.Polygon) -> list[shapely.Geometry]:
    """Return the lines between committees of one county, degrees."""
    n = len(mesh.xy)
    pairs, corners = mesh.voronoi.ridge_points, np.array(mesh.voronoi.ridge_vertices)
    between = (pairs < n).all(axis=1) & (corners >= 0).all(axis=1)
    between[between] = owner[pairs[between, 0]] != owner[pairs[between, 1]]
    segments = shapely.linestrings(mesh.voronoi.vertices[corners[between]])
    merged = shapely.line_merge(shapely.union_all(segments))
    arcs = []
    for arc in shapely.get_parts(merged):
        points = shapely.get_coordinates(arc)
        tolerance = 12.0 if np.hypot(*np.diff(points, axis=0).T).mean() < 110 else 35.0
        points = _smooth(points, 2)
        arcs.append(shapely.simplify(shapely.LineString(points), tolerance))
    inside = shapely.intersection(
        shapely.transform(np.array(arcs), plane.to_degrees), county, grid_size=GRID
    )
    return [arc for arc in inside.tolist() if not arc.is_empty]


def _majority(faces: Floats, mesh: Mesh, owner: Ints) -> Ints:
    """Return for every face the committee that most of its mesh points belong to."""
    spots = plane.to_plane(shapely.get_coordinates(shapely.point_on_surface(faces)))
    made = owner[cKDTree(mesh.xy).query(spots)[1]]
    points = shapely.points(plane.to_degrees(mesh.xy))
    face, point = shapely.STRtree(points).query(faces, predicate="contains")
    votes = np.zeros((len(faces), int(owner.max()) + 1), np.int64)
    np.add.at(votes, (face, owner[point]), 1)
    voted = votes.sum(axis=1) > 0
    made[voted] = votes[voted].argmax(axis=1)
    return made


def _whole(faces: Floats, owner: Ints) -> Ints:
    """Give stray faces to the neighbour they share most line with, until each owner is whole."""
    for _ in range(20):
        stray = []
        for k in np.unique(owner):
            mine = np.flatnonzero(owner == k)
            parts = shapely.get_parts(shapely.union_all(faces[mine]))
            if len(parts) > 1:
                largest = parts[shapely.area(parts).argmax()]
                spots = shapely.point_on_surface(faces[mine])
                stray += mine[~shapely.contains(largest, spots)].tolist()
        if not stray:
            return owner
        tree = shapely.STRtree(faces)
        for k in stray:
            near = [j for j in tree.query(faces[k], predicate="touches") if owner[j] != owner[k]]
            shared = shapely.length(shapely.intersection(faces[k], faces[near]))
            owner[k] = owner[near[int(shared.argmax())]]
    raise RuntimeError("committee shapes do not hang together")


def build_shapes(
    counties: dict[str, shapely.Polygon], meshes: dict[str, Mesh], owners: dict[str, Ints]
) -> dict[str, list[shapely.Polygon]]:
    """Draw every committee.

    All lines of all counties are noded together on a millimetre grid, so that
    neighbours share every vertex, across county lines too.

    Returns
    -------
    dict
        County code -> polygons in degrees, in the order of the owners' numbers.

    Raises
    ------
    RuntimeError
        If a committee ends in several pieces or the coverage is not clean.
    """
    lines: list[shapely.Geometry] = [county.boundary for county in counties.values()]
    for code, county in counties.items():
        lines += _arcs(meshes[code], owners[code], county)
    noded = shapely.union_all(np.array(lines), grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    spots = shapely.point_on_surface(faces)
    made: dict[str, list[shapely.Polygon]] = {}
    for code, county in counties.items():
        mine = faces[shapely.contains(county, spots)]
        owner = _whole(mine, _majority(mine, meshes[code], owners[code]))
        count = int(owners[code].max()) + 1
        made[code] = [shapely.coverage_union_all(mine[owner == k]) for k in range(count)]
    everything = np.array([one for group in made.values() for one in group])
    lost = np.flatnonzero([one.geom_type != "Polygon" or one.is_empty for one in everything])
    if len(lost):
        raise RuntimeError(f"committees without a shape of their own: positions {lost}")
    if not shapely.coverage_is_valid(everything):
        raise RuntimeError("the communities overlap or leave gaps")
    return made
