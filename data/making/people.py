"""Estates and hamlets with invented households, calibrated to the census of 2020 by county."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from making import plane
from making.committees import COUNTIES, Committee
from making.hamlets import Hamlet
from making.net import Net
from making.plane import Floats
from making.rivers import River
from making.towns import Ints

# Published census figures of 2020-11-01; 平山 is the city's total less the other five.
CENSUS_2020 = {
    "210502": 226_059,
    "210503": 204_660,
    "210504": 378_936,
    "210505": 55_560,
    "210521": 230_850,
    "210522": 229_953,
}
# People in villages: 溪湖 and 南芬 from their published urban shares, the rest assumed.
IN_VILLAGES = {
    "210502": 10_340,
    "210503": 17_666,
    "210504": 24_440,
    "210505": 13_968,
    "210521": 92_120,
    "210522": 97_760,
}
# Units from 400 on: industrial parks house nobody, two have workers' quarters.
IN_OTHERS = {"210521111500": 320, "210504010400": 140}
SHARE_60 = 0.28  # assumed; Benxi's own share is not published
WORDS = (
    *("小区", "家园", "花园", "新村", "一区", "二区", "三区", "公寓", "家属院", "住宅楼"),
    *("新苑", "嘉园", "名苑", "雅居", "福苑", "北苑", "南苑", "东苑", "西苑", "景苑"),
    *("华府", "安居苑", "职工楼", "大院", "新城", "里", "佳园", "御园"),
)
NO_LANE = ("primary", "secondary", "track", "unclassified")


@dataclass(frozen=True, slots=True)
class Home:
    """One estate or hamlet: a demand point."""

    id: str
    name: str
    code: str
    community: str
    xy: tuple[float, float]
    households: int
    people: int
    over_60: int
    over_80: int


def deal_out(total: int, weight: Floats, most: Ints | None = None) -> Ints:
    """Split a whole number in proportion to weights, to the last one (largest remainder).

    Parameters
    ----------
    total
        What is split.
    weight
        Positive weights, shape (n,).
    most
        Upper bound per part, shape (n,), or None.

    Returns
    -------
    Ints
        Whole parts that sum to `total`, shape (n,).
    """
    exact = total * weight / weight.sum()
    made = np.floor(exact).astype(np.int64)
    if most is not None:
        made = np.minimum(made, most)
    order = np.argsort(-(exact - made), kind="stable")
    k = 0
    while made.sum() < total:
        at = order[k % len(order)]
        if most is None or made[at] < most[at]:
            made[at] += 1
        k += 1
    return made


@dataclass(frozen=True, slots=True)
class Kerb:
    """Where one can stand beside a street.

    Parameters
    ----------
    middle
        Middle of every street piece, metres, shape (m, 2).
    normal
        Unit vector across it, shape (m, 2).
    lane
        Whether estates may front it, shape (m,).
    tree
        Index of `middle`.
    """

    middle: Floats
    normal: Floats
    lane: Ints
    tree: cKDTree

    def inside(self, shape: shapely.Polygon) -> Ints:
        """Return the pieces whose middle lies in a polygon (metres)."""
        west, south, east, north = shape.bounds
        box = (
            (self.middle[:, 0] > west) & (self.middle[:, 0] < east)
            & (self.middle[:, 1] > south) & (self.middle[:, 1] < north)
        )  # fmt: skip
        near = np.flatnonzero(box)
        return near[shapely.contains_xy(shape, self.middle[near, 0], self.middle[near, 1])]

    def spot(
        self, piece: int, shape: shapely.Polygon, reach: float, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Return a place at most `reach` metres off a piece and inside the polygon."""
        side = rng.choice([-1.0, 1.0])
        for part in (1.0, -1.0, 0.6, -0.6, 0.3, -0.3, 0.1, -0.1):
            xy = self.middle[piece] + self.normal[piece] * side * reach * part
            if shape.contains(shapely.Point(xy)):
                return float(xy[0]), float(xy[1])
        return float(self.middle[piece, 0]), float(self.middle[piece, 1])

    def closest(self, shape: shapely.Polygon) -> tuple[float, float]:
        """Return the place inside a polygon that is nearest to any street."""
        west, south, east, north = shape.bounds
        x, y = np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60))
        xy = np.column_stack([x.ravel(), y.ravel()])
        xy = xy[shapely.contains_xy(shape, xy[:, 0], xy[:, 1])]
        best = xy[self.tree.query(xy)[0].argmin()]
        return float(best[0]), float(best[1])


def build_kerb(net: Net) -> Kerb:
    """Index the streets of the main network, bridges left out."""
    xy, piece = net.points(), net.pieces()
    edges = [e for e in net.edges if not e.bridge and piece[e.a] == 0]
    a, b = xy[[e.a for e in edges]], xy[[e.b for e in edges]]
    along = b - a
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    lane = np.array([e.highway not in NO_LANE for e in edges])
    middle = (a + b) / 2
    return Kerb(middle, normal, lane, cKDTree(middle))


