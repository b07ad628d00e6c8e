"""The walking network, from an OSM extract, an OSMnx graph or the user's own road layer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.kernel.relief import hang_bridges
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.scenario import InputFile
from planner.store.crs import Window
from planner.store.layers import is_layer
from planner.store.polylines import Polylines
from planner.store.reading import Read, about, has_error, locate, shown_path, source_of
from planner.store.street_heights import audit_heights
from planner.store.streets_graphml import read_graphml
from planner.store.streets_layer import read_road_layer
from planner.store.streets_osm import read_osm

Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_ROLE = "streets"
_OSM = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_SPACING_M = 30.0
_MOST_LOST = 0.5
_EXAMPLES = 3


def read_network(
    file: InputFile,
    folder: Path,
    ground: Ground,
    bounds_lonlat: Window | None = None,
    heights: Heights | None = None,
) -> Read[Network]:
    """Read the walking network.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    ground
        The plane lengths are measured on.
    bounds_lonlat
        Degrees (west, south, east, north) to cut an OSM extract to, a margin included.
    heights
        Height in metres of points in degrees, shape (n, 2) to (n,), NaN where unknown. With it
        further vertices are put in so that none are more than 30 m apart.

    Returns
    -------
    Read of Network
        Lengths on the ground; nothing is snapped, bridged or repaired.
    """
    path, findings = locate(file, folder)
    lines: Polylines | None = None
    if not findings:
        lines, findings = _read_lines(file, folder, ground, bounds_lonlat)
    if lines is None or has_error(findings):
        return Read(None, findings, source_of(file, path, _ROLE))
    data_date = file.data_date or lines.data_date
    attribution = file.source or lines.attribution
    source = source_of(file, path, _ROLE, rows=len(lines), crs=lines.crs, notes=lines.notes)
    source = replace(source, data_date=data_date, attribution=attribution)
    if data_date is None:
        findings += (about(file, "streets.undated", Severity.NOTICE),)
    if not len(lines):
        fault = "streets.none" if bounds_lonlat is None else "streets.none_here"
        return Read(None, (*findings, about(file, fault)), source)
    network = _build(lines, ground, heights)
    network = replace(
        network,
        source=attribution or shown_path(file.path),
        data_date=data_date,
        synthetic=file.synthetic,
    )
    findings += _islands(network, ground, file)
    if heights is not None:
        findings += audit_heights(network, ground, heights, file)
    return Read(None if has_error(findings) else network, findings, source)


def _read_lines(
    file: InputFile, folder: Path, ground: Ground, bounds: Window | None
) -> tuple[Polylines | None, tuple[Finding, ...]]:
    path = folder / file.path
    name = path.name.lower()
    if is_layer(path):
        return read_road_layer(file, folder, ground, bounds)
    if name.endswith(".graphml"):
        return read_graphml(file, path)
    if not name.endswith(_OSM):
        return None, (about(file, "file.unknown_format", found=path.suffix or path.name),)
    return read_osm(file, path, bounds)


def _build(lines: Polylines, ground: Ground, heights: Heights | None) -> Network:
    """Measure the lines, put in vertices where heights are wanted, number the pieces."""
    m = len(lines)
    xy, start = ground.to_metres(lines.lonlat), lines.start
    length = _length(xy, start)
    if heights is None:
        profile = np.full(len(xy), np.nan)
    else:
        xy, start = with_spacing(xy, start, _SPACING_M)
        profile = heights(ground.to_degrees(xy))
    nodes, ends = np.unique(np.concatenate([lines.tail, lines.head]), return_inverse=True)
    tail, head = ends[:m].astype(np.int32), ends[m:].astype(np.int32)
    if heights is not None:
        apart = (lines.kind == WayKind.BRIDGE) | (lines.kind == WayKind.TUNNEL)
        carried = np.where(apart, lines.kind, 0).astype(np.int8)
        steps = lines.kind == WayKind.STEPS
        profile = hang_bridges((tail, head), length, carried, steps, (profile, start))
    return Network(
        tail=tail,
        head=head,
        node_count=len(nodes),
        vertices=xy,
        edge_start=start,
        length_m=length,
        profile_m=profile,
        kind=lines.kind,
        walk_forward=lines.forward,
        walk_backward=lines.backward,
        component=_pieces(tail, head, length, len(nodes)),
        crs=ground.crs,
        source="",
        data_date=None,
        lived_on=lines.lived_on,
    )


def _segments(
    xy: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the length from each vertex to the next of its line (0 at its last), and its line."""
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    length = np.zeros(len(xy))
    length[:-1] = np.hypot(*np.diff(xy, axis=0).T)
    length[start[1:] - 1] = 0.0
    return length, line


