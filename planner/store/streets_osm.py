"""Walkable ways from an OpenStreetMap extract (``.osm.pbf``, ``.osm``), however large.

The file is gone through five times, so that memory grows with what lies in the window and not with
the extract: which nodes lie in the window, which ways have one of them, how one walks on these,
where all their nodes are, and which of them are closed. Held are 8 bytes for every node in the
window, some 100 for every node of the ways that are kept, one for every highway of the extract, and
the blocks osmium reads ahead.
"""

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import repeat
from pathlib import Path
from typing import cast

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium import InvalidLocationError
from osmium.filter import KeyFilter
from osmium.io import Reader
from osmium.osm import NODE, WAY, Way

from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.crs import Window
from planner.store.gates import gates_found, part_at
from planner.store.pbf import DamagedError, UnusualError, node_blocks
from planner.store.polylines import Polylines
from planner.store.reading import about
from planner.store.walkable import CLOSING_KEYS, directions, walkable, way_kind

_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
_PER_DEGREE = 1e7  # osmium holds places as whole numbers of this fraction
_NO_PLACE = 2**31 - 1
_BATCH = 1 << 18  # nodes of ways looked at together
_FERRY = -1
_FEATURES = 8  # optional features of a PBF that are looked at
_HOURS = ("access:conditional", "foot:conditional")


class _UnfitError(Exception):
    """Sound, but no use to a walker; the argument is the rule of the finding."""


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
    notes: tuple[tuple[str, str], ...]


def read_osm(
    file: InputFile, path: Path, bounds: Window | None
) -> tuple[Polylines | None, tuple[Finding, ...]]:
    """Read walkable ways, split where ways share a node and where a gate is closed.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The extract on disk.
    bounds
        Degrees (west, south, east, north); a way with no node inside is left out.

    Returns
    -------
    tuple
        Lines between junctions and way ends, node numbers following the order of OSM ids; `None`
        if the file is unusable; and what was found in it.
    """
    try:
        data_date = _date_of(path)
        try:
            ways, shut = _read(path, bounds)
        except UnusualError:
            with _written_anew(path) as plain:
                ways, shut = _read(plain, bounds)
    except (RuntimeError, ValueError, InvalidLocationError, DamagedError, UnusualError) as error:
        return None, (about(file, "file.unreadable", found=" ".join(str(error).split())[:200]),)
    except _UnfitError as error:
        return None, (about(file, str(error)),)
    lines, places = _split(ways, shut, data_date)
    return lines, gates_found(file, places)


def _date_of(path: Path) -> date | None:
    with Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        header = reader.header()
        stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp")
        if header.has_multiple_object_versions:
            raise _UnfitError("streets.history")
        features = {header.get(f"pbf_optional_feature_{i}") for i in range(_FEATURES)}
        if "LocationsOnWays" in features:  # nodes without tags may be left out
            raise _UnfitError("streets.no_places")
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).date() if stamp else None
    except ValueError:
        return None


def _read(path: Path, bounds: Window | None) -> tuple[_Ways, NDArray[np.int64]]:
    """Return the ways, and the nodes on them a walker cannot pass."""
    if not path.name.lower().endswith(".pbf"):
        raise UnusualError(path.suffix)
    ways = _read_ways(path, bounds)
    return ways, _closed(path, np.unique(ways.ref))


@contextmanager
def _written_anew(path: Path) -> Iterator[Path]:
    """Hand out the extract as a PBF that `node_blocks` reads, for the while."""
    with tempfile.TemporaryDirectory(prefix="planner-osm-") as folder:
        fresh = Path(folder) / "plain.osm.pbf"
        writer = osmium.WriteHandler(str(fresh))
        try:
            osmium.apply(str(path), writer)
        finally:
            writer.close()
        yield fresh


