"""What slope and steps cost a walker, as flat-equivalent length.

A walker of any flat speed v covers flat-equivalent length at v, so one search on these lengths
answers for every group of walkers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def flat_equivalent_mm(
    vertices: F64,
    edge_start: NDArray[np.int64],
    profile_m: F64 | None,
    kind: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    model: SlopeModel,
) -> tuple[I32, I32, int]:
    """Return the cost of walking each edge forward and backward.

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

    Returns
    -------
    forward_mm, backward_mm
        Millimetres, at least 1, int32, shape (m,).
    unknown
        Number of edges with a stretch whose slope is unknown (walked as flat).
    """
    steps, carried = kind
    count = len(edge_start) - 1
    step = np.diff(vertices, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    inside = np.ones(len(length), np.bool_)
    inside[edge_start[1:-1] - 1] = False  # the jump from one edge to the next
    edge_of = np.repeat(np.arange(count), np.diff(edge_start))[:-1]
    forward = np.where(inside, length, 0.0)
    backward = forward.copy()
    unknown = 0
    if profile_m is not None:
        height = _straighten(profile_m, vertices, edge_start, carried)
        rise = np.diff(height)
        missing = inside & ~np.isfinite(rise)
        unknown = len(np.unique(edge_of[missing]))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where((length > 0) & np.isfinite(rise), rise / length, 0.0)
        forward = forward / speed_factor(slope, model)
        backward = backward / speed_factor(-slope, model)
        on_steps = steps[edge_of] & inside
        forward[on_steps] = length[on_steps] / model.steps_factor
        backward[on_steps] = length[on_steps] / model.steps_factor
    elif steps.any():
        on_steps = steps[edge_of] & inside
        forward[on_steps] = length[on_steps] / model.steps_factor
        backward[on_steps] = forward[on_steps]
    sums = (np.bincount(edge_of, weights=w, minlength=count) for w in (forward, backward))
    forward_mm, backward_mm = (
        np.maximum(np.rint(total * 1000.0), 1.0).astype(np.int32) for total in sums
    )
    return forward_mm, backward_mm, unknown


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
