"""Streets and facilities of a place from OpenStreetMap, put where scenarios look for files."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import osmium
import shapely
from osmium.osm.mutable import Node, Way

from planner.store.crs import Window
from planner.store.network_cache import cache_home
from planner.store.overpass import (
    Area,
    Progress,
    Service,
    ask_features,
    ask_place,
    ask_streets,
    fetch_stop,
)

_ATTRIBUTION = "© OpenStreetMap contributors"
_LICENCE = "ODbL 1.0"
_EDGE_DEG = 0.03  # streets this far outside still serve people inside
_PLAIN_DEG = 0.005  # an outline need not be finer to ask with
_FACILITIES = {
    "amenity": ["social_facility", "nursing_home", "community_centre"],
    "social_facility": ["nursing_home", "assisted_living", "day_care", "group_home"],
}
_FORMULA = "=+-@\t\r "  # a spreadsheet would calculate a name that begins so
_HEADER = ("编号", "名称", "类型", "经度", "纬度", "床位数", "OSM标签")
_TAGS = ("amenity", "social_facility", "social_facility:for", "community_centre:for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to fetch.

    Parameters
    ----------
    place
        Name of the place; also that of the files.
    bbox
        Degrees (west, south, east, north) to ask for instead of the outline of the place.
    facilities
        Whether facilities are fetched as well.
    fresh
        Ask again for what was asked before.
    """

    place: str
    bbox: Window | None = None
    facilities: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was written.

    Parameters
    ----------
    streets, source
        The extract, and the file beside it that says where it is from.
    ways, nodes
        How many it holds.
    data_date
        Date of OpenStreetMap's data, ISO; '' where the server does not say.
    facilities
        The table, `None` if it was not asked for or there is nothing in it.
    facility_count
        Rows of the table.
    """

    streets: Path
    source: Path
    ways: int
    nodes: int
    data_date: str
    facilities: Path | None
    facility_count: int


def bbox_from(text: str) -> Window:
    """Return the bounds written as ``west,south,east,north``.

    Raises
    ------
    InputError
        If the text is anything else.
    """
    try:
        west, south, east, north = (float(part) for part in re.split(r"[,，\s]+", text.strip()))
    except ValueError:
        west = south = east = north = 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise fetch_stop("fetch.bbox", found=text, expected="123.6,41.2,123.9,41.4")
    return west, south, east, north


def fetch_streets(wanted: Wanted, folder: Path, service: Service, progress: Progress) -> Fetched:
    """Fetch the streets of a place, and its facilities if wanted.

    Parameters
    ----------
    wanted
        What to fetch.
    folder
        The folder ``data``; files go into its ``streets`` and ``facilities``.
    service
        Whom to ask.
    progress
        Called with (stage, done, total).

    Returns
    -------
    Fetched
        What was written; nothing is, unless all answers came.

    Raises
    ------
    InputError
        If there is no such place, no answer or nothing in it; the finding says which.
    """
    with _kept_answers(wanted, service) as kept:
        area = _area(wanted, service, kept, progress)
        answers = ask_streets(area, service, kept / "streets", progress)
        nodes, ways, stamp = _elements(answers)
        if not ways:
            raise fetch_stop("fetch.empty", found=wanted.place)
        rows: list[tuple[str, ...]] = []
        if wanted.facilities:
            tags = {key: list(values) for key, values in _FACILITIES.items()}
            things = ask_features(area, tags, service, kept / "facilities", progress)
            rows = sorted(filter(None, map(_facility, things)))
        asked = max(path.stat().st_mtime for path in answers)
    name = re.sub(r"[^\w-]+", "_", wanted.place).strip("_")[:80] or "streets"
    streets = folder / "streets" / f"{name}.osm.pbf"
    with _in_place(streets) as fresh:
        _write_extract(fresh, nodes, ways, stamp)
    table = folder / "facilities" / f"{name}_osm.csv" if rows else None
    if table is not None:
        text = io.StringIO()
        csv.writer(text).writerows([_HEADER, *rows])
        with _in_place(table) as fresh:
            fresh.write_bytes(text.getvalue().encode("utf-8-sig"))
    about = {
        "attribution": _ATTRIBUTION,
        "licence": _LICENCE,
        "place": wanted.place,
        "bounds": [round(v, 6) for v in area.bounds],
        "query": 'way["highway"](area); >; out;',
        "area": shapely.to_wkt(area, rounding_precision=5),
        "data_date": stamp[:10],
        "fetched": datetime.fromtimestamp(asked, UTC).date().isoformat(),
        "ways": len(ways),
        "nodes": len(nodes),
        "facilities": len(rows),
        "sha256": hashlib.sha256(streets.read_bytes()).hexdigest(),
    }
    source = folder / "streets" / f"{name}.source.json"
    with _in_place(source) as fresh:
        fresh.write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return Fetched(
        streets=streets,
        source=source,
        ways=len(ways),
        nodes=len(nodes),
        data_date=stamp[:10],
        facilities=table,
        facility_count=len(rows),
    )


@contextmanager
def _kept_answers(wanted: Wanted, service: Service) -> Iterator[Path]:
    """Hand out the folder of the answers to these very questions."""
    home = cache_home()
    if home is None:
        with tempfile.TemporaryDirectory(prefix="planner-fetch-") as folder:
            yield Path(folder)
        return
    asked = repr((wanted.place, wanted.bbox, service.overpass, service.nominatim))
    kept = home / ".fetch" / hashlib.sha256(asked.encode()).hexdigest()[:24]
    if wanted.fresh:
        shutil.rmtree(kept, ignore_errors=True)
    yield kept


def _area(wanted: Wanted, service: Service, kept: Path, progress: Progress) -> Area:
    if wanted.bbox is not None:
        return shapely.box(*wanted.bbox)
    outline = ask_place(wanted.place, service, kept / "place", progress)
    wide = outline.buffer(_EDGE_DEG + _PLAIN_DEG).simplify(_PLAIN_DEG)
    return wide if isinstance(wide, shapely.Polygon) else shapely.box(*wide.bounds)


def _elements(
    answers: list[Path],
) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]], str]:
    """Return the nodes and ways of all answers, each once, and the oldest time stamp."""
    nodes: dict[int, dict[str, Any]] = {}
    ways: dict[int, dict[str, Any]] = {}
    stamps: list[str] = []
    for path in answers:
        answer = json.loads(path.read_text(encoding="utf-8"))
        stamps.append(str(answer.get("osm3s", {}).get("timestamp_osm_base", "")))
        for element in answer.get("elements", ()):
            kind = {"node": nodes, "way": ways}.get(element.get("type"))
            if kind is not None:
                kind[element["id"]] = element
    return nodes, ways, min(filter(None, stamps), default="")


def _write_extract(
    path: Path, nodes: dict[int, dict[str, Any]], ways: dict[int, dict[str, Any]], stamp: str
) -> None:
    header = osmium.io.Header()
    header.set("generator", "facility-coverage-planner")
    if stamp:
        header.set("osmosis_replication_timestamp", stamp)
    with osmium.SimpleWriter(osmium.io.File(str(path), "osm.pbf"), header=header) as writer:
        for ref, node in sorted(nodes.items()):
            place = (node["lon"], node["lat"])
            writer.add_node(Node(id=ref, location=place, tags=node.get("tags", {})))
        for ref, way in sorted(ways.items()):
            writer.add_way(Way(id=ref, nodes=way["nodes"], tags=way.get("tags", {})))


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """Hand out a file beside `path` that takes its place only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = next(
        p for i in count() if not (p := path.with_name(f".{path.name}.{os.getpid()}.{i}")).exists()
    )
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _facility(thing: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the row of a facility, nothing for what is not meant for older people."""
    tags = {key: value for key, value in thing.items() if isinstance(value, str)}
    kind = _kind_of(tags)
    if kind is None:
        return None
    spot = thing["geometry"].representative_point()
    beds = tags.get("capacity:beds") or tags.get("capacity", "")
    return (
        f"osm-{str(thing['element'])[0]}{thing['id']}",
        tags.get("name", "").lstrip(_FORMULA),
        kind,
        f"{spot.x:.7f}",
        f"{spot.y:.7f}",
        beds if beds.isdigit() and kind == "养老机构" else "",
        "; ".join(f"{key}={tags[key]}" for key in _TAGS if key in tags),
    )


def _kind_of(tags: dict[str, str]) -> str | None:
    """Return the kind of facility; what a tag leaves open is 其他, for the planner to settle."""
    amenity, what = tags.get("amenity", ""), tags.get("social_facility", "")
    for_whom = tags.get("social_facility:for", "").split(";")
    if amenity == "community_centre":
        return "社区综合服务设施"
    if amenity == "nursing_home" or what == "nursing_home":
        return "养老机构"
    if "senior" not in [word.strip() for word in for_whom]:
        return None
    named = {"assisted_living": "养老机构", "group_home": "养老机构", "day_care": "日间照料中心"}
    return named.get(what, "其他")
