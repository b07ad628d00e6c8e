"""Bounded searches on the walking network.

Where a stop stands is rounded to the nearest whole millimetre of its edge; everything after that is
exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel import frames, lanes, spread
from planner.kernel.chunks import Desks, Rows, in_chunks
from planner.kernel.graph import LONGEST_MM, Graph, build_graph
from planner.kernel.stops import CostedStops, Stops, place_stops

__all__ = [
    "LONGEST_MM",
    "CostedStops",
    "Graph",
    "Labels",
    "Stops",
    "build_graph",
    "check_limit",
    "gather_rows",
    "near_rows",
    "nearest_labels",
    "place_stops",
    "row_starts",
    "search_labels",
    "search_nearest",
    "unpack_nearest",
]
_CHUNK = 1024
_SLOTS = 1 << 18  # room for so many slots besides those of two batches that reach everything
_THIN = 6  # labels and holes for each label, from where on they are written out at once


class Labels(NamedTuple):
    """Costs of the nodes each stop reaches; a node that is not stored is not reached.

    Parameters
    ----------
    start
        First label of each stop and one past the last, int64, shape (k + 1,).
    node
        Nodes, in no particular order but always the same, int32.
    mm
        Cost between stop and node, access leg included, int32.
    """

    start: NDArray[np.int64]
    node: NDArray[np.int32]
    mm: NDArray[np.int32]


def search_labels(
    graph: Graph, stops: Stops | CostedStops, *, limit_mm: int, towards: bool, threads: int = 1
) -> Labels:
    """Return the nodes within a limit of each stop.

    Parameters
    ----------
    graph
        The network.
    stops
        Where the searches start; the access leg is part of the cost.
    limit_mm
        Largest cost, flat-equivalent millimetres; a node at exactly the limit is reached.
    towards
        True for the cost of walking from the node to the stop, False from the stop to the node.
    threads
        Searches are shared out among so many; the result is the same for any number.

    Returns
    -------
    Labels
        Node labels by stop.

    Raises
    ------
    ValueError
        If the stops do not fit the graph or limit or threads are out of range.
    """
    limit = check_limit(limit_mm)
    placed = place_stops(graph, stops, leaving=not towards)
    net = graph.in_net if towards else graph.out_net
    rows = near_rows(net, placed)
    search = _searcher(net, placed, rows, limit)
    found = in_chunks(len(rows), _CHUNK, search, threads=threads)
    pieces = [piece for some in found for piece in some]
    row_start = row_starts(len(placed.edge), rows, [piece.size for piece in pieces])
    node, mm = np.empty(row_start[-1], np.int32), np.empty(row_start[-1], np.int32)
    ends = np.cumsum([len(piece.size) for piece in pieces], dtype=np.int64)

    def write(i: int, _last: int) -> None:
        piece = pieces[i]
        places = row_start[rows[ends[i] - len(piece.size) : ends[i]]]
        if piece.batches is None:
            spread.place_rows(piece.rows.columns, piece.rows.ends, places, node, mm)
        else:
            lanes.read_batches(piece.batches, limit, places, node, mm)

    for _ in in_chunks(len(pieces), 1, write, threads=threads):
        pass
    return Labels(row_start, node, mm)


class _Piece(NamedTuple):
    """Labels of some rows: how many each row has, and either batches or rows written out."""

    size: NDArray[np.int64]
    batches: frames.Batches | None
    rows: Rows


@dataclass(slots=True)
class _Desk:
    """What one thread searches with: lanes, and room in which slots are `used` one by one."""

    lanes: frames.Lanes
    label: NDArray[np.int32]
    name: NDArray[np.int32]
    used: int = 0


def _searcher(
    net: frames.Net, placed: frames.Placed, rows: NDArray[np.int64], limit: int
) -> Callable[[int, int], list[_Piece]]:
    """Return the work on a stretch of rows."""
    node_count = len(net.name)
    width = 2 * node_count + _SLOTS
    desks = Desks(
        lambda: _Desk(
            frames.new_lanes(node_count),
            np.empty((width, frames.LANES), np.int32),
            np.empty(width, np.int32),
        )
    )

    def search(first: int, last: int) -> list[_Piece]:
        pieces = []
        with desks.one() as desk:
            while first < last:
                if desk.used + node_count > width:
                    desk.label, desk.name = np.empty_like(desk.label), np.empty_like(desk.name)
                    desk.used = 0
                count = -(-(last - first) // frames.LANES)
                room = frames.Batches(
                    desk.label[desk.used :],
                    desk.name[desk.used :],
                    np.zeros(count, np.int64),
                    np.empty((count, frames.LANES), np.int32),
                )
                ask = (rows[first:last], limit)
                done = lanes.label_batches(net, placed, ask, desk.lanes, room)
                pieces.append(_tidy(room, done, limit))
                if pieces[-1].batches is not None:
                    desk.used += int(room.end[-(-done // frames.LANES) - 1])
                first += done
        return pieces

    return search


def _tidy(room: frames.Batches, done: int, limit: int) -> _Piece:
    """Keep labels as the searches left them, for writing them out twice takes as long again.

    Only where most of them say "not reached" they are written out at once.
    """
    count = -(-done // frames.LANES)
    size = room.tally.reshape(-1)[:done].astype(np.int64)
    ends = np.cumsum(size)
    batches = room._replace(end=room.end[:count])
    if room.end[count - 1] * frames.LANES <= _THIN * ends[-1]:
        return _Piece(size, batches, Rows(ends, room.tally))
    columns = np.empty((2, int(ends[-1])), np.int32)
    lanes.read_batches(batches, limit, ends - size, columns[0], columns[1])
    return _Piece(size, None, Rows(ends, columns))


def near_rows(net: frames.Net, placed: frames.Placed) -> NDArray[np.int64]:
    """Return the attached stops, those that walk the same streets one after the other."""
    rows = np.flatnonzero(placed.edge >= 0).astype(np.int64)
    edge = placed.edge[rows]
    return rows[np.lexsort((edge, np.minimum(net.tail[edge], net.head[edge])))]


def row_starts(
    count: int, rows: NDArray[np.int64], sizes: list[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return the first entry of each of `count` rows and one past the last, shape (count + 1,).

    `sizes` are those of the rows in the order `rows`; the others are empty.
    """
    size = np.zeros(count, np.int64)
    size[rows] = np.concatenate([*sizes, np.empty(0, np.int64)])
    row_start = np.zeros(count + 1, np.int64)
    np.cumsum(size, out=row_start[1:])
    return row_start


