"""Nodes a walker cannot pass: the streets end there on either side."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.polylines import Polylines
from planner.store.reading import about

_SHOWN = 3


def part_at(lines: Polylines, shut: NDArray[np.int64]) -> tuple[Polylines, NDArray[np.float64]]:
    """Give every line that ends at a closed node an end of its own.

    Parameters
    ----------
    lines
        Streets, already cut at every closed node.
    shut
        Numbers of the closed nodes.

    Returns
    -------
    tuple
        The streets with new node numbers, in the old order, and the places in degrees of the
        closed nodes at which two or more ends were parted, in the order of their numbers,
        shape (n, 2).
    """
    ends = np.concatenate([lines.tail, lines.head])
    closed = np.isin(ends, shut)
    if not closed.any():
        return lines, np.empty((0, 2))
    order = np.argsort(ends, kind="stable")
    begins = np.diff(ends[order], prepend=-1) != 0
    turn = np.empty(len(ends), np.int64)  # first, second, ... end at its node
    turn[order] = np.arange(len(ends)) - np.flatnonzero(begins)[np.cumsum(begins) - 1]
    turn[~closed] = 0
    _, number = np.unique(ends * (turn.max() + 1) + turn, return_inverse=True)
    vertex = np.concatenate([lines.start[:-1], lines.start[1:] - 1])
    second = np.flatnonzero(turn == 1)
    second = second[np.argsort(ends[second], kind="stable")]
    parted = replace(lines, tail=number[: len(lines)], head=number[len(lines) :])
    return parted, lines.lonlat[vertex[second]]


def gates_found(file: InputFile, places: NDArray[np.float64]) -> tuple[Finding, ...]:
    """Return the notice about closed nodes that part streets.

    Parameters
    ----------
    file
        The input as the scenario names it.
    places
        Where they stand, in degrees, shape (n, 2).
    """
    if not len(places):
        return ()
    shown = "; ".join(f"{lon:.6f}, {lat:.6f}" for lon, lat in places[:_SHOWN])
    lon, lat = places[0]
    return (
        about(
            file,
            "streets.gates",
            Severity.NOTICE,
            found=str(len(places)),
            examples=shown,
            lon=round(float(lon), 6),
            lat=round(float(lat), 6),
        ),
    )
