"""Streets from the user's own road layer, cut where its lines cross or touch."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.meeting import MEET_M, Bundle
from planner.kernel.misses import Misses, find_misses
from planner.kernel.noding import Noded, build_nodes
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import WayKind
from planner.model.scenario import InputFile, Streets
from planner.store.crs import Door, Window, find_door, shapes_to_lonlat
from planner.store.polylines import Polylines
from planner.store.reading import has_error
from planner.store.records import Records, read_records
from planner.store.street_rows import StreetRows, read_street_rows

_WITHIN_M = 5.0  # a dead end this near to another street was perhaps meant to join it
_EXAMPLES = 3
_LINE = 1


class _Roads(NamedTuple):
    """Lines of a layer in degrees, and the row of each."""

    lines: NDArray[np.object_]
    at: NDArray[np.int64]


class _Told(NamedTuple):
    """What findings are told with."""

    records: Records
    ground: Ground
    snap_m: float


def read_road_layer(
    file: InputFile, folder: Path, ground: Ground, bounds: Window | None = None
) -> tuple[Polylines | None, tuple[Finding, ...]]:
    """Read a layer of lines and make a graph of it.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    ground
        The plane on which lines are cut and ends compared.
    bounds
        Degrees (west, south, east, north); lines wholly outside are left out.

    Returns
    -------
    tuple
        The streets, `None` if the layer is unusable, and the findings: how much was cut and
        joined, and what nearly meets but does not.
    """
    records, findings = read_records(file, folder, "streets", personal=Severity.NOTICE)
    if records is None:
        return None, findings
    roads, door, faults = _read_lines(records, file)
    findings += faults
    if roads is None or door is None or has_error(faults):
        return None, findings
    rows, faults = read_street_rows(records)
    findings += (*faults, *_left_out(records, rows, roads, ground))
    roads = _walked(roads, rows, bounds)
    if not len(roads.at):
        return _polylines(None, rows, door, records, ground), findings
    options = file if isinstance(file, Streets) else Streets(path=file.path)
    bundle = _bundle(roads, rows, ground)
    noded = build_nodes(bundle, snap_m=options.snap_m)
    told = _Told(records, ground, options.snap_m)
    if options.node_crossings:
        findings += _joined(told, noded, rows)
        findings += _missed(told, noded)
    else:
        findings += _not_noded(told, noded)
        noded = build_nodes(bundle, snap_m=options.snap_m, cut=False)
    findings += _mended(told, noded)
    return _polylines(noded, rows, door, records, ground, options), findings


def _read_lines(
    records: Records, file: InputFile
) -> tuple[_Roads | None, Door | None, tuple[Finding, ...]]:
    table = records.table
    if table.geometry is None:
        return None, None, (table.fault("streets.no_lines", found="—"),)
    door, findings = find_door(table.crs, file.crs, table.fault, datum=file.datum)
    if door is None:
        return None, None, findings
    shapes, faults = shapes_to_lonlat(table.geometry, door, None, table.fault)
    findings += faults
    parts, of = shapely.get_parts(shapes, return_index=True)
    lines = shapely.get_type_id(parts) == _LINE
    if not lines.any():
        found = str(parts[0].geom_type) if len(parts) else "—"
        return None, None, (*findings, table.fault("streets.no_lines", found=found))
    if not lines.all():
        found = str(int((~lines).sum()))
        findings += (table.fault("streets.not_lines", Severity.WARNING, found=found),)
    lines &= np.isfinite(shapely.bounds(parts)).all(axis=1)
    return _Roads(parts[lines], of[lines]), door, findings


def _left_out(
    records: Records, rows: StreetRows, roads: _Roads, ground: Ground
) -> tuple[Finding, ...]:
    """Return what is not for walking, by reason, with the length of it."""
    why = rows.left_out[roads.at]
    findings = []
    for reason in sorted(set(why.tolist()) - {""}):
        places = np.flatnonzero(why == reason)
        xy, line = shapely.get_coordinates(roads.lines[places], return_index=True)
        step = np.hypot(*np.diff(ground.to_metres(xy), axis=0).T)
        km = float(step[np.diff(line) == 0].sum()) / 1000
        row = int(roads.at[places[0]])
        field = "foot" if reason == "foot" else "kind"
        findings.append(
            records.table.fault(
                "streets.not_walked",
                Severity.NOTICE,
                at=row,
                column=records.header(field),
                found=records.texts(field)[row],
                count=str(len(places)),
                km=f"{km:.1f}",
            )
        )
    return tuple(findings)


def _walked(roads: _Roads, rows: StreetRows, bounds: Window | None) -> _Roads:
    keep = rows.left_out[roads.at] == ""
    if bounds is not None:
        west, south, east, north = bounds
        box = shapely.bounds(roads.lines)
        keep &= (box[:, 2] >= west) & (box[:, 0] <= east)
        keep &= (box[:, 3] >= south) & (box[:, 1] <= north)
    return _Roads(roads.lines[keep], roads.at[keep])


def _bundle(roads: _Roads, rows: StreetRows, ground: Ground) -> Bundle:
    size = shapely.get_num_coordinates(roads.lines)
    kind, level = rows.kind[roads.at], rows.level[roads.at]
    return Bundle(
        xy=ground.to_metres(shapely.get_coordinates(roads.lines)),
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        source=roads.at,
        level=level,
        apart=(kind == WayKind.BRIDGE) | (kind == WayKind.TUNNEL),
        label=kind + len(WayKind) * level,
    )


def _polylines(
    noded: Noded | None,
    rows: StreetRows,
    door: Door,
    records: Records,
    ground: Ground,
    options: Streets | None = None,
) -> Polylines:
    notes = records.notes()
    if options is not None:
        said = "true" if options.node_crossings else "false"
        notes += (("node_crossings", said), ("snap_m", f"{options.snap_m:g}"))
    none = np.empty(0, np.int64)
    of = none if noded is None else noded.bundle.source
    everywhere = np.ones(len(of), np.bool_)
    return Polylines(
        lonlat=np.empty((0, 2)) if noded is None else ground.to_degrees(noded.bundle.xy),
        start=np.zeros(1, np.int64) if noded is None else noded.bundle.start,
        tail=none if noded is None else noded.tail,
        head=none if noded is None else noded.head,
        kind=rows.kind[of],
        forward=everywhere,
        backward=everywhere,
        lived_on=rows.lived_on[of],
        crs=door.label,
        notes=notes,
    )


def _rows_at(told: _Told, noded: Noded, place: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows of the file whose lines end at a place, in order."""
    ends = np.concatenate([noded.bundle.start[:-1], noded.bundle.start[1:] - 1])
    near = np.flatnonzero(np.hypot(*(noded.bundle.xy[ends] - place).T) <= MEET_M)
    of = noded.bundle.source[near % noded.bundle.size]
    return np.unique(told.records.table.rows[of])


