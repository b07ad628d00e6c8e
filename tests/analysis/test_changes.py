"""Streets that open and close on networks of a few lines, by hand."""

import numpy as np
import pytest
from small_streets import (
    GROUND,
    change,
    changes,
    degrees,
    lattice,
    network_of,
    walk_on,
    ways_with,
)

from planner.analysis.attaching import attach
from planner.analysis.carrying import carry_places
from planner.analysis.catchment import find_nearest
from planner.analysis.changes import apply_changes, overlay_changes
from planner.model.network import WayKind
from planner.model.street_changes import StreetChanges

# two streets 100 m apart, joined in the west only
FORK = [((0, 0), (300, 0)), ((0, 0), (0, 100)), ((0, 100), (300, 100))]


def closed_edges(network, *made):
    overlay, findings = overlay_changes(network, changes(*made))
    return np.flatnonzero(overlay.closed).tolist(), [f.rule for f in findings]


def test_a_line_closes_the_street_it_runs_along_and_no_street_it_crosses():
    town = network_of(*lattice(3, 2))  # 4 streets east, 3 north
    drawn = change("close", (0, 3), (100, 3))
    assert closed_edges(town, drawn) == ([0], ["changes.applied"])
    both = change("close", (-20, 2), (220, -2))
    assert closed_edges(town, both)[0] == [0, 1]


def test_a_short_street_across_the_line_stays_open():
    # six metres: all of it lies within 5 m of the line, but none of it runs along
    town = network_of(((0, 0), (100, 0)), ((100, 0), (200, 0)), ((100, -3), (100, 3)))
    assert closed_edges(town, change("close", (0, 0), (200, 0)))[0] == [0, 1]


def test_a_line_over_less_than_half_of_a_street_or_too_far_from_it_closes_nothing():
    town = network_of(((0, 0), (100, 0)))
    assert closed_edges(town, change("close", (0, 0), (40, 0), row=7))[0] == []
    assert closed_edges(town, change("close", (0, 0), (60, 0)))[0] == [0]
    assert closed_edges(town, change("close", (0, 6), (100, 6)))[0] == []


def test_a_point_closes_the_nearest_street_within_fifteen_metres():
    town = network_of(((0, 0), (100, 0)), ((0, 20), (100, 20)))
    assert closed_edges(town, change("close", (50, 12)))[0] == [1]
    assert closed_edges(town, change("close", (50, -15)))[0] == [0]
    assert closed_edges(town, change("close", (50, -15.1)))[0] == []


def test_what_closes_nothing_is_an_error_with_its_number_and_place():
    town = network_of(((0, 0), (100, 0)))
    _, (found,) = overlay_changes(town, changes(change("close", (50, 40), row=7)))
    assert (found.rule, found.severity, found.row) == ("changes.nothing_closed", "error", 7)
    assert found.found == "40"
    assert (found.lon, found.lat) == tuple(degrees([(50, 40)])[0].round(6))


def test_a_closed_street_stays_on_the_map_but_nobody_walks_on_it():
    town = network_of(*FORK)
    network, _ = apply_changes(town, changes(change("close", (0, 0), (0, 100))))
    assert len(network) == 3
    assert network.walk_forward.tolist() == network.walk_backward.tolist() == [True, False, True]
    assert sorted(network.component[[0, 2]]) == [0, 1]  # two pieces now
    walk = walk_on(network)
    at = attach(walk, degrees([(0, 50)]))
    assert at.access_m.tolist() == [pytest.approx(50, abs=1e-3)]  # not on the closed street


def test_a_new_bridge_splits_both_streets_where_it_touches_them():
    town = network_of(*FORK)
    overlay, findings = overlay_changes(
        town, changes(change("open", (200, 2), (200, 97), way=WayKind.BRIDGE))
    )
    network = overlay.network
    assert [f.rule for f in findings] == ["changes.applied"]
    assert dict(findings[0].values)["opened_m"] == "100"
    assert network.node_count == town.node_count + 2
    assert overlay.parent.tolist() == [0, 1, 2, 0, 2, -1]
    np.testing.assert_allclose(overlay.low, [0, 0, 0, 2 / 3, 2 / 3, 0], atol=1e-9)
    np.testing.assert_allclose(overlay.high, [2 / 3, 1, 2 / 3, 1, 1, 1], atol=1e-9)
    np.testing.assert_allclose(network.length_m, [200, 100, 200, 100, 100, 100])
    assert network.kind[-1] == WayKind.BRIDGE
    assert network.component.tolist() == [0] * 6
    np.testing.assert_array_equal(town.vertices[2:4], network.vertices[2:4])  # untouched


