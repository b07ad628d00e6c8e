"""Who lies within the limit of a stop, and which stop is nearest, against the libraries."""

from functools import partial

import numpy as np
import peers
import scipy
from bench_city import (
    LIMIT_MM,
    TOWARDS,
    City,
    copies,
    node_stops,
    search_arcs,
    shortest_arcs,
    street_stops,
)
from measuring import Line, missing, raced, timed, times_as_much, times_faster
from numpy.typing import NDArray
from replay import by_stop, in_order, walk_again

from planner.kernel.paths import Graph, Labels, Stops, place_stops, search_labels, search_nearest

SOURCES, QUICK_SOURCES = 10_000, 1_000
PANDANA_MM = 20.0  # pandana keeps its costs as rounded numbers


def _search(graph: Graph, stops: Stops) -> Labels:
    return search_labels(graph, stops, limit_mm=LIMIT_MM, towards=TOWARDS)


def _sources(city: City, *, quick: bool) -> tuple[NDArray[np.int32], Stops]:
    """Return the source nodes and the stops on them."""
    nodes, stops = node_stops(city, QUICK_SOURCES if quick else SOURCES, seed=1)
    _search(city.graph, Stops(*(column[:2] for column in stops)))  # compiles on the first day
    return nodes, stops


def _sorted_pairs(labels: Labels) -> peers.Cover:
    source, at = by_stop(labels)
    node, mm = labels.node[at], labels.mm[at]
    order = np.lexsort((node, source))
    return peers.Cover(source[order], node[order], mm[order])


def cover_scipy(city: City, *, quick: bool) -> Line:
    nodes, stops = _sources(city, quick=quick)
    matrix = peers.scipy_matrix(search_arcs(city.graph), city.graph.node_count)
    search = partial(_search, city.graph, stops)
    ours, peer = raced(search, lambda: peers.scipy_cover(matrix, nodes))
    found = _sorted_pairs(ours.result)
    flat, mm = peer.result
    theirs = peers.Cover(*np.divmod(flat, city.graph.node_count), mm)
    equal = all(np.array_equal(a, b) for a, b in zip(found, theirs, strict=True))
    name = "scipy.sparse.csgraph.dijkstra(limit)"
    line = times_faster("cover_scipy", ours.cpu, peer.cpu, name, equal=equal)
    return line.with_note(
        f"{len(nodes)} sources in random order, {len(mm)} pairs; "
        f"scipy {scipy.__version__} in chunks of {peers.CHUNK}"
    )


def cover_scipy_csr(city: City, *, quick: bool) -> Line:
    """Against sparse matrices as scipy hands them out, which is what the bar was first set on."""
    nodes, stops = _sources(city, quick=quick)
    matrix = peers.scipy_matrix(search_arcs(city.graph), city.graph.node_count)
    ours, peer = raced(
        partial(_search, city.graph, stops), lambda: peers.scipy_cover_csr(matrix, nodes)
    )
    pairs = sum(part.nnz for part in peer.result) + len(nodes)
    total = sum(float(part.sum()) for part in peer.result)
    equal = pairs == len(ours.result.node) and total == float(ours.result.mm.sum(dtype=np.int64))
    name = "scipy.sparse.csgraph.dijkstra(limit) to csr_array"
    line = times_faster("cover_scipy_csr", ours.cpu, peer.cpu, name, equal=equal)
    return line.with_note(
        f"{len(nodes)} sources, {pairs} pairs; scipy {scipy.__version__} in chunks of "
        f"{peers.PLAIN_CHUNK}; equal: number of pairs and sum of millimetres"
    )


