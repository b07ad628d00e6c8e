"""Extracts of any size and kind, gates on ways, and damaged files."""

import bz2
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pytest
from filed import GROUND, WINDOW, named, only, rules
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.model.network import WayKind
from planner.store.pbf import _fields, node_blocks
from planner.store.streets import read_network
from planner.store.streets_osm import read_osm
from planner.store.walkable import walkable

#   1 --- 2 --- 3 --- 4 ----- 6
#         |
#         5
PLACES = {
    1: (123.700, 41.300), 2: (123.701, 41.300), 3: (123.702, 41.300), 4: (123.703, 41.300),
    5: (123.701, 41.299), 6: (123.710, 41.300),
}  # fmt: skip
STREET = {"highway": "residential"}
WAYS = [([1, 2, 3], STREET), ([3, 4, 6], STREET), ([2, 5], STREET)]
GATE = {"barrier": "gate", "access": "private"}


def written(path, tags, ways=WAYS, places=PLACES):
    """Write an extract whose nodes have `tags` {id: tags}."""
    path_or_file = path if isinstance(path, osmium.io.File) else str(path)
    with osmium.SimpleWriter(path_or_file) as writer:
        for ref, place in places.items():
            writer.add_node(Node(id=ref, location=place, tags=tags.get(ref, {})))
        for number, (refs, of) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=refs, tags=of))
    return path


def read(path, bounds=WINDOW):
    return read_network(named(path), path.parent, GROUND, bounds)


# --- gates


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ("barrier=gate", False),
        ("barrier=gate locked=yes", True),
        ("barrier=gate locked=no", False),
        ("barrier=gate access=private", True),
        ("barrier=gate access=no", True),
        ("barrier=gate access=private foot=yes", False),
        ("barrier=gate access=no foot=permissive", False),
        ("barrier=gate locked=yes foot=designated", False),
        ("barrier=gate foot=no", True),
        ("barrier=lift_gate", False),
        ("barrier=lift_gate access=yes foot=no", True),
        ("barrier=turnstile", False),
        ("barrier=stile", False),
        ("barrier=kissing_gate", False),
        ("barrier=cycle_barrier", False),
        ("barrier=bollard", False),
        ("barrier=block", False),
        ("barrier=invented", False),
        ("barrier=wall", True),
        ("barrier=fence", True),
        ("barrier=wall foot=yes", False),
        ("barrier=no locked=yes", False),
        ("locked=yes", False),
        ("foot=no", True),
        ("access=private", True),
        ("access=customers", False),
        ("entrance=main", False),
        ("entrance=main access=private", False),
        ("entrance=no access=private", True),
        ("entrance=main barrier=gate foot=no", True),
        ("highway=crossing", False),
    ],
)
def test_which_nodes_stop_a_walker(tags, closed):
    assert walkable().closes(dict(t.split("=") for t in tags.split())) is closed


def test_a_closed_gate_parts_the_streets(tmp_path):
    found = read(written(tmp_path / "a.osm.pbf", {2: GATE}))
    net = found.value
    assert len(net) == 4
    assert net.node_count == 7  # node 2 three times
    assert net.component.max() == 2
    fault = only(found, "streets.gates")
    assert (fault.found, fault.lon, fault.lat) == ("1", *PLACES[2])
    assert dict(fault.values)["examples"] == "123.701000, 41.300000"
    assert net.length_m.sum() == pytest.approx(
        read(written(tmp_path / "b.osm.pbf", {})).value.length_m.sum()
    )


def test_an_open_gate_is_no_more_than_a_node(tmp_path):
    tags = {2: {**GATE, "foot": "yes"}, 3: {"barrier": "bollard"}, 5: {"entrance": "main"}}
    found = read(written(tmp_path / "a.osm.pbf", tags))
    plain = read(written(tmp_path / "b.osm.pbf", {}))
    assert rules(found) == rules(plain) == []
    for name in ("tail", "head", "vertices", "edge_start"):
        assert np.array_equal(getattr(found.value, name), getattr(plain.value, name))


