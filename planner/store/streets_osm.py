"""Walkable ways from an OpenStreetMap extract (``.osm.pbf``, ``.osm``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.filter import KeyFilter
from osmium.io import Reader
from osmium.osm import Way

from planner.model.network import WayKind
from planner.store.crs import Window
from planner.store.polylines import Polylines

_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
_PER_DEGREE = 1e7  # osmium holds places as whole numbers of this fraction
_NO_PLACE = 2**31 - 1
_NO = ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class Walkable:
    """Which ways one may walk on; the sets of ``walkable.toml``."""

    sets: Mapping[str, frozenset[str]]
    sidewalk_keys: tuple[str, ...]

    def allows(self, tags: Mapping[str, str]) -> bool:
        """Return whether one may walk on a way with `tags`."""
        sets = self.sets
        highway, foot = tags.get("highway", ""), tags.get("foot", "")
        said = highway in sets["only_if_said"]
        known = said or highway in sets["street"] or highway in sets["path"]
        if not known or highway in sets["never"] or foot in sets["foot_no"]:
            return False
        if foot in sets["foot_yes"]:
            return True
        if tags.get("access", "") in sets["access_no"]:
            return False
        if said or tags.get("motorroad", "") == "yes":
            return any(tags.get(k, "") in sets["sidewalk_yes"] for k in self.sidewalk_keys)
        return True

    def lived_on(self, tags: Mapping[str, str]) -> bool:
        """Return whether people live along a way: a street of theirs, on the ground."""
        homes = tags.get("highway") in self.sets["homes"]
        beside = tags.get("service", "") in self.sets["homes_not"]
        return homes and not beside and way_kind(tags) is WayKind.STREET


@cache
def walkable() -> Walkable:
    """Return the rules of ``walkable.toml``."""
    text = resources.files(__package__).joinpath("walkable.toml").read_text(encoding="utf-8")
    sheet = tomllib.loads(text)
    sets = {k: frozenset(v) for k, v in sheet.items() if isinstance(v, list)}
    sets["graphml_never"] = frozenset(sheet["graphml"]["never"])
    return Walkable(sets, tuple(sheet["sidewalk_keys"]))


def way_kind(tags: Mapping[str, str]) -> WayKind:
    """Return what a way is to a walker."""
    if tags.get("highway") == "steps":
        return WayKind.STEPS
    if tags.get("bridge", "no") not in _NO:
        return WayKind.BRIDGE
    if tags.get("tunnel", "no") not in (*_NO, "building_passage"):
        return WayKind.TUNNEL
    return WayKind.PATH if tags.get("highway") in walkable().sets["path"] else WayKind.STREET


def _directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    oneway = tags.get("oneway:foot", "")
    if oneway in {"yes", "1", "true"}:
        return True, False
    if oneway in {"-1", "reverse"}:
        return False, True
    return tags.get("foot:forward") not in _NO, tags.get("foot:backward") not in _NO


@dataclass(frozen=True, slots=True)
class _Ways:
    """Runs of way nodes, one after the other; a way cut by the extract gives several."""

    ref: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    start: NDArray[np.int64]
    kind: NDArray[np.int8]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    lived_on: NDArray[np.bool_]
    cut: int


def read_osm(path: Path, bounds: Window | None) -> Polylines:
    """Read walkable ways, split where ways share a node.

    Parameters
    ----------
    path
        The extract.
    bounds
        Degrees (west, south, east, north); a way with no node inside is left out.

    Returns
    -------
    Polylines
        Lines between junctions and way ends. Node numbers follow the order of OSM ids.

    Raises
    ------
    RuntimeError
        If the file is not an OSM extract.
    """
    ways = _read_ways(path, bounds)
    if not len(ways.ref):
        empty = np.empty(0, np.int64)
        return Polylines(
            lonlat=np.empty((0, 2)),
            start=np.zeros(1, np.int64),
            tail=empty,
            head=empty,
            kind=ways.kind,
            forward=ways.forward,
            backward=ways.backward,
            data_date=_date_of(path),
            attribution=_ATTRIBUTION,
        )
    return _split(ways, _date_of(path))


def _date_of(path: Path) -> date | None:
    with Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        header = reader.header()
        stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).date() if stamp else None
    except ValueError:
        return None


def _read_ways(path: Path, bounds: Window | None) -> _Ways:
    rules = walkable()
    nodes: list[tuple[int, int, int]] = []
    ends: list[int] = [0]
    kinds: list[WayKind] = []
    walking: list[tuple[bool, bool]] = []
    lived_on: list[bool] = []
    for way in osmium.FileProcessor(str(path)).with_locations().with_filter(KeyFilter("highway")):
        if not isinstance(way, Way):
            continue
        tags = {tag.k: tag.v for tag in way.tags}
        if rules.allows(tags):
            nodes += [(n.ref, (place := n.location).x, place.y) for n in way.nodes]
            ends.append(len(nodes))
            kinds.append(way_kind(tags))
            walking.append(_directions(tags))
            lived_on.append(rules.lived_on(tags))
    listed = np.array(nodes, np.int64).reshape(-1, 3)
    way_of = np.repeat(np.arange(len(kinds)), np.diff(ends))
    keep, run, cut = _runs(listed, way_of, bounds)
    starts = np.flatnonzero(np.diff(run[keep], prepend=-1))
    of = way_of[keep][starts]
    directions = np.array(walking, np.bool_).reshape(-1, 2)[of]
    return _Ways(
        ref=listed[keep, 0],
        lonlat=listed[keep, 1:] / _PER_DEGREE,
        start=np.append(starts, keep.sum()),
        kind=np.array(kinds, np.int8)[of],
        forward=directions[:, 0],
        backward=directions[:, 1],
        lived_on=np.array(lived_on, np.bool_)[of],
        cut=cut,
    )


def _runs(
    nodes: NDArray[np.int64], way_of: NDArray[np.int64], bounds: Window | None
) -> tuple[NDArray[np.bool_], NDArray[np.int64], int]:
    """Return which nodes count, the run each lies in, and how many ways the extract cut.

    A run is a part of a way of at least two different nodes whose places the extract holds.
    """
    ref, x = nodes[:, 0], nodes[:, 1]
    known = x != _NO_PLACE
    first = np.diff(way_of, prepend=-1) != 0
    before = np.roll(known, 1)
    again = ~first & known & before & (ref == np.roll(ref, 1))
    run = np.cumsum(first | (known & ~before))
    keep = known & ~again
    if bounds is not None:
        west, south, east, north = (round(v * _PER_DEGREE) for v in bounds)
        y = nodes[:, 2]
        inside = known & (x >= west) & (x <= east) & (y >= south) & (y <= north)
        keep &= np.isin(way_of, way_of[inside])
    keep &= np.bincount(run, weights=keep)[run] > 1
    cut = len(np.unique(way_of[~known & np.isin(way_of, way_of[keep])]))
    return keep, run, cut


def _split(ways: _Ways, data_date: date | None) -> Polylines:
    """Cut the runs at every node that stands more than once, and at their ends."""
    _, place, times = np.unique(ways.ref, return_inverse=True, return_counts=True)
    is_node = times[place] > 1
    is_node[ways.start[:-1]] = True
    is_node[ways.start[1:] - 1] = True
    way_of = np.repeat(np.arange(len(ways.kind)), np.diff(ways.start))
    stops = np.flatnonzero(is_node)
    same = way_of[stops[:-1]] == way_of[stops[1:]]
    begin, end = stops[:-1][same], stops[1:][same]
    size = end - begin + 1
    start = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(start[-1]) - np.repeat(start[:-1], size)
    numbers, ends = np.unique(np.concatenate([place[begin], place[end]]), return_inverse=True)
    way = way_of[begin]
    return Polylines(
        lonlat=ways.lonlat[np.repeat(begin, size) + within],
        start=start,
        tail=ends[: len(begin)],
        head=ends[len(begin) :],
        kind=ways.kind[way],
        forward=ways.forward[way],
        backward=ways.backward[way],
        lived_on=ways.lived_on[way],
        data_date=data_date,
        attribution=_ATTRIBUTION,
        notes=(("ways", str(len(ways.kind))), ("nodes", str(len(numbers))))
        + ((("cut_ways", str(ways.cut)),) if ways.cut else ()),
    )
