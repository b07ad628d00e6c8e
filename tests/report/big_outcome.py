"""A city of any size: as many facilities as asked, as many communities with wavy shared edges."""

from dataclasses import replace

import numpy as np
import shapely
from small_outcome import LIMIT, scenario, small_outcome, unchanged, walking

from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.outcome import Outcome, Reach
from planner.model.provision import Provision
from planner.model.sites import FacilityKind, Sites

WEST, SOUTH, WIDE, TALL = 123.2, 40.8, 1.2, 0.8
KINDS = (
    FacilityKind.ELDERLY_STATION,
    FacilityKind.INSTITUTION,
    FacilityKind.COMMUNITY_SPACE,
    FacilityKind.RURAL_ELDERLY,
)


def big_outcome(points: int = 0, communities: int = 0, demand: int = 0, lonely: int = 0) -> Outcome:
    """Build an outcome with this many facilities, communities (or the small ones), demand points.

    At `lonely` of the demand points live fewer people than may be shown.
    """
    outcome = small_outcome()
    if communities or demand:
        outcome = with_people(outcome, wavy_units(max(communities, 6)), demand, lonely)
    else:
        outcome = replace(outcome, communities=stretched(outcome.communities))
    return replace(outcome, facilities=facilities(points, outcome)) if points else outcome


def stretched(units: Districts) -> Districts:
    """Spread the small town's communities over the city."""
    west, south, east, north = shapely.total_bounds(list(units.geometry))
    scale = np.array([WIDE / (east - west), TALL / (north - south)])
    move = shapely.transform(
        list(units.geometry), lambda xy: (xy - [west, south]) * scale + [WEST, SOUTH]
    )
    return replace(units, geometry=tuple(move))


def scattered(n: int, seed: int) -> np.ndarray:
    """Places in forty clusters and between them, in no order, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0.08, 0.92, (40, 2))
    at = middles[rng.integers(0, 40, n)] + rng.normal(0, 0.04, (n, 2))
    lone = rng.random(n) < 0.3
    at[lone] = rng.random((int(lone.sum()), 2))
    at = np.clip(at, 0.002, 0.998)
    return np.asarray([WEST, SOUTH] + at * [WIDE, TALL])


def facilities(n: int, outcome: Outcome) -> Sites:
    rng = np.random.default_rng(1)
    codes = outcome.communities.code
    streets = ("解放", "胜利", "永丰", "站前", "东明", "彩屯", "滨河", "民主")
    shorts = ("养老服务站", "养老院", "党群服务中心", "幸福院")
    kind = rng.integers(0, 4, n)
    street = rng.integers(0, 8, n)
    return Sites(
        id=tuple(f"f{i:07d}" for i in range(n)),
        name=tuple(
            f"{streets[s]}{i % 9973}号{shorts[k]}"
            for i, (s, k) in enumerate(zip(street, kind, strict=True))
        ),
        kind=tuple(KINDS[k] for k in kind),
        community=tuple(codes[c] for c in rng.integers(0, len(codes), n)),
        lonlat=scattered(n, 2),
        floor_m2=np.where(rng.random(n) < 0.2, np.nan, rng.integers(50, 3000, n)),
        beds=np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 300, n)),
        nursing_beds=np.where(rng.random(n) < 0.5, np.nan, rng.integers(0, 100, n)),
        list_date=outcome.facilities.list_date,
        synthetic=True,
    )


def wavy_units(n: int, vertices: int = 34) -> Districts:
    """About `n` communities on a grid; each has about `vertices` points, neighbours share them."""
    across = int(np.ceil(np.sqrt(1.5 * n)))
    down = int(np.ceil(n / across))
    side = max(1, vertices // 4)
    rng = np.random.default_rng(5)
    shift = rng.normal(0, 0.12 / side, (2, across * side + 1, down * side + 1, 2))
    step = np.array([WIDE / across, TALL / down])

    def at(i: int, j: int) -> tuple[float, float]:
        x, y = (np.array([i, j]) / side + shift[0, i, j]) * step
        return WEST + float(x), SOUTH + float(y)

    shapes = []
    for cell in range(n):
        i, j = cell % across * side, cell // across * side
        ring = [(i + k, j) for k in range(side)] + [(i + side, j + k) for k in range(side)]
        ring += [(i + side - k, j + side) for k in range(side)]
        ring += [(i, j + side - k) for k in range(side)]
        shapes.append(shapely.Polygon([at(*place) for place in ring]))
    codes = tuple(f"21050{2 + (i >= n // 2)}{i:06d}" for i in range(n))
    return Districts(
        code=codes,
        name=tuple(f"第{i}社区居民委员会" for i in range(n)),
        kind=tuple(UnitKind.RURAL if i % 3 == 0 else UnitKind.URBAN for i in range(n)),
        parent=tuple(code[:6] + "000000" for code in codes),
        geometry=tuple(shapes),
        list_date=small_outcome().communities.list_date,
        synthetic=True,
    )


def with_people(outcome: Outcome, units: Districts, points: int, lonely: int) -> Outcome:
    """Put communities and people into the outcome, some of them reached."""
    n = len(units)
    rng = np.random.default_rng(6)
    inside = shapely.point_on_surface(list(units.geometry))
    lonlat = np.column_stack([shapely.get_x(inside), shapely.get_y(inside)])
    community = np.arange(n)
    if points > n:
        more = rng.integers(0, n, points - n)
        community = np.concatenate([community, more])
        lonlat = np.vstack([lonlat, scattered(points - n, 7)])
    older = rng.integers(20, 900, len(community)).astype(float)
    older[:lonely] = np.arange(lonely) % 4 + 1
    minutes = rng.gamma(3.0, 6.0, len(community)).round(1)
    planned = np.where(rng.random(len(community)) < 0.2, np.minimum(minutes, LIMIT - 1), minutes)
    demand = Demand(
        id=tuple(f"d{i:07d}" for i in range(len(community))),
        name=tuple(f"小区{i}" for i in range(len(community))),
        community=tuple(units.code[c] for c in community),
        lonlat=lonlat,
        households=older * 2,
        older=older,
        households_definition="resident",
        count_date=outcome.demand.count_date,
        synthetic=True,
    )
    return replace(
        outcome,
        scenario=scenario(unchanged),
        communities=units,
        demand=demand,
        reach=Reach(
            minutes=minutes,
            nearest=rng.integers(0, 5, len(community)).astype(np.int32),
            minutes_planned=planned,
            access_m=np.full(len(community), 20.0),
        ),
        walking=walking(demand, minutes, planned),
        provision=provision(outcome.provision, units, rng),
        station_in=frozenset(units.code[::3]),
        plan=replace(outcome.plan, picks=()),
    )


def provision(small: Provision, units: Districts, rng: np.random.Generator) -> Provision:
    floor = rng.integers(0, 900, len(units)).astype(float)
    homes = rng.integers(200, 3000, len(units)).astype(float)
    return replace(
        small,
        community=units.code,
        floor_m2=floor,
        households=homes,
        ratio=floor / homes * 100,
        deficit_m2=np.maximum(0, 0.3 * homes - floor),
    )
