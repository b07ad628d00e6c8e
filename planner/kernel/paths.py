"""Bounded searches on the walking network.

Where a stop stands is rounded to the nearest whole millimetre of its edge; everything after that is
exact.
"""

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
_LIKELY = 320  # nodes within a quarter of an hour in a dense city; only speed depends on it


class Labels(NamedTuple):
    """Costs of the nodes each stop reaches; a node that is not stored is not reached.

    Parameters
    ----------
    first, last
        First label of each stop and one past its last, int64, shape (k,). Stops that are searched
        together stand together, whatever their numbers.
    node
        Nodes, in no particular order but always the same, int32.
    mm
        Cost between stop and node, access leg included, int32.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
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
    room = _LIKELY * len(rows) // max(threads, 1)
    sheets = Desks(
        lambda: _Sheet(frames.new_lanes(graph.node_count), np.empty((2, room), np.int32))
    )

    def search(first: int, last: int) -> _Piece:
        with sheets.one() as sheet:
            begin, size = sheet.used, np.empty(last - first, np.int64)
            done = 0
            while done < len(size):
                part = rows[first + done : last]
                done += lanes.label_rows(
                    net, placed, (part, limit, sheet.used), sheet.lanes, sheet.room, size[done:]
                )
                sheet.used = begin + int(size[:done].sum())
                if done < len(size):
                    sheet.grow()
        return _Piece(sheet, begin, size)

    pieces = list(in_chunks(len(rows), _CHUNK, search, threads=threads))
    size = np.zeros(len(placed.edge), np.int64)
    size[rows] = np.concatenate([*(piece.size for piece in pieces), np.empty(0, np.int64)])
    last = np.zeros(len(size), np.int64)
    last[rows] = np.cumsum(size[rows])
    node, mm = _in_turn(pieces)
    return Labels(last - size, last, node, mm)


@dataclass(slots=True, eq=False)
class _Sheet:
    """What one thread searches with: lanes, and room where labels are `used` one by one."""

    lanes: frames.Lanes
    room: NDArray[np.int32]
    used: int = 0

    def grow(self) -> None:
        """Make room for as much again, and for any batch."""
        batch = frames.LANES * len(self.lanes.slot)
        wider = np.empty((2, 2 * self.used + batch), np.int32)
        wider[:, : self.used] = self.room[:, : self.used]
        self.room = wider


class _Piece(NamedTuple):
    """Rows on a sheet: where they begin, and the size of each."""

    sheet: _Sheet
    begin: int
    size: NDArray[np.int64]


def _in_turn(pieces: list[_Piece]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return both columns of all pieces; with one sheet they stand in turn already."""
    if not pieces:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    if all(piece.sheet is pieces[0].sheet for piece in pieces):
        one = pieces[0].sheet
        return one.room[0, : one.used], one.room[1, : one.used]
    parts = [p.sheet.room[:, p.begin : p.begin + int(p.size.sum())] for p in pieces]
    node, mm = (np.concatenate([part[column] for part in parts]) for column in (0, 1))
    return node, mm


def near_rows(net: frames.Net, placed: frames.Placed) -> NDArray[np.int64]:
    """Return the attached stops, those that walk the same streets one after the other."""
    rows = np.flatnonzero(placed.edge >= 0).astype(np.int64)
    edge = placed.edge[rows].astype(np.int64)
    near = np.minimum(net.tail[edge], net.head[edge]).astype(np.int64)
    return rows[np.argsort((near << 32) | edge)]


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