def cover_pandana(city: City, *, quick: bool) -> Line:
    nodes, stops = _sources(city, quick=quick)
    arcs = search_arcs(city.graph)
    search = partial(_search, city.graph, stops)
    try:
        build = timed(lambda: peers.pandana_network(city, arcs))
    except ImportError as error:
        return missing(
            "cover_pandana", "pandana", f"peer not installed: {error}", ours=timed(search).cpu
        )
    network = build.result
    peers.pandana_cover(network, nodes[:2])
    ours, peer = raced(search, lambda: peers.pandana_cover(network, nodes))
    table = peer.result
    key = {int(node): i for i, node in enumerate(nodes)}
    source = np.array([key[int(node)] for node in table["source"]])
    node = table["destination"].to_numpy()
    order = np.lexsort((node, source))
    theirs = peers.Cover(source[order], node[order], table["metres"].to_numpy()[order] * 1000.0)
    equal = _same_within(_sorted_pairs(ours.result), theirs, PANDANA_MM, city.graph.node_count)
    line = times_faster("cover_pandana", ours.cpu, peer.cpu, "pandana nodes_in_range", equal=equal)
    return line.with_note(
        f"{len(nodes)} sources; equal within {PANDANA_MM:.0f} mm; pandana's build of "
        f"{build.cpu:.1f} CPU s left out; its clock {peer.wall:.2f} s"
    )


def _same_within(a: peers.Cover, b: peers.Cover, mm: float, node_count: int) -> bool:
    """Return whether two covers agree on all pairs that are not on the very limit."""
    keys = [cover.source.astype(np.int64) * node_count + cover.node for cover in (a, b)]
    _, in_a, in_b = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    only_a = np.delete(np.asarray(a.mm), in_a)
    only_b = np.delete(np.asarray(b.mm), in_b)
    alone = np.concatenate([only_a, only_b])
    near = np.abs(np.asarray(a.mm)[in_a] - np.asarray(b.mm)[in_b]) <= mm
    return bool(len(in_a)) and bool(near.all()) and bool((alone > LIMIT_MM - mm).all())


def cover_osmnx(city: City, *, quick: bool) -> Line:
    name = "OSMnx recipe (networkx ego_graph)"
    nodes, stops = node_stops(city, 10 if quick else 100, seed=1)
    build = timed(lambda: peers.osmnx_graph(city))
    graph = build.result
    reached = [int(node) for node in nodes]
    ours, peer = raced(
        partial(_search, city.graph, stops),
        lambda: [set(peers.osmnx_cover(graph, node)) for node in reached],
    )
    labels = ours.result
    stretches = zip(labels.first, labels.last, strict=True)
    equal = [set(labels.node[a:b].tolist()) for a, b in stretches] == peer.result
    line = times_faster("cover_osmnx", ours.cpu, peer.cpu, name, equal=equal)
    return line.with_note(
        f"{len(nodes)} sources; it tells which nodes, ours also the distances; "
        f"its build of {build.cpu:.1f} CPU s left out"
    )


def cover_floor(city: City, *, quick: bool) -> Line:
    nodes, stops = _sources(city, quick=quick)
    labels = _search(city.graph, stops)
    start, order, mm = in_order(labels)
    placed = place_stops(city.graph, stops, leaving=not TOWARDS)
    ends = (city.graph.tail[stops.edge], placed.tail_mm, city.graph.head[stops.edge])
    seed = np.column_stack([*ends, placed.head_mm]).astype(np.int64)
    walk_again(city.graph, start[:2], order, seed[:1], LIMIT_MM)
    ours, floor = raced(
        partial(_search, city.graph, stops),
        lambda: walk_again(city.graph, start, order, seed, LIMIT_MM),
    )
    equal = np.array_equal(floor.result[0], order) and np.array_equal(floor.result[1], mm)
    line = times_as_much("cover_floor", ours.cpu, floor.cpu, "replay without queue", equal=equal)
    per = 1e6 / len(nodes)
    return line.with_note(
        f"{len(nodes)} sources in random order; {ours.cpu * per:.2f} us a source against "
        f"{floor.cpu * per:.2f}; {len(order) / len(nodes):.0f} nodes a source"
    )


