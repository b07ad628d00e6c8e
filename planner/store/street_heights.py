"""What the heights under the streets are worth: gaps, odd values, and how much smoothing takes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.scenario import InputFile
from planner.store.heights import Heights
from planner.store.reading import about

_HIGHEST_M = 8900.0
_USUAL_M = 60.0  # twice a cell of 30 m
_ROUGH = 0.8  # of the climb is left after smoothing
_SAMPLE = 50_000  # vertices looked at for the climb

F64 = NDArray[np.float64]


def audit_heights(
    network: Network, ground: Ground, heights: Callable[[F64], F64], file: InputFile
) -> tuple[Finding, ...]:
    """Find what is wrong with the heights under the network, and say how they were smoothed.

    Parameters
    ----------
    network
        The streets with their profile.
    ground
        The plane of the network.
    heights
        What the profile was read from; only `Heights` says more than whether there are any.
    file
        The streets, which findings are about where the heights have no file.
    """
    file = heights.file if isinstance(heights, Heights) else file
    blank = np.isnan(network.profile_m)
    if blank.all():
        found = heights.extent() if isinstance(heights, Heights) else "—"
        lon, lat = ground.to_degrees(network.vertices[:1])[0]
        east, north = round(float(lon), 6), round(float(lat), 6)
        return (about(file, "elevation.none", found=found, lon=east, lat=north),)
    highest = float(np.nanmax(network.profile_m))
    if highest > _HIGHEST_M:
        return (about(file, "elevation.too_high", found=f"{highest:.0f}"),)
    findings = _gaps(network, ground, blank, file)
    if isinstance(heights, Heights):
        findings += _filled(network, ground, blank, heights)
        findings += _climb(network, ground, heights)
    return findings


def _gaps(
    network: Network, ground: Ground, blank: NDArray[np.bool_], file: InputFile
) -> tuple[Finding, ...]:
    if not blank.any():
        return ()
    lon, lat = ground.to_degrees(network.vertices[np.flatnonzero(blank)[:1]])[0]
    return (
        about(
            file,
            "elevation.gaps",
            Severity.WARNING,
            found=str(int(blank.sum())),
            total=str(len(blank)),
            share=f"{100 * blank.mean():.1f}",
            lon=round(float(lon), 6),
            lat=round(float(lat), 6),
        ),
    )


def _filled(
    network: Network, ground: Ground, blank: NDArray[np.bool_], heights: Heights
) -> tuple[Finding, ...]:
    """Say how many heights stand in voids that were filled."""
    if not heights.fill_voids_m:
        return ()
    measured = replace(heights, fill_voids_m=0.0)(ground.to_degrees(network.vertices))
    count = int((np.isnan(measured) & ~blank).sum())
    if not count:
        return ()
    share = f"{100 * count / len(blank):.1f}"
    values = {"share": share, "widest": f"{heights.fill_voids_m:g}"}
    rule = "elevation.filled"
    return (about(heights.file, rule, Severity.NOTICE, found=str(count), **values),)


def _climb(network: Network, ground: Ground, heights: Heights) -> tuple[Finding, ...]:
    """Say how much a kilometre climbs, as the heights are and smoothed."""
    every = max(1, len(network.vertices) // _SAMPLE)
    edge = np.repeat(np.arange(len(network)), np.diff(network.edge_start))
    used = (network.kind < WayKind.STEPS)[edge] & (edge % every == 0)
    lonlat, edge = ground.to_degrees(network.vertices[used]), edge[used]
    step = np.hypot(*np.diff(network.vertices[used], axis=0).T)
    width = heights.smooth_m or _USUAL_M
    plain, smooth = (
        _metres_up(replace(heights, smooth_m=metres)(lonlat), step, edge) for metres in (0.0, width)
    )
    if plain is None or smooth is None:
        return ()
    values = {"found": f"{plain:.1f}", "smoothed": f"{smooth:.1f}", "width": f"{width:g}"}
    if heights.smooth_m:
        return (about(heights.file, "elevation.smoothed", Severity.NOTICE, **values),)
    if smooth < _ROUGH * plain:
        return (about(heights.file, "elevation.rough", Severity.WARNING, **values),)
    return (about(heights.file, "elevation.unsmoothed", Severity.NOTICE, **values),)


def _metres_up(height: F64, step: F64, edge: NDArray[np.int64]) -> float | None:
    """Return metres up per kilometre, the mean of both directions; `None` if nothing is known."""
    rise = np.diff(height)
    counts = (edge[1:] == edge[:-1]) & np.isfinite(rise)
    length = float(step[counts].sum())
    return 500.0 * float(np.abs(rise[counts]).sum()) / length if length else None
