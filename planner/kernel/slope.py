"""What slope and steps cost a walker, as flat-equivalent length.

A walker of any flat speed v covers flat-equivalent length at v, so one search on these lengths
answers for every group of walkers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.knots import Knots

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


class SlopeModel(NamedTuple):
    """Factor on flat speed, ``exp(-decay |S + shift|) / exp(-decay shift)``.

    `S` is rise over run, clipped to plus or minus `cap`; steps are walked at `steps_factor` of the
    flat speed whatever their slope.
    """

    decay: float
    shift: float
    cap: float
    steps_factor: float


def speed_factor(slope: F64, model: SlopeModel) -> F64:
    """Return the factor on flat speed for rise over run `slope` (any shape).

    References
    ----------
    W. Tobler, NCGIA Technical Report 93-1 (1993): speed ``6 exp(-3.5 |S + 0.05|)`` km/h.
    """
    clipped = np.clip(slope, -model.cap, model.cap)
    flat = np.exp(-model.decay * abs(model.shift))
    factor: F64 = np.exp(-model.decay * np.abs(clipped + model.shift)) / flat
    return factor


class Priced(NamedTuple):
    """What walking edges costs.

    Parameters
    ----------
    forward_mm, backward_mm
        Millimetres for each whole edge, at least 1, int32, shape (m,).
    unknown
        Number of edges with a stretch whose slope is unknown (walked as flat).
    knots
        Vertices inside edges where the slope changes, and the costs up to them.
    """

    forward_mm: I32
    backward_mm: I32
    unknown: int
    knots: Knots


def flat_equivalent_mm(
    vertices: F64,
    edge_start: NDArray[np.int64],
    profile_m: F64 | None,
    kind: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    model: SlopeModel,
) -> Priced:
    """Return the cost of walking each edge forward and backward, and of its parts.

    The cost is summed stretch by stretch between vertices; costs up to a vertex are rounded to
    whole millimetres from the sum so far, so that they never fall and end with that of the edge.

    Parameters
    ----------
    vertices
        Points of all edges in metres, shape (v, 2).
    edge_start
        First vertex of each edge and one past the last, shape (m + 1,).
    profile_m
        Height at each vertex, NaN where unknown, shape (v,); `None` to walk on the flat.
    kind
        Which edges are steps, and which are carried over the ground (bridges and tunnels, whose
        height runs straight from end to end), each of shape (m,).
    model
        The slope model.
    """
    steps, carried = kind
    count = len(edge_start) - 1
    step = np.diff(vertices, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    length[edge_start[1:-1] - 1] = 0.0  # the jump from one edge to the next
    edge_of = np.repeat(np.arange(count), np.diff(edge_start))
    unknown = 0
    forward, backward = np.ones(len(length)), np.ones(len(length))
    if profile_m is not None:
        height = _straighten(profile_m, vertices, edge_start, carried)
        rise = np.diff(height)
        missing = ~np.isfinite(rise) & (edge_of[1:] == edge_of[:-1])
        unknown = len(np.unique(edge_of[1:][missing]))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where((length > 0) & np.isfinite(rise), rise / length, 0.0)
        forward, backward = speed_factor(slope, model), speed_factor(-slope, model)
    on_steps = steps[edge_of[:-1]]
    forward[on_steps] = backward[on_steps] = model.steps_factor
    metres = _run_up(edge_start, length)
    ways = tuple(_run_up(edge_start, length / factor) for factor in (forward, backward))
    bends = np.zeros(len(vertices), np.bool_)
    bends[1:-1] = (np.diff(forward) != 0) | (np.diff(backward) != 0)
    bends &= ~(steps | carried)[edge_of]  # one slope from end to end
    last = edge_start[1:] - 1
    forward_mm, backward_mm = (np.maximum(_whole_mm(way[last]), 1) for way in ways)
    share, at = _inside(bends, metres, edge_of, last)
    start = np.searchsorted(at, edge_start).astype(np.int64)
    knots = Knots(start, share, *(_whole_mm(way[at]) for way in ways))
    return Priced(forward_mm, backward_mm, unknown, knots)


def _whole_mm(metres: F64) -> I32:
    return np.rint(metres * 1000.0).astype(np.int32)


@compiled
def _run_up(edge_start: NDArray[np.int64], stretch: F64) -> F64:
    """Return the sums of stretches from the first vertex of each edge to every vertex."""
    total = np.zeros(len(stretch) + 1)
    for edge in range(len(edge_start) - 1):
        for v in range(edge_start[edge] + 1, edge_start[edge + 1]):
            total[v] = total[v - 1] + stretch[v - 1]
    return total


def _inside(
    wanted: NDArray[np.bool_], metres: F64, edge_of: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[F64, NDArray[np.int64]]:
    """Return share and vertex of those wanted that lie inside their edges."""
    at = np.flatnonzero(wanted)
    whole = metres[last[edge_of[at]]]
    inside = (metres[at] > 0) & (metres[at] < whole)
    at, whole = at[inside], whole[inside]
    share = metres[at] / whole
    below = share < 1  # the quotient may be rounded up
    return share[below], at[below]


def _straighten(
    profile_m: F64, vertices: F64, edge_start: NDArray[np.int64], carried: NDArray[np.bool_]
) -> F64:
    """Run the height of bridges and tunnels straight from portal to portal."""
    height = profile_m.copy()
    for edge in np.flatnonzero(carried):
        first, last = edge_start[edge], edge_start[edge + 1]
        steps = np.diff(vertices[first:last], axis=0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
        share = along / along[-1] if along[-1] > 0 else along
        height[first:last] = height[first] + share * (height[last - 1] - height[first])
    return height
