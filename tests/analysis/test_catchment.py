"""Nearest of every kind, and the k nearest, by hand."""

import numpy as np
import pytest
from small_streets import degrees, network_of, pace, walk_on

from planner.analysis.attaching import attach
from planner.analysis.catchment import k_nearest, nearest_by_tier
from planner.model.coverage import Coverage
from planner.model.sites import FacilityKind

# one street of 1,000 m, and a second one nobody can get to
TOWN = network_of(((0, 0), (1000, 0)), ((0, 3000), (100, 3000)))
STATION, INSTITUTION = FacilityKind.ELDERLY_STATION, FacilityKind.INSTITUTION


def test_minutes_to_the_nearest_of_every_kind_there_is():
    walk = walk_on(TOWN)
    facilities = attach(walk, degrees([(0, 0), (600, 0), (50, 3000)]))
    people = attach(walk, degrees([(300, 0), (900, 0), (0, 3000)]))
    kinds = (STATION, STATION, INSTITUTION)
    tiers = nearest_by_tier(walk, (kinds, facilities), people, pace(100))
    assert list(tiers) == ["elderly_station", "institution"]
    np.testing.assert_allclose(tiers["elderly_station"], [5, 5, np.nan], atol=1e-4)
    np.testing.assert_allclose(tiers["institution"], [np.nan, np.nan, 50 / 60], atol=1e-4)


def test_a_kind_whose_only_facility_has_no_place_reaches_nobody():
    walk = walk_on(TOWN)
    facilities = attach(walk, np.array([[np.nan, np.nan]]))
    people = attach(walk, degrees([(300, 0)]))
    tiers = nearest_by_tier(walk, ((STATION,), facilities), people, pace(100))
    assert np.isnan(tiers["elderly_station"]).all()


def test_the_k_nearest_among_those_that_cover():
    walk = walk_on(TOWN)
    sites = attach(walk, degrees([(0, 0), (600, 0), (400, 0)]))
    people = attach(walk, degrees([(500, 0), (100, 0), (1000, 0)]))
    site, minutes = k_nearest(walk, sites, people, pace(500), k=2)
    assert site.tolist() == [[1, 0, 1], [2, 2, -1]]  # B and C tie for P: the smaller first
    np.testing.assert_allclose(minutes[0], np.array([100, 100, 400]) / 60, rtol=1e-5)
    np.testing.assert_allclose(minutes[1], np.array([100, 300, np.nan]) / 60, rtol=1e-5)


def test_k_nearest_of_nothing_and_none():
    walk = walk_on(TOWN)
    people = attach(walk, degrees([(500, 0)]))
    nothing = attach(walk, np.empty((0, 2)))
    assert k_nearest(walk, nothing, people, pace(500), k=3)[0].tolist() == [[-1], [-1], [-1]]
    with pytest.raises(ValueError, match="at least 1"):
        k_nearest(walk, nothing, people, pace(500), k=0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row_start": [0, 1]}, "does not fit"),
        ({"last": [2]}, "parallel"),
        ({"order": [0, 0, 2]}, "every demand point once"),
        ({"first": [0, 2], "last": [2, 3], "row_start": [0, 2, 2]}, "rise and not touch"),
        ({"first": [2, 1], "last": [3, 2], "row_start": [0, 2, 2]}, "rise and not touch"),
        ({"last": [2, 4]}, "rise and not touch"),
    ],
)
def test_a_coverage_states_its_laws(change, words):
    given = {
        "site_id": ("A", "B"), "demand_id": ("P", "Q", "R"), "limit_min": 15,
        "row_start": [0, 1, 2], "first": [0, 1], "last": [2, 3], "order": [2, 0, 1],
    }  # fmt: skip
    assert Coverage(**given).limit_min == 15
    with pytest.raises(ValueError, match=words):
        Coverage(**(given | change))
