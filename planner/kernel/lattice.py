"""A square lattice of places laid over the streets, from which catchments are drawn.

Every lattice place within reach of a street knows its nearest edge, where on it, and how far away.
That is found once for a network; a drawing is then a look at the labels of one search. The lattice
exists only in blocks near streets, and lies the same way whatever part of it is laid.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.cover import Field, read_field
from planner.kernel.paths import Stops, unpack_nearest
from planner.kernel.snap import StreetGrid, build_street_grid, snap_to_grid

F64 = NDArray[np.float64]

SIDE = 16  # lattice places along a side of the blocks that are kept or left out as a whole
FAR = np.int64(2**60)


class Lattice(NamedTuple):
    """Lattice places near streets, in square blocks.

    Parameters
    ----------
    cell_m, off_street_m
        Distance of the places, and from a street beyond which nothing is inside a catchment.
    grid
        The streets it was laid over.
    corner
        Column and row of the first block, counted in blocks, int64, shape (2,).
    block
        Number of each block, -1 where there is no street, int32, shape (rows, columns).
    edge, share, access_mm
        Nearest edge of every place (-1 beyond reach), how far along it, and the distance to it,
        int32, float32 and int32, shape (blocks, 16, 16).
    """

    cell_m: float
    off_street_m: float
    grid: StreetGrid
    corner: NDArray[np.int64]
    block: NDArray[np.int32]
    edge: NDArray[np.int32]
    share: NDArray[np.float32]
    access_mm: NDArray[np.int32]


class Reached(NamedTuple):
    """A search, read at every place of a lattice.

    Parameters
    ----------
    field
        The search.
    stop
        Nearest stop of every place, -1 where none is reached, int32, shape (blocks, 16, 16).
    cost_mm
        Cost of it, `FAR` where none is reached, int64, shape (blocks, 16, 16).
    away_mm
        How far the place is beyond `off_street_m`, `FAR` without a street, shape (blocks, 16, 16).
    """

    field: Field
    stop: NDArray[np.int32]
    cost_mm: NDArray[np.int64]
    away_mm: NDArray[np.int64]


def read_lattice(field: Field, lattice: Lattice) -> Reached:
    """Read a search at every place of a lattice."""
    stop, mm = read_field(
        field,
        Stops(
            lattice.edge.ravel(),
            lattice.share.ravel().astype(np.float64),
            lattice.access_mm.ravel(),
        ),
    )
    shape = lattice.edge.shape
    cost = np.where(mm >= 0, mm, FAR).reshape(shape)
    away = lattice.access_mm.astype(np.int64) - round(lattice.off_street_m * 1000)
    away[lattice.edge < 0] = FAR
    return Reached(field, stop.reshape(shape), cost, away)


def build_lattice(
    vertices: F64, edge_start: NDArray[np.int64], *, cell_m: float, off_street_m: float = 60.0
) -> Lattice:
    """Lay a lattice over all streets.

    Parameters
    ----------
    vertices, edge_start
        Polylines of the edges in metres, shapes (v, 2) and (m + 1,).
    cell_m
        Distance of the lattice places.
    off_street_m
        Nothing farther from its nearest street than this is inside a catchment.

    Raises
    ------
    ValueError
        If a distance is not above 0 or the polylines do not fit.
    """
    check_distances(cell_m, off_street_m)
    grid = build_street_grid(vertices, edge_start)
    pieces = _pieces(grid, np.ones(len(grid.length), np.bool_), SIDE * cell_m)
    return _laid(grid, pieces.low, pieces.high, cell_m, off_street_m)


def lattice_within(
    field: Field, grid: StreetGrid, sites: Stops, *, cell_m: float, off_street_m: float = 60.0
) -> Lattice:
    """Lay a lattice over the streets that a search reached.

    Parameters
    ----------
    field
        The search.
    grid
        The streets places may be near to.
    sites
        Where the search started.
    cell_m, off_street_m
        As in `build_lattice`.

    Raises
    ------
    ValueError
        If a distance is not above 0.
    """
    check_distances(cell_m, off_street_m)
    site_edge, site_share = np.asarray(sites.edge), np.asarray(sites.share)
    on = site_edge >= 0
    reached = unpack_nearest(field.label)[0] >= 0
    used = reached[field.graph.tail] | reached[field.graph.head]
    used[site_edge[on]] = True
    pieces = _pieces(grid, used, SIDE * cell_m / 4)
    keep = np.zeros(len(pieces.edge), np.bool_)
    for share in (pieces.from_share, pieces.to_share):
        stops = Stops(pieces.edge, share, np.zeros(len(share), np.int32))
        keep |= read_field(field, stops)[0] >= 0
    sites_at = np.sort((site_edge + site_share)[on])
    here = np.searchsorted(sites_at, pieces.edge + pieces.from_share - 1e-6)
    keep |= here < np.searchsorted(sites_at, pieces.edge + pieces.to_share + 1e-6, side="right")
    return _laid(grid, pieces.low[keep], pieces.high[keep], cell_m, off_street_m)


def side_by_side(blocks: NDArray[Any]) -> NDArray[Any]:
    """Return blocks of shape (rows, columns, 16, 16) as one sheet of places."""
    rows, columns = blocks.shape[:2]
    return blocks.transpose(0, 2, 1, 3).reshape(rows * SIDE, columns * SIDE)


def check_distances(cell_m: float, off_street_m: float) -> None:
    """Raise ValueError where a distance is not above 0."""
    if not (cell_m > 0 and off_street_m > 0):
        raise ValueError(f"cell_m {cell_m} and off_street_m {off_street_m} must be above 0")


class _Pieces(NamedTuple):
    """Straight pieces of streets: edge, shares of its length, lower left and upper right."""

    edge: NDArray[np.int32]
    from_share: F64
    to_share: F64
    low: F64
    high: F64


def _pieces(grid: StreetGrid, used: NDArray[np.bool_], longest_m: float) -> _Pieces:
    """Cut the used edges into straight pieces no longer than this."""
    inner = np.flatnonzero(used[grid.edge_of[:-1]] & (grid.edge_of[:-1] == grid.edge_of[1:]))
    first, step = grid.vertices[inner], grid.vertices[inner + 1] - grid.vertices[inner]
    length = np.hypot(*step.T)
    count = np.maximum(np.ceil(length / longest_m), 1).astype(np.int64)
    which = np.repeat(np.arange(len(inner)), count)
    part = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    edge = grid.edge_of[inner][which]
    whole = np.maximum(grid.length[edge], 1e-9)
    low, high = part / count[which], (part + 1) / count[which]
    ends = [first[which] + step[which] * end[:, None] for end in (low, high)]
    from_share, to_share = (
        np.clip((grid.along[inner][which] + length[which] * end) / whole, 0.0, 1.0)
        for end in (low, high)
    )
    return _Pieces(edge, from_share, to_share, np.minimum(*ends), np.maximum(*ends))


def _laid(grid: StreetGrid, low: F64, high: F64, cell_m: float, off_street_m: float) -> Lattice:
    """Return the lattice in all blocks that boxes come near to."""
    places = _blocks(low, high, SIDE * cell_m, off_street_m + cell_m)
    corner = places.min(axis=0)
    columns, rows = (places.max(axis=0) - corner + 1).tolist()
    block = np.full((rows, columns), -1, np.int32)
    block[places[:, 1] - corner[1], places[:, 0] - corner[0]] = np.arange(len(places))
    steps = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1)
    at = (places[:, None, None, :] * SIDE + steps).reshape(-1, 2).astype(np.float64)
    snap = snap_to_grid(grid, at * cell_m, max_m=off_street_m + 2 * cell_m, runner_up=False)
    shape = (len(places), SIDE, SIDE)
    return Lattice(
        cell_m=cell_m,
        off_street_m=off_street_m,
        grid=grid,
        corner=corner,
        block=block,
        edge=snap.edge.reshape(shape),
        share=snap.share.astype(np.float32).reshape(shape),
        access_mm=snap.access_mm.reshape(shape),
    )


def _blocks(low: F64, high: F64, side_m: float, margin_m: float) -> NDArray[np.int64]:
    """Return column and row of all blocks within a margin of boxes, by row and column, (q, 2)."""
    if not len(low):
        return np.zeros((1, 2), np.int64)
    first = np.floor((low - margin_m) / side_m).astype(np.int64)
    last = np.floor((high + margin_m) / side_m).astype(np.int64)
    wide = range(int((last - first).max()) + 1)
    near = np.concatenate([np.minimum(first + np.array([i, j]), last) for i in wide for j in wide])
    number = (near[:, 1] << 32) + near[:, 0]
    return near[np.unique(number, return_index=True)[1]]
