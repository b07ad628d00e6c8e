"""A town of eleven streets, small enough to count by hand, written as files.

The streets are a lattice of 100 m blocks round (124.0, 41.3): six rows of eleven nodes. One station
stands at the western end of the lowest street.
"""

import csv
import json
from pathlib import Path

from pyproj import Geod

LON, LAT = 124.0, 41.3
GEOD = Geod(ellps="GRS80")
BLOCK = 100.0

SCENARIO = """\
name = "tiny"
language = "en"
title = {zh = "小镇", en = "Tiny town"}
asks = {zh = "走得到吗?", en = "Within reach?"}

[boundaries]
list_date = 2020-06-30
communities = {path = "communities.geojson"}

[[facilities]]
path = "facilities.csv"
crs = "EPSG:4490"
data_date = 2020-12-31

[households]
path = "households.csv"
crs = "EPSG:4490"
data_date = 2020-11-01

[streets]
path = "streets.geojson"
data_date = 2020-12-31

[siting]
new_sites = 1
candidates = {rule = "network_nodes", spacing_m = 150}
"""


def at(east, north):
    """Return degrees of a place so many metres east and north of the corner."""
    lon, lat, _ = GEOD.fwd(LON, LAT, 90, east)
    lon, lat, _ = GEOD.fwd(lon, lat, 0, north)
    return round(lon, 8), round(lat, 8)


def streets(columns=11, rows=6):
    lines = []
    for j in range(rows):
        lines += [((i, j), (i + 1, j)) for i in range(columns - 1)]
    for i in range(columns):
        lines += [((i, j), (i, j + 1)) for j in range(rows - 1)]
    return [[at(BLOCK * x, BLOCK * y) for x, y in line] for line in lines]


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_json(path, features):
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def write_csv(path, rows, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def square(west, south, east, north):
    ring = [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)]
    return {"type": "Polygon", "coordinates": [ring]}


HOUSEHOLDS = [
    ["编号", "名称", "社区代码", "经度", "纬度", "常住户数", "60岁以上人口"],
    ["P1", "西一", "210502001001", *at(0, 0), 100, 10],
    ["P2", "西二", "210502001001", *at(300, 0), 100, 20],
    ["P3", "东一", "210502001002", *at(700, 0), 200, 30],
    ["P4", "东二", "210502001002", *at(1000, 0), 200, 40],
    ["P5", "东三", "210502001002", *at(1000, 500), 200, 50],
]
FACILITIES = [
    ["编号", "名称", "类型", "社区代码", "经度", "纬度", "建筑面积"],
    ["F1", "西区养老服务站", "社区养老服务站", "210502001001", *at(0, 0), 300],
    ["F2", "西区社区综合服务设施", "社区综合服务设施", "210502001001", *at(100, 0), 90],
    ["F3", "东区社区综合服务设施", "社区综合服务设施", "210502001002", *at(900, 0), 90],
]


def write_town(folder: Path) -> Path:
    """Write every file of the town and return the path of its scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "communities.geojson",
        [
            feature(square(-50, -50, 500, 550), code="210502001001", name="西区社区居委会"),
            feature(square(500, -50, 1050, 550), code="210502001002", name="东区社区居委会"),
        ],
    )
    write_json(
        folder / "streets.geojson",
        [
            feature({"type": "LineString", "coordinates": line}, highway="residential")
            for line in streets()
        ],
    )
    write_csv(folder / "households.csv", HOUSEHOLDS)
    write_csv(folder / "facilities.csv", FACILITIES)
    path = folder / "tiny.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path
