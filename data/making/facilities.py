"""Invented facilities, calibrated to the plan's published counts, beds and mean floor areas."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from making.committees import COUNTIES, Committee
from making.net import Net
from making.people import Home, Kerb, build_kerb, deal_out
from making.towns import Ints

STATION, RURAL, INSTITUTION, SPACE = (
    "城市社区养老服务站",
    "农村幸福院",
    "养老机构",
    "社区综合服务设施",
)
STATIONS, RURALS, INSTITUTIONS = 112, 158, 146
BEDS, NURSING_SHARE = 12_092, 0.43  # the share of nursing beds is invented
# Toy provincial standard (the real one was not found): floor area, m2
TOY_URBAN_M2, TOY_RURAL_M2 = 300, 200
MEAN_URBAN_M2, MEAN_RURAL_M2 = 521, 417
PASS_URBAN, PASS_RURAL = 191, 242
GOOD = (
    *("福寿", "康乐", "安康", "松鹤", "金秋", "夕阳红", "长青", "怡和", "慈恩", "孝心", "祥和"),
    *("春晖", "颐养", "久久", "百善", "幸福", "阳光", "枫林", "银龄", "仁爱", "和顺", "同心"),
    *("爱晚", "益寿", "鹤颐", "乐善", "常春", "敬亲", "山水", "温泉", "翠柏", "静安", "明德"),
)
ENDS = ("养老院", "老年公寓", "养护中心", "护理院", "颐养中心")


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility; None where a column does not apply."""

    id: str
    name: str
    kind: str
    code: str
    xy: tuple[float, float]
    floor_m2: int
    beds: int | None
    nursing: int | None
    opened: str


def _date(rng: np.random.Generator, first: int) -> str:
    year = int(rng.integers(first, 2020))
    return f"{year}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"


def _floors(count: int, mean: int, passing: int, least: int, rng: np.random.Generator) -> Ints:
    """Return whole areas with an exact mean and an exact number at or above `least`."""
    failing = count - passing
    low = rng.integers(int(least * 0.35), least - 4, failing)
    rest = mean * count - int(low.sum()) - passing * least
    high = least + deal_out(rest, rng.lognormal(0, 0.75, passing))
    return rng.permutation(np.concatenate([low, high]))


def _near_people(
    row: Committee,
    homes: list[Home],
    shape: shapely.Polygon,
    means: tuple[Kerb, np.random.Generator],
    loose: float,
) -> tuple[float, float]:
    """Return a street-side place in a community: its people's middle, missed by `loose` metres."""
    kerb, rng = means
    mine = [one for one in homes if one.code == row.code]
    xy = np.array([one.xy for one in mine]).reshape(-1, 2)
    if mine:
        weight = np.array([one.over_60 for one in mine], float) + 1.0
        far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        target = xy[(far @ weight).argmin()] + rng.normal(0, loose, 2)
    else:
        target = np.array(shapely.point_on_surface(shape).coords[0])
    here = kerb.inside(shape)
    if len(here):
        piece = here[np.hypot(*(kerb.middle[here] - target).T).argmin()]
        return kerb.spot(int(piece), shape, rng.uniform(5, 18), rng)
    return kerb.closest(shape)


