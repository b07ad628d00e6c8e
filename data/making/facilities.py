"""Invented facilities, calibrated to the plan's published counts, beds and mean floor areas."""

from dataclasses import dataclass

import numpy as np
import shapely

from making import plane
from making.committees import COUNTIES, Committee
from making.net import Net
from making.people import Home, Kerb, build_kerb, deal_out
from making.plane import Floats
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
    "福寿 康乐 安康 松鹤 金秋 夕阳红 长青 怡和 慈恩 孝心 祥和 春晖 颐养 久久 百善 幸福 阳光 枫林 "
    "银龄 仁爱 和顺 同心 爱晚 益寿 鹤颐 乐善 常春 敬亲 满族情 山水 温泉 太子河 翠柏 静安 明德 康宁"
).split()
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
    kerb: Kerb,
    rng: np.random.Generator,
    loose: float,
) -> tuple[float, float]:
    """Return a street-side place in a community: its people's middle, missed by `loose` metres."""
    mine = [one for one in homes if one.code == row.code]
    xy = np.array([one.xy for one in mine]).reshape(-1, 2)
    if len(mine):
        weight = np.array([one.over_60 for one in mine], float) + 1.0
        far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        target = xy[(far @ weight).argmin()] + rng.normal(0, loose, 2)
    else:
        target = np.array(shapely.point_on_surface(shape).coords[0])
    here = kerb.inside(shape)
    if len(here):
        piece = here[np.hypot(*(kerb.middle[here] - target).T).argmin()]
        return kerb.spot(int(piece), shape, rng.uniform(5, 18), rng)
    spot = xy[0] if len(mine) else target
    return float(spot[0]), float(spot[1])


def _choose_urban(rows: list[Committee], homes: list[Home], rng: np.random.Generator) -> list[int]:
    """Choose the urban committees that have a station: they bunch in some quarters."""
    middle = np.array(
        [np.mean([h.xy for h in homes if h.code == row.code], axis=0) for row in rows]
    )
    older = np.array([sum(h.over_60 for h in homes if h.code == row.code) for row in rows], float)
    hearts = middle[rng.choice(len(rows), 26, replace=False)]
    gap = np.hypot(*(middle[:, None] - hearts[None]).transpose(2, 0, 1)).min(axis=1)
    score = gap / 500.0 + 0.25 * np.log(older / older.mean()) + rng.gumbel(0, 0.35, len(rows))
    return np.sort(np.argsort(score, kind="stable")[:STATIONS]).tolist()


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
    metres = [shapely.transform(shape, plane.to_plane) for shape in shapes]
    for shape in metres:
        shapely.prepare(shape)
    urban = [k for k, row in enumerate(rows) if row.kind == "居"]
    rural = [k for k, row in enumerate(rows) if row.kind == "村"]

    def spot(k: int, loose: float) -> tuple[float, float]:
        return _near_people(rows[k], homes, metres[k], kerb, rng, loose)

    made = []
    chosen = _choose_urban([rows[k] for k in urban], homes, rng)
    for n, k in enumerate([urban[c] for c in chosen]):
        floor = int(rng.lognormal(5.35, 0.45))
        made.append(Facility(f"YLZ{n + 1:04d}", f"{rows[k].stem}社区养老服务站", STATION,
                             rows[k].code, spot(k, 130), floor, None, None, _date(rng, 2012)))  # fmt: skip
    picked = np.sort(rng.choice(len(rural), RURALS, replace=False)).tolist()
    for n, k in enumerate([rural[c] for c in picked]):
        floor = int(rng.lognormal(5.0, 0.4))
        made.append(Facility(f"XFY{n + 1:04d}", f"{rows[k].stem}村农村幸福院", RURAL,
                             rows[k].code, spot(k, 90), floor, None, None, _date(rng, 2013)))  # fmt: skip
    made += _place_institutions(rows, homes, spot, rng)
    floors = (
        _floors(len(urban), MEAN_URBAN_M2, PASS_URBAN, TOY_URBAN_M2, rng),
        _floors(len(rural), MEAN_RURAL_M2, PASS_RURAL, TOY_RURAL_M2, rng),
    )
    for part, (ends, group) in enumerate(
        zip(("社区党群服务中心", "村综合服务中心"), (urban, rural), strict=True)
    ):
        for n, (k, floor) in enumerate(zip(group, floors[part].tolist(), strict=True)):
            made.append(Facility(f"{'SQ' if part == 0 else 'CZ'}{n + 1:05d}", rows[k].stem + ends,
                                 SPACE, rows[k].code, spot(k, 60), int(floor), None, None,
                                 _date(rng, 2005)))  # fmt: skip
    return sorted(made, key=lambda one: one.id)


def _place_institutions(rows, homes, spot, rng):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    names = [county[:2] + good + end for county in COUNTIES.values() for good in GOOD for end in ENDS]
    used: set[str] = set()
    made = []
    for n, (k, beds, nursing) in enumerate(zip(*_institutions(rows, homes, rng), strict=True)):
        county = COUNTIES[rows[k].county][:2]
        free = [name for name in names if name.startswith(county) and name not in used]
        name = free[int(rng.integers(len(free)))]
        used.add(name)
        floor = int(beds * rng.uniform(24, 38))
        made.append(Facility(f"YLJG{n + 1:03d}", name, INSTITUTION, rows[k].code, spot(k, 260),
                             floor, int(beds), int(nursing), _date(rng, 2000)))  # fmt: skip
    return made


def share_within(stations: Floats, homes: list[Home], reach_m: float) -> float:
    """Return the share of older people within a straight line of a station (a rough look)."""
    xy = np.array([one.xy for one in homes])
    older = np.array([one.over_60 for one in homes])
    gap = np.hypot(*(xy[:, None] - stations[None]).transpose(2, 0, 1)).min(axis=1)
    return float(older[gap <= reach_m].sum() / older.sum())
