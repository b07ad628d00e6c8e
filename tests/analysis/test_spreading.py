"""Community totals shared out to homes and streets, counted by hand."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import DAY, GROUND, degrees, network_of

from planner.analysis.homes import places_in_buildings, places_on_streets
from planner.analysis.spreading import spread_households
from planner.analysis.totals import total_communities
from planner.model.buildings import Buildings
from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Severity
from planner.model.network import WayKind
from planner.model.provenance import Origin

NOWHERE = (np.nan, np.nan)
WEST, EAST = "210502001001", "210502001002"


def square(west, south, east, north):
    return shapely.Polygon(degrees([(west, south), (east, south), (east, north), (west, north)]))


COMMUNITIES = Districts(
    code=(WEST, EAST),
    name=("西社区居委会", "东社区居委会"),
    kind=(UnitKind.URBAN,) * 2,
    parent=("210502",) * 2,
    geometry=(square(0, 0, 1000, 1000), square(1000, 0, 2000, 1000)),
    list_date=DAY,
)
# west: 600 m of residential street and 300 m of main road; east: one path of 200 m
STREETS = replace(
    network_of(
        ((100, 150), (700, 150)),
        ((100, 850), (400, 850)),
        ((1200, 550), (1400, 550)),
        kinds=[WayKind.STREET, WayKind.STREET, WayKind.PATH],
    ),
    lived_on=np.array([True, False, False]),
)


def rows(*made, **more):
    """Return demand of rows (id, name, community, lonlat, households, older)."""
    columns = list(zip(*made, strict=True))
    return Demand(
        id=columns[0],
        name=columns[1],
        community=columns[2],
        lonlat=np.array(columns[3], np.float64),
        households=np.array(columns[4], np.float64),
        older=np.array(columns[5], np.float64),
        households_definition="resident",
        count_date=DAY,
        origin=tuple(Origin(file="h.csv", row=i + 2) for i in range(len(made))),
        **more,
    )


def spread(demand, over="streets", network=STREETS, communities=COMMUNITIES, buildings=None):
    return spread_households(demand, communities, (network, GROUND), over=over, buildings=buildings)


def rules(findings):
    return [f.rule for f in findings]


TOTALS = rows(("D1", "", WEST, NOWHERE, 60, 33), ("D2", "", EAST, NOWHERE, 8, 5))


def test_people_stand_along_residential_streets():
    made, found = spread(TOTALS)
    assert rules(found) == ["spreading.over_streets"]
    west = np.array([c == WEST for c in made.community])
    # a place every 100 m of the residential street, each for a sixth; the main road holds nobody
    assert west.sum() == 6
    assert made.id[0] == f"{WEST}-0001"
    assert set(made.name) == {"西社区居委会", "东社区居委会"}
    xy = GROUND.to_metres(made.lonlat[west]) - 500_000
    assert np.allclose(xy[:, 1], 150, atol=0.01)
    assert np.diff(xy[:, 0]) == pytest.approx(100, abs=26)
    assert made.households[west].tolist() == [10] * 6
    assert made.older[west].tolist() == [6, 6, 6, 5, 5, 5]  # 33 / 6 = 5.5, the first in line get up
    assert made.older[~west].sum() == 5  # along the path, for want of any street
    assert made.representation.points == len(made)
    assert {o.row for o in made.origin} == {2, 3}


def test_main_roads_count_where_residential_streets_are_few():
    few = replace(STREETS, lived_on=np.array([False, False, False]))
    made, _ = spread(TOTALS, network=few)
    xy = GROUND.to_metres(made.lonlat[[c == WEST for c in made.community]]) - 500_000
    assert set(xy[:, 1].round(0)) == {150, 850}


def test_nobody_lives_on_bridges_tunnels_and_steps():
    kinds = [WayKind.BRIDGE, WayKind.TUNNEL, WayKind.STEPS]
    carried = network_of(*(((100, y), (700, y)) for y in (150, 450, 850)), kinds=kinds)
    assert len(places_on_streets(carried, GROUND, COMMUNITIES).weight) == 0
    made, found = spread(TOTALS, network=carried)
    assert rules(found) == ["spreading.over_streets", "spreading.lone"]
    assert made.id == (f"{WEST}-0001", f"{EAST}-0001")
    assert made.households.tolist() == [60, 8]
    assert made.representation.lone == 2


def test_one_point_stands_on_the_street_nearest_the_middle():
    made, found = spread(TOTALS, over="none")
    assert rules(found) == ["spreading.over_none"]
    xy = GROUND.to_metres(made.lonlat) - 500_000
    assert xy[0, 1] == pytest.approx(150, abs=0.01)
    assert abs(xy[0, 0] - 500) < 60
    assert made.older.tolist() == [33, 5]


def homes(*made):
    """Return buildings (x, y, dwellings, floor, footprint)."""
    table = np.array(made, np.float64)
    return Buildings(
        lonlat=degrees(table[:, :2]),
        dwellings=table[:, 2],
        floor_m2=table[:, 3],
        footprint_m2=table[:, 4],
    )


NAN = np.nan


def test_people_stand_in_homes_by_the_best_measure_of_their_community():
    made, found = spread(
        TOTALS,
        "buildings",
        buildings=homes(
            (100, 100, 30, 9999, 1), (200, 100, 10, 1, 9999), (300, 100, 0, 500, 500),
            (1100, 100, 4, 300, 100), (1200, 100, NAN, 100, 100), (5000, 100, 50, 50, 50),
        ),
    )  # fmt: skip
    assert rules(found) == ["spreading.over_buildings", "spreading.measures"]
    assert dict(found[1].values) == {"dwellings": "1", "floor": "1", "footprint": "0", "count": "0"}
    assert made.households.tolist() == [45, 15, 6, 2]  # 30:10:0 dwellings, then 3:1 floor area
    assert made.older.tolist() == [25, 8, 4, 1]  # 33 x 3/4 = 24.75, 33/4 = 8.25; 5 x 3/4 = 3.75


def test_a_footprint_alone_or_nothing_at_all_still_weighs():
    places = places_in_buildings(
        homes((100, 100, NAN, NAN, 300), (200, 100, NAN, 5, 100), (1100, 100, NAN, NAN, NAN)),
        COMMUNITIES,
    )
    assert places.weight.tolist() == [300, 100, 1]
    assert places.measure.tolist() == [2, 2, 3]


MIXED = rows(
    ("A", "甲小区", WEST, tuple(degrees([(500, 500)])[0]), 20, 9),
    ("T1", "西社区居委会", WEST, NOWHERE, 60, 33),
    ("T2", "", EAST, NOWHERE, 8, 5),
)


def test_the_total_less_its_estates_is_shared_out():
    made, found = spread(MIXED)
    assert "spreading.remainder" in rules(found)
    at = dict(zip(made.id, made.households, strict=True))
    assert at["A"] == 20
    west = [c == WEST for c in made.community]
    assert made.households[west].sum() == 60
    assert made.older[west].sum() == 33
    assert made.representation.placed == 1


def test_estates_above_the_total_leave_nobody_and_are_told():
    demand = replace(MIXED, households=np.array([70.0, 60.0, 8.0]))
    made, found = spread(demand)
    fault = next(f for f in found if f.rule == "spreading.above_total")
    assert (fault.row, fault.unit, fault.found) == (3, "T1", "households")
    assert dict(fault.values)["people"] == "10"
    assert fault.severity is Severity.WARNING
    assert (made.households >= 0).all()
    assert made.households[[c == WEST for c in made.community]].sum() == 70
    assert made.older[[c == WEST for c in made.community]].sum() == 33


def test_two_totals_of_one_community_stop():
    demand = rows(("D1", "", WEST, NOWHERE, 60, 33), ("D2", "", WEST, NOWHERE, 8, 5))
    made, found = spread(demand)
    assert made is demand
    assert [(f.rule, f.row, dict(f.values)["other"]) for f in found] == [
        ("spreading.total_twice", 3, "2")
    ]


def test_estates_without_a_place_are_added_up():
    demand = rows(("D1", "甲小区", WEST, NOWHERE, 60, 33), ("D2", "乙小区", WEST, NOWHERE, 8, 5))
    totals, found = total_communities(demand, COMMUNITIES)
    assert [(t.at, t.counts["households"], t.counts["older"]) for t in totals] == [(0, 68, 38)]
    assert rules(found) == ["spreading.estates"]


def test_a_community_without_a_polygon_stops():
    bare = replace(COMMUNITIES, geometry=(None, COMMUNITIES.geometry[1]))
    _, found = spread(TOTALS, communities=bare)
    assert [(f.rule, f.row, f.severity) for f in found] == [
        ("spreading.no_polygon", 2, Severity.ERROR)
    ]


def test_unknown_numbers_stay_unknown():
    made, _ = spread(replace(TOTALS, older=np.array([np.nan, 5.0])))
    west = np.array([c == WEST for c in made.community])
    assert np.isnan(made.older[west]).all()
    assert made.older[~west].sum() == 5


def test_all_placed_is_left_alone():
    placed = rows(("A", "甲", WEST, tuple(degrees([(500, 500)])[0]), 20, 9))
    assert spread(placed) == (placed, ())


def test_an_id_that_is_taken_is_passed_over():
    demand = rows(
        (f"{EAST}-0001", "甲小区", EAST, tuple(degrees([(1500, 500)])[0]), 2, 1),
        ("T", "", EAST, NOWHERE, 8, 5),
    )
    made, _ = spread(demand)
    assert len(set(made.id)) == len(made)
    assert made.households.sum() == 8


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_column_keeps_its_sum_and_stays_inside_the_whole(data):
    people = data.draw(st.lists(st.integers(0, 3000), min_size=2, max_size=2))
    parts = [[data.draw(st.integers(0, n)) for n in people]]
    for _ in range(2):
        parts.append([data.draw(st.integers(0, n)) for n in parts[-1]])
    later = data.draw(st.lists(st.integers(0, 3000), min_size=2, max_size=2))
    columns = [np.array(c, np.float64) for c in (people, *parts, later)]
    demand = replace(
        TOTALS,
        population=columns[0],
        older=columns[1],
        older_65=columns[2],
        older_80=columns[3],
        projected=((2035, columns[4]),),
    )
    made, _ = spread(demand)
    nested = (made.population, made.older, made.older_65, made.older_80)
    for code, at in ((WEST, 0), (EAST, 1)):
        here = np.array([c == code for c in made.community])
        told = (*nested, made.projected[0][1])
        assert [numbers[here].sum() for numbers in told] == [c[at] for c in columns]
        assert made.households[here].sum() == TOTALS.households[at]
    for whole, part in pairwise(nested):
        assert (part <= whole).all()


def test_the_order_of_streets_and_rows_does_not_matter():
    lines = [((100, 150), (700, 150)), ((100, 850), (400, 850)), ((1200, 550), (1400, 550))]
    kinds = [WayKind.STREET, WayKind.STREET, WayKind.PATH]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        network = network_of(*(lines[i] for i in order), kinds=[kinds[i] for i in order])
        made, _ = spread(TOTALS, network=network)
        if order == [0, 1, 2]:
            first = made
        assert made.id == first.id
        assert (made.lonlat == first.lonlat).all()
        assert (made.older == first.older).all()


@pytest.mark.parametrize("name", ["西社区居委会", "西社区", "西社区居民委员会", " 西 社区 ", WEST])
def test_a_row_called_after_its_community_is_the_total(name):
    demand = replace(MIXED, name=("甲小区", name, ""))
    _, found = spread(demand)
    assert "spreading.remainder" in rules(found)


@pytest.mark.parametrize("name", ["西苑小区", "西村", "西"])
def test_a_row_with_a_name_of_its_own_is_an_estate(name):
    demand = replace(MIXED, name=("甲小区", name, ""))
    _, found = spread(demand)
    assert "spreading.remainder" not in rules(found)
    assert "spreading.estates" in rules(found)