def test_gate_in_the_middle_of_a_way_and_between_two(tmp_path):
    """A closed node cuts a way that nothing else meets, and two ways that meet end to end."""
    for gate, ways in ((2, [([1, 2, 3, 4], STREET)]), (2, [([1, 2], STREET), ([2, 3, 4], STREET)])):
        path = written(tmp_path / f"{len(ways)}.osm.pbf", {gate: GATE}, ways)
        net = read(path).value
        assert (len(net), net.node_count, net.component.max()) == (2, 4, 1)


def test_gate_at_a_dead_end_parts_nothing(tmp_path):
    assert rules(read(written(tmp_path / "a.osm.pbf", {5: GATE, 6: GATE}))) == []


def test_gate_on_a_ring(tmp_path):
    ring = [([1, 2, 5, 1], STREET), ([2, 3], STREET)]
    net = read(written(tmp_path / "a.osm.pbf", {1: GATE}, ring)).value
    assert net.component.max() == 0  # one still walks round the other side
    assert net.node_count == 4


def test_gate_elsewhere_and_gate_off_the_streets_do_not_count(tmp_path):
    places = {**PLACES, 7: (123.7, 41.35), 8: (120.0, 41.3), 9: (120.1, 41.3), 10: (120.2, 41.3)}
    ways = [*WAYS, ([8, 9, 10], STREET)]
    tags = {7: GATE, 9: GATE}
    assert rules(read(written(tmp_path / "a.osm.pbf", tags, ways, places))) == []


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    ways=st.lists(st.lists(st.integers(1, 9), min_size=2, max_size=6), min_size=1, max_size=5),
    shut=st.sets(st.integers(1, 9), max_size=3),
)
def test_one_gets_everywhere_but_through_closed_nodes(tmp_path_factory, ways, shut):
    """Steps of ways hang together exactly if one walks from one to the other past open nodes."""
    places = {ref: (123.7 + ref % 3 / 1000, 41.3 + ref // 3 / 1000) for ref in range(1, 10)}
    path = written(
        tmp_path_factory.mktemp("gates") / "a.osm.pbf",
        dict.fromkeys(shut, GATE),
        [(way, STREET) for way in ways],
        places,
    )
    steps = [(a, b) for way in ways for a, b in pairwise(way) if a != b]
    parent = list(range(len(steps)))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, one in enumerate(steps):
        for j, other in enumerate(steps):
            if set(one) & set(other) - shut:
                parent[root(i)] = root(j)
    pieces = len({root(i) for i in range(len(steps))})
    found, _ = read_osm(named(path), path, None)
    count = int(found.head.max(initial=-1)) + 1
    count = max(count, int(found.tail.max(initial=-1)) + 1)
    graph = coo_array((np.ones(len(found)), (found.tail, found.head)), shape=(count, count))
    assert (connected_components(graph, directed=False)[0] if count else 0) == pieces
    assert sum(np.diff(found.start) - 1) == len(steps)


def test_gate_in_a_graph(tmp_path):
    import networkx as nx  # noqa: PLC0415

    graph = nx.MultiDiGraph(crs="epsg:4326")
    for ref, (x, y) in PLACES.items():
        graph.add_node(ref, x=str(x), y=str(y), **(GATE if ref == 3 else {}))
    for a, b in ((1, 2), (2, 3), (3, 4), (2, 5), (4, 6)):
        graph.add_edge(a, b, highway="residential")
        graph.add_edge(b, a, highway="residential")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    found = read(tmp_path / "a.graphml")
    assert (found.value.node_count, found.value.component.max()) == (7, 1)
    assert (only(found, "streets.gates").lon, only(found, "streets.gates").lat) == PLACES[3]


# --- ways


def test_what_is_not_walked_is_counted(tmp_path):
    ways = [
        *WAYS,
        ([4, 5], {"route": "ferry", "foot": "yes"}),
        ([1, 5, 2, 1], {"highway": "pedestrian", "area": "yes"}),
        ([3, 5], {"highway": "footway", "foot:conditional": "no @ (22:00-06:00)"}),
    ]
    found = read(written(tmp_path / "a.osm.pbf", {}, ways))
    notes = dict(found.source.notes)
    assert (notes["ferries"], notes["squares"], notes["by_the_hour"]) == ("1", "1", "1")
    assert len(found.value) == 4 + 3 + 1  # the ring of the square in three parts


def test_an_escalator_runs_one_way(tmp_path):
    steps = {"highway": "steps"}
    ways = [([1, 2], {**steps, "conveying": "forward"}),
            ([2, 3], {**steps, "conveying": "backward"}),
            ([3, 4], {**steps, "conveying": "reversible"}),
            ([2, 5], {**steps, "conveying": "forward", "oneway:foot": "no"})]  # fmt: skip
    net = read(written(tmp_path / "a.osm.pbf", {}, ways)).value
    assert net.walk_forward.tolist() == [True, False, True, True]
    assert net.walk_backward.tolist() == [False, True, True, True]
    assert set(net.kind) == {WayKind.STEPS}


# --- kinds of file


@pytest.mark.parametrize(
    "name", ["b.osm", "b.osm.gz", "b.osm.bz2", "dense=false", "compression=none", "compression=lz4"]
)
def test_every_kind_of_file_says_the_same(tmp_path, name):
    tags = {2: {"barrier": "gate"}, 3: GATE}
    plain = read(written(tmp_path / "a.osm.pbf", tags))
    if "=" in name:
        option = "pbf_dense_nodes=false" if "dense" in name else f"pbf_{name}"
        written(osmium.io.File(str(tmp_path / "b.osm.pbf"), f"pbf,{option}"), tags)
        path = tmp_path / "b.osm.pbf"
    else:
        path = written(tmp_path / name, tags)
    found = read(path)
    assert rules(found) == rules(plain)
    assert "streets.gates" in rules(found)
    for field in ("tail", "head", "vertices", "edge_start", "kind", "component"):
        assert np.array_equal(getattr(found.value, field), getattr(plain.value, field))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    nodes=st.dictionaries(
        st.integers(-(2**40), 2**40).filter(bool),
        st.tuples(
            st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000)
        ),
        max_size=30,
    )
)
def test_nodes_are_those_osmium_reads(tmp_path_factory, nodes):
    path = tmp_path_factory.mktemp("pbf") / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, (x, y) in nodes.items():
            writer.add_node(Node(id=ref, location=(x / 1e7, y / 1e7)))
    expected = {
        node.id: (node.location.x, node.location.y)
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE)
    }
    found = {
        ref: (x, y)
        for block in node_blocks(path)
        for ref, x, y in zip(*(column.tolist() for column in block), strict=True)
    }
    assert found == expected


