"""Town streets: main lines, blocks of lanes, gated compounds, dead ends, steps and few bridges."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from making import plane
from making.ground import Ground
from making.lattice import RASTER_M, Window, build_lattice
from making.net import Edge, Net
from making.plane import Floats
from making.rivers import River
from making.towns import Ints

STEEP = 0.15  # rise over run above which a lane has steps
STEMS = (
    *("解放", "人民", "胜利", "文化", "建设", "和平", "光明", "育才", "新华"),
    *("民主", "滨河", "永丰", "东明", "平山", "峪明", "广裕", "北光", "南地"),
    *("程家", "铁山", "矿山", "钢花", "红旗", "向阳", "朝阳", "兴安", "福金"),
    *("翠柏", "青松", "银杏", "枫叶", "山前", "环山", "长青", "春明", "西泊"),
    *("彩云", "彩虹", "太阳", "月牙", "清泉", "石桥", "站前", "迎宾", "市府"),
    *("体育", "医院", "学府", "劳动", "团结", "友谊", "前进", "勤俭", "工源"),
    *("本钢", "煤炭", "洞天", "水塔", "明珠", "凤凰", "金山", "玉泉", "龙山"),
    *("虎台", "卧云", "望溪", "听涛", "松涛", "景明", "安居", "康乐", "福寿"),
    *("长寿", "敬老", "孝亲", "和顺"),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """One town's lattice: numbers of the lines, node numbers in the net, and which lines are main.

    Parameters
    ----------
    lines
        Line along and across, shape (k, 2).
    node
        Number in the net, shape (k,).
    xy
        Metres, shape (k, 2).
    rank
        Per family, 0 arterial, 1 main, 2 lane for every line number.
    block
        Number of the superblock between main lines, shape (k, 2).
    """

    lines: Ints
    node: Ints
    xy: Floats
    rank: tuple[Ints, Ints]
    block: Ints


def town_windows(urban: Floats) -> list[Window]:
    """Return one raster window for each connected built-up patch, largest first."""
    patch, count = ndimage.label(ndimage.binary_dilation(urban > 0.5, iterations=2))
    size = np.bincount(patch.ravel())
    windows = []
    for k in sorted(range(1, count + 1), key=lambda k: -size[k]):
        rows, cols = np.nonzero((patch == k) & (urban > 0.5))
        if len(rows) < 12:
            continue
        lonlat = np.column_stack(
            [plane.WEST + (cols + 0.5) * plane.FINE, plane.NORTH - (rows + 0.5) * plane.FINE]
        )
        xy = plane.to_plane(lonlat)
        x = np.arange(xy[:, 0].min() - 200, xy[:, 0].max() + 200, RASTER_M)
        y = np.arange(xy[:, 1].min() - 200, xy[:, 1].max() + 200, RASTER_M)
        window = Window(x, y, np.ones((len(y), len(x)), bool))
        degrees = plane.to_degrees(window.centres())
        here = np.where(patch == k, urban, 0.0)
        row = (plane.NORTH - degrees[:, 1]) / plane.FINE - 0.5
        col = (degrees[:, 0] - plane.WEST) / plane.FINE - 0.5
        level = ndimage.map_coordinates(here, [row, col], order=1, mode="nearest")
        town = ndimage.binary_dilation(level.reshape(len(y), len(x)) > 0.5, iterations=1)
        windows.append(Window(x, y, town))
    return windows


def _main_lines(count: int, low: int, high: int, rng: np.random.Generator) -> Ints:
    rank = np.full(count, 2)
    at, k = int(rng.integers(0, 3)), 0
    while at < count:
        rank[at] = 0 if k % 3 == 0 else 1
        at += int(rng.integers(low, high + 1))
        k += 1
    return rank


def _build_grid(
    net: Net, window: Window, rivers: list[River], ground: Ground, rng: np.random.Generator
) -> Grid:
    lines, xy = build_lattice(window, rivers, rng)
    near = [r for r in rivers if r.width_m >= 20]
    water = shapely.union_all([shapely.LineString(r.line).buffer(r.width_m / 2 + 14) for r in near])
    shapely.prepare(water)
    slope = ground.sample(ground.slope, plane.to_degrees(xy))
    dry = ~shapely.contains_xy(water, xy[:, 0], xy[:, 1]) & (slope < 0.30)
    lines, xy = lines[dry], xy[dry]
    top = lines.max(axis=0) + 1 if len(lines) else (0, 0)
    rank = (_main_lines(int(top[0]), 5, 8, rng), _main_lines(int(top[1]), 5, 8, rng))
    block = np.column_stack(
        [np.cumsum(rank[k] < 2)[lines[:, k]] * 2 - (rank[k][lines[:, k]] < 2) for k in (0, 1)]
    )
    return Grid(lines, net.add_nodes(xy), xy, rank, block)


def _pairs(grid: Grid, family: int) -> Ints:
    """Return neighbouring lattice points (positions) along one family of lines."""
    at: dict[tuple[int, int], list[int]] = {}
    for k, (i, j) in enumerate(grid.lines.tolist()):
        at.setdefault((i, j), []).append(k)
    made = []
    step = (1, 0) if family == 0 else (0, 1)
    for (i, j), mine in at.items():
        others = at.get((i + step[0], j + step[1]), [])
        made += [
            (k, other)
            for k in mine
            for other in others
            if np.hypot(*(grid.xy[k] - grid.xy[other])) < 125.0
        ]
    return np.array(made, np.int64).reshape(-1, 2)


def _spans(roots: list[int], a: int, b: int) -> bool:
    """Join two trees; False if they were one already."""

    def top(k: int) -> int:
        while roots[k] != k:
            roots[k] = roots[roots[k]]
            k = roots[k]
        return k

    a, b = top(a), top(b)
    roots[a] = b
    return a != b


def _block_kind(
    spots: Floats, slope: float, far: float, rng: np.random.Generator
) -> tuple[str, float]:
    """Return what a superblock is and the share of its spare lanes that are missing."""
    dice = rng.random()
    if len(spots) < 6:
        return "lanes", 0.2
    if slope > 0.11:
        return "hill", 0.62
    if dice < 0.05 + 0.05 * (far > 2500):
        return "works", 0.8
    if dice < 0.46 + 0.2 * (far > 1500):
        return "compound", 0.45
    return "lanes", 0.33


def _lanes(
    grid: Grid, pairs: Ints, slope: Floats, centre: Floats, rng: np.random.Generator
) -> list[tuple[int, int, str]]:
    """Choose the lanes inside every superblock: whole, with dead ends, behind few gates."""
    inner = (grid.block % 2 == 0).all(axis=1)
    key = grid.block[:, 0] * 100000 + grid.block[:, 1]
    members: dict[int, list[int]] = {}
    for k in np.flatnonzero(inner).tolist():
        members.setdefault(int(key[k]), []).append(k)
    inside: dict[int, list[tuple[int, int]]] = {}
    gates: dict[int, list[tuple[int, int]]] = {}
    for a, b in pairs.tolist():
        if inner[a] and inner[b]:
            inside.setdefault(int(key[a]), []).append((a, b))
        elif inner[a] or inner[b]:
            inside_end = a if inner[a] else b
            gates.setdefault(int(key[inside_end]), []).append((a, b))
    roots = list(range(len(grid.xy)))
    made = []
    for block in sorted(members):
        spots = grid.xy[members[block]]
        far = float(np.hypot(*(spots.mean(axis=0) - centre)))
        kind, missing = _block_kind(spots, float(slope[members[block]].mean()), far, rng)
        lanes = inside.get(block, [])
        bare = set()
        if kind == "works":
            bare = {k for k in members[block] if rng.random() < 0.72}
        for p in rng.permutation(len(lanes)):
            a, b = lanes[p]
            if a in bare or b in bare:
                continue
            if _spans(roots, a, b) or rng.random() > missing:
                made.append((a, b, kind))
        doors = [d for d in gates.get(block, []) if not bare & set(d)]
        share = {"compound": 0.0, "works": 0.1, "hill": 0.35, "lanes": 0.72}[kind]
        order = [doors[p] for p in rng.permutation(len(doors))]
        least = int(rng.integers(1, 4)) if kind == "compound" else 2
        made += [(a, b, kind) for k, (a, b) in enumerate(order)
                 if k < least or rng.random() < share]  # fmt: skip
    return made


def _bridges(grid: Grid, rivers: list[River], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Choose where main streets cross a river: seldom, and rather square to the water."""
    wanted = []
    for family in (0, 1):
        other = 1 - family
        ends = grid.lines[:, other]
        order = np.lexsort((grid.lines[:, family], ends))
        for a, b in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
            same = ends[a] == ends[b] and grid.rank[other][ends[a]] < 2
            skip = grid.lines[b, family] - grid.lines[a, family]
            if same and 1 <= skip <= 9:
                wanted.append((int(grid.rank[other][ends[a]]), float(rng.random()), a, b))
    wanted.sort()
    built: list[Floats] = []
    made = []
    lines = shapely.linestrings([grid.xy[[a, b]] for *_r, a, b in wanted]) if wanted else []
    for river in rivers:
        line = shapely.LineString(river.line)
        gap = 1050.0 if river.width_m >= 100 else 500.0 if river.width_m >= 40 else 400.0
        for (_rank, _dice, a, b), way in zip(wanted, lines, strict=True):
            if way.length > river.width_m * 1.7 + 130 or not way.crosses(line):
                continue
            middle = grid.xy[[a, b]].mean(axis=0)
            if all(np.hypot(*(middle - one)) > gap for one in built):
                built.append(middle)
                made.append((a, b))
    return made


