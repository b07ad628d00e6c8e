"""Drawn catchments of a street that is counted by hand."""

import numpy as np
import pytest
import shapely
from small_streets import GROUND, degrees, doors, network_of, pace, sites_at, walk_on

from planner.analysis.attaching import attach
from planner.analysis.drawing import draw_catchments
from planner.model.outcome import BORDER_M, OUTLINE_M
from planner.model.plan import Pick

STREET = ((0, 0), (3000, 0))
REACH = pace(600)


def pick_at(x, y, name="新站"):
    ((lon, lat),) = degrees([(x, y)])
    return Pick(
        site=0, id="C7", name=name, lon=lon, lat=lat, order=1, gain=1.0, cumulative_share=1.0
    )


def drawn(today, more=(), entrances=()):
    """Return {(state, kind, facility id, minutes): shape in metres} and the catchments."""
    walk = walk_on(network_of(STREET))
    at = (
        attach(walk, degrees(today), doors(*entrances))
        if entrances
        else attach(walk, degrees(today))
    )
    picks = tuple(pick_at(*place) for place in more)
    found = draw_catchments(
        walk, (sites_at(*today), at), (picks, attach(walk, degrees(more))), REACH
    )
    return {
        (c.state, c.kind, c.facility_id, c.limit_min): shapely.transform(
            c.geometry, lambda xy: GROUND.to_metres(xy) - 500_000
        )
        for c in found
    }, found


def ends(shape):
    west, _, east, _ = shape.bounds
    return west, east


def test_each_state_holds_merged_single_and_split_ones():
    shapes, found = drawn([(1000, 0), (1800, 0)], [(2600, 0)])
    assert len(shapes) == len(found) == (3 + 2 + 2) + (3 + 3 + 3)
    merged = [c for c in found if c.kind == "merged"]
    assert [(c.state, c.limit_min) for c in merged] == [
        (state, pytest.approx(minutes, abs=1e-6))
        for state in ("baseline", "planned")
        for minutes in (10 / 3, 20 / 3, 10)
    ]
    assert {(c.facility_id, c.facility) for c in merged} == {("", "")}
    own = [c for c in found if c.kind != "merged"]
    assert {(c.facility_id, c.facility) for c in own} == {
        ("F00", "站0"),
        ("F01", "站1"),
        ("C7", "新站"),
    }
    assert all(shape.is_valid for shape in shapes.values())


def test_single_ones_overlap_and_split_ones_meet_in_the_middle():
    shapes, _ = drawn([(1000, 0), (1800, 0)], [(2600, 0)])
    first, second = (shapes["baseline", "single", key, 10.0] for key in ("F00", "F01"))
    assert ends(first) == pytest.approx((400, 1600), abs=OUTLINE_M)
    assert ends(second) == pytest.approx((1200, 2400), abs=OUTLINE_M)
    assert first.intersection(second).area > 400 * 100
    west, east = (shapes["baseline", "split", key, 10.0] for key in ("F00", "F01"))
    assert west.intersection(east).area < 1e-6
    assert ends(west)[1] == pytest.approx(1400, abs=BORDER_M + 1)
    assert ends(east)[0] == pytest.approx(1400, abs=BORDER_M + 1)
    assert ends(east)[1] == pytest.approx(2400, abs=BORDER_M + 1)


def test_a_new_site_changes_the_split_of_its_neighbour_and_no_single_one():
    shapes, _ = drawn([(1000, 0), (1800, 0)], [(2600, 0)])
    for key in ("F00", "F01"):
        now, then = (shapes[state, "single", key, 10.0] for state in ("baseline", "planned"))
        assert now.equals(then)
    assert ends(shapes["planned", "split", "F01", 10.0])[1] == pytest.approx(2200, abs=BORDER_M + 1)
    assert ends(shapes["planned", "split", "C7", 10.0])[0] == pytest.approx(2200, abs=BORDER_M + 1)
    assert ("baseline", "single", "C7", 10.0) not in shapes


def test_a_site_with_two_entrances_has_one_catchment():
    shapes, _ = drawn([(1000, 0)], entrances=[(0, (500, 0)), (0, (2000, 0))])
    single = shapes["baseline", "single", "F00", 10.0]
    assert len(shapely.get_parts(single)) == 2 - (2000 - 500 <= 2 * 600)
    assert ends(single) == pytest.approx((-60, 2600), abs=OUTLINE_M + 1)
    assert single.symmetric_difference(shapes["baseline", "split", "F00", 10.0]).area < 3000


def test_a_site_that_reaches_nothing_keeps_its_rows_without_a_shape():
    shapes, _ = drawn([(1000, 0), (1000, 5000)])
    assert not shapes["baseline", "single", "F00", 10.0].is_empty
    assert shapes["baseline", "single", "F01", 10.0].is_empty
    assert shapes["baseline", "split", "F01", 10.0].is_empty


@pytest.mark.parametrize("today", [[], [(1000, 5000)]])
def test_nothing_to_draw(today):
    _, found = drawn(today)
    assert len(found) == 4 * len(today)
    assert all(c.geometry.is_empty for c in found)
    assert np.isin([c.kind for c in found], ["single", "split"]).all()
