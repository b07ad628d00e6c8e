"""Scenarios of real cities nobody here drew, made from the test-only data beside the project.

    python tests/real/cities.py porto_alegre FOLDER
    python tests/real/cities.py andorra FOLDER

writes a scenario with its tables to FOLDER; `planner run FOLDER/<city>.toml` runs it. The streets
and the elevation are read where they lie. What the sources do not hold is a stated assumption:
the share of people aged 60 and over, the people per household, and in Andorra the people per place.
"""

import csv
import math
import sys
from pathlib import Path

import osmium

DATA = Path(__file__).parents[3] / "shared" / "data" / "test-only"
PEOPLE_PER_HOUSEHOLD = 2.5
SQUARE_DEG = 0.02
ANDORRA = (1.4135, 42.4288, 1.7866, 42.6560)  # the extract holds a few things across the line

SCENARIO = """\
name = "{name}"
language = "{language}"
title = {{zh = "{zh}", en = "{en}"}}
asks = {{zh = "真实路网检验", en = "does the main job hold on real streets?"}}

[boundaries]
list_date = {date}
communities = {{path = "communities.geojson", source = "squares drawn for this test"}}

[[facilities]]
path = "facilities.csv"
crs = "EPSG:4326"
data_date = {date}
source = "{facility_source}"

[households]
path = "households.csv"
crs = "EPSG:4326"
data_date = {date}
source = "{people_source}"
older_share = {older_share}

[streets]
path = "{streets}"
source = "OpenStreetMap contributors, ODbL 1.0"

[elevation]
path = "{elevation}"
source = "{elevation_source}"

[walking]
max_access_m = {max_access_m}

[siting]
new_sites = 5
candidates = {{rule = "network_nodes", spacing_m = 300}}
"""


def _table(path, header, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _squares(path, places):
    """Write squares of about two kilometres that hold every place."""
    cells = sorted({(math.floor(x / SQUARE_DEG), math.floor(y / SQUARE_DEG)) for x, y in places})
    features = []
    for number, (i, j) in enumerate(cells):
        west, south = i * SQUARE_DEG, j * SQUARE_DEG
        east, north = west + SQUARE_DEG, south + SQUARE_DEG
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        ring_text = [[f"{x:.6f}", f"{y:.6f}"] for x, y in ring]
        corners = ",".join(f"[{x},{y}]" for x, y in ring_text)
        features.append(
            f'{{"type":"Feature","properties":{{"code":"S{number:03d}","name":"square {number}",'
            f'"kind":"urban"}},"geometry":{{"type":"Polygon","coordinates":[[{corners}]]}}}}'
        )
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
    path.write_text(text, encoding="utf-8")


def _write(folder, values, facilities, people):
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / "facilities.csv", ["id", "name", "kind", "lon", "lat", "floor_m2"], facilities)
    header = ["id", "name", "lon", "lat", "households", "population"]
    _table(folder / "households.csv", header, people)
    places = [(row[2], row[3]) for row in people] + [(row[3], row[4]) for row in facilities]
    _squares(folder / "communities.geojson", [(float(x), float(y)) for x, y in places])
    path = folder / f"{values['name']}.toml"
    path.write_text(SCENARIO.format(**values), encoding="utf-8")
    return path


def write_porto_alegre(folder, *, within=None):
    """Write the scenario of Porto Alegre; `within` (w, s, e, n) cuts out a part of it."""
    source = DATA / "porto_alegre"
    with (source / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if within:
        w, s, e, n = within
        rows = [r for r in rows if w <= float(r["lon"]) <= e and s <= float(r["lat"]) <= n]
    people = [
        (r["id"], r["id"], r["lon"], r["lat"], round(p / PEOPLE_PER_HOUSEHOLD), round(p))
        for r in rows
        if (p := float(r["population"] or 0)) > 0
    ]
    facilities = [
        (f"H{r['id']}", f"healthcare {r['id']}", "elderly_station", r["lon"], r["lat"], "")
        for r in rows
        if float(r["healthcare"] or 0) > 0
    ]
    values = {
        "name": "porto_alegre",
        "language": "en",
        "zh": "阿雷格里港(真实路网检验)",
        "en": "Porto Alegre (a check on real streets)",
        "date": "2010-08-01",
        "facility_source": "r5r test data: hexagons with healthcare, at their middle",
        "people_source": "r5r test data: people per hexagon; 20 % aged 60+, 2.5 a household",
        "older_share": 0.2,
        "streets": (source / "poa_osm.pbf").as_posix(),
        "elevation": (source / "poa_elevation.tif").as_posix(),
        "elevation_source": "r5r test data",
        "max_access_m": 500,
    }
    return _write(folder, values, facilities, people)


def write_andorra(folder):
    """Write the scenario of Andorra: demand from buildings and place nodes."""
    source = DATA / "andorra"
    per_place = {"town": 6000, "village": 600, "hamlet": 60}
    people, facilities = [], []
    for thing in osmium.FileProcessor(source / "andorra.osm.pbf").with_locations():
        tags = thing.tags
        place = _where(thing)
        if place is None or not _within(ANDORRA, *place):
            continue
        code = f"{thing.type_str()}{thing.id}"
        name = tags.get("name", code)
        if thing.is_node() and tags.get("place") in per_place:
            count = per_place[tags["place"]]
            people.append((code, name, *place, round(count / PEOPLE_PER_HOUSEHOLD), count))
        elif "building" in tags:
            people.append((code, name, *place, 8, 20))
        if tags.get("amenity") == "pharmacy" or (
            "name" in tags and tags.get("amenity") == "hospital"
        ):
            facilities.append((f"F{code}", name, "elderly_station", *place, ""))
    values = {
        "name": "andorra",
        "language": "en",
        "zh": "安道尔(真实山地路网检验)",
        "en": "Andorra (a check on real mountain streets)",
        "date": "2013-05-28",
        "facility_source": "OpenStreetMap: named hospitals and pharmacies",
        "people_source": "assumed: 20 people a building, 6000 a town, 600 a village, 60 a hamlet",
        "older_share": 0.2,
        "streets": (source / "andorra.osm.pbf").as_posix(),
        "elevation": (source / "N42E001.hgt.zip").as_posix(),
        "elevation_source": "SRTM (NASA)",
        "max_access_m": 1500,
    }
    return _write(folder, values, facilities, people)


def _within(window, lon, lat):
    west, south, east, north = window
    return west <= float(lon) <= east and south <= float(lat) <= north


def _where(thing):
    if thing.is_node():
        return (f"{thing.location.lon:.7f}", f"{thing.location.lat:.7f}")
    if thing.is_way():
        spots = [node.location for node in thing.nodes if node.location.valid()]
        if spots:
            lon = sum(s.lon for s in spots) / len(spots)
            lat = sum(s.lat for s in spots) / len(spots)
            return (f"{lon:.7f}", f"{lat:.7f}")
    return None


if __name__ == "__main__":
    write = {"porto_alegre": write_porto_alegre, "andorra": write_andorra}[sys.argv[1]]
    print(write(Path(sys.argv[2])))