def test_people_walk_over_the_new_bridge_and_back_round_where_it_is_closed():
    ways = ways_with(network_of(*FORK), change("open", (200, 0), (200, 100)))
    sites, demand = (
        carry_places(ways, attach(ways.before, degrees([place])), sites=of_sites)
        for place, of_sites in (((200, 0), True), ((300, 100), False))
    )
    assert find_nearest(ways.after, sites, demand).mm.tolist() == [200_000]
    old = [attach(ways.before, degrees([place])) for place in ((200, 0), (300, 100))]
    assert find_nearest(ways.before, *old).mm.tolist() == [600_000]


def test_an_end_at_a_crossing_splits_nothing():
    town = network_of(*FORK)
    overlay, _ = overlay_changes(town, changes(change("open", (300, 0), (300, 100))))
    assert overlay.parent.tolist() == [0, 1, 2, -1]
    assert overlay.network.node_count == town.node_count
    assert {int(overlay.network.tail[3]), int(overlay.network.head[3])} == {
        int(town.head[0]),
        int(town.head[2]),
    }


def test_a_loose_end_is_an_error_and_says_which_end():
    made = change("open", (200, 0), (200, 94), row=3)
    _, findings = overlay_changes(network_of(*FORK), changes(made))
    (found,) = [f for f in findings if f.severity == "error"]
    assert (found.rule, found.row, found.found) == ("changes.loose_end", 3, "6.0")
    assert (found.lon, found.lat) == tuple(degrees([(200, 94)])[0].round(6))


def test_new_streets_may_join_one_another():
    town = network_of(*FORK)
    ends_meet = [change("open", (200, 0), (200, 50)), change("open", (200, 52), (200, 100))]
    network, findings = apply_changes(town, changes(*ends_meet))
    assert [f.rule for f in findings] == ["changes.applied"]
    assert network.component.tolist() == [0] * len(network)
    side_way = [change("open", (200, 0), (200, 100)), change("open", (300, 0), (200, 50))]
    overlay, _ = overlay_changes(town, changes(*side_way))
    assert overlay.opened.sum() == 3  # the first one is split where the second joins it
    np.testing.assert_allclose(
        sorted(overlay.network.length_m[overlay.opened]), [50, 50, np.hypot(100, 50)]
    )


def test_new_streets_that_only_join_one_another_lead_nowhere():
    town = network_of(*FORK)
    lost = [change("open", (500, 0), (500, 50), row=1), change("open", (500, 50), (500, 0), row=2)]
    _, findings = overlay_changes(town, changes(*lost))
    assert {(f.rule, f.row) for f in findings} == {
        ("changes.loose_end", 1),
        ("changes.loose_end", 2),
    }


def test_a_street_that_closes_cannot_be_joined():
    made = [change("close", (0, 0), (300, 0)), change("open", (200, 0), (200, 100), row=9)]
    _, findings = overlay_changes(network_of(*FORK), changes(*made))
    assert [(f.rule, f.row) for f in findings if f.severity == "error"] == [
        ("changes.loose_end", 9)
    ]


# three streets of 200 m one above the other, joined in the west only
COMB = [
    ((0, -100), (200, -100)),
    ((0, 0), (200, 0)),
    ((0, 100), (200, 100)),
    ((0, -100), (0, 0)),
    ((0, 0), (0, 100)),
]


def joined(network, *made):
    """Return the changed streets, and {feature: crossings it was joined at}."""
    overlay, findings = overlay_changes(network, changes(*made))
    assert {f.severity for f in findings} == {"notice"}
    told = {f.row: int(f.found) for f in findings if f.rule == "changes.crossings_joined"}
    return overlay, told