def _apart(xy: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return `count` different rows of `xy`, rather far apart."""
    count = min(count, len(xy))
    picked = [int(rng.integers(len(xy)))]
    gap = np.hypot(*(xy - xy[picked[0]]).T)
    while len(picked) < count:
        worth = np.minimum(gap, 320.0) * rng.uniform(0.35, 1.0, len(xy))
        worth[picked] = -1
        picked.append(int(worth.argmax()))
        gap = np.minimum(gap, np.hypot(*(xy - xy[picked[-1]]).T))
    return np.array(picked)


def _sizes(rows: list[Committee], rng: np.random.Generator) -> dict[str, int]:
    """Return residents per committee; counties meet the census."""
    made: dict[str, int] = {one.code: IN_OTHERS.get(one.code, 0) for one in rows}
    for county in COUNTIES:
        others = sum(made[r.code] for r in rows if r.county == county and r.kind == "其他")
        rural = IN_VILLAGES[county]
        for kind, total, spread in (
            ("村", rural, 0.42),
            ("居", CENSUS_2020[county] - rural - others, 0.40),
        ):
            mine = [r.code for r in rows if r.county == county and r.kind == kind]
            parts = deal_out(total, rng.lognormal(0, spread, len(mine)))
            made.update(zip(mine, parts.tolist(), strict=True))
    return made


def _place(
    row: Committee,
    shape: shapely.Polygon,
    kerb: Kerb,
    hamlets: list[Hamlet],
    rng: np.random.Generator,
) -> tuple[list[tuple[float, float]], list[str], Floats]:
    """Return places, names and weights of the homes of one committee."""
    here = kerb.inside(shape)
    if row.kind == "村":
        spots, weights = [], []
        for one in hamlets:
            near = here[np.hypot(*(kerb.middle[here] - one.xy).T) < 280.0] if len(here) else here
            if len(near):
                piece = int(near[rng.integers(len(near))])
                reach = rng.uniform(6, 28) if rng.random() > 0.06 else rng.uniform(60, 200)
                spots.append(kerb.spot(piece, shape, reach, rng))
            elif len(here):
                gap = np.hypot(*(kerb.middle[here] - one.xy).T)
                spots.append(kerb.spot(int(here[gap.argmin()]), shape, 15.0, rng))
            else:
                spots.append(kerb.closest(shape))
            weights.append(rng.lognormal(0.9 if one.main else 0.0, 0.45))
        return spots, [one.name for one in hamlets], np.array(weights)
    count = int(rng.integers(10, 21)) if row.kind == "居" else 1
    lanes = here[kerb.lane[here]]
    pool = lanes if len(lanes) >= count else here
    if len(pool) == 0:
        return [kerb.closest(shape)], [row.stem + WORDS[0]], np.ones(1)
    picked = pool[_apart(kerb.middle[pool], count, rng)]
    spots = []
    for piece in picked.tolist():
        reach = rng.uniform(8, 30) if rng.random() > 0.03 else rng.uniform(60, 190)
        spots.append(kerb.spot(piece, shape, reach, rng))
    words = rng.permutation(WORDS)[: len(spots)]
    return spots, [row.stem + word for word in words], rng.lognormal(0, 0.55, len(spots))


def dry_land(polygons: list[shapely.Polygon], rivers: list[River]) -> list[shapely.Polygon]:
    """Return polygons in metres, prepared, without the water of the rivers."""
    water = shapely.union_all(
        [shapely.LineString(r.line).buffer(r.width_m / 2 + 4) for r in rivers]
    )
    metres = shapely.transform(np.array(polygons), plane.to_plane)
    made = shapely.difference(metres, water)
    shapely.prepare(made)
    return made.tolist()


def build_people(
    rows: list[Committee],
    shapes: list[shapely.Polygon],
    net: Net,
    hamlets: list[Hamlet],
    seed: list[int],
) -> list[Home]:
    """Settle everybody.

    Parameters
    ----------
    rows, shapes
        Committees and their dry land in metres, in one order.
    net
        Streets, metres.
    hamlets
        Settlements of the villages.
    seed
        Of the people.

    Returns
    -------
    list of Home
        Ordered by id; counties sum to `CENSUS_2020` and people of 60 and over to 28 %.
    """
    rng = np.random.default_rng(seed)
    kerb = build_kerb(net)
    size = _sizes(rows, rng)
    drafts: list[tuple[str, str, Committee, tuple[float, float], int, float]] = []
    centre = plane.to_plane(np.array([(123.765, 41.290)]))[0]
    for row, shape in zip(rows, shapes, strict=True):
        if not size[row.code]:
            continue
        mine = [one for one in hamlets if one.code == row.code]
        spots, names, weights = _place(row, shape, kerb, mine, rng)
        parts = deal_out(size[row.code], weights)
        old_quarter = np.exp(-((np.hypot(*(np.array(spots[0]) - centre)) / 4500.0) ** 2))
        share = (0.315 if row.kind == "村" else 0.255 + 0.05 * old_quarter) + rng.normal(0, 0.02)
        for k, (spot, name, people) in enumerate(zip(spots, names, parts.tolist(), strict=True)):
            ratio = float(np.clip(share + rng.normal(0, 0.045), 0.10, 0.48))
            drafts.append((f"{row.code}-{k + 1:02d}", name, row, spot, people, ratio))
    people = np.array([draft[4] for draft in drafts])
    ratio = np.array([draft[5] for draft in drafts])
    total = round(int(people.sum()) * SHARE_60)
    over_60 = deal_out(total, np.maximum(people * ratio, 1e-9), people)
    over_80 = np.round(over_60 * rng.normal(0.118, 0.018, len(drafts)).clip(0.05, 0.2))
    per = np.array([2.36 if d[2].kind == "村" else 2.27 for d in drafts])
    per = per * rng.normal(1.0, 0.035, len(drafts))
    households = np.maximum(np.round(people / per), people > 0).astype(int)
    return [
        Home(d[0], d[1], d[2].code, d[2].name, d[3], int(h), d[4], int(old), int(oldest))
        for d, h, old, oldest in zip(drafts, households, over_60, over_80, strict=True)
        if d[4] > 0
    ]
