"""Who is covered by which site at what cost, pair by pair, and which site is nearest.

Pairs are written out only where their costs are asked for; who is covered is kept as runs
(`planner.kernel.runs`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel import frames, pairing, spread
from planner.kernel.chunks import Desks, Rows, in_chunks, new_desk, write_rows
from planner.kernel.graph import Graph
from planner.kernel.paths import (
    check_limit,
    gather_rows,
    near_rows,
    nearest_labels,
    unpack_nearest,
)
from planner.kernel.rack import build_rack
from planner.kernel.stops import CostedStops, Stops, place_stops


def cover_pairs(  # noqa: PLR0913 - the signature the other layers were promised
    graph: Graph,
    sites: Stops | CostedStops,
    demand: Stops | CostedStops,
    *,
    limit_mm: int,
    towards: bool,
    progress: Callable[[int, int], None] | None = None,
    chunk: int = 1000,
    threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return every pair of site and demand point within a limit.

    Costs are exact along edges: both access legs and both partial edges count, and two places on
    one edge are joined without passing a node where that is shorter.

    Parameters
    ----------
    graph
        The network.
    sites, demand
        Rows and columns. A place attached to nothing is in no pair.
    limit_mm
        Largest cost, flat-equivalent millimetres; a pair at exactly the limit is covered.
    towards
        True where people walk from the demand to the site, False the other way.
    progress
        Called with (sites done, sites) after every chunk; whatever it raises ends the work.
        Sites attached to nothing count neither way.
    chunk
        Sites between two calls of `progress`.
    threads
        Chunks in hand at the same time; the result is the same for any number.

    Returns
    -------
    row_start : NDArray[np.int64]
        First pair of each site and one past the last, shape (s + 1,).
    demand : NDArray[np.int32]
        Demand points, ascending within a row.
    mm : NDArray[np.int32]
        Cost of each pair.

    Raises
    ------
    ValueError
        If places do not fit the graph, or limit, chunk or threads are out of range.
    """
    quest = build_quest(graph, sites, demand, limit_mm=limit_mm, towards=towards)
    rows = near_rows(quest.net, quest.sites)
    desks = Desks(lambda: new_desk(graph.node_count))

    def cover(first: int, last: int) -> Rows:
        found = frames.new_found(len(quest.rack.edge))
        with desks.one() as desk:
            written = write_rows(
                desk,
                rows[first:last],
                lambda some, room: pairing.pair_rows(quest, some, desk.lanes, found, room),
            )
        _sort_rows(written)
        return written

    pieces = list(in_chunks(len(rows), chunk, cover, threads=threads, progress=progress))
    return gather_rows(len(quest.sites.edge), rows, pieces)


def build_quest(
    graph: Graph,
    sites: Stops | CostedStops,
    demand: Stops | CostedStops,
    *,
    limit_mm: int,
    towards: bool,
    order_key: NDArray[np.int64] | None = None,
) -> frames.Quest:
    """Check and bring together what `cover_pairs` and `planner.kernel.runs.build_runs` ask for."""
    limit = check_limit(limit_mm)
    placed = place_stops(graph, sites, leaving=not towards)
    rack = build_rack(graph, demand, towards=towards, order_key=order_key)
    return frames.Quest(graph.in_net if towards else graph.out_net, placed, rack, towards, limit)


def _sort_rows(rows: Rows) -> None:
    """Put the pairs of each row in the order of their demand points."""
    packed = (rows.columns[0].astype(np.int64) << 32) | rows.columns[1]
    first = 0
    for last in rows.ends.tolist():
        packed[first:last].sort()
        first = last
    rows.columns[0], rows.columns[1] = packed >> 32, packed


def nearest_site(
    graph: Graph,
    sites: Stops | CostedStops,
    demand: Stops | CostedStops,
    *,
    towards: bool,
    limit_mm: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest site of every demand point, in one search for all sites.

    Parameters
    ----------
    graph
        The network.
    sites, demand
        The places; costs are measured as in `cover_pairs`.
    towards
        True where people walk from the demand to the site, False the other way.
    limit_mm
        Largest cost, or `None` for any.

    Returns
    -------
    site : NDArray[np.int32]
        Number of the nearest site, at equal cost the smaller; -1 where none is reached, shape (n,).
    mm : NDArray[np.int64]
        Cost, -1 where none is reached, shape (n,).

    Raises
    ------
    ValueError
        If places do not fit the graph or the limit is out of range.
    """
    field = search_field(graph, sites, towards=towards, limit_mm=limit_mm)
    return read_field(field, demand)


class Field(NamedTuple):
    """The cost to the nearest site, everywhere on the network.

    Parameters
    ----------
    graph, towards, limit_mm
        What was searched.
    shelf
        The sites by edge.
    label
        Packed label of every node (`planner.kernel.paths.nearest_labels`), int64, shape (n,).
    """

    graph: Graph
    towards: bool
    limit_mm: int | None
    shelf: frames.Shelf
    label: NDArray[np.int64]


def search_field(
    graph: Graph, sites: Stops | CostedStops, *, towards: bool, limit_mm: int | None
) -> Field:
    """Search once from all sites; parameters and errors as in `nearest_site`."""
    label = nearest_labels(graph, sites, towards=towards, limit_mm=limit_mm)
    shelf = shelve(graph, place_stops(graph, sites, leaving=not towards))
    return Field(graph, towards, limit_mm, shelf, label)


def read_field(
    field: Field, demand: Stops | CostedStops
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest site and the cost of every demand point, as `nearest_site` does."""
    points = place_stops(field.graph, demand, leaving=field.towards)
    found = np.empty(len(points.edge), np.int64)
    limit = frames.NO_LABEL if field.limit_mm is None else field.limit_mm
    match = frames.Match(points, field.shelf, field.towards)
    ends = (field.graph.tail, field.graph.head)
    spread.read_nearest(ends, match, limit, field.label, found)
    return unpack_nearest(found)


def shelve(graph: Graph, placed: frames.Placed) -> frames.Shelf:
    """Return the attached stops in the order of their edges and of their place along them."""
    edge_count, node_count = len(graph.tail), graph.node_count
    member = np.lexsort((placed.share, placed.edge)).astype(np.int32)
    member = member[np.searchsorted(placed.edge[member], 0) :]
    ordered = frames.Placed(
        placed.edge[member],
        placed.share[member],
        placed.access_mm[member],
        placed.forward_at[member],
        placed.backward_at[member],
        placed.tail_mm[member],
        placed.head_mm[member],
    )
    start = np.searchsorted(ordered.edge, np.arange(edge_count + 1)).astype(np.int64)
    used = np.flatnonzero(np.diff(start))
    tail, head = graph.tail[used], graph.head[used]
    node = np.concatenate([tail, head[head != tail]])
    edge = np.concatenate([used, used[head != tail]]).astype(np.int32)
    node_start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(node, minlength=node_count), out=node_start[1:])
    return frames.Shelf(start, member, ordered, node_start, edge[np.argsort(node, kind="stable")])
