"""Streets from the user's own road layer, which must be noded: lines meet end to end."""

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import WayKind
from planner.model.scenario import InputFile
from planner.store.columns import kinds_of, normal
from planner.store.crs import find_door, shapes_to_lonlat
from planner.store.polylines import Polylines
from planner.store.records import Records, read_records

_MEET_M = 0.01
_EXAMPLES = 3
_LINE = 1


def read_road_layer(
    file: InputFile, folder: Path, ground: Ground
) -> tuple[Polylines | None, tuple[Finding, ...]]:
    """Read a layer of lines whose ends meet within a centimetre.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    ground
        The plane on which ends are compared.

    Returns
    -------
    tuple
        The streets, `None` if the layer is unusable, and the findings: lines that cross or touch
        without a common end are named, not cut.
    """
    records, findings = read_records(file, folder, "streets", personal=Severity.NOTICE)
    if records is None:
        return None, findings
    table = records.table
    if table.geometry is None:
        return None, (*findings, table.fault("streets.no_lines", found="—"))
    door, faults = find_door(table.crs, file.crs, table.fault, datum=file.datum)
    findings += faults
    if door is None:
        return None, findings
    shapes, faults = shapes_to_lonlat(table.geometry, door, None, table.fault)
    findings += faults
    kinds, faults = _kinds(records)
    findings += faults
    parts, of = shapely.get_parts(shapes, return_index=True)
    lines = shapely.get_type_id(parts) == _LINE
    if not lines.any():
        found = str(parts[0].geom_type) if len(parts) else "—"
        return None, (*findings, table.fault("streets.no_lines", found=found))
    if not lines.all():
        found = str(int((~lines).sum()))
        findings += (table.fault("streets.not_lines", Severity.WARNING, found=found),)
    roads, at = parts[lines], of[lines]
    xy = ground.to_metres(shapely.get_coordinates(roads))
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(roads))]).astype(np.int64)
    node = _meet(xy[np.concatenate([start[:-1], start[1:] - 1])])
    tail, head = node[: len(roads)], node[len(roads) :]
    findings += _unnoded(records, ground, (xy, start), (tail, head), (at, kinds[at]))
    everywhere = np.ones(len(roads), np.bool_)
    value = Polylines(
        lonlat=shapely.get_coordinates(roads),
        start=start,
        tail=tail,
        head=head,
        kind=kinds[at],
        forward=everywhere,
        backward=everywhere,
        crs=door.label,
        notes=records.notes(),
    )
    return value, findings


def _kinds(records: Records) -> tuple[NDArray[np.int8], tuple[Finding, ...]]:
    words = kinds_of("way_kind")
    kinds = np.full(len(records), WayKind.STREET, np.int8)
    unknown: dict[str, list[int]] = {}
    for i, text in enumerate(records.texts("kind")):
        word = words.get(normal(text))
        if word is not None:
            kinds[i] = WayKind[word.upper()]
        elif text:
            unknown.setdefault(text, []).append(i)
    findings = tuple(
        records.table.fault(
            "streets.unknown_kind",
            Severity.NOTICE,
            at=rows[0],
            column=records.header("kind"),
            found=text,
            count=str(len(rows)),
        )
        for text, rows in unknown.items()
    )
    return kinds, findings


def _meet(ends: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the node of each line end; ends within a centimetre are one node."""
    pairs = KDTree(ends).query_pairs(_MEET_M, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    near = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(ends), len(ends)))
    _, node = connected_components(near, directed=False)
    return node.astype(np.int64)


def _unnoded(
    records: Records,
    ground: Ground,
    lines: tuple[NDArray[np.float64], NDArray[np.int64]],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    rows: tuple[NDArray[np.int64], NDArray[np.int8]],
) -> tuple[Finding, ...]:
    """Return a warning about lines that cross, or end on another, without a common end.

    A bridge or tunnel may cross what lies on another level.
    """
    xy, start = lines
    at, kind = rows
    line = np.repeat(np.arange(len(at)), np.diff(start))
    plane = np.asarray(shapely.linestrings(xy, indices=line), object)
    one, other = shapely.STRtree(plane).query(plane, predicate="intersects")
    level = np.where((kind == WayKind.BRIDGE) | (kind == WayKind.TUNNEL), kind, WayKind.STREET)
    pairs = (one < other) & (level[one] == level[other])
    one, other = one[pairs], other[pairs]
    shared = shapely.intersection(plane[one], plane[other])
    place, pair = shapely.get_coordinates(shared, return_index=True)
    common = np.zeros(len(place), np.bool_)
    for node, vertex in ((ends[0], start[:-1]), (ends[1], start[1:] - 1)):
        a, b = one[pair], other[pair]
        meets = (node[a] == ends[0][b]) | (node[a] == ends[1][b])
        common |= meets & (np.hypot(*(place - xy[vertex[a]]).T) <= 2 * _MEET_M)
    wrong, first = np.unique(pair[~common], return_index=True)
    if not len(wrong):
        return ()
    places = place[~common][first]
    return (_crossings(records, ground, (at[one[wrong]], at[other[wrong]]), places),)


def _crossings(
    records: Records,
    ground: Ground,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    places: NDArray[np.float64],
) -> Finding:
    degrees = ground.to_degrees(places[:_EXAMPLES])
    one, other = (records.table.rows[at] for at in pairs)
    examples = "; ".join(
        f"{a} × {b} ({lon:.6f}, {lat:.6f})"
        for a, b, (lon, lat) in zip(one, other, degrees, strict=False)
    )
    return Finding(
        rule="streets.not_noded",
        severity=Severity.WARNING,
        source=records.table.source,
        layer=records.table.layer,
        row=int(one[0]),
        found=str(len(places)),
        lon=round(float(degrees[0][0]), 6),
        lat=round(float(degrees[0][1]), 6),
        values=(("examples", examples),),
    )