def test_history_and_extracts_without_places(tmp_path):
    old = "<way id='1' version='{}'><nd ref='1'/><nd ref='2'/><tag k='highway' v='path'/></way>"
    nodes = "".join(
        f"<node id='{ref}' version='1' lon='{x}' lat='{y}'/>" for ref, (x, y) in PLACES.items()
    )
    texts = {
        "history": f"{nodes}{old.format(1)}{old.format(2)}",
        "no_places": old.format(1),
    }
    for rule, text in texts.items():
        path = tmp_path / f"{rule}.osm"
        path.write_text(f"<osm version='0.6'>{text}</osm>", encoding="utf-8")
        for bounds in (None, WINDOW):
            found = read(path, bounds)
            assert (rules(found), found.value) == ([f"streets.{rule}"], None)
    written(osmium.io.File(str(tmp_path / "h.osm.pbf"), "osh.pbf"), {})
    assert rules(read(tmp_path / "h.osm.pbf")) == ["streets.history"]
    places = osmium.io.File(str(tmp_path / "w.osm.pbf"), "pbf,locations_on_ways=true")
    with osmium.SimpleWriter(places) as writer:
        writer.add_way(Way(id=1, nodes=[1, 2], tags=STREET))
    assert rules(read(tmp_path / "w.osm.pbf")) == ["streets.no_places"]


