"""Lines become a graph: cut where they meet on one level, whatever their order."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.meeting import Bundle
from planner.kernel.noding import build_nodes

SNAP_M = 0.5


def bundle(lines, level=None, apart=None):
    count = len(lines)
    return Bundle(
        xy=np.concatenate([np.array(line, float) for line in lines]),
        start=np.concatenate([[0], np.cumsum([len(line) for line in lines])]),
        source=np.arange(count),
        level=np.array(level or [0] * count, np.int64),
        apart=np.array(apart or [False] * count, np.bool_),
        label=np.array([(a or 0) + 10 * bool(b) for a, b in zip(
            level or [0] * count, apart or [False] * count, strict=True)], np.int64),
    )  # fmt: skip


def pieces(noded):
    start = noded.bundle.start
    return [noded.bundle.xy[a:b] for a, b in itertools.pairwise(start)]


def drawn(noded):
    """Return the pieces as sorted coordinates, whatever their direction."""
    both = [(tuple(map(tuple, p)), tuple(map(tuple, p[::-1]))) for p in pieces(noded)]
    return sorted(min(pair) for pair in both)


def length(lines):
    return sum(shapely.LineString(line).length for line in lines)


place = st.tuples(st.integers(0, 40), st.integers(0, 40))
fine = st.tuples(st.floats(0, 40, width=32), st.floats(0, 40, width=32))
towns = st.lists(st.lists(place, min_size=2, max_size=5), min_size=1, max_size=12)
fine_towns = st.lists(st.lists(fine, min_size=2, max_size=5), min_size=1, max_size=12)


@settings(max_examples=400, deadline=None)
@given(st.one_of(towns, fine_towns), st.sampled_from([0.01, 0.5, 3.0]))
def test_noding_what_is_noded_changes_nothing(lines, snap):
    once = build_nodes(bundle(lines), snap_m=snap)
    again = build_nodes(once.bundle, snap_m=snap)
    assert all(np.array_equal(a, b) for a, b in zip(once.bundle, again.bundle, strict=True))
    assert np.array_equal(once.tail, again.tail)
    assert np.array_equal(once.head, again.head)
    assert (again.crossings.size, again.touches.size, again.moved_m.size) == (0, 0, 0)


@settings(max_examples=40, deadline=None)
@given(st.one_of(towns, fine_towns), st.randoms(use_true_random=False))
def test_order_and_direction_of_lines_do_not_matter(lines, random):
    other = [line[::-1] if random.random() < 0.5 else line for line in lines]
    random.shuffle(other)
    one, two = (build_nodes(bundle(x), snap_m=SNAP_M) for x in (lines, other))
    assert drawn(one) == drawn(two)
    assert np.array_equal(one.crossings, two.crossings)


@settings(max_examples=40, deadline=None)
@given(towns)
def test_crossings_of_one_level_become_nodes(lines):
    noded = build_nodes(bundle(lines), snap_m=0.01)
    nodes = noded.bundle.xy[np.concatenate([noded.bundle.start[:-1], noded.bundle.start[1:] - 1])]
    shapes = [shapely.LineString(line) for line in lines if len(set(line)) > 1]
    for one, other in itertools.combinations(shapes, 2):
        shared = shapely.intersection(one, other)
        if shared.is_empty or shared.length or one.equals(other):
            continue
        for point in shapely.get_parts(shared):
            assert np.hypot(*(nodes - [point.x, point.y]).T).min() < 0.02


@settings(max_examples=40, deadline=None)
@given(towns)
def test_length_is_kept(lines):
    given_ = bundle(lines)
    noded = build_nodes(given_, snap_m=0.01)
    union = shapely.unary_union([shapely.LineString(line) for line in lines])
    assert length(pieces(noded)) <= length(lines) + 0.02 * len(noded.bundle.xy)
    assert length(pieces(noded)) >= union.length - 0.02 * (len(noded.bundle.xy) + len(lines))


@settings(max_examples=40, deadline=None)
@given(towns, st.data())
def test_bridges_join_at_their_ends_only(lines, data):
    lines = [list(dict.fromkeys(line)) for line in lines]  # no lines without length
    lines = [line for line in lines if len(line) > 1] or [[(0, 0), (9, 9)]]
    apart = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    noded = build_nodes(bundle(lines, [int(a) for a in apart], apart), snap_m=SNAP_M)
    drawn_once = {min(tuple(x), tuple(x[::-1])) for x, a in zip(lines, apart, strict=True) if a}
    kept = [drawn for drawn, a in zip(pieces(noded), noded.bundle.apart, strict=True) if a]
    assert sorted(map(len, kept)) == sorted(map(len, drawn_once))
    inner = sorted(tuple(p) for x in kept for p in x[1:-1])
    assert inner == sorted(tuple(map(float, p)) for x in drawn_once for p in x[1:-1])


def test_tolerance_below_a_centimetre_is_refused():
    with pytest.raises(ValueError, match="at least"):
        build_nodes(bundle([[(0, 0), (1, 0)]]), snap_m=0.001)


def test_nothing_is_noded_to_nothing():
    empty = bundle([[(0, 0), (0, 0)]])
    noded = build_nodes(empty, snap_m=SNAP_M)
    assert (noded.bundle.size, noded.empty, len(noded.tail)) == (0, 1, 0)


def test_many_ends_at_one_place_are_one_node():
    """A star of ends that all lie within the tolerance of the end most lines share."""
    star = [[(0, 0), (10, 0)], [(0, 0), (0, 10)], [(0.3, 0), (10, 10)], [(0, -0.4), (-10, -10)]]
    noded = build_nodes(bundle(star), snap_m=SNAP_M)
    assert len(set(noded.tail)) == 1
    assert sorted(noded.moved_m) == pytest.approx([0.3, 0.4])
    assert all(tuple(p[0]) == (0, 0) for p in pieces(noded))


def test_lines_on_one_another_are_kept_once():
    noded = build_nodes(bundle([[(0, 0), (60, 0)], [(40, 0), (100, 0)]]), snap_m=SNAP_M)
    assert drawn(noded) == [((0, 0), (40, 0)), ((40, 0), (60, 0)), ((60, 0), (100, 0))]
    assert noded.twice == 1


def test_only_one_step_is_needed_for_a_grid():
    """Ten streets across ten avenues: a hundred crossings, and every piece is a block long."""
    streets = [[(-10, y), (100, y)] for y in range(0, 100, 10)]
    avenues = [[(x, -10), (x, 100)] for x in range(0, 100, 10)]
    noded = build_nodes(bundle(streets + avenues), snap_m=SNAP_M)
    assert len(noded.crossings) == 100
    assert noded.bundle.size == 220
    assert {round(length([p]), 9) for p in pieces(noded)} == {10.0}
