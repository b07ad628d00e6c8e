"""Whether two boundary layers lie on one datum, by the shift between their lines.

The lines of one layer are moved as a whole until they lie on those of the other, from where each
pair of datums would put them; the move that fits best is the shift. It tells of a pair of datums if
it stands out, as in `planner.analysis.datum`, and lies within `NEAR_M` of what that pair comes to:
outlines are generalised, and some were rounded to a grid after they were shifted. Lines tell more
than points in polygons: every kilometre of them is a witness.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.datum import DECIDES, LEADS
from planner.kernel.datum import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    is_shifted,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from planner.kernel.register import contrast, fit_translation
from planner.kernel.snap import build_street_grid
from planner.model.ground import Ground

F64 = NDArray[np.float64]

NEAR_M = 150.0
_PLAIN = 5 * DECIDES  # the other pairs need not be tried
_SAMPLES = 6000
_EVERY = 3  # of the samples serve to see how far a fit stands out
_SCALES_M = np.array([30.0, 60.0])
_RINGS_M = np.array([180.0, 240.0, 300.0])
_CLOSING_IN_M = np.array([300.0, 200.0, 120.0, 80.0] + 4 * [50.0] + 8 * [25.0])

PAIRS: Mapping[tuple[str, str], Callable[[F64], F64]] = {  # datum of ours, of the others
    ("wgs84", "wgs84"): lambda lonlat: lonlat,
    ("gcj02", "wgs84"): gcj02_to_wgs84,
    ("bd09", "wgs84"): bd09_to_wgs84,
    ("wgs84", "gcj02"): wgs84_to_gcj02,
    ("wgs84", "bd09"): wgs84_to_bd09,
    ("gcj02", "bd09"): lambda lonlat: wgs84_to_bd09(gcj02_to_wgs84(lonlat)),
    ("bd09", "gcj02"): lambda lonlat: wgs84_to_gcj02(bd09_to_wgs84(lonlat)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineVerdict:
    """How two boundary layers lie to each other.

    Parameters
    ----------
    standing
        For each pair of datums (ours, the others') how far the fit near it stands out.
    ours, others
        The pair decided for; both '' where nothing is.
    shift_m
        East and north of our lines against the others, as fitted best.
    expected_m
        The mean shift of the pair of datums nearest to it.
    """

    standing: Mapping[tuple[str, str], float]
    ours: str
    others: str
    shift_m: tuple[float, float]
    expected_m: tuple[float, float]


def weigh_outlines(
    ours: Iterable[shapely.Geometry | None],
    others: Iterable[shapely.Geometry | None],
    ground: Ground,
) -> OutlineVerdict | None:
    """Weigh every pair of datums of two boundary layers.

    Parameters
    ----------
    ours, others
        Polygons in degrees as they stand in the files; invalid ones count like others. Every line
        of ours should be one of the others' too, as county lines are among community lines.
    ground
        A plane for both.

    Returns
    -------
    OutlineVerdict or None
        `None` where either has no lines or they lie where no web map shifts.
    """
    lonlat, first = _rings(ours)
    theirs, start = _rings(others)
    if not len(lonlat) or not len(theirs) or is_shifted(lonlat).mean() < 0.5:
        return None
    samples = _along((lonlat, first), ground)
    grid = build_street_grid(ground.to_metres(theirs), start)
    here = ground.to_metres(samples)
    standing, fitted, expected = {}, {}, {}
    for pair, move in PAIRS.items():
        to = (ground.to_metres(move(samples)) - here).mean(axis=0)
        fit = fit_translation(grid, here, scales_m=_CLOSING_IN_M, start_m=(to[0], to[1]))
        standing[pair] = 0.0
        if np.hypot(*(fit - to)) <= NEAR_M:
            some = here[::_EVERY] + fit
            standing[pair] = float(contrast(grid, some, scales_m=_SCALES_M, rings_m=_RINGS_M).max())
        fitted[pair], expected[pair] = -fit, -to
        if standing[pair] >= _PLAIN:
            break
    best, *rest = sorted(standing, key=lambda pair: -standing[pair])
    second = max((standing[pair] for pair in rest), default=0.0)
    clear = standing[best] >= DECIDES and standing[best] - second >= LEADS
    pair = best if clear else ("", "")
    return OutlineVerdict(
        standing=standing,
        ours=pair[0],
        others=pair[1],
        shift_m=(float(fitted[best][0]), float(fitted[best][1])),
        expected_m=(float(expected[best][0]), float(expected[best][1])),
    )


def _rings(shapes: Iterable[shapely.Geometry | None]) -> tuple[F64, NDArray[np.int64]]:
    known = [shape for shape in shapes if shape is not None]
    rings = shapely.get_rings(shapely.get_parts(known))
    count = shapely.get_num_coordinates(rings)
    return shapely.get_coordinates(rings), np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _along(lines: tuple[F64, NDArray[np.int64]], ground: Ground) -> F64:
    """Return places in degrees at even distances along lines, those shared by two units twice."""
    lonlat, start = lines
    xy = ground.to_metres(lonlat)
    step = np.append(np.hypot(*np.diff(xy, axis=0).T), 0.0)
    step[start[1:] - 1] = 0.0
    along = np.concatenate([[0.0], np.cumsum(step)])
    wanted = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * along[-1]
    at = np.searchsorted(along, wanted, side="right") - 1
    share = (wanted - along[at]) / np.maximum(step[at], 1e-9)
    return ground.to_degrees(
        xy[at] + share[:, None] * (xy[np.minimum(at + 1, len(xy) - 1)] - xy[at])
    )