def metres(network, made, start, goal):
    """Return how far it is from one place to another once the changes are made."""
    ways = ways_with(network, *made)
    site, home = (
        carry_places(ways, attach(ways.before, degrees([place])), sites=of_sites)
        for place, of_sites in ((goal, True), (start, False))
    )
    return find_nearest(ways.after, site, home).mm.tolist()[0] / 1000


def test_a_new_street_meets_the_street_it_crosses_in_the_middle():
    town = network_of(*COMB)
    street = change("open", (150, -100), (150, 100), row=4)
    overlay, told = joined(town, street)
    network = overlay.network
    assert told == {4: 1}
    assert network.node_count == town.node_count + 3  # both ends and the crossing
    assert overlay.parent.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, -1, -1]
    np.testing.assert_allclose(network.length_m[[1, 6, 8, 9]], [150, 50, 100, 100])
    at = network.head[1]
    assert at == network.tail[6] == network.head[8] == network.tail[9]
    # from the end of the northern street to the end of the middle one: 50 + 100 + 50 m
    assert metres(town, [street], (200, 100), (200, 0)) == 200
    bridge = change("open", (150, -100), (150, 100), way=WayKind.BRIDGE)
    assert metres(town, [bridge], (200, 100), (200, 0)) == 500


@pytest.mark.parametrize("way", [WayKind.BRIDGE, WayKind.TUNNEL])
def test_bridges_and_tunnels_stay_apart_on_either_side(way):
    new = change("open", (150, -100), (150, 100), way=way)
    overlay, told = joined(network_of(*COMB), new)
    assert told == {}
    assert overlay.opened.sum() == 1
    street = WayKind.STREET
    town = network_of(*COMB, kinds=[street, way, street, street, street])
    overlay, told = joined(town, change("open", (150, -100), (150, 100)))
    assert told == {}
    assert overlay.parent.tolist() == [0, 1, 2, 3, 4, 0, 2, -1]


@pytest.mark.parametrize("way", [WayKind.STEPS, WayKind.PATH])
def test_steps_and_paths_are_level(way):
    _, told = joined(network_of(*COMB), change("open", (150, -100), (150, 100), way=way))
    assert told == {1: 1}


def test_two_new_streets_meet_where_they_cross():
    town = network_of(*COMB)
    made = [
        change("open", (50, 0), (150, 100), row=1),
        change("open", (50, 100), (150, 0), row=2),
    ]
    overlay, told = joined(town, *made)
    assert told == {1: 1, 2: 1}
    assert overlay.opened.sum() == 4
    assert overlay.network.node_count == town.node_count + 5
    half = np.hypot(50, 50)
    assert metres(town, made, (50, 0), (150, 0)) == pytest.approx(100)
    assert metres(town, made, (150, 100), (150, 0)) == pytest.approx(2 * half, abs=0.01)
    over = [made[0], change("open", (50, 100), (150, 0), way=WayKind.BRIDGE, row=2)]
    assert joined(town, *over)[1] == {}


def test_three_streets_through_one_spot_share_one_node():
    town = network_of(*COMB)
    made = [
        change("open", (50, -100), (150, 100), row=1),
        change("open", (150, -100), (50, 100), row=2),
    ]
    overlay, told = joined(town, *made)
    assert told == {1: 1, 2: 1}
    network = overlay.network
    assert network.node_count == town.node_count + 5
    touching = [int(((network.tail == n) | (network.head == n)).sum()) for n in range(12)]
    assert max(touching[: network.node_count]) == 6


def test_a_street_that_ends_at_the_new_one_is_joined_and_one_that_ends_short_is_not():
    at_it = network_of(*COMB, ((150, 50), (190, 50)))
    short = network_of(*COMB, ((151, 50), (190, 50)))
    street = change("open", (150, 0), (150, 100))
    assert joined(at_it, street)[1] == {1: 1}
    assert joined(short, street)[1] == {}
    assert metres(at_it, [street], (190, 50), (150, 0)) == 90