def _choose_urban(rows: list[Committee], homes: list[Home], rng: np.random.Generator) -> list[int]:
    """Choose the urban committees that have a station: they bunch in some quarters."""
    older = np.array([sum(h.over_60 for h in homes if h.code == row.code) for row in rows], float)
    counties = np.array([row.county for row in rows])
    codes = sorted(set(counties))
    quota = deal_out(STATIONS, np.array([(counties == code).sum() for code in codes], float))
    middle = np.array(
        [np.mean([h.xy for h in homes if h.code == row.code], axis=0) for row in rows]
    )
    made: list[int] = []
    for code, count in zip(codes, quota.tolist(), strict=True):
        mine = np.flatnonzero(counties == code)
        hearts = middle[rng.choice(mine, max(count // 4, 2), replace=False)]
        gap = np.hypot(*(middle[mine][:, None] - hearts[None]).transpose(2, 0, 1)).min(axis=1)
        size = np.log(older[mine] / older.mean())
        score = gap / 500.0 + 0.25 * size + rng.gumbel(0, 0.35, len(mine))
        made += mine[np.argsort(score, kind="stable")[:count]].tolist()
    return sorted(made)


def _institutions(
    rows: list[Committee], homes: list[Home], rng: np.random.Generator
) -> tuple[list[int], Ints, Ints]:
    """Return committee, beds and nursing beds of every institution."""
    older = np.zeros(len(rows))
    at = {row.code: k for k, row in enumerate(rows)}
    for home in homes:
        older[at[home.code]] += home.over_60
    usable = np.array([row.kind in ("居", "村") for row in rows])
    weight = np.where(usable, older**0.55, 0.0)
    places = np.sort(rng.choice(len(rows), INSTITUTIONS, p=weight / weight.sum()))
    beds = 20 + deal_out(BEDS - 20 * INSTITUTIONS, rng.lognormal(0, 0.85, INSTITUTIONS))
    nursing = deal_out(round(BEDS * NURSING_SHARE), beds * rng.beta(3, 3.5, INSTITUTIONS), beds)
    return places.tolist(), beds, nursing


def build_facilities(
    rows: list[Committee],
    shapes: list[shapely.Polygon],
    homes: list[Home],
    net: Net,
    seed: list[int],
) -> list[Facility]:
    """Place every facility.

    Returns
    -------
    list of Facility
        112 stations, 158 village homes, 146 institutions and 518 community spaces.
    """
    rng = np.random.default_rng(seed)
    kerb = build_kerb(net)
    urban = [k for k, row in enumerate(rows) if row.kind == "居"]
    rural = [k for k, row in enumerate(rows) if row.kind == "村"]

    def spot(k: int, loose: float) -> tuple[float, float]:
        return _near_people(rows[k], homes, shapes[k], (kerb, rng), loose)

    made = []
    chosen = _choose_urban([rows[k] for k in urban], homes, rng)
    for n, k in enumerate([urban[c] for c in chosen]):
        floor = int(rng.lognormal(5.35, 0.45))
        name = f"{rows[k].stem}社区养老服务站"
        made.append(_plain(f"YLZ{n + 1:04d}", name, STATION, rows[k], spot(k, 130), (floor, rng)))
    picked = np.sort(rng.choice(len(rural), RURALS, replace=False)).tolist()
    for n, k in enumerate([rural[c] for c in picked]):
        floor = int(rng.lognormal(5.0, 0.4))
        name = f"{rows[k].stem}村农村幸福院"
        made.append(_plain(f"XFY{n + 1:04d}", name, RURAL, rows[k], spot(k, 90), (floor, rng)))
    made += _place_institutions(rows, homes, spot, rng)
    for group, ends, key, mean, passing, least in (
        (urban, "社区党群服务中心", "SQ", MEAN_URBAN_M2, PASS_URBAN, TOY_URBAN_M2),
        (rural, "村综合服务中心", "CZ", MEAN_RURAL_M2, PASS_RURAL, TOY_RURAL_M2),
    ):
        floors = _floors(len(group), mean, passing, least, rng).tolist()
        for n, (k, floor) in enumerate(zip(group, floors, strict=True)):
            name, here = rows[k].stem + ends, spot(k, 60)
            made.append(_plain(f"{key}{n + 1:05d}", name, SPACE, rows[k], here, (floor, rng)))
    return sorted(made, key=lambda one: one.id)


def _plain(
    key: str,
    name: str,
    kind: str,
    row: Committee,
    xy: tuple[float, float],
    more: tuple[int, np.random.Generator],
) -> Facility:
    """Return a facility without beds."""
    return Facility(key, name, kind, row.code, xy, more[0], None, None, _date(more[1], 2008))


def _place_institutions(
    rows: list[Committee],
    homes: list[Home],
    spot: Callable[[int, float], tuple[float, float]],
    rng: np.random.Generator,
) -> list[Facility]:
    used: set[str] = set()
    made = []
    for n, (k, beds, nursing) in enumerate(zip(*_institutions(rows, homes, rng), strict=True)):
        county = COUNTIES[rows[k].county][:2]
        free = [county + good + end for good in GOOD for end in ENDS]
        free = [name for name in free if name not in used]
        name = free[int(rng.integers(len(free)))]
        used.add(name)
        floor = int(beds * rng.uniform(24, 38))
        here, opened = spot(k, 260), _date(rng, 2000)
        key = f"YLJG{n + 1:03d}"
        made.append(
            Facility(
                key, name, INSTITUTION, rows[k].code, here, floor, int(beds), int(nursing), opened
            )
        )
    return made