def test_an_empty_extract(tmp_path):
    path = written(tmp_path / "a.osm.pbf", {}, (), {})
    assert rules(read(path)) == ["streets.none_here"]
    assert rules(read(path, None)) == ["streets.none"]


@pytest.mark.parametrize("name", ["a.osm.pbf", "a.osm", "a.osm.gz", "a.osm.bz2"])
def test_a_file_cut_anywhere_is_told_and_never_a_crash(tmp_path, name):
    whole = written(tmp_path / f"whole-{name}", {2: GATE}).read_bytes()
    path = tmp_path / name
    complete = len(read(tmp_path / f"whole-{name}").value)
    for size in range(1, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:size])
        found = read(path)
        assert found.value is None or len(found.value) == complete  # only a tail of padding is gone
        assert found.value is not None or rules(found) in (
            ["file.unreadable"],
            ["streets.none_here"],  # cut between two blocks
        )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_changed_byte_is_never_a_crash(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "bytes"
    folder.mkdir(exist_ok=True)
    whole = folder / "whole.osm.pbf"
    if not whole.exists():
        written(whole, {2: GATE})
    changed = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "a.osm.pbf"
    path.write_bytes(changed)
    found = read(path)
    assert found.value is not None or found.findings


def test_kinds_of_blocks_may_change_within_a_file(tmp_path):
    """A file whose later blocks are packed in another way is written anew."""
    plain, packed = tmp_path / "a.osm.pbf", tmp_path / "b.osm.pbf"
    written(plain, {2: GATE})
    written(osmium.io.File(str(packed), "pbf,pbf_compression=lz4"), {2: GATE})

    def blocks(path):
        data, at = path.read_bytes(), 0
        while at < len(data):
            head = at + 4 + int.from_bytes(data[at : at + 4], "big")
            fields = dict(_fields(memoryview(data)[at + 4 : head]))
            yield data[at : head + fields[3]]
            at = head + fields[3]

    first, *_ = blocks(plain)
    _, *others = blocks(packed)
    mixed = tmp_path / "c.osm.pbf"
    mixed.write_bytes(first + b"".join(others))
    assert np.array_equal(read(mixed).value.vertices, read(plain).value.vertices)


def test_not_bzip_inside(tmp_path):
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(b"no xml"))
    assert rules(read(tmp_path / "a.osm.bz2")) == ["file.unreadable"]


# --- size

PEAK = """
import json, sys
from pathlib import Path
from planner.model.scenario import InputFile
from planner.store.streets_osm import read_osm

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

before = peak()
path = Path(sys.argv[1])
lines, _ = read_osm(InputFile(path=path), path, tuple(json.loads(sys.argv[2])))
print(json.dumps([len(lines), peak() - before]))
"""


def big_extract(path, copies, side=100):
    """Write `copies` towns of side x side crossings, one degree apart."""
    number = np.arange(side * side).reshape(side, side)
    streets = [*number.tolist(), *number.T.tolist()]
    with osmium.SimpleWriter(str(path)) as writer:
        for copy in range(copies):
            for i in range(side * side):
                place = (100 + copy + i % side / 1000, 41.3 + i // side / 1000)
                writer.add_node(Node(id=1 + copy * 10**6 + i, location=place))
        for copy in range(copies):
            for i, refs in enumerate(streets):
                nodes = [1 + copy * 10**6 + ref for ref in refs]
                writer.add_way(Way(id=1 + copy * 10**4 + i, nodes=nodes, tags=STREET))
    return path


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is told by Linux")
def test_memory_follows_the_window_and_not_the_extract(tmp_path):
    window = json.dumps([100, 41, 100.5, 42])
    told = []
    for copies in (1, 60):
        path = big_extract(tmp_path / f"{copies}.osm.pbf", copies)
        answer = subprocess.run(
            [sys.executable, "-c", PEAK, str(path), window],
            capture_output=True,
            check=True,
            text=True,
        )
        told.append(json.loads(answer.stdout))
    (lines, small), (same, large) = told
    assert lines == same == 2 * 100 * 99
    # 60 times the nodes, 2.4 million node references: an index alone would take 10 MB, tuples 300
    assert large - small < 100
