"""Pins, scale bar and north arrow."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from planner.report.palette import SITE
from planner.report.paper.ground import Box
from planner.report.paper.page import INK

F64 = NDArray[np.float64]
PIN_MM = 6.4
_ROUNDS = 80


def filled(box: Box, ratio: float) -> Box:
    """Return a box widened round its middle to the shape of the frame."""
    west, south, east, north = box
    wide = max(east - west, (north - south) * ratio)
    tall = wide / ratio
    x, y = (west + east) / 2, (south + north) / 2
    return (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)


def spread_pins(places: F64, least: float) -> F64:
    """Return places moved apart until no two are nearer than so much, shape (n, 2)."""
    at = np.array(places, np.float64)
    for _ in range(_ROUNDS):
        moved = False
        for i in range(len(at)):
            for j in range(i + 1, len(at)):
                way = at[j] - at[i]
                gap = float(np.hypot(*way))
                if gap >= least:
                    continue
                if gap < 1e-6 * least:
                    way, gap = np.array([math.cos(j), math.sin(j)]), 1.0
                push = way / gap * ((least - min(gap, least)) / 2 + 0.01 * least)
                at[i], at[j] = at[i] - push, at[j] + push
                moved = True
        if not moved:
            break
    return at


def pins(
    axes: Axes, places: F64, box: Box, wide_mm: float, orders: list[int] | None = None
) -> None:
    """Draw numbered pins, moved apart, each with a line to its place."""
    metre = (box[2] - box[0]) / wide_mm
    numbers = list(range(1, len(places) + 1)) if orders is None else orders
    apart = spread_pins(places, PIN_MM * metre)
    for order, place, pin in zip(numbers, places, apart, strict=True):
        axes.plot(*zip(place, pin, strict=True), color=SITE, linewidth=1.0, zorder=20)
        axes.plot(*place, marker="o", markersize=3.5, color=SITE, mec="white", mew=0.5, zorder=21)
        axes.plot(*pin, marker="o", markersize=16, color=SITE, mec="white", mew=1.2, zorder=22)
        axes.text(
            pin[0], pin[1], str(order), color="white", fontsize=9, fontweight="bold",
            ha="center", va="center_baseline", zorder=23,
        )  # fmt: skip


def furniture(axes: Axes, box: Box, wide_mm: float) -> None:
    """Draw scale bar and north arrow."""
    metre = (box[2] - box[0]) / wide_mm
    length = _round_length(40 * metre)
    x, y = box[0] + 8 * metre, box[1] + 8 * metre
    axes.add_patch(
        Rectangle((x - 3 * metre, y - 4.5 * metre), length + 10 * metre, 13 * metre, color="white",
                  alpha=0.75, zorder=30, linewidth=0)
    )  # fmt: skip
    for k in range(4):
        axes.add_patch(
            Rectangle((x + k * length / 4, y), length / 4, 1.6 * metre, zorder=31, linewidth=0.5,
                      edgecolor=INK, facecolor=INK if k % 2 == 0 else "white")
        )  # fmt: skip
    for part in (0.0, 0.5, 1.0):
        told = f"{part * length / 1000:g}" + (" km" if part == 1.0 else "")
        axes.text(x + part * length, y + 2.8 * metre, told, fontsize=9, ha="center", zorder=31)
    x, y = box[0] + 10 * metre, box[3] - 20 * metre
    for side in (-1, 1):
        axes.add_patch(
            Polygon([(x, y + 10 * metre), (x + side * 3.6 * metre, y - 4 * metre),
                     (x, y - 1.4 * metre)], closed=True, facecolor=INK if side > 0 else "white",
                    edgecolor=INK, linewidth=0.7, zorder=31)
        )  # fmt: skip
    axes.text(x, y + 11 * metre, "N", fontsize=12, fontweight="bold", ha="center", zorder=31)


def _round_length(metres: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(metres, 1.0)))
    most = max(metres, 1.0)
    most = max(metres, 1.0)
    return max(step * power for step in (1.0, 2.0, 4.0, 5.0) if step * power <= most)
