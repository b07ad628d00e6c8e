"""Points on another datum are found, good ones left alone, and what is unsure is said."""

from datetime import date

import numpy as np
import pytest
import shapely

from planner.analysis.datum import (
    DECIDES,
    LEAST_POINTS,
    PointGroup,
    Trusted,
    group_points,
    weigh_points,
)
from planner.analysis.datum_audit import audit_datum
from planner.kernel.datum import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from planner.kernel.snap import build_street_grid
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Severity
from planner.model.ground import Ground
from planner.model.provenance import Origin
from planner.model.scenario import Boundaries
from planner.model.sites import FacilityKind, Sites

DAY = date(2023, 6, 30)
GROUND = Ground(lon_0=123.75, lat_0=41.3)
SIZE, CELL = 6000.0, 600.0
CENTRE = GROUND.to_metres(np.array([[123.75, 41.3]]))[0]
TO = {"wgs84": lambda p: p, "gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
BOUNDARIES = Boundaries(communities={"path": "c.gpkg"}, list_date=DAY)


def degrees(xy):
    return GROUND.to_degrees(np.asarray(xy) + CENTRE)


class Town:
    """Streets of all directions and square communities round the middle."""

    def __init__(self, seed=0, lines=140):
        rng = self.rng = np.random.default_rng(seed)
        self.middle = rng.uniform(-SIZE / 2, SIZE / 2, (lines, 2))
        angle = rng.uniform(0, np.pi, lines)
        self.way = np.column_stack([np.cos(angle), np.sin(angle)])
        ends = np.stack([self.middle - 700 * self.way, self.middle + 700 * self.way], axis=1)
        grid = build_street_grid(ends.reshape(-1, 2) + CENTRE, np.arange(0, 2 * lines + 1, 2))
        cells = [(i, j) for i in range(-8, 8) for j in range(-8, 8)]
        self.codes = {cell: f"2105020{n:05d}" for n, cell in enumerate(cells)}
        shapes = [
            shapely.transform(shapely.box(i * CELL, j * CELL, i * CELL + CELL, j * CELL + CELL),
                              degrees) for i, j in cells
        ]  # fmt: skip
        n = len(cells)
        self.communities = Districts(
            code=tuple(self.codes.values()),
            name=("",) * n,
            kind=(UnitKind.URBAN,) * n,
            parent=("210502",) * n,
            geometry=tuple(shapes),
            list_date=DAY,
        )
        self.trusted = Trusted(grid, GROUND, self.communities, None)

    def places(self, count, off_m=12.0):
        line = self.rng.integers(0, len(self.middle), count)
        side = np.column_stack([-self.way[line, 1], self.way[line, 0]])
        along = self.rng.uniform(-700, 700, (count, 1)) * self.way[line]
        return self.middle[line] + along + side * self.rng.choice([-off_m, off_m], (count, 1))

    def units(self, xy):
        cells = np.floor(xy / CELL).astype(int)
        return tuple(self.codes[int(i), int(j)] for i, j in cells)

    def group(self, xy, datum="wgs84", *, units=True, **more):
        known = {"file": "f.csv", "layer": "", "source": "", "stated": "", "hint": "", "row": 2}
        code = self.units(xy) if units else ("",) * len(xy)
        return PointGroup(raw=TO[datum](degrees(xy)), unit=code, **{**known, **more})


def sites(lonlat, units=None, **said):
    n = len(lonlat)
    origins = [Origin(file="f.csv", row=i + 2, **{k: v[i] for k, v in said.items()})
               for i in range(n)]  # fmt: skip
    nothing = np.full(n, np.nan)
    return Sites(
        id=tuple(f"F{i:04d}" for i in range(n)),
        name=("",) * n,
        kind=(FacilityKind.OTHER,) * n,
        community=units or ("",) * n,
        lonlat=lonlat,
        floor_m2=nothing,
        beds=nothing,
        nursing_beds=nothing,
        list_date=DAY,
        origin=tuple(origins),
    )


@pytest.fixture(scope="module")
def town():
    return Town()


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("count", [60, 300])
def test_each_datum_is_found_by_streets_and_by_units(town, datum, count):
    verdict = weigh_points(town.group(town.places(count), datum), town.trusted)
    assert (verdict.by_streets, verdict.by_units, verdict.found) == (datum, datum, datum)
    assert verdict.standing[datum] > DECIDES
    assert verdict.median_m[datum] == pytest.approx(12, abs=2)
    assert verdict.inside[datum] == verdict.declared == count


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", (489, 227)), ("bd09", (1033, 891))])
def test_the_shift_is_told_within_ten_metres(town, datum, shift):
    verdict = weigh_points(town.group(town.places(200, 0.0), datum), town.trusted)
    assert verdict.shift_m == pytest.approx(shift, abs=10)


def test_streets_alone_and_units_alone_are_enough(town):
    xy = town.places(120)
    alone = weigh_points(town.group(xy, "gcj02", units=False), town.trusted)
    assert (alone.by_streets, alone.by_units, alone.found) == ("gcj02", "", "gcj02")
    away = town.rng.uniform(-2500, 2500, (200, 2))
    alone = weigh_points(town.group(away, "gcj02"), town.trusted)
    assert (alone.by_streets, alone.by_units, alone.found) == ("", "gcj02", "gcj02")


def test_a_shift_undone_once_too_often_is_found(town):
    xy = town.places(200)
    twice = PointGroup(file="f.csv", layer="", source="", stated="", hint="", row=2,
                       raw=gcj02_to_wgs84(degrees(xy)), unit=("",) * 200)  # fmt: skip
    assert weigh_points(twice, town.trusted).found == "streets_gcj02"


def test_no_false_alarm_on_noise(town):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        noise = rng.uniform(-2500, 2500, (int(rng.integers(30, 250)), 2))
        verdict = weigh_points(town.group(noise, units=False), town.trusted)
        assert verdict.found in ("", "wgs84")
        assert verdict.why in ("nothing", "")


def test_no_false_alarm_on_good_points_of_any_size():
    for seed in range(12):
        town = Town(seed, lines=40 + 20 * seed)
        for count in (30, 45, 100):
            group = town.group(town.places(count, 5.0 + 2 * seed), units=seed % 2 == 0)
            assert weigh_points(group, town.trusted).found in ("", "wgs84")


def test_a_lattice_of_streets_does_not_deceive(town):
    """Blocks of 100 m repeat themselves: moved by whole blocks all points fit again."""
    lines = [[[-3000, k], [3000, k]] for k in range(-3000, 3001, 100)]
    lines += [[[k, -3000], [k, 3000]] for k in range(-3000, 3001, 100)]
    vertices = np.array(lines, float).reshape(-1, 2) + CENTRE
    grid = build_street_grid(vertices, np.arange(0, len(vertices) + 1, 2))
    rng = np.random.default_rng(3)
    for _ in range(10):
        on = rng.integers(-20, 20, (80, 2)) * 100.0 + np.column_stack(
            [rng.uniform(0, 100, 80), rng.normal(0, 5, 80)]
        )
        trusted = Trusted(grid, GROUND, town.communities, None)
        assert weigh_points(town.group(on, units=False), trusted).found in ("", "wgs84")


def test_fewer_than_thirty_decide_nothing(town):
    group = town.group(town.places(LEAST_POINTS - 1), "gcj02")
    verdict = weigh_points(group, town.trusted)
    assert (verdict.found, verdict.why) == ("", "few")
    assert verdict.doubtful
    good = weigh_points(town.group(town.places(LEAST_POINTS - 1)), town.trusted)
    assert (good.why, good.doubtful) == ("few", False)


def test_nothing_is_weighed_outside_the_rectangle(town):
    raw = np.column_stack([np.linspace(1.4, 1.7, 50), np.linspace(42.4, 42.6, 50)])
    group = PointGroup(file="f", layer="", source="", stated="", hint="", row=None, raw=raw,
                       unit=("",) * 50)  # fmt: skip
    assert weigh_points(group, town.trusted).why == "outside"
    assert audit_datum(BOUNDARIES, (sites(raw),), town.trusted) == ()


def test_streets_and_units_that_differ_decide_nothing(town):
    xy = town.places(200)
    shifted = [shapely.transform(shape, wgs84_to_gcj02) for shape in town.communities.geometry]
    other = Districts(
        code=town.communities.code,
        name=town.communities.name,
        kind=town.communities.kind,
        parent=town.communities.parent,
        geometry=tuple(shifted),
        list_date=DAY,
    )
    trusted = Trusted(town.trusted.grid, GROUND, other, None)
    verdict = weigh_points(town.group(xy, "gcj02"), trusted)
    assert (verdict.by_streets, verdict.by_units) == ("gcj02", "wgs84")
    assert (verdict.why, verdict.found) == ("contradiction", "")
    table = sites(TO["gcj02"](degrees(xy)), town.units(xy))
    (found,) = audit_datum(BOUNDARIES, (table,), trusted)
    assert (found.rule, found.severity) == ("datum.contradiction", Severity.WARNING)


def test_each_source_is_judged_for_itself(town):
    xy = town.places(120)
    lonlat = degrees(xy)
    lonlat[:60] = wgs84_to_gcj02(lonlat[:60])
    source = ["高德"] * 60 + ["天地图"] * 60
    table = sites(lonlat, town.units(xy), group=source, hint=["高德"] * 60 + [""] * 60)
    (found,) = audit_datum(BOUNDARIES, (table,), town.trusted)
    assert (found.rule, found.severity, found.found) == ("datum.wrong", Severity.ERROR, "GCJ-02")
    assert found.expected == 'datums = {"高德" = "gcj02"}'
    assert (found.source, found.row) == ("f.csv", 2)
    values = dict(found.values)
    assert (values["group"], values["count"], values["inside_then"]) == ("高德", "60", "60")
    assert float(values["fit_then"]) > float(values["fit_given"])


def test_a_wrong_file_is_told_what_to_write_and_a_good_one_nothing(town):
    xy = town.places(90)
    good = sites(degrees(xy), town.units(xy))
    assert audit_datum(BOUNDARIES, (good,), town.trusted) == ()
    bad = sites(wgs84_to_bd09(degrees(xy)), town.units(xy))
    (found,) = audit_datum(BOUNDARIES, (bad,), town.trusted)
    assert (found.rule, found.expected) == ("datum.wrong", 'datum = "bd09"')


def test_a_stated_datum_always_wins(town):
    xy = town.places(90)
    for stated, raw in (("gcj02", degrees(xy)), ("cgcs2000", wgs84_to_gcj02(degrees(xy)))):
        taken = gcj02_to_wgs84(raw) if stated == "gcj02" else raw
        table = sites(taken, town.units(xy), datum=[stated] * 90)
        (found,) = audit_datum(BOUNDARIES, (table,), town.trusted)
        assert (found.rule, found.severity) == ("datum.differs", Severity.WARNING)
    right = sites(gcj02_to_wgs84(wgs84_to_gcj02(degrees(xy))), town.units(xy), datum=["gcj02"] * 90)
    assert audit_datum(BOUNDARIES, (right,), town.trusted) == ()


def test_raw_coordinates_come_back_for_a_stated_datum(town):
    raw = wgs84_to_bd09(degrees(town.places(5)))
    table = sites(bd09_to_wgs84(raw), datum=["bd09"] * 5)
    assert np.allclose(group_points(table)[0].raw, raw, rtol=0, atol=1e-11)


def test_a_hint_without_evidence_is_a_warning(town):
    xy = town.places(10)
    table = sites(degrees(xy), town.units(xy), hint=["高德经度"] * 10)
    (found,) = audit_datum(BOUNDARIES, (table,), town.trusted)
    assert (found.rule, found.severity, found.found) == (
        "datum.hinted", Severity.WARNING, "高德经度")  # fmt: skip


def test_a_small_file_is_silent_unless_something_speaks_against_it(town):
    xy = town.places(20)
    assert audit_datum(BOUNDARIES, (sites(degrees(xy), town.units(xy)),), town.trusted) == ()
    shifted = sites(wgs84_to_gcj02(degrees(xy)), town.units(xy))
    (found,) = audit_datum(BOUNDARIES, (shifted,), town.trusted)
    assert (found.rule, found.severity, found.found) == ("datum.few", Severity.NOTICE, "20")


def test_what_cannot_be_decided_is_a_notice(town):
    away = np.random.default_rng(1).uniform(-2500, 2500, (80, 2))
    (found,) = audit_datum(BOUNDARIES, (sites(degrees(away)),), town.trusted)
    assert (found.rule, found.severity) == ("datum.undecided", Severity.NOTICE)


def test_a_share_in_the_right_county_does_not_decide(town):
    """Of 187 points 6 leave their county: chance may have done that."""
    line = shapely.box(-4000, -4000, 4000, 4000)
    county = Districts(
        code=("210502",),
        name=("",),
        kind=(UnitKind.COUNTY,),
        parent=("",),
        geometry=(shapely.transform(line, degrees),),
        list_date=DAY,
    )
    bare = Districts(
        code=("210502001001",), name=("",), kind=(UnitKind.URBAN,), parent=("210502",),
        geometry=(None,), list_date=DAY,
    )  # fmt: skip
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(-3900, 3000, 187), rng.uniform(-3900, 3700, 187)])
    xy[:6, 0] = 3900  # these the shift takes across the line
    trusted = Trusted(town.trusted.grid, GROUND, bare, county)
    group = PointGroup(file="f", layer="", source="", stated="", hint="", row=2,
                       raw=wgs84_to_gcj02(degrees(xy)), unit=("210502001001",) * 187)  # fmt: skip
    verdict = weigh_points(group, trusted)
    assert (verdict.inside["wgs84"], verdict.inside["gcj02"]) == (181, 187)
    assert verdict.by_units == ""