def _name(family: int, number: int, grid: Grid, town: int) -> str:
    main = int(np.count_nonzero(grid.rank[family][:number] < 2))
    suffix = "路" if family == 1 else "街"
    return STEMS[(main * 7 + town * 11) % len(STEMS)] + suffix


def draw_town(
    net: Net, town: int, window: Window, nature: tuple[list[River], Ground], seed: int
) -> None:
    """Add one town's streets to the net.

    Parameters
    ----------
    net
        What is being made; nodes and edges are appended.
    town
        Number of the town, for names.
    window
        Where it stands.
    nature
        Rivers and ground.
    seed
        Of this town.
    """
    rivers, ground = nature
    rng = np.random.default_rng(seed)
    grid = _build_grid(net, window, rivers, ground, rng)
    if len(grid.xy) < 4:
        return
    water = shapely.STRtree([shapely.LineString(r.line).buffer(r.width_m / 2) for r in rivers])
    pairs = [_dry(_pairs(grid, family), grid.xy, water) for family in (0, 1)]
    for family in (0, 1):
        _draw_main(net, town, grid, 1 - family, (pairs[family], rng))
    _draw_lanes(net, town, grid, ground, (np.concatenate(pairs), rng))
    for a, b in _bridges(grid, rivers, rng):
        other = _family(grid, a, b)
        number = int(grid.lines[a, other])
        highway = "secondary" if grid.rank[other][number] == 0 else "tertiary"
        ends = int(grid.node[a]), int(grid.node[b])
        name = _name(other, number, grid, town)
        net.edges.append(Edge(*ends, highway, f"{town}.{other}.{number}", name, bridge=True))


