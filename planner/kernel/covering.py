"""Building the cover relation as runs, in chunks that can be ended and taken up again."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel import frames, pairing
from planner.kernel.chunks import Desks, Rows, in_chunks, new_desk, write_rows
from planner.kernel.cover import build_quest, cover_pairs
from planner.kernel.frames import CoverRuns
from planner.kernel.graph import Graph
from planner.kernel.paths import gather_rows, near_rows, row_starts
from planner.kernel.resume import (
    drop_chunks,
    hash_inputs,
    read_chunk,
    read_columns,
    write_array,
    write_chunk,
)
from planner.kernel.spread import place_rows
from planner.kernel.stops import CostedStops, Stops, take_stops

Progress = Callable[[int, int], None]
_COLUMNS = ("row_start", "first", "last", "order")


def build_runs(  # noqa: PLR0913 - what it does is asked by the first five
    graph: Graph,
    sites: Stops | CostedStops,
    demand: Stops | CostedStops,
    *,
    limit_mm: int,
    towards: bool,
    order_key: NDArray[np.int64] | None = None,
    progress: Progress | None = None,
    threads: int = 1,
    chunk: int = 1024,
    folder: Path | None = None,
) -> CoverRuns:
    """Return the cover relation of sites and demand points within a limit.

    The pairs are those of `planner.kernel.cover.cover_pairs`, but none is ever written out.

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
    order_key
        Number of each edge by which edges follow one another, see `edge_order`, shape (m,); by
        default the order of the graph's own nodes. Better keys make fewer runs, nothing else.
    progress
        Called with (sites done, sites attached) after every chunk; whatever it raises ends the
        work.
    threads
        Chunks in hand at the same time; the result is the same for any number.
    chunk
        Sites worked on between two calls of `progress`.
    folder
        Where finished chunks are kept; a second call with the same inputs goes on from there, in
        constant memory, and the result is mapped from disk.

    Raises
    ------
    ValueError
        If places do not fit the graph, or limit, chunk or threads are out of range.
    """
    ask = _Ask(graph, sites, demand, limit_mm, towards, order_key)
    kept = None if folder is None else _open_folder(folder, ask, chunk)
    done = read_columns(kept, _COLUMNS) if kept else None
    if done is not None:
        return CoverRuns(*done)
    quest = build_quest(
        graph, sites, demand, limit_mm=limit_mm, towards=towards, order_key=order_key
    )
    rows = near_rows(quest.net, quest.sites)
    cover = _chunk_writer(quest, rows, kept)
    pieces = list(in_chunks(len(rows), chunk, cover, threads=threads, progress=progress))
    count, order = len(quest.sites.edge), quest.rack.order
    del quest, cover  # the result needs their memory
    if kept:
        return _gather_on_disk(kept, (count, rows, chunk), pieces, order)
    return CoverRuns(*gather_rows(count, rows, pieces), order)


class _Ask(NamedTuple):
    """What decides a result."""

    graph: Graph
    sites: Stops | CostedStops
    demand: Stops | CostedStops
    limit_mm: int
    towards: bool
    order_key: NDArray[np.int64] | None


def _open_folder(folder: Path, ask: _Ask, chunk: int) -> Path:
    """Return the place of these inputs in a folder."""
    graph = ask.graph
    key = graph.in_net.name if ask.order_key is None else np.asarray(ask.order_key)
    columns = (graph.tail, graph.head, graph.forward_mm, graph.backward_mm, graph.in_net.name, key)
    stops = [np.asarray(column) for column in (*ask.sites, *ask.demand)]
    words = (type(ask.sites).__name__, ask.limit_mm, ask.towards, chunk)
    kept = folder / hash_inputs((*columns, *graph.knots, *stops), *words)
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def _chunk_writer(
    quest: frames.Quest, rows: NDArray[np.int64], kept: Path | None
) -> Callable[[int, int], Rows]:
    """Return the work on one chunk, which leaves its rows in memory or in the folder `kept`."""
    desks = Desks(lambda: new_desk(len(quest.net.name)))

    def cover(first: int, last: int) -> Rows:
        finished = read_chunk(kept, first) if kept else None
        if finished is not None:
            return finished
        found = frames.new_found(len(quest.rack.edge))
        with desks.one() as desk:
            written = write_rows(
                desk,
                rows[first:last],
                lambda some, room: pairing.run_rows(quest, some, desk.lanes, found, room),
            )
            if kept:
                write_chunk(kept, first, written)
                desk.used = 0
                written = Rows(written.ends, np.empty((2, 0), np.int32))
        return written

    return cover


def _gather_on_disk(
    kept: Path,
    work: tuple[int, NDArray[np.int64], int],
    pieces: list[Rows],
    order: NDArray[np.int32],
) -> CoverRuns:
    """Put the chunks of a folder into the order of the sites, one at a time."""
    count, rows, chunk = work
    row_start = row_starts(count, rows, [np.diff(piece.ends, prepend=0) for piece in pieces])
    unfinished = [kept / f"{name}.part" for name in ("first", "last")]
    shape = (int(row_start[-1]),)
    columns = [
        np.lib.format.open_memmap(path, mode="w+", dtype=np.int32, shape=shape)
        for path in unfinished
    ]
    for first in range(0, len(rows), chunk):
        piece = read_chunk(kept, first)
        if piece is None:
            raise ValueError(f"{kept} lost a chunk while it was worked on")
        places = row_start[rows[first : first + chunk]]
        place_rows(np.asarray(piece.columns), piece.ends, places, *columns)
    for column in columns:
        column.flush()
    write_array(kept / "row_start.npy", row_start)
    write_array(kept / "order.npy", order)
    del columns, column
    for path in unfinished:
        path.replace(path.with_suffix(".npy"))
    drop_chunks(kept)
    done = read_columns(kept, _COLUMNS)
    if done is None:
        raise ValueError(f"{kept} lost a column while it was worked on")
    return CoverRuns(*done)


def row_costs(  # noqa: PLR0913 - a question needs what the relation was built from
    graph: Graph,
    sites: Stops | CostedStops,
    demand: Stops | CostedStops,
    row: int,
    *,
    limit_mm: int,
    towards: bool,
    runs: CoverRuns | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the demand points one site covers and their costs, searched anew.

    Parameters
    ----------
    graph, sites, demand, limit_mm, towards
        As the relation was built from.
    row
        The site.
    runs
        The relation; with it only the points covered are looked at.

    Returns
    -------
    demand : NDArray[np.int32]
        Demand points, ascending.
    mm : NDArray[np.int32]
        Cost of each, flat-equivalent millimetres.

    Raises
    ------
    ValueError
        If the row is out of range or the places do not fit the graph.
    """
    if not 0 <= row < len(sites.edge):
        raise ValueError(f"row {row} is not one of {len(sites.edge)} sites")
    one = take_stops(sites, slice(row, row + 1))
    if runs is None:
        _, found, mm = cover_pairs(graph, one, demand, limit_mm=limit_mm, towards=towards)
        return found, mm
    runs_of_row = slice(runs.row_start[row], runs.row_start[row + 1])
    stretches = zip(runs.first[runs_of_row], runs.last[runs_of_row], strict=True)
    points = np.sort(np.concatenate([runs.order[a:b] for a, b in stretches] or [runs.order[:0]]))
    few = take_stops(demand, points)
    _, which, mm = cover_pairs(graph, one, few, limit_mm=limit_mm, towards=towards)
    return points[which], mm
