"""Street networks of a few lines in metres, to be counted by hand."""

from datetime import date

import numpy as np

from planner.analysis.attaching import Doors
from planner.analysis.carrying import build_ways
from planner.analysis.catchment import list_pairs
from planner.analysis.changes import overlay_changes
from planner.analysis.coverage import runs_of
from planner.analysis.walk import Pace, build_walk
from planner.kernel.runs import csr_size_bytes, to_csr
from planner.model.demand import Demand
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.provenance import Origin
from planner.model.scenario import Walking
from planner.model.sites import FacilityKind, Sites
from planner.model.street_changes import ChangeKind, StreetChange, StreetChanges
from planner.standards import read_standards

GROUND = Ground(lon_0=124.0, lat_0=41.3)
CORNER = 500_000.0
DAY = date(2020, 6, 30)
SLOPE = read_standards().slope
FLAT = Walking(slope=False)


def degrees(points):
    """Return degrees of places in metres from the corner, shape (n, 2)."""
    return GROUND.to_degrees(np.array(points, np.float64).reshape(-1, 2) + CORNER)


def network_of(*lines, heights=None, kinds=None, one_way=()):
    """Return the network of polylines [(x, y), ...]; lines that end at one place meet there."""
    lines = [np.array(line, np.float64) + CORNER for line in lines]
    m = len(lines)
    ends = np.array([line[at] for at in (0, -1) for line in lines]).round(6)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    node = node.reshape(-1).astype(np.int32)
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    vertices = np.concatenate(lines)
    profile = np.full(len(vertices), np.nan) if heights is None else np.concatenate(heights)
    return Network(
        tail=node[:m],
        head=node[m:],
        node_count=int(node.max()) + 1,
        vertices=vertices,
        edge_start=start,
        length_m=np.array([np.hypot(*np.diff(line, axis=0).T).sum() for line in lines]),
        profile_m=profile,
        kind=np.array(kinds or [WayKind.STREET] * m, np.int8),
        walk_forward=np.ones(m, np.bool_),
        walk_backward=np.array([i not in one_way for i in range(m)]),
        component=np.zeros(m, np.int32),
        crs=GROUND.crs,
        source="drawn",
        data_date=DAY,
    )


def lattice(columns, rows, block=100.0):
    """Return the lines of a lattice of streets, rows first."""
    places = [(i * block, j * block) for j in range(rows) for i in range(columns)]
    east = [((x, y), (x + block, y)) for x, y in places if x < (columns - 1) * block]
    north = [((x, y), (x, y + block)) for x, y in places if y < (rows - 1) * block]
    return [*east, *north]


def walk_on(network, walking=FLAT):
    return build_walk(network, GROUND, SLOPE, walking)[0]


def pace(metres, speed_mps=1.0):
    """Return the pace of somebody who gets that many metres far on the flat."""
    return Pace(speed_mps=speed_mps, limit_min=metres / speed_mps / 60.0)


def change(kind, *points, way=WayKind.STREET, row=1):
    xy = np.array(points, np.float64) + CORNER
    return StreetChange(
        change=ChangeKind(kind),
        way=way,
        xy=xy,
        profile_m=np.full(len(xy), np.nan),
        lonlat=GROUND.to_degrees(xy[[0, -1]]),
        origin=Origin(file="changes.geojson", row=row),
    )


def changes(*made):
    return StreetChanges(changes=made, crs=GROUND.crs)


def ways_with(network, *made, walking=FLAT):
    """Return the streets before and after changes, which must all match."""
    overlay, findings = overlay_changes(network, changes(*made))
    assert [f for f in findings if f.severity == "error"] == []
    return build_ways(network, overlay, GROUND, SLOPE, walking)[0]


def doors(*pairs):
    """Return doors (place, (x, y))."""
    return Doors(
        place=np.array([place for place, _ in pairs], np.intp),
        lonlat=degrees([xy for _, xy in pairs]),
    )


def people_at(*points, older=None):
    n = len(points)
    return Demand(
        id=tuple(f"P{i:02d}" for i in range(n)),
        name=tuple(f"小区{i}" for i in range(n)),
        community=("210502001001",) * n,
        lonlat=degrees(points),
        households=np.ones(n),
        older=np.ones(n) if older is None else np.array(older, np.float64),
        households_definition="resident",
        count_date=DAY,
    )


def sites_at(*points, kinds=None):
    n = len(points)
    return Sites(
        id=tuple(f"F{i:02d}" for i in range(n)),
        name=tuple(f"站{i}" for i in range(n)),
        kind=tuple(kinds or [FacilityKind.ELDERLY_STATION] * n),
        community=("210502001001",) * n,
        lonlat=degrees(points),
        floor_m2=np.full(n, np.nan),
        beds=np.full(n, np.nan),
        nursing_beds=np.full(n, np.nan),
        list_date=DAY,
    )


def pairs_of(coverage):
    """Return {(site, demand)} of a coverage."""
    runs = runs_of(coverage)
    start, columns = to_csr(runs, at_most_bytes=csr_size_bytes(runs))
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return set(zip(row.tolist(), columns.tolist(), strict=True))


def minutes_of_pairs(walk, sites, demand, near):
    """Return {(site, demand): minutes} and check that rows ascend."""
    start, columns, minutes = list_pairs(walk, sites, demand, near)
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    keys = list(zip(row.tolist(), columns.tolist(), strict=True))
    assert keys == sorted(set(keys))
    return dict(zip(keys, minutes.tolist(), strict=True))