def test_a_corner_drawn_onto_a_crossing_takes_its_node():
    town = network_of(*lattice(3, 3))
    overlay, told = joined(town, change("open", (50, 0), (100.02, 100.02), (150, 200)))
    assert told == {1: 1}
    assert overlay.network.node_count == town.node_count + 2  # the ends only
    first, second = np.flatnonzero(overlay.opened)
    middle = [n for n in range(town.node_count) if ((town.tail == n) | (town.head == n)).sum() == 4]
    assert [overlay.network.head[first]] == [overlay.network.tail[second]] == middle


def test_a_line_that_runs_along_a_street_meets_it_at_both_ends_of_the_stretch():
    line = [(50, -100), (50, 0), (120, 0), (120, 100)]
    overlay, told = joined(network_of(*COMB), change("open", *line))
    assert told == {1: 2}
    np.testing.assert_allclose(overlay.network.length_m[overlay.opened], [100, 70, 100])


def test_a_line_that_crosses_itself_meets_itself():
    loop = [(50, 0), (150, 80), (150, 20), (50, 100)]
    town = network_of(*COMB)
    overlay, told = joined(town, change("open", *loop))
    assert told == {1: 1}
    assert overlay.opened.sum() == 3
    straight = metres(town, [change("open", *loop)], (50, 0), (50, 100))
    assert straight < 180 < np.hypot(100, 80) * 2


def test_a_closed_street_is_crossed_without_meeting_it():
    made = [change("close", (0, 0), (200, 0)), change("open", (150, -100), (150, 100), row=5)]
    overlay, told = joined(network_of(*COMB), *made)
    assert told == {}
    assert overlay.opened.sum() == 1


def test_heights_are_carried_to_the_parts_of_a_split_street():
    heights = [np.array([0.0, 30.0]), np.array([0.0, 0.0]), np.array([0.0, 0.0])]
    town = network_of(*FORK, heights=heights)
    network, _ = apply_changes(town, changes(change("open", (100, 0), (100, 100))))
    first = slice(network.edge_start[0], network.edge_start[1])
    np.testing.assert_allclose(network.profile_m[first], [0, 10])
    np.testing.assert_allclose(network.profile_m[network.edge_start[-2] :][0], 10)


def test_who_lives_on_a_closed_street_comes_out_at_its_nearer_end():
    ways = ways_with(network_of(*FORK), change("close", (0, 0), (0, 100)))
    places = degrees([(0, 20), (0, 90)])
    homes = carry_places(ways, attach(ways.before, places), sites=False)
    assert homes.single
    assert homes.stops.edge.tolist() == [0, 2]
    np.testing.assert_allclose(homes.stops.access_mm, [20_000, 10_000], atol=2)
    np.testing.assert_allclose(homes.access_m, [0, 0], atol=1e-3)  # still at their street


def test_who_lives_inside_a_row_of_closed_streets_walks_to_its_nearer_end():
    row = [((100 * i, 0), (100 * i + 100, 0)) for i in range(5)]
    ways = ways_with(network_of(*row), change("close", (100, 0), (400, 0)))
    home = carry_places(ways, attach(ways.before, degrees([(230, 0)])), sites=False)
    assert home.stops.edge.tolist() == [0]
    np.testing.assert_allclose(home.stops.access_mm, [130_000], atol=2)


def test_a_place_no_street_reached_takes_a_new_street():
    ways = ways_with(
        network_of(((0, 0), (300, 0)), ((0, 0), (0, 1000)), ((0, 1000), (300, 1000))),
        change("open", (200, 0), (200, 1000)),
    )
    before = attach(ways.before, degrees([(900, 500)]))
    assert np.isnan(before.access_m).all()
    near = attach(ways.before, degrees([(690, 500)]))
    assert np.isnan(near.access_m).all()
    after = carry_places(ways, near, sites=False)
    assert after.single
    np.testing.assert_allclose(after.access_m, [490], atol=1e-3)


def test_changes_on_another_plane_are_refused():
    other = StreetChanges(changes=(), crs="EPSG:4490")
    with pytest.raises(ValueError, match="EPSG:4490"):
        apply_changes(network_of(*FORK), other)
    assert GROUND.crs != other.crs
