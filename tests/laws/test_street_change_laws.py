"""Laws of streets that open and close, of entrances and of walks there and back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import (
    FLAT,
    GROUND,
    SLOPE,
    change,
    changes,
    degrees,
    doors,
    lattice,
    minutes_of_pairs,
    network_of,
    pace,
    pairs_of,
    walk_on,
)

from planner.analysis.attaching import attach
from planner.analysis.carrying import build_ways, carry_places, settle
from planner.analysis.catchment import build_coverage, find_nearest, nearest_minutes
from planner.analysis.changes import overlay_changes
from planner.analysis.updating import update_coverage
from planner.kernel.lines import stretch
from planner.model.network import WayKind
from planner.model.scenario import Walking

COLUMNS, ROWS, BLOCK = 4, 3, 100
LINES = lattice(COLUMNS, ROWS, BLOCK)
EDGES = st.sets(st.integers(0, len(LINES) - 1), min_size=6, max_size=len(LINES))
METRES = st.tuples(st.integers(-40, 340), st.integers(-40, 240))
PLACES = st.lists(METRES, min_size=1, max_size=7)
BOTH = st.tuples(PLACES, PLACES)
REACH = st.integers(0, 600)
DIRECTION = st.sampled_from(["to_facility", "from_facility", "round_trip"])
SEVENTHS = st.integers(0, 7)
ON_EDGE = st.tuples(st.integers(0, len(LINES) - 1), SEVENTHS)
NEW = st.lists(st.tuples(ON_EDGE, ON_EDGE), min_size=1, max_size=3)
QUICK = settings(max_examples=120, deadline=None, derandomize=True)
ROUNDED_MM = 24  # half a millimetre for every part of a street that is priced by itself
WAY = st.sampled_from([WayKind.STREET, WayKind.PATH, WayKind.BRIDGE])


def town(edges, one_way, rise):
    """Return a town with some of the streets, some one-way, on a slope or on the flat."""
    kept = [LINES[e] for e in sorted(edges)]
    heights = [np.array([rise * y / 1000 for _, y in line]) for line in kept]
    return network_of(*kept, heights=heights, one_way=one_way)


TOWNS = st.builds(
    town, EDGES, st.sets(st.integers(0, 8), max_size=6), st.sampled_from([0.0, 300.0])
)


def place_on(network, where):
    edge, seventh = where
    edge %= len(network)
    line = network.vertices[network.edge_start[edge] : network.edge_start[edge + 1]]
    return stretch(line, seventh / 7, seventh / 7)[0] - 500_000.0


def openings(network, new, way=WayKind.BRIDGE):
    made = []
    for one, other in new:
        a, b = place_on(network, one), place_on(network, other)
        if np.hypot(*(a - b)) > 1:
            made.append(change("open", a, b, way=way))
    return made


def closings(network, edges):
    made = []
    for edge in sorted({e % len(network) for e in edges}):
        line = network.vertices[network.edge_start[edge] : network.edge_start[edge + 1]]
        made.append(change("close", *(line - 500_000.0)))
    return made


def covered(walk, sites, demand, reach):
    ids = [tuple(f"{i:02d}" for i in range(len(part))) for part in (sites, demand)]
    return build_coverage(walk, (ids[0], sites), (ids[1], demand), pace(reach))


def listed(walk, sites, demand, reach):
    """Return the minutes of all pairs; they are the pairs of the coverage."""
    minutes = minutes_of_pairs(walk, sites, demand, pace(reach))
    assert set(minutes) == pairs_of(covered(walk, sites, demand, reach))
    return minutes


def before_and_after(network, made, sites, demand, walking):
    overlay, findings = overlay_changes(network, changes(*made))
    assert {f.severity for f in findings} <= {"notice", "warning"}
    ways, _ = build_ways(network, overlay, GROUND, SLOPE, walking)
    old = [attach(ways.before, degrees(part)) for part in (sites, demand)]
    new = [
        carry_places(ways, part, sites=of_sites)
        for part, of_sites in zip(old, (True, False), strict=True)
    ]
    return ways, old, new


@QUICK
@given(TOWNS, NEW, WAY, BOTH, REACH, DIRECTION)
def test_a_new_street_never_loses_anyone(network, new, way, places, reach, direction):
    walking = Walking(slope=False, direction=direction)
    made = openings(network, new, way)
    ways, old, moved = before_and_after(network, made, *places, walking)
    before = listed(ways.before, *old, reach)
    after = listed(ways.after, *moved, reach + ROUNDED_MM / 1000)
    assert set(before) <= set(after)
    slack = ROUNDED_MM / 60_000 + 1e-6
    assert all(after[pair] <= minutes + slack for pair, minutes in before.items())


@QUICK
@given(TOWNS, NEW, st.sampled_from([WayKind.STREET, WayKind.PATH]), BOTH, REACH, DIRECTION)
def test_joining_crossings_never_loses_anyone(network, new, way, places, reach, direction):
    # on the flat a bridge costs what a street does, and meets nothing it crosses
    walking = Walking(slope=False, direction=direction)
    apart, together = (
        before_and_after(network, openings(network, new, kind), *places, walking)
        for kind in (WayKind.BRIDGE, way)
    )
    without = listed(apart[0].after, *apart[2], reach)
    joined = listed(together[0].after, *together[2], reach + ROUNDED_MM / 1000)
    assert set(without) <= set(joined)
    slack = ROUNDED_MM / 60_000 + 1e-6
    assert all(joined[pair] <= minutes + slack for pair, minutes in without.items())


@QUICK
@given(TOWNS, st.sets(st.integers(0, 30), min_size=1, max_size=4), PLACES, PLACES, REACH, DIRECTION)
def test_closing_streets_never_gains_anyone(network, shut, sites, demand, reach, direction):
    walking = Walking(slope=True, direction=direction)
    ways, old, moved = before_and_after(network, closings(network, shut), sites, demand, walking)
    before = listed(ways.before, *old, reach)
    after = listed(ways.after, *moved, reach)
    assert set(after) <= set(before)
    assert all(minutes >= before[pair] for pair, minutes in after.items())


@QUICK
@given(TOWNS, st.tuples(NEW, WAY), st.sets(st.integers(0, 30), max_size=3), BOTH, REACH, DIRECTION)
def test_an_update_equals_a_full_recompute(network, new, shut, places, reach, direction):
    sites, demand = places
    made = closings(network, shut)
    made += [c for c in openings(network, *new) if not _touches_closed(network, c, made)]
    walking = Walking(slope=True, direction=direction)
    ways, old, moved = before_and_after(network, made, sites, demand, walking)
    updated, rows = update_coverage(
        covered(ways.before, *old, reach), ways, (old[0], moved[0]), moved[1], pace(reach)
    )
    assert pairs_of(updated) == pairs_of(covered(ways.after, *moved, reach))
    assert set(rows) <= set(range(len(sites)))


def _touches_closed(network, opening, made):
    """Tell whether an opening begins or ends where nothing is open any more."""
    closed = {tuple(np.round(c.xy, 3).ravel()) for c in made}
    left = [
        e
        for e in range(len(network))
        if tuple(
            np.round(network.vertices[network.edge_start[e] : network.edge_start[e + 1]], 3).ravel()
        )
        not in closed
    ]
    for end in opening.xy[[0, -1]]:
        near = [np.hypot(*(_nearest(network, e, end) - end)) for e in left]
        if min(near, default=np.inf) > 4.9:
            return True
    return False


def _nearest(network, edge, point):
    a, b = network.vertices[network.edge_start[edge] : network.edge_start[edge + 1]][[0, -1]]
    share = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return a + share * (b - a)


@QUICK
@given(TOWNS, PLACES, PLACES, st.lists(st.tuples(st.integers(0, 6), METRES), min_size=1), REACH)
def test_a_further_entrance_never_loses_anyone(network, sites, demand, gates, reach):
    walk = walk_on(network)
    at_sites = attach(walk, degrees(sites))
    gates = [(place % len(demand), xy) for place, xy in gates]
    first = dict(reversed(gates))  # one gate of every place that has any
    fewer = attach(walk, degrees(demand), doors(*first.items()))
    more = attach(walk, degrees(demand), doors(*gates))
    before = listed(walk, at_sites, fewer, reach)
    after = listed(walk, at_sites, more, reach)
    assert set(before) <= set(after)
    assert all(after[pair] <= minutes for pair, minutes in before.items())


@QUICK
@given(TOWNS, PLACES, PLACES, st.lists(METRES, min_size=2, max_size=4), REACH, DIRECTION)
def test_the_best_of_all_entrances_counts(network, sites, demand, gates, reach, direction):
    walk = walk_on(network, Walking(direction=direction))
    at_demand = attach(walk, degrees(demand), doors(*[(0, gate) for gate in gates]))
    at_sites = attach(walk, degrees(sites), doors(*[(0, gate) for gate in reversed(gates)]))
    best = {}
    for one in gates:
        for other in gates:
            parts = (
                attach(walk, degrees([one, *sites[1:]])),
                attach(walk, degrees([other, *demand[1:]])),
            )
            for pair, minutes in listed(walk, *parts, reach).items():
                best[pair] = min(minutes, best.get(pair, np.inf))
    assert listed(walk, at_sites, at_demand, reach) == best
    nearest = find_nearest(walk, at_sites, at_demand)
    within = np.flatnonzero(nearest.within(pace(reach).limit_mm)).tolist()
    assert within == sorted({j for _, j in best})
    least = [min(m for (_, k), m in best.items() if k == j) for j in within]
    np.testing.assert_allclose(nearest_minutes(nearest, pace(reach))[within], least, rtol=1e-6)


@QUICK
@given(TOWNS, PLACES, PLACES, REACH)
def test_a_round_trip_is_the_same_from_either_end_and_on_streets_drawn_backwards(
    network, sites, demand, reach
):
    walking = Walking(direction="round_trip")
    walk = walk_on(network, walking)
    places = [attach(walk, degrees(part)) for part in (sites, demand)]
    there = listed(walk, *places, reach)
    back = listed(walk, *reversed(places), reach)
    assert there == {(i, j): minutes for (j, i), minutes in back.items()}
    turned = network_of(
        *[
            (network.vertices[a:b] - 500_000.0)[::-1]
            for a, b in zip(network.edge_start[:-1], network.edge_start[1:], strict=True)
        ],
        heights=[
            network.profile_m[a:b][::-1]
            for a, b in zip(network.edge_start[:-1], network.edge_start[1:], strict=True)
        ],
        one_way=np.flatnonzero(~network.walk_backward),
    )
    walk = walk_on(turned, walking)
    places = [attach(walk, degrees(part)) for part in (sites, demand)]
    again = listed(walk, *places, reach + 0.001)  # half a millimetre rounds either way
    assert set(there) <= set(again)


@QUICK
@given(TOWNS, NEW, BOTH, REACH, st.integers(0, 400), DIRECTION)
def test_more_time_never_loses_anyone(network, new, places, reach, more, direction):
    sites, demand = places
    walking = Walking(direction=direction)
    ways, _, moved = before_and_after(network, openings(network, new), sites, demand, walking)
    less = listed(ways.after, *moved, reach)
    longer = listed(ways.after, *moved, reach + more)
    assert set(less) <= set(longer)
    nearest = find_nearest(ways.after, *moved)
    near = {j for _, j in less}
    assert near == set(np.flatnonzero(nearest.within(pace(reach).limit_mm)).tolist())


@QUICK
@given(TOWNS, PLACES, DIRECTION)
def test_no_change_carries_every_place_to_where_it_was(network, places, direction):
    walking = Walking(slope=False, direction=direction)
    overlay, findings = overlay_changes(network, changes())
    assert findings == ()
    ways, _ = build_ways(network, overlay, GROUND, SLOPE, walking)
    settled = settle(ways, degrees(places), sites=True)
    attached = attach(walk_on(network, FLAT), degrees(places))
    for one, other in zip(settled.stops, attached.stops, strict=True):
        np.testing.assert_array_equal(one, other)
