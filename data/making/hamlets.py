"""Where villages live: low, flat places inside each village's own polygon."""

from dataclasses import dataclass

import numpy as np
import shapely

from making import plane
from making.committees import Committee
from making.ground import Ground
from making.plane import Floats
from making.rivers import River


@dataclass(frozen=True, slots=True)
class Hamlet:
    """One settlement of a village.

    Parameters
    ----------
    code
        Committee it belongs to.
    name
        Invented name.
    xy
        Metres of the plane.
    main
        Whether it is the village's largest.
    """

    code: str
    name: str
    xy: tuple[float, float]
    main: bool


SIDES = ("上", "下", "前", "后", "东", "西", "南", "北")
TAILS = ("沟", "岭", "屯", "沿", "窝棚", "甸子", "堡子", "营", "峪", "岗")


def _names(stem: str, count: int, rng: np.random.Generator) -> list[str]:
    sides, tails = rng.permutation(SIDES), rng.permutation(TAILS)
    short = stem[:2]
    more = [f"{sides[k]}{short}" if k % 2 == 0 else f"{short}{tails[k]}" for k in range(count - 1)]
    return [stem, *more]


def _cells(shape: shapely.Polygon, ground: Ground, wet: shapely.Geometry) -> tuple[Floats, Floats]:
    """Return dry places well inside a polygon and how bad each is to live in."""
    metres = shapely.transform(shape, plane.to_plane)
    west, south, east, north = metres.bounds
    spacing = max(np.sqrt(metres.area) / 45.0, 25.0)
    x, y = np.meshgrid(np.arange(west, east, spacing), np.arange(south, north, spacing))
    xy = np.column_stack([x.ravel(), y.ravel()])
    margin = min(140.0, 0.16 * np.sqrt(metres.area))
    core = metres.buffer(-margin)
    core = metres if core.is_empty else core
    dry = shapely.difference(core, wet)
    inside = shapely.contains_xy(core if dry.is_empty else dry, xy[:, 0], xy[:, 1])
    xy = xy[inside]
    if not len(xy):
        xy = shapely.get_coordinates(shapely.point_on_surface(core))
    lonlat = plane.to_degrees(xy)
    slope = ground.sample(ground.slope, lonlat)
    above = ground.sample(ground.above_m, lonlat)
    height = ground.sample(ground.height_m, lonlat)
    bad = (slope / 0.10) ** 2 + np.clip(above, 0, None) / 120 + height / 400
    return xy, bad - bad.min()


def build_hamlets(
    rows: list[Committee],
    shapes: list[shapely.Polygon],
    ground: Ground,
    rivers: list[River],
    seed: list[int],
) -> list[Hamlet]:
    """Choose three to six settlements for every village, its main one first.

    Returns
    -------
    list of Hamlet
        In the order of `rows`.
    """
    rng = np.random.default_rng(seed)
    water = shapely.union_all(
        [shapely.LineString(r.line).buffer(r.width_m / 2 + 25) for r in rivers]
    )
    made = []
    for row, shape in zip(rows, shapes, strict=True):
        if row.kind != "村":
            continue
        count = int(rng.integers(3, 7))
        xy, bad = _cells(shape, ground, water)
        reach = np.sqrt(len(xy)) * 0.5 * np.hypot(*np.ptp(xy, axis=0)) / max(len(xy), 1)
        worth = np.exp(-bad * 0.8) * rng.uniform(0.6, 1.0, len(xy))
        picked = [int(worth.argmax())]
        gap = np.hypot(*(xy - xy[picked[0]]).T)
        for _ in range(count - 1):
            score = worth * np.clip(gap / max(450.0, reach), 0, 2.5)
            score[gap < min(380.0, 0.15 * gap.max())] = -1
            picked.append(int(score.argmax()))
            gap = np.minimum(gap, np.hypot(*(xy - xy[picked[-1]]).T))
        names = _names(row.stem, count, rng)
        made += [
            Hamlet(row.code, names[k], (float(xy[p, 0]), float(xy[p, 1])), k == 0)
            for k, p in enumerate(picked)
        ]
    return made