def _length(xy: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    segment, line = _segments(xy, start)
    total = np.bincount(line, weights=segment, minlength=len(start) - 1)
    return np.asarray(total, np.float64)


def with_spacing(
    xy: NDArray[np.float64], start: NDArray[np.int64], spacing_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Put vertices into lines so that none are farther apart than `spacing_m`.

    Parameters
    ----------
    xy
        Vertices in metres, shape (v, 2).
    start
        First vertex of each line and one past the last, shape (m + 1,).
    spacing_m
        Largest distance between two vertices.

    Returns
    -------
    tuple
        The new vertices and starts; every old vertex is kept.
    """
    segment, line = _segments(xy, start)
    parts = np.maximum(np.ceil(segment / spacing_m).astype(np.int64), 1)
    first = np.concatenate([[0], np.cumsum(parts)])
    at = np.repeat(np.arange(len(xy)), parts)
    share = (np.arange(first[-1]) - first[at]) / parts[at]
    ahead = np.minimum(at + 1, len(xy) - 1)
    denser = xy[at] + share[:, None] * (xy[ahead] - xy[at])
    size = np.bincount(line, weights=parts, minlength=len(start) - 1).astype(np.int64)
    return denser, np.concatenate([[0], np.cumsum(size)])


def _pieces(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    length: NDArray[np.float64],
    node_count: int,
) -> NDArray[np.int32]:
    """Return the number of the piece each line lies in, the longest piece being 0."""
    ones = np.ones(len(tail), np.int8)
    graph = coo_array((ones, (tail, head)), shape=(node_count, node_count))
    count, label = connected_components(graph, directed=False)
    piece = label[tail]
    total = np.bincount(piece, weights=length, minlength=count)
    rank = np.empty(count, np.int32)
    rank[np.argsort(-total, kind="stable")] = np.arange(count, dtype=np.int32)
    return rank[piece]


def _islands(network: Network, ground: Ground, file: InputFile) -> tuple[Finding, ...]:
    pieces = int(network.component.max()) + 1
    if pieces == 1:
        return ()
    total = float(network.length_m.sum())
    outside = float(network.length_m[network.component > 0].sum())
    values: dict[str, object] = {
        "found": str(pieces),
        "share": f"{100 * outside / total:.1f}" if total else "0.0",
        "km": f"{outside / 1000:.1f}",
    }
    tree = shapely.STRtree(_drawn(network, np.flatnonzero(network.component == 0)))
    numbers = range(1, min(pieces, _EXAMPLES + 1))
    largest = [_island(network, ground, tree, number) for number in numbers]
    values["examples"] = "; ".join(text for text, _ in largest)
    values["lon"], values["lat"] = largest[0][1]
    if outside > _MOST_LOST * total:
        return (about(file, "streets.in_pieces", Severity.ERROR, **values),)
    return (about(file, "streets.islands", Severity.NOTICE, **values),)


def _drawn(network: Network, edges: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return edges as shapes."""
    size = np.diff(network.edge_start)[edges]
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    at = np.repeat(network.edge_start[edges], size) + within
    of = np.repeat(np.arange(len(edges)), size)
    return np.asarray(shapely.linestrings(network.vertices[at], indices=of), object)


def _island(
    network: Network, ground: Ground, tree: shapely.STRtree, piece: int
) -> tuple[str, tuple[float, float]]:
    """Return length, distance from the main piece and place of a piece, in words and degrees."""
    edges = np.flatnonzero(network.component == piece)
    _, away = tree.query_nearest(_drawn(network, edges), return_distance=True, all_matches=False)
    nearest = int(np.argmin(away))
    lon, lat = ground.to_degrees(network.vertices[network.edge_start[edges[nearest]]])[0]
    length = float(network.length_m[edges].sum())
    place = (round(float(lon), 6), round(float(lat), 6))
    text = f"{length:.0f} m, {float(away[nearest]):.0f} m ({place[0]:.6f}, {place[1]:.6f})"
    return text, place