def gather_rows(
    count: int, rows: NDArray[np.int64], pieces: list[Rows]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Put rows, worked on in the order `rows`, into their own order; empties `pieces`.

    Returns
    -------
    row_start, one, other
        First entry of each of `count` rows and one past the last; both columns.
    """
    row_start = row_starts(count, rows, [np.diff(piece.ends, prepend=0) for piece in pieces])
    one, other = np.empty(row_start[-1], np.int32), np.empty(row_start[-1], np.int32)
    last = len(rows)
    while pieces:
        ends, columns = pieces.pop()
        first = last - len(ends)
        spread.place_rows(columns, ends, row_start[rows[first:last]], one, other)
        last = first
    return row_start, one, other


def search_nearest(
    graph: Graph, stops: Stops | CostedStops, *, towards: bool, limit_mm: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest stop of every node, in one search.

    Parameters
    ----------
    graph
        The network.
    stops
        At most 2**24 stops; at equal cost the smaller number wins.
    towards
        True for the cost of walking from the node to the stop.
    limit_mm
        Largest cost, or `None` for any.

    Returns
    -------
    stop : NDArray[np.int32]
        Number of the nearest stop, -1 where none is reached, shape (n,).
    mm : NDArray[np.int64]
        Cost with the stop's access leg, -1 where none is reached, shape (n,).

    Raises
    ------
    ValueError
        If the stops do not fit the graph or the limit is out of range.
    """
    return unpack_nearest(nearest_labels(graph, stops, towards=towards, limit_mm=limit_mm))


def nearest_labels(
    graph: Graph, stops: Stops | CostedStops, *, towards: bool, limit_mm: int | None
) -> NDArray[np.int64]:
    """Return the packed label of every node (see `frames.Ring`), shape (n,)."""
    limit = check_limit(LONGEST_MM * 2**8 if limit_mm is None else limit_mm, bounded=False)
    placed = place_stops(graph, stops, leaving=not towards)
    if len(placed.edge) > 1 << frames.STOP_BITS:
        raise ValueError(f"{len(placed.edge)} stops; at most {1 << frames.STOP_BITS} are allowed")
    seeds = np.concatenate([placed.tail_mm, placed.head_mm])
    seeds = seeds[seeds != frames.UNREACHED]
    longest = max(
        int(column.max(initial=0)) for column in (graph.forward_mm, graph.backward_mm, seeds)
    )
    net = graph.in_net if towards else graph.out_net
    ring = frames.new_ring(graph.node_count, longest)
    spread.spread_nearest(net, placed, limit, ring)
    label = np.empty_like(ring.label)
    label[net.name] = ring.label
    return label


def unpack_nearest(label: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Split packed labels into stop and cost, -1 where there is none."""
    reached = label != frames.NO_LABEL
    stop = np.where(reached, label & ((1 << frames.STOP_BITS) - 1), -1).astype(np.int32)
    return stop, np.where(reached, label >> frames.STOP_BITS, -1)


def check_limit(limit_mm: int, *, bounded: bool = True) -> int:
    """Return the limit as an int, or raise ValueError where it is out of range."""
    if limit_mm < 0 or int(limit_mm) != limit_mm or (bounded and limit_mm > LONGEST_MM):
        raise ValueError(f"limit_mm is {limit_mm}; expected whole millimetres in 0..{LONGEST_MM}")
    return int(limit_mm)