def _among(values: NDArray[np.int64], listed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of `values` stand in `listed`, which is sorted."""
    if not len(listed):
        return np.zeros(len(values), np.bool_)
    at = np.searchsorted(listed, values)
    at[at == len(listed)] = 0
    hit: NDArray[np.bool_] = listed[at] == values
    return hit


def _read_ways(path: Path, bounds: Window | None) -> _Ways:
    inside = None if bounds is None else _nodes_inside(path, bounds)
    ref, size, mark = _walked(path, inside)
    ferry = mark[:, 0] == _FERRY
    ref = ref[~np.repeat(ferry, size)]
    size, mark = size[~ferry], mark[~ferry]
    x, y = _places(path, ref)
    if len(ref) and (x == _NO_PLACE).all():
        raise _UnfitError("streets.no_places")
    way_of = np.repeat(np.arange(len(size)), size)
    keep, run, cut = _runs(ref, x, way_of)
    starts = np.flatnonzero(np.diff(run[keep], prepend=-1))
    of = way_of[keep][starts]
    counts = {
        "cut_ways": cut,
        "ferries": int(ferry.sum()),
        "squares": int(mark[:, 3].sum()),
        "by_the_hour": int(mark[:, 4].sum()),
    }
    return _Ways(
        ref=ref[keep],
        lonlat=np.column_stack([x[keep], y[keep]]) / _PER_DEGREE,
        start=np.append(starts, keep.sum()),
        kind=mark[of, 0],
        forward=mark[of, 1].astype(np.bool_),
        backward=mark[of, 2].astype(np.bool_),
        lived_on=mark[of, 5].astype(np.bool_),
        notes=tuple((key, str(count)) for key, count in counts.items() if count),
    )


def _nodes_inside(path: Path, bounds: Window) -> NDArray[np.int64]:
    """Return the sorted numbers of the nodes in the window."""
    west, south, east, north = (round(v * _PER_DEGREE) for v in bounds)
    found = [np.empty(0, np.int64)]
    seen = 0
    for ref, x, y in node_blocks(path):
        seen += len(ref)
        found.append(ref[(x >= west) & (x <= east) & (y >= south) & (y <= north)])
    if not seen and next(_highways(path), None) is not None:
        raise _UnfitError("streets.no_places")
    return np.unique(np.concatenate(found))


def _highways(path: Path) -> Iterator[Way]:
    ways = osmium.FileProcessor(str(path), WAY).with_filter(KeyFilter("highway", "route"))
    return cast("Iterator[Way]", iter(ways))


def _near(path: Path, inside: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the ways, in file order, have a node inside; tags are slow and left alone."""
    found = [np.empty(0, np.bool_)]
    ref, size = array("q"), array("q")

    def sift() -> None:
        lengths = np.array(size, np.int64)
        way_of = np.repeat(np.arange(len(lengths)), lengths)
        hits = _among(np.array(ref, np.int64), inside)
        found.append(np.bincount(way_of[hits], minlength=len(lengths)) > 0)
        del ref[:], size[:]

    for way in _highways(path):
        refs = [node.ref for node in way.nodes]
        ref.extend(refs)
        size.append(len(refs))
        if len(ref) > _BATCH:
            sift()
    sift()
    return np.concatenate(found)


def _walked(
    path: Path, inside: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Return nodes, sizes and marks of the ways to keep.

    Marks are the kind, whether one walks forwards and backwards, whether it is a square, whether
    it has rules by the hour, and whether people live along it, shape (n, 6). Ferries are among
    them.
    """
    rules, near = walkable(), repeat(True) if inside is None else _near(path, inside)
    ref, size, mark = array("q"), array("q"), array("b")
    last = (0, 0)
    for way, is_near in zip(_highways(path), near, strict=False):
        if not is_near:
            continue
        if way.id == last[0] and way.version != last[1]:
            raise _UnfitError("streets.history")
        last = (way.id, way.version)
        tags = {tag.k: tag.v for tag in way.tags}
        if rules.allows(tags):
            mark.extend((way_kind(tags), *directions(tags), tags.get("area") == "yes"))
            mark.append(any(key in tags for key in _HOURS))
            mark.append(rules.lived_on(tags))
        elif tags.get("route") == "ferry":
            mark.extend((_FERRY, 0, 0, 0, 0, 0))
        else:
            continue
        refs = [node.ref for node in way.nodes]
        ref.extend(refs)
        size.append(len(refs))
    marks = np.array(mark, np.int8).reshape(-1, 6)
    return np.array(ref, np.int64), np.array(size, np.int64), marks


def _places(path: Path, ref: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the nodes are in 1e-7 degrees, `_NO_PLACE` where the extract does not say."""
    wanted, at = np.unique(ref, return_inverse=True)
    x, y = (np.full(len(wanted), _NO_PLACE, np.int64) for _ in range(2))
    if not len(wanted):
        return x, y
    for numbers, east, north in node_blocks(path):
        hit = _among(numbers, wanted)
        place = np.searchsorted(wanted, numbers[hit])
        x[place], y[place] = east[hit], north[hit]
    return x[at], y[at]


def _closed(path: Path, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which of the nodes a walker cannot pass."""
    rules = walkable()
    found, some = [np.empty(0, np.int64)], array("q")
    for node in osmium.FileProcessor(str(path), NODE).with_filter(KeyFilter(*CLOSING_KEYS)):
        if rules.closes({tag.k: tag.v for tag in node.tags}):
            some.append(node.id)
        if len(some) == _BATCH:
            found.append(np.intersect1d(some, wanted))
            some = array("q")
    found.append(np.intersect1d(np.array(some, np.int64), wanted))
    return np.concatenate(found)


def _runs(
    ref: NDArray[np.int64], x: NDArray[np.int64], way_of: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], int]:
    """Return which nodes count, the run each lies in, and how many ways the extract cut.

    A run is a part of a way of at least two different nodes whose places the extract holds.
    """
    known = x != _NO_PLACE
    first = np.diff(way_of, prepend=-1) != 0
    before = np.roll(known, 1)
    again = ~first & known & before & (ref == np.roll(ref, 1))
    run = np.cumsum(first | (known & ~before))
    keep = known & ~again
    keep &= np.bincount(run, weights=keep)[run] > 1
    cut = len(np.unique(way_of[~known & np.isin(way_of, way_of[keep])]))
    return keep, run, cut


def _split(
    ways: _Ways, shut: NDArray[np.int64], data_date: date | None
) -> tuple[Polylines, NDArray[np.float64]]:
    """Cut the runs where a node stands more than once or is closed, and at their ends."""
    listed, place, times = np.unique(ways.ref, return_inverse=True, return_counts=True)
    closed = np.isin(listed, shut)
    is_node = (times > 1)[place] | closed[place]
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
    lines = Polylines(
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
        notes=(("ways", str(len(ways.kind))), ("nodes", str(len(numbers))), *ways.notes),
    )
    return part_at(lines, np.flatnonzero(closed[numbers]))
