"""Places that are entered through gates."""

import numpy as np
import pytest
from small_streets import (
    GROUND,
    degrees,
    doors,
    minutes_of_pairs,
    network_of,
    pace,
    pairs_of,
    people_at,
    sites_at,
    walk_on,
)

from planner.analysis.attaching import attach, audit_attachment, merge_places, pick_places
from planner.analysis.catchment import build_coverage, find_nearest
from planner.analysis.entrances import join_entrances
from planner.model.entrances import Entrances
from planner.model.provenance import Origin

# an estate between two streets that meet far in the west
FORK = network_of(((0, 0), (1000, 0)), ((0, 0), (0, 200)), ((0, 200), (1000, 200)))
ESTATE, STATION = (900, 95), (990, 200)


def entrances(*rows):
    return Entrances(
        place=tuple(place for place, _, _ in rows),
        of=tuple(of for _, of, _ in rows),
        lonlat=degrees([xy for _, _, xy in rows]),
        origin=tuple(Origin(file="gates.csv", row=2 + i) for i in range(len(rows))),
    )


def walked(gates):
    walk = walk_on(FORK)
    estate = attach(walk, degrees([ESTATE]), doors(*[(0, gate) for gate in gates]))
    return find_nearest(walk, attach(walk, degrees([STATION])), estate)


def test_the_gate_decides_which_street_is_taken():
    # the middle of the estate is nearer to the southern street: 95 m to it, 900 m west, 200 m
    # north, 990 m east
    nearest = find_nearest(
        walk_on(FORK),
        attach(walk_on(FORK), degrees([STATION])),
        attach(walk_on(FORK), degrees([ESTATE])),
    )
    assert nearest.mm[0] == pytest.approx(2_185_000, abs=5)
    assert walked([(900, 190)]).mm[0] == pytest.approx(100_000, abs=5)
    assert walked([(900, 5)]).mm[0] == pytest.approx(2_095_000, abs=5)
    assert walked([(900, 5), (900, 190)]).mm[0] == pytest.approx(100_000, abs=5)


def test_a_facility_has_gates_as_well():
    walk = walk_on(FORK)
    people = attach(walk, degrees([(900, 0)]))
    station = attach(walk, degrees([STATION]), doors((0, (990, 0)), (0, (990, 200))))
    nearest = find_nearest(walk, station, people)
    assert nearest.site.tolist() == [0]
    assert nearest.mm[0] == pytest.approx(90_000, abs=5)


def test_a_place_is_listed_once_however_many_gates_it_has():
    walk = walk_on(FORK)
    sites = attach(walk, degrees([(500, 0), STATION]), doors((1, (990, 0)), (1, (990, 200))))
    homes = attach(walk, degrees([ESTATE, (480, 0)]), doors((0, (900, 5)), (0, (900, 190))))
    coverage = build_coverage(walk, (("A", "B"), sites), (("P", "Q"), homes), pace(110))
    assert pairs_of(coverage) == {(0, 1), (1, 0)}
    minutes = minutes_of_pairs(walk, sites, homes, pace(110))
    assert set(minutes) == {(0, 1), (1, 0)}
    assert minutes[1, 0] == pytest.approx(95 / 60, abs=1e-3)


def test_ids_are_found_in_either_table():
    sites, people = sites_at((0, 0), (100, 0)), people_at((0, 0), (50, 0))
    (of_sites, of_people), findings = join_entrances(
        entrances(("P01", "", (50, 5)), ("F01", "facility", (100, 5)), ("P01", "demand", (50, 9))),
        sites, people, GROUND,
    )  # fmt: skip
    assert findings == ()
    assert of_sites.place.tolist() == [1]
    assert of_people.place.tolist() == [1, 1]
    np.testing.assert_allclose(of_people.lonlat, degrees([(50, 5), (50, 9)]))


def test_an_unknown_id_is_an_error_with_its_row_and_what_was_meant():
    sites, people = sites_at((0, 0)), people_at((0, 0), (50, 0))
    gates = entrances(("P01", "", (50, 5)), ("P0I", "", (50, 5)), ("F00", "demand", (0, 0)))
    _, (typo, of_wrong_table) = join_entrances(gates, sites, people, GROUND)
    assert (typo.rule, typo.severity, typo.row) == ("entrances.unknown_id", "error", 3)
    assert "P01" in typo.expected
    assert (of_wrong_table.rule, of_wrong_table.row) == ("entrances.unknown_id", 4)


def test_an_id_in_both_tables_is_asked_unless_the_file_says_which():
    sites = sites_at((0, 0))
    people = people_at((0, 0))
    object.__setattr__(people, "id", ("F00",))
    said = join_entrances(entrances(("F00", "demand", (0, 0))), sites, people, GROUND)
    assert said[1] == ()
    _, (asked,) = join_entrances(entrances(("F00", "", (0, 0))), sites, people, GROUND)
    assert (asked.rule, asked.severity) == ("entrances.ambiguous_id", "error")


def test_a_gate_far_from_its_place_is_told():
    sites, people = sites_at((0, 0)), people_at((0, 0))
    _, findings = join_entrances(
        entrances(("P00", "", (999, 0)), ("P00", "", (1001, 0))), sites, people, GROUND
    )
    assert [(f.rule, f.row, f.found) for f in findings] == [("entrances.away", 3, "1,001")]


def test_a_place_without_coordinates_is_attached_through_its_gate():
    walk = walk_on(FORK)
    lonlat = np.array([[np.nan, np.nan], *degrees([(500, 0)])])
    at = attach(walk, lonlat, doors((0, (400, 3))))
    assert at.access_m.tolist() == [pytest.approx(3, abs=1e-3), pytest.approx(0, abs=1e-3)]


def test_a_gate_no_street_reaches_is_told_and_the_other_one_counts():
    walk = walk_on(FORK)
    sites, people = sites_at(STATION), people_at(ESTATE)
    homes = attach(walk, people.lonlat, doors((0, (900, 190)), (0, (900, 1000))))
    found = audit_attachment(
        walk, (sites, attach(walk, sites.lonlat)), (people, homes), least_count=1
    )
    assert [(f.rule, f.unit, f.found) for f in found] == [("entrances.idle", "P00", "1")]


def test_picking_and_merging_keep_the_gates_of_a_place_together():
    walk = walk_on(FORK)
    at = attach(walk, degrees([(0, 0), (100, 0), (200, 0)]), doors((1, (110, 0)), (1, (120, 0))))
    assert at.owner.tolist() == [0, 1, 1, 2]
    picked = pick_places(at, np.array([2, 1]))
    assert picked.owner.tolist() == [0, 1, 1]
    np.testing.assert_allclose(picked.stops.share, [0.2, 0.11, 0.12], atol=1e-6)
    both = merge_places(picked, at)
    assert both.owner.tolist() == [0, 1, 1, 2, 3, 3, 4]
    assert len(both) == 5
