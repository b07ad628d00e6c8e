"""The map itself on paper, in metres of the run's own plane."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from planner.model.network import Network, WayKind
from planner.model.outcome import Outcome
from planner.report.palette import FACILITIES, FIVE, NO_DATA, RINGS, SHARE_BREAKS, WITHHELD
from planner.report.published import Published

F64 = NDArray[np.float64]
Box = tuple[float, float, float, float]

MARKERS = {"circle": "o", "triangle": "^", "square": "s", "diamond": "D", "cross": "x"}
WITHHELD_CLASS, NO_DATA_CLASS = 5, 6
_ORDER = ("other", "community_space", "institution", "rural_elderly", "elderly_station")


def share_classes(shown: Published, *, planned: bool) -> NDArray[np.int64]:
    """Return the class of every community: 0 to 4, 5 withheld, 6 no data, shape (communities,)."""
    counts, n = shown.communities, sum(bool(key) for key in shown.communities.key)
    share = counts.share(planned=planned)[:n]
    missing = np.where(counts.hidden_split[:n], WITHHELD_CLASS, NO_DATA_CLASS)
    classes = np.searchsorted(SHARE_BREAKS, np.nan_to_num(share), side="right")
    return np.where(np.isfinite(share), classes, missing).astype(np.int64)


class Ground:
    """Shapes of an outcome in metres, drawn on as many axes as there are pages."""

    def __init__(self, outcome: Outcome, shown: Published) -> None:
        self.outcome = outcome
        self._to = Transformer.from_crs("EPSG:4490", outcome.crs, always_xy=True)
        self.communities = self._metres(outcome.communities.geometry)
        self.counties = self._metres(outcome.counties.geometry if outcome.counties else ())
        self.facilities = self.places(outcome.facilities.lonlat)
        picks = outcome.plan.picks
        lonlat = np.array([(pick.lon, pick.lat) for pick in picks]).reshape(-1, 2)
        self.sites = self.places(lonlat)
        self.classes = share_classes(shown, planned=False)
        self.rings = [
            (ring.state, moved)
            for ring in outcome.rings
            if ring.limit_min == outcome.scenario.walking.limit_min
            for moved in self._metres((ring.geometry,))
        ]
        self.water = self._metres(tuple(geometry for _, geometry in outcome.backdrop))
        self.streets = _streets(outcome.network, outcome.crs)
        ends = [(*line.min(axis=0), *line.max(axis=0)) for line in self.streets]
        self._street_boxes = np.array(ends).reshape(-1, 4)
        self.box = self._extent()

    def places(self, lonlat: F64) -> F64:
        """Return places in metres, shape (n, 2)."""
        return np.column_stack(self._to.transform(lonlat[:, 0], lonlat[:, 1]))

    def draw(self, axes: Axes, box: Box, *, fine: bool) -> None:
        """Draw everything but the pins.

        Parameters
        ----------
        axes
            What to draw on.
        box
            West, south, east, north in metres.
        fine
            Whether the page shows a neighbourhood: stronger streets, larger signs.
        """
        axes.set_xlim(box[0], box[2])
        axes.set_ylim(box[1], box[3])
        axes.set_aspect("equal", adjustable="box")
        axes.set_xticks([])
        axes.set_yticks([])
        frame = shapely.box(*box)
        _areas(axes, [_inside(g, frame) for g in self.communities], self.classes)
        self._water(axes, frame)
        streets = LineCollection(
            self._streets_in(box), colors="#555555", linewidths=0.6 if fine else 0.16, alpha=0.7,
            zorder=3, rasterized=not fine,
        )  # fmt: skip
        axes.add_collection(streets, autolim=False)
        self._rings(axes, frame)
        for geometry in self.counties:
            _outline(axes, geometry, colour="#ffffff", width=2.2, style="-", order=5)
            _outline(axes, geometry, colour="#3d4852", width=0.9, style=(0, (9, 3, 2, 3)), order=6)
        self._signs(axes, size=42.0 if fine else 11.0)

    def _metres(self, geometries: tuple[BaseGeometry | None, ...]) -> list[BaseGeometry | None]:
        def moved(xy: F64) -> F64:
            return np.column_stack(self._to.transform(xy[:, 0], xy[:, 1]))

        return [
            None if g is None or g.is_empty else shapely.transform(g, moved) for g in geometries
        ]

    def _extent(self) -> Box:
        known = [g for g in (*self.communities, *self.counties) if g is not None]
        if known:
            west, south, east, north = shapely.total_bounds(np.array(known, object))
        else:
            every = np.vstack(
                [self.facilities, self.sites, self.places(self.outcome.demand.lonlat)]
            )
            (west, south), (east, north) = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
        edge = 0.02 * max(east - west, north - south, 1.0)
        return (west - edge, south - edge, east + edge, north + edge)

    def _streets_in(self, box: Box) -> list[F64]:
        low, high = self._street_boxes[:, :2], self._street_boxes[:, 2:]
        near = (low <= box[2:]).all(axis=1) & (high >= box[:2]).all(axis=1)
        return [self.streets[i] for i in np.flatnonzero(near)]

    def _water(self, axes: Axes, frame: BaseGeometry) -> None:
        for geometry in self.water:
            seen = _inside(geometry, frame)
            if seen is None:
                continue
            if shapely.get_dimensions(seen) == 2:
                axes.add_collection(_paths([seen], facecolors="#8ab8d8", zorder=2), autolim=False)
            else:
                _outline(axes, seen, colour="#6fa8d0", width=0.8, style="-", order=2)

    def _rings(self, axes: Axes, frame: BaseGeometry) -> None:
        for state, geometry in self.rings:
            if state == "planned" and not len(self.sites):
                continue
            colour, dash = RINGS[state]
            style = (0, (4, 2)) if dash == "dash" else "-"
            order = 8 if state == "baseline" else 7
            seen = geometry if _inside(geometry, frame) is not None else None
            _outline(axes, seen, colour=colour, width=0.6, style=style, order=order)

    def _signs(self, axes: Axes, size: float) -> None:
        kinds = np.array([kind.value for kind in self.outcome.facilities.kind])
        for at, kind in enumerate(_ORDER):
            here = self.facilities[kinds == kind]
            if len(here) and kind in shown_kinds(self.outcome):
                shape, colour = FACILITIES[kind]
                edge = None if shape == "cross" else "white"
                axes.scatter(here[:, 0], here[:, 1], s=size, marker=MARKERS[shape], c=colour,
                             linewidths=0.4, edgecolors=edge, zorder=10 + at)  # fmt: skip


def shown_kinds(outcome: Outcome) -> list[str]:
    """Return the kinds of facilities that are drawn: those that count for walking coverage."""
    return [kind for kind in _ORDER if kind in outcome.scenario.walking.kinds]


def _inside(shape: BaseGeometry | None, frame: BaseGeometry) -> BaseGeometry | None:
    """Return the shape if any of it may be seen."""
    return shape if shape is not None and shape.intersects(frame) else None


def _areas(axes: Axes, shapes: list[BaseGeometry | None], classes: NDArray[np.int64]) -> None:
    looks = [(colour, "") for colour in FIVE] + [(WITHHELD, "////"), (NO_DATA, "....")]
    for at, (colour, hatch) in enumerate(looks):
        inside = [g for g, c in zip(shapes, classes, strict=True) if g is not None and c == at]
        if inside:
            axes.add_collection(
                _paths(inside, facecolors=colour, edgecolors="#8a939b", linewidths=0.15,
                       hatch=hatch or None, zorder=1),
                autolim=False,
            )  # fmt: skip


def _paths(shapes: list[BaseGeometry], **look: object) -> PathCollection:
    return PathCollection([_path(shape) for shape in shapes], **look)  # type: ignore[arg-type]


def _path(shape: BaseGeometry) -> Outline:
    parts = shapely.get_parts(shape)
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    if not len(rings):
        return Outline(np.zeros((0, 2)))
    return Outline.make_compound_path(
        *(Outline(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def _outline(
    axes: Axes,
    geometry: BaseGeometry | None,
    *,
    colour: str,
    width: float,
    style: object,
    order: int,
) -> None:
    if geometry is None or geometry.is_empty:
        return
    parts = shapely.get_parts(geometry)
    lines = np.concatenate(
        [shapely.get_rings(parts[shapely.get_dimensions(parts) == 2]),
         parts[shapely.get_dimensions(parts) == 1]]
    )  # fmt: skip
    axes.add_collection(
        LineCollection([shapely.get_coordinates(line) for line in lines], colors=colour,
                       linewidths=width, linestyles=style, zorder=order),
        autolim=False,
    )  # fmt: skip


def _streets(network: Network, crs: str) -> list[F64]:
    if not len(network):
        return []
    xy = network.vertices
    if network.crs != crs:
        to = Transformer.from_crs(network.crs, crs, always_xy=True)
        xy = np.column_stack(to.transform(xy[:, 0], xy[:, 1]))
    lines = np.split(xy, network.edge_start[1:-1])
    walked = network.kind != WayKind.STEPS
    return [line for line, kept in zip(lines, walked, strict=True) if kept and len(line) > 1]