def growth_16x(city: City, *, quick: bool) -> Line:
    """Sixteen cities with sixteen times the sources; and, told beside it, with as many as one."""
    nodes, stops = _sources(city, quick=quick)
    count, edges = len(nodes), len(city.graph.tail)
    wide = copies(city, 16)
    every = np.tile(np.arange(count), 16)
    copy = np.repeat(np.arange(16), count)
    edge = (stops.edge[every] + copy * edges).astype(np.int32)
    spread = Stops(edge, stops.share[every], stops.access_mm[every])
    many, one = raced(partial(_search, wide, spread), partial(_search, city.graph, stops))
    equal = _same_in_all(many.result, one.result, city.graph.node_count)
    few = Stops(*(column[np.arange(count) * 17 % len(every)] for column in spread))
    sparse = min(timed(partial(_search, wide, few)).cpu for _ in range(5))
    wide_scipy = peers.scipy_matrix(search_arcs(wide), wide.node_count)
    theirs = timed(lambda: peers.scipy_cover(wide_scipy, nodes[:100]))
    line = times_as_much(
        "growth_16x", many.cpu / 16, one.cpu, "ours on one copy of the city", equal=equal
    )
    per = 1e6 / count
    return line.with_note(
        f"{len(every)} sources in random order over {wide.node_count} nodes against {count} over "
        f"{city.graph.node_count}: {many.cpu / 16 * per:.2f} us a source against "
        f"{one.cpu * per:.2f}; with {count} sources over all, so that neighbours share less, "
        f"{sparse * per:.2f}; scipy takes {1e6 * theirs.cpu / 100:.0f} there"
    )


def _same_in_all(many: Labels, one: Labels, node_count: int) -> bool:
    """Return whether every copy of the city got the labels of the one."""
    stop, at = by_stop(many)
    copy = stop // len(one.first)
    node, mm = many.node[at] - copy * node_count, many.mm[at]
    truth = _sorted_pairs(one)
    for number in range(16):
        part = copy == number
        order = np.lexsort((node[part], stop[part]))
        found = (stop[part] - number * len(one.first), node[part], mm[part])
        if not all(np.array_equal(a[order], b) for a, b in zip(found, truth, strict=True)):
            return False
    return True


def nearest_scipy(city: City, *, quick: bool) -> Line:
    """Both sides answer for facilities anywhere on an edge: scipy's graph has a node for each."""
    graph, stops = city.graph, street_stops(city, 100 if quick else 1_000, seed=2)
    search_nearest(graph, Stops(*(column[:2] for column in stops)), towards=TOWARDS)
    placed = place_stops(graph, stops, leaving=not TOWARDS)
    arcs, n = search_arcs(graph), graph.node_count
    facility = np.arange(n, n + len(stops.edge))
    extended = shortest_arcs(
        np.concatenate([arcs.source, facility, facility]),
        np.concatenate([arcs.target, graph.tail[stops.edge], graph.head[stops.edge]]),
        np.concatenate([arcs.mm, placed.tail_mm, placed.head_mm]),
    )
    matrix = peers.scipy_matrix(extended, n + len(facility))
    ours, peer = raced(
        lambda: search_nearest(graph, stops, towards=TOWARDS),
        lambda: peers.scipy_nearest(matrix, facility),
    )
    stop, mm = ours.result
    theirs = peer.result[:n]
    equal = np.array_equal(np.where(mm < 0, np.inf, mm), theirs)
    equal &= _is_that_far(matrix, facility, stop, theirs)
    name = "scipy.sparse.csgraph.dijkstra(min_only)"
    line = times_as_much("nearest_scipy", ours.cpu, peer.cpu, name, equal=equal)
    return line.with_note(
        f"{len(facility)} facilities anywhere on edges, {n} nodes; scipy does not say which "
        "facility, ours does"
    )


def _is_that_far(matrix, facility, stop, mm):
    """Return whether the facility we name is as far as the nearest, checked one by one."""
    some = np.unique(stop[stop >= 0])[:100]
    alone = peers.dijkstra(matrix, indices=facility[some])
    return all(
        np.array_equal(alone[i][: len(mm)][stop == s], mm[stop == s]) for i, s in enumerate(some)
    )
