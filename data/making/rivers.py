"""Rivers: real names and roughly real courses by hand, drawn with invented windings."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from making.plane import Floats, to_plane


@dataclass(frozen=True, slots=True)
class River:
    """One river: its winding line and its straight valley axis, upstream to mouth.

    Parameters
    ----------
    name
        Chinese name.
    width_m
        Width of the water.
    line
        Metres of the plane, shape (n, 2).
    axis
        The same course without the windings, shape (n, 2).
    height_m
        Height of the water at every point of `line`, shape (n,).
    """

    name: str
    width_m: float
    line: Floats
    axis: Floats
    height_m: Floats


# name, width, winding amplitude (m), then (lon, lat, height) from the source to the mouth
COURSES: tuple[tuple[str, float, float, tuple[tuple[float, float, float], ...]], ...] = (
    ("太子河", 150, 170, (
        (124.655, 41.215, 420), (124.52, 41.225, 330), (124.46, 41.258, 292),
        (124.36, 41.272, 258), (124.25, 41.318, 226), (124.19, 41.325, 207),
        (124.115, 41.300, 182), (124.05, 41.318, 168), (123.985, 41.330, 156),
        (123.92, 41.328, 144), (123.868, 41.322, 136), (123.822, 41.308, 128),
        (123.792, 41.301, 123), (123.760, 41.2985, 119), (123.735, 41.2905, 115),
        (123.712, 41.274, 110), (123.685, 41.265, 104), (123.655, 41.256, 97),
        (123.622, 41.245, 90), (123.594, 41.236, 85), (123.55, 41.225, 78),
    )),
    ("细河", 55, 120, (
        (123.79, 40.925, 330), (123.745, 40.965, 285), (123.705, 41.010, 245),
        (123.722, 41.060, 210), (123.748, 41.100, 182), (123.738, 41.140, 160),
        (123.722, 41.175, 136), (123.695, 41.200, 115), (123.650, 41.215, 98),
        (123.594, 41.236, 85),
    )),
    ("火连寨河", 25, 90, (
        (123.70, 41.440, 230), (123.712, 41.395, 190), (123.722, 41.350, 155),
        (123.738, 41.315, 128), (123.735, 41.2905, 115),
    )),
    ("北沙河", 30, 100, (
        (123.76, 41.475, 235), (123.70, 41.485, 185), (123.645, 41.495, 150),
        (123.55, 41.490, 120),
    )),
    ("卧龙河", 25, 90, (
        (123.85, 41.455, 260), (123.832, 41.40, 205), (123.85, 41.355, 160),
        (123.868, 41.322, 136),
    )),
    ("三道河", 25, 110, (
        (123.95, 41.14, 330), (123.87, 41.10, 255), (123.80, 41.095, 210),
        (123.748, 41.100, 182),
    )),
    ("清河", 35, 140, (
        (124.27, 41.52, 400), (124.225, 41.455, 310), (124.215, 41.39, 255),
        (124.19, 41.325, 207),
    )),
    ("高官河", 30, 120, (
        (123.97, 41.52, 340), (124.02, 41.44, 262), (124.03, 41.375, 205),
        (124.05, 41.318, 168),
    )),
    ("汤河", 35, 130, (
        (124.24, 41.12, 420), (124.20, 41.19, 300), (124.14, 41.245, 225),
        (124.115, 41.300, 182),
    )),
    ("草河", 40, 140, (
        (124.16, 41.055, 430), (124.04, 41.065, 330), (124.00, 41.00, 275),
        (123.965, 40.935, 235), (123.905, 40.878, 195), (123.88, 40.79, 165),
    )),
    ("田师傅河", 25, 90, (
        (124.33, 41.15, 420), (124.345, 41.21, 320), (124.36, 41.272, 258),
    )),
    ("浑江", 190, 260, (
        (125.66, 41.40, 330), (125.55, 41.385, 302), (125.47, 41.33, 272),
        (125.40, 41.285, 243), (125.355, 41.262, 232), (125.345, 41.215, 221),
        (125.41, 41.165, 208), (125.44, 41.10, 190), (125.53, 41.035, 165),
        (125.545, 40.97, 150), (125.60, 40.90, 136),
    )),
    ("大雅河", 50, 180, (
        (124.80, 41.225, 520), (124.895, 41.238, 440), (125.03, 41.205, 370),
        (125.16, 41.185, 305), (125.28, 41.198, 252), (125.345, 41.215, 221),
    )),
    ("六河", 45, 180, (
        (124.90, 41.43, 460), (124.96, 41.385, 405), (125.08, 41.355, 350),
        (125.19, 41.325, 300), (125.28, 41.290, 258), (125.355, 41.262, 232),
    )),
    ("富尔江", 60, 180, (
        (125.27, 41.53, 330), (125.29, 41.46, 298), (125.33, 41.40, 275),
        (125.41, 41.345, 258), (125.47, 41.33, 272 - 18),
    )),
    ("漏河", 30, 150, (
        (125.10, 41.10, 460), (125.20, 41.125, 360), (125.30, 41.135, 280),
        (125.41, 41.165, 208),
    )),
    ("五里甸河", 25, 110, (
        (125.38, 41.04, 380), (125.46, 40.985, 245), (125.545, 40.97, 150),
    )),
    ("北甸河", 30, 130, (
        (125.66, 41.20, 430), (125.58, 41.24, 360), (125.53, 41.30, 308),
        (125.47, 41.33, 272),
    )),
)  # fmt: skip

SPACING_M = 80.0


def _course(points: Floats, spacing: float) -> tuple[Floats, Floats]:
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])
    spline = CubicSpline(chord, points[:, :2], bc_type="natural")
    at = np.linspace(0.0, chord[-1], int(chord[-1] / spacing) + 2)
    return spline(at), np.interp(at, chord, points[:, 2])


def _winding(axis: Floats, amplitude: float, rng: np.random.Generator) -> Floats:
    along = np.arange(len(axis)) * SPACING_M
    wave = np.zeros(len(axis))
    for length, share in ((5200.0, 0.9), (2300.0, 0.7), (1100.0, 0.35)):
        phase, stretch = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
        wave += share * np.sin(2 * np.pi * along / (length * stretch) + phase)
    ends = np.minimum(along, along[::-1])
    tangent = np.gradient(axis, axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) / np.hypot(*tangent.T)[:, None]
    return axis + normal * (wave * amplitude * np.clip(ends / 2500.0, 0, 1))[:, None]


def _snap_mouth(line: Floats, others: list[River]) -> Floats:
    for other in others:
        gap = np.hypot(*(other.line - line[-1]).T)
        if gap.min() < 1500.0:
            shift = other.line[gap.argmin()] - line[-1]
            fade = np.clip(1.0 - np.arange(len(line))[::-1] * SPACING_M / 3000.0, 0, 1)
            return line + shift * fade[:, None]
    return line


def build_rivers(rng: np.random.Generator, calm: Floats) -> list[River]:
    """Draw every course.

    Parameters
    ----------
    rng
        Source of the windings.
    calm
        Places where a river runs straight between embankments, metres, shape (k, 3): x, y and
        radius.

    Returns
    -------
    list[River]
        In the order of `COURSES`, main rivers before their tributaries.
    """
    made: dict[str, River] = {}
    order = sorted(COURSES, key=lambda course: -course[1])
    for name, width, amplitude, points in order:
        xyz = np.array(points)
        xyz[:, :2] = to_plane(xyz[:, :2])
        axis, height = _course(xyz, SPACING_M)
        wound = _winding(axis, amplitude, rng)
        away = np.ones(len(axis))
        for x, y, radius in calm:
            gap = np.hypot(axis[:, 0] - x, axis[:, 1] - y)
            away = np.minimum(away, np.clip(gap / radius - 0.6, 0.25, 1.0))
        line = axis + (wound - axis) * away[:, None]
        line = _snap_mouth(line, list(made.values()))
        made[name] = River(name, width, line, axis, np.minimum.accumulate(height))
    return [made[course[0]] for course in COURSES]