def _place(told: _Told, place: NDArray[np.float64]) -> tuple[float, float]:
    lon, lat = told.ground.to_degrees(place)[0]
    return round(float(lon), 6), round(float(lat), 6)


def _about_places(
    told: _Told,
    rule: str,
    severity: Severity,
    places: NDArray[np.float64],
    examples: list[str],
    **values: str,
) -> Finding:
    """Return a finding about the first of many places, with examples."""
    table = told.records.table
    lon, lat = _place(told, places[0])
    values["examples"] = "; ".join(examples)
    return Finding(
        rule=rule,
        severity=severity,
        source=table.source,
        layer=table.layer,
        found=str(len(places)),
        lon=lon,
        lat=lat,
        values=tuple(sorted(values.items())),
    )


def _meeting_places(told: _Told, noded: Noded) -> tuple[NDArray[np.float64], list[str]]:
    """Return where lines were cut, and which rows meet at the first of these places."""
    places = np.unique(np.concatenate([noded.crossings, noded.touches]), axis=0)
    examples = []
    for place in places[:_EXAMPLES]:
        rows = " × ".join(str(int(row)) for row in _rows_at(told, noded, place))
        lon, lat = _place(told, place)
        examples.append(f"{rows} ({lon:.6f}, {lat:.6f})")
    return places, examples


def _joined(told: _Told, noded: Noded, rows: StreetRows) -> tuple[Finding, ...]:
    places, examples = _meeting_places(told, noded)
    if not len(places):
        return ()
    counts = {"crossings": str(len(noded.crossings)), "touches": str(len(noded.touches))}
    if rows.tells_levels:
        rule, severity = "streets.joined", Severity.NOTICE
    else:
        rule, severity = "streets.joined_blindly", Severity.WARNING
    return (_about_places(told, rule, severity, places, examples, **counts),)


def _not_noded(told: _Told, noded: Noded) -> tuple[Finding, ...]:
    places, examples = _meeting_places(told, noded)
    if not len(places):
        return ()
    return (_about_places(told, "streets.not_noded", Severity.WARNING, places, examples),)


def _missed(told: _Told, noded: Noded) -> tuple[Finding, ...]:
    """Return dead ends just beyond the tolerance, and those on bridges."""
    short, hanging = find_misses(noded, snap_m=told.snap_m, within_m=_WITHIN_M)
    findings = []
    for rule, misses in (("streets.near_misses", short), ("streets.on_bridge", hanging)):
        if len(misses.place):
            limits = {"snap": f"{told.snap_m:g}", "within": f"{_WITHIN_M:g}"}
            examples = _pairs(told, misses)
            findings.append(
                _about_places(told, rule, Severity.WARNING, misses.place, examples, **limits)
            )
    return tuple(findings)


def _pairs(told: _Told, misses: Misses) -> list[str]:
    rows = told.records.table.rows
    examples = []
    for place, line, other, gap in zip(*(column[:_EXAMPLES] for column in misses), strict=True):
        lon, lat = _place(told, place)
        examples.append(f"{rows[line]} → {rows[other]}, {gap:.2f} m ({lon:.6f}, {lat:.6f})")
    return examples


def _mended(told: _Told, noded: Noded) -> tuple[Finding, ...]:
    """Return how far ends were moved, and what was dropped."""
    table, findings = told.records.table, []
    far = np.concatenate([noded.moved_m[noded.moved_m > MEET_M], noded.gap_m[noded.gap_m > MEET_M]])
    if len(far):
        findings.append(
            table.fault(
                "streets.snapped",
                Severity.NOTICE,
                found=str(len(far)),
                largest=f"{far.max():.2f}",
                snap=f"{told.snap_m:g}",
            )
        )
    if noded.empty or noded.twice:
        findings.append(
            table.fault(
                "streets.dropped",
                Severity.NOTICE,
                empty=str(noded.empty),
                twice=str(noded.twice),
            )
        )
    return tuple(findings)