def _family(grid: Grid, a: int, b: int) -> int:
    """Return which number two points of one line share."""
    return 1 if grid.lines[a, 1] == grid.lines[b, 1] else 0


def _draw_main(
    net: Net, town: int, grid: Grid, other: int, work: tuple[Ints, np.random.Generator]
) -> None:
    """Add the main streets of one family."""
    pairs, rng = work
    for a, b in pairs.tolist():
        number = int(grid.lines[a, other])
        rank = int(grid.rank[other][number])
        if rank == 0 or (rank == 1 and rng.random() > 0.03):
            ends = int(grid.node[a]), int(grid.node[b])
            highway = ("secondary", "tertiary")[rank]
            name = _name(other, number, grid, town)
            net.edges.append(Edge(*ends, highway, f"{town}.{other}.{number}", name))


def _draw_lanes(
    net: Net, town: int, grid: Grid, ground: Ground, work: tuple[Ints, np.random.Generator]
) -> None:
    """Add the lanes inside the superblocks, with steps where it is steep."""
    pairs, rng = work
    lonlat = plane.to_degrees(grid.xy)
    slope, height = (ground.sample(f, lonlat) for f in (ground.slope, ground.height_m))
    centre = grid.xy.mean(axis=0)
    for a, b, kind in _lanes(grid, pairs, slope, centre, rng):
        other = _family(grid, a, b)
        highway = {"compound": "service", "works": "service"}.get(kind, "residential")
        run = float(np.hypot(*(grid.xy[a] - grid.xy[b])))
        if abs(height[a] - height[b]) / run > STEEP or (kind == "hill" and rng.random() < 0.1):
            highway = "steps"
        elif rng.random() < 0.08:
            highway = "footway"
        ends = int(grid.node[a]), int(grid.node[b])
        net.edges.append(Edge(*ends, highway, f"{town}.{other}.{grid.lines[a, other]}"))


def _dry(pairs: Ints, xy: Floats, water: shapely.STRtree) -> Ints:
    """Return the pairs whose straight line meets no river."""
    if not len(pairs):
        return pairs
    wet = water.query(shapely.linestrings(xy[pairs]), predicate="intersects")[0]
    keep: NDArray[np.bool_] = np.ones(len(pairs), bool)
    keep[wet] = False
    return pairs[keep]
