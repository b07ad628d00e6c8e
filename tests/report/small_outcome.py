"""A small outcome made by hand: two counties, six communities, forty-odd demand points."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Finding, Severity
from planner.model.network import Network
from planner.model.outcome import (
    Catchment,
    IndicatorValue,
    Outcome,
    Reach,
    Share,
    UnitShare,
    WalkingCoverage,
)
from planner.model.plan import FrontierPoint, Neighbour, Pick, Plan, PlanStatus, Variant
from planner.model.provenance import Source, Stage
from planner.model.provision import Provision, SpaceSummary
from planner.model.scenario import (
    Boundaries,
    Households,
    InputFile,
    Scenario,
    Sharing,
    Streets,
    TwoLanguages,
)
from planner.model.sites import FacilityKind, Sites
from planner.model.standard import Rule, SlopeRule, Standards, WalkingGroup

WEST, SOUTH, STEP = 123.74, 41.26, 0.02
LIMIT = 15.0
LIST_DATE = date(2020, 12, 31)
COUNTIES = ("210502000000", "210503000000")
COMMUNITIES = (
    "210502001001",
    "210502001002",
    "210502001201",
    "210503001001",
    "210503001201",
    "210503001202",
)
NAMES = ("站前社区", "北台社区", "河沿村", "彩屯社区", "石桥子村", "火连寨村")

Text = Callable[[str], str]


def unchanged(text: str) -> str:
    return text


def box(column: int, row: int) -> shapely.Polygon:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + STEP, y + STEP)


def county_of(community: str) -> str:
    return community[:6] + "000000"


def districts(text: Text) -> tuple[Districts, Districts]:
    shapes = [box(i % 3, i // 3) for i in range(6)]
    kinds = [UnitKind.RURAL if c[9] == "2" else UnitKind.URBAN for c in COMMUNITIES]
    communities = Districts(
        code=COMMUNITIES,
        name=tuple(text(n) for n in NAMES),
        kind=tuple(kinds),
        parent=tuple(county_of(c) for c in COMMUNITIES),
        geometry=tuple(shapes),
        list_date=LIST_DATE,
        synthetic=True,
    )
    counties = Districts(
        code=COUNTIES,
        name=(text("平山区"), text("溪湖区")),
        kind=(UnitKind.COUNTY, UnitKind.COUNTY),
        parent=("", ""),
        geometry=(shapely.union_all(shapes[:3]), shapely.union_all(shapes[3:])),
        list_date=LIST_DATE,
    )
    return communities, counties


def demand_points(text: Text) -> Demand:
    rng = np.random.default_rng(7)
    ids, community, lonlat, older = [], [], [], []
    for at, code in enumerate(COMMUNITIES):
        for i in range(7):
            ids.append(f"{code}-{i:02d}")
            community.append(code)
            corner = np.array([WEST + (at % 3) * STEP, SOUTH + (at // 3) * STEP])
            lonlat.append(corner + STEP * rng.uniform(0.08, 0.92, 2))
            older.append(float(rng.integers(20, 90)))
    older[10] = 3.0  # fewer people than may be shown, alone in a far corner
    lonlat[10] = np.array([WEST + 1.995 * STEP, SOUTH + 0.995 * STEP])
    older[20] = np.nan
    n = len(ids)
    return Demand(
        id=tuple(ids),
        name=tuple(text(f"小区{i}") for i in range(n)),
        community=tuple(community),
        lonlat=np.array(lonlat),
        households=np.array(older) * 2,
        older=np.array(older),
        households_definition="resident",
        count_date=date(2020, 11, 1),
        synthetic=True,
    )


def sites(text: Text) -> tuple[Sites, Sites]:
    kinds = (
        FacilityKind.ELDERLY_STATION,
        FacilityKind.ELDERLY_STATION,
        FacilityKind.INSTITUTION,
        FacilityKind.COMMUNITY_SPACE,
        FacilityKind.RURAL_ELDERLY,
    )
    places = [(0.5, 0.5), (0.4, 1.5), (1.6, 0.7), (1.3, 0.2), (2.5, 1.4)]
    within = (COMMUNITIES[0], COMMUNITIES[3], COMMUNITIES[1], COMMUNITIES[1], COMMUNITIES[5])
    facilities = Sites(
        id=("f1", "f2", "f3", "f4", "f5"),
        name=tuple(
            text(n) for n in ("站前养老站", "彩屯养老站", "颐养院", "北台服务中心", "幸福院")
        ),
        kind=kinds,
        community=within,
        lonlat=np.array([(WEST + x * STEP, SOUTH + y * STEP) for x, y in places]),
        floor_m2=np.array([420.0, np.nan, 2600.0, 510.0, 180.0]),
        beds=np.array([12.0, 8.0, 140.0, np.nan, 6.0]),
        nursing_beds=np.array([4.0, 2.0, 90.0, np.nan, 0.0]),
        list_date=date(2021, 6, 30),
        synthetic=True,
    )
    spots = [(1.5, 0.5), (2.4, 0.5), (1.5, 1.5)]
    candidates = Sites(
        id=("c1", "c2", "c3"),
        name=tuple(text(n) for n in ("北台路口", "河沿村口", "石桥子")),
        kind=(FacilityKind.CANDIDATE,) * 3,
        community=(COMMUNITIES[1], COMMUNITIES[2], COMMUNITIES[4]),
        lonlat=np.array([(WEST + x * STEP, SOUTH + y * STEP) for x, y in spots]),
        floor_m2=np.full(3, np.nan),
        beds=np.full(3, np.nan),
        nursing_beds=np.full(3, np.nan),
        list_date=date(2021, 6, 30),
    )
    return facilities, candidates


def streets() -> Network:
    lines = [((0, i / 2), (3, i / 2)) for i in range(5)] + [
        ((i / 2, 0), (i / 2, 2)) for i in range(7)
    ]
    vertices = np.array([(x * 1680.0, y * 2220.0) for line in lines for x, y in line])
    m = len(lines)
    return Network(
        tail=np.arange(m) * 2,
        head=np.arange(m) * 2 + 1,
        node_count=2 * m,
        vertices=vertices,
        edge_start=np.arange(m + 1) * 2,
        length_m=np.hypot(*(vertices[1::2] - vertices[::2]).T),
        profile_m=np.full(len(vertices), np.nan),
        kind=np.zeros(m),
        walk_forward=np.ones(m),
        walk_backward=np.ones(m),
        component=np.zeros(m),
        crs=f"+proj=tmerc +lat_0={SOUTH} +lon_0={WEST} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m",
        source="made by hand",
        data_date=date(2023, 1, 1),
        synthetic=True,
    )


def scenario(text: Text) -> Scenario:
    file = InputFile.model_validate({"path": "data/x.csv"})
    return Scenario(
        name="small",
        title=TwoLanguages(zh=text("小城养老设施覆盖"), en=text("Coverage of a small town")),
        asks=TwoLanguages(zh=text("再建两处,建在哪里?"), en=text("Where to build two more?")),
        office=text("市民政局"),
        synthetic=True,
        boundaries=Boundaries(communities=file, list_date=LIST_DATE),
        facilities=(file,),
        households=Households(path=Path("data/households.csv")),
        streets=Streets.model_validate({"path": "data/x.csv"}),
        sharing=Sharing(least_count=5),
    )


def standards(text: Text) -> Standards:
    def rule(rule_id: str, value: float, unit: str) -> Rule:
        return Rule(
            id=rule_id,
            value=value,
            unit=unit,
            document=text("规范"),
            clause="1.1",
            date=None,
            verified=False,
            zh=text("说明"),
            en=text("note"),
        )

    speed = rule("walking.slow_elder", 0.8, "m/s")
    slope = SlopeRule(decay=3.5, shift=0.05, cap=0.5, steps_factor=0.5, source=speed)
    groups = (
        WalkingGroup(id="slow_elder", speed=speed),
        WalkingGroup(id="elder", speed=rule("walking.elder", 1.0, "m/s")),
    )
    norm = rule("space.norm_m2_per_100_households", 30.0, "m2/100")
    return Standards(rules=(norm,), groups=groups, slope=slope, indicators=())


def walk(demand: Demand, places: np.ndarray, minutes_per_degree: float) -> np.ndarray:
    gap = np.abs(demand.lonlat[:, None, :] - places[None, :, :]).sum(axis=2)
    return np.asarray(gap * minutes_per_degree)


def shares(demand: Demand, minutes: np.ndarray) -> dict[str, Share]:
    weight = demand.weight()
    county = np.array([county_of(c) for c in demand.community])
    found = {}
    for key in ("city", *COUNTIES):
        inside = np.ones(len(demand), bool) if key == "city" else county == key
        total = float(weight[inside].sum())
        covered = float(weight[inside & (minutes <= LIMIT)].sum())
        found[key] = Share(share=covered / total, covered=covered, total=total)
    return found


def provision() -> Provision:
    floor = np.array([420.0, 510.0, 0.0, np.nan, 0.0, 180.0])
    homes = np.array([2000.0, 1500.0, 400.0, 1800.0, 350.0, 420.0])
    ratio = floor / homes * 100
    deficit = np.maximum(0, 0.3 * homes - floor)
    groups = {
        "city": list(range(6)),
        "urban": [0, 1, 3],
        "rural": [2, 4, 5],
        COUNTIES[0]: [0, 1, 2],
        COUNTIES[1]: [3, 4, 5],
    }
    summaries = []
    for key, at in groups.items():
        known = [i for i in at if np.isfinite(ratio[i])]
        meeting = sum(bool(ratio[i] >= 30) for i in known)
        summaries.append(
            SpaceSummary(
                key=key,
                units=len(at),
                known=len(known),
                floor_m2=float(floor[known].sum()),
                households=float(homes[known].sum()),
                ratio=float(100 * floor[known].sum() / homes[known].sum()),
                mean_ratio=float(ratio[known].mean()),
                meeting=meeting,
                share_meeting=meeting / len(known),
                deficit_m2=float(deficit[known].sum()),
                mean_floor_m2=float(floor[known].mean()),
            )
        )
    return Provision(
        community=COMMUNITIES,
        floor_m2=floor,
        households=homes,
        ratio=ratio,
        deficit_m2=deficit,
        norm=30.0,
        definition="resident",
        households_date=date(2020, 11, 1),
        area_date=date(2021, 6, 30),
        summaries=tuple(summaries),
    )


def picks(demand: Demand, candidates: Sites, minutes: np.ndarray) -> tuple[Pick, ...]:
    weight = demand.weight()
    best = minutes.copy()
    done = []
    for order, at in enumerate((0, 1), start=1):
        before = float(weight[best <= LIMIT].sum())
        best = np.minimum(best, walk(demand, candidates.lonlat[[at]], 900.0)[:, 0])
        after = float(weight[best <= LIMIT].sum())
        done.append(
            Pick(
                site=at,
                id=candidates.id[at],
                name=candidates.name[at],
                lon=float(candidates.lonlat[at, 0]),
                lat=float(candidates.lonlat[at, 1]),
                order=order,
                gain=after - before,
                cumulative_share=after / float(weight.sum()),
                lost=after - before,
                where=((COMMUNITIES[at], after - before),),
                neighbour=Neighbour(
                    name=candidates.name[2], lon=123.8, lat=41.3, away_m=240.0, change=-90.0
                )
                if at == 0
                else None,
                chosen_in=("slow",),
            )
        )
    return tuple(done)


def catchments(facilities: Sites, candidates: Sites) -> tuple[Catchment, ...]:
    drawn = []
    for state, places in (
        ("baseline", facilities.lonlat[[0, 1, 4]]),
        ("planned", np.vstack([facilities.lonlat[[0, 1, 4]], candidates.lonlat[:2]])),
    ):
        for limit in (5.0, 10.0, 15.0):
            around = [shapely.Point(p).buffer(limit / 900.0, quad_segs=1) for p in places]
            drawn.append(
                Catchment(state=state, limit_min=limit, geometry=shapely.union_all(around))
            )
    return tuple(drawn)


def findings(text: Text) -> tuple[Finding, ...]:
    return (
        Finding(
            rule="output.unwritable",
            severity=Severity.WARNING,
            source=text("养老设施.xlsx"),
            layer=text("表1"),
            row=17,
            column=text("建筑面积"),
            found=text("约500"),
            unit=text("站前养老站"),
            lon=WEST + 0.01,
            lat=SOUTH + 0.01,
            values=(("folder", text("maps")),),
        ),
        Finding(
            rule="output.unwritable",
            severity=Severity.NOTICE,
            source=text("户数.csv"),
            found=text("x"),
            values=(("folder", text("maps")),),
        ),
    )


def sources(text: Text) -> tuple[Source, ...]:
    return (
        Source(
            role="facilities",
            path="data/facilities.csv",
            sha256="ab" * 32,
            bytes=1234,
            rows=5,
            crs="EPSG:4490",
            data_date=date(2021, 6, 30),
            attribution=text("市民政局"),
            synthetic=True,
            notes=(("encoding", text("gb18030")),),
        ),
        Source(role="streets", path="data/streets.gpkg", sha256="cd" * 32, bytes=99, rows=12),
    )


def indicators(text: Text) -> tuple[IndicatorValue, ...]:
    return (
        IndicatorValue(
            id="E02",
            zh=text("城市社区养老服务设施覆盖率"),
            en=text("Urban communities with a station"),
            unit="%",
            value=66.7,
            numerator=2.0,
            denominator=3.0,
            baseline=49.0,
            target=None,
            date=LIST_DATE,
        ),
        IndicatorValue(
            id="E07",
            zh=text("护理型床位占比"),
            en=text("Share of nursing beds"),
            unit="%",
            value=None,
            numerator=None,
            denominator=None,
            baseline=None,
            target=55.0,
            date=None,
            needs=text("护理型床位"),
        ),
    )


def walking(
    demand: Demand, minutes: np.ndarray, planned: np.ndarray
) -> tuple[WalkingCoverage, ...]:
    return tuple(
        WalkingCoverage(
            group=group,
            speed_mps=speed,
            baseline=shares(demand, minutes * 0.8 / speed),
            planned=shares(demand, planned * 0.8 / speed),
        )
        for group, speed in (("slow_elder", 0.8), ("elder", 1.0))
    )


def plan(demand: Demand, candidates: Sites, minutes: np.ndarray, planned: np.ndarray) -> Plan:
    reached = float(demand.weight()[planned <= LIMIT].sum())
    done = picks(demand, candidates, np.nan_to_num(minutes, nan=1e9))
    steps = [reached - sum(pick.gain for pick in done[k:]) for k in range(len(done) + 1)]
    return Plan(
        picks=done,
        status=PlanStatus.OPTIMAL,
        objective=reached,
        bound=reached,
        gap=0.0,
        solver="HiGHS",
        candidates=3,
        frontier=tuple(
            FrontierPoint(sites=k, covered=people, bound=people, nested=people)
            for k, people in enumerate(steps)
        ),
        variants=(Variant(name="slow", speed_mps=0.7, held=0.55, best=0.56, bound=0.56),),
    )


def small_outcome(text: Text = unchanged, **changes: object) -> Outcome:
    """Build the outcome; `text` passes over every text a file could bring in."""
    communities, counties = districts(text)
    demand = demand_points(text)
    facilities, candidates = sites(text)
    serving = np.array([0, 1, 4])
    to_each = walk(demand, facilities.lonlat[serving], 900.0)
    minutes = to_each.min(axis=1)
    minutes[5] = np.nan
    nearest = np.where(np.isnan(minutes), -1, serving[to_each.argmin(axis=1)])
    planned = np.fmin(minutes, walk(demand, candidates.lonlat[:2], 900.0).min(axis=1))
    river = shapely.LineString([(WEST, SOUTH + 0.013), (WEST + 0.06, SOUTH + 0.03)])
    outcome = Outcome(
        scenario=scenario(text),
        standards=standards(text),
        counties=counties,
        communities=communities,
        facilities=facilities,
        candidates=candidates,
        demand=demand,
        network=streets(),
        reach=Reach(
            nearest=nearest,
            minutes=minutes,
            minutes_planned=planned,
            access_m=np.full(len(demand), 20.0),
        ),
        walking=walking(demand, minutes, planned),
        unit_coverage={
            "urban": UnitShare(share=2 / 3, with_facility=2, units=3, list_date=LIST_DATE),
            "rural": UnitShare(share=1 / 3, with_facility=1, units=3, list_date=LIST_DATE),
        },
        station_in=frozenset({COMMUNITIES[0], COMMUNITIES[3], COMMUNITIES[5]}),
        provision=provision(),
        plan=plan(demand, candidates, minutes, planned),
        indicators=indicators(text),
        catchments=catchments(facilities, candidates),
        backdrop=((text("太子河"), river),),
        findings=findings(text),
        sources=sources(text),
        stages=(Stage(name="read", seconds=0.5, peak_memory_mb=120.0),),
        crs="+proj=tmerc +lat_0=41.28 +lon_0=123.77 +k=1 +x_0=500000 +y_0=500000 +ellps=GRS80",
    )
    return replace(outcome, **changes)  # type: ignore[arg-type]
