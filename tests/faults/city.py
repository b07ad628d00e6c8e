"""A small city without a fault, written as a bureau would hand it over, to be damaged in tests.

Two counties, six communities of a kilometre each way, 48 estates, 36 facilities, uneven streets, a
raster of heights; gates can be added. Every name and code is on the list of 2020; every number is
made up. Places are metres from a corner in Benxi.
"""

import copy
import csv
import json
import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl
import osmium
import pyogrio.raw
import rasterio
import shapely
from osmium.osm.mutable import Node, Way
from pyproj import Geod

LON, LAT = 123.75, 41.3
GEOD = Geod(ellps="GRS80")
WIDE, HIGH = 3000, 2000

COMMUNITIES = [  # code, name, kind, column, row
    ("210502001002", "南地社区居委会", "居", 0, 0),
    ("210502001004", "德泰社区居委会", "居", 1, 0),
    ("210502012201", "桥头村委会", "村", 2, 0),
    ("210503001001", "站前社区居委会", "居", 0, 1),
    ("210503001002", "井涌社区居委会", "居", 1, 1),
    ("210503003003", "大堡社区居委会", "居", 2, 1),
]
STREETS_X = (0, 95, 240, 330, 505, 610, 790, 870, 1015, 1170, 1240, 1420, 1530, 1605, 1790,
             1880, 2040, 2125, 2290, 2385, 2540, 2675, 2760, 2910, 3000)  # fmt: skip
STREETS_Y = (0, 130, 215, 390, 470, 640, 725, 900, 1010, 1095, 1270, 1340, 1510, 1620, 1705,
             1880, 2000)  # fmt: skip
FACILITIES = ("编号", "名称", "类型", "社区代码", "经度", "纬度", "建筑面积", "床位")
HOUSEHOLDS = ("编号", "名称", "社区代码", "经度", "纬度", "常住户数", "常住人口",
              "60岁以上人口", "65岁以上人口", "80岁以上人口")  # fmt: skip
ENTRANCES = ("所属编号", "所属类型", "经度", "纬度")
KINDS = ("社区养老服务站", "社区综合服务设施", "养老院", "社区养老服务站", "日间照料中心", "其他")

SCENARIO = """\
name = "city"
language = "zh"
title = {zh = "小城", en = "Small city"}
asks = {zh = "走得到吗?", en = "Within reach?"}

[boundaries]
list_date = 2020-06-30

[boundaries.communities]
path = "communities.geojson"
data_date = 2020-06-30

[boundaries.counties]
path = "counties.geojson"
data_date = 2020-06-30

[[facilities]]
path = "facilities.csv"
crs = "EPSG:4490"
data_date = 2020-12-31

[households]
path = "households.csv"
crs = "EPSG:4490"
data_date = 2020-11-01

[streets]
path = "streets.osm"
data_date = 2020-12-31

[elevation]
path = "heights.tif"

[siting]
new_sites = 1
candidates = {rule = "network_nodes", spacing_m = 300}
"""


def at(east, north):
    """Return degrees of a place so many metres east and north of the corner."""
    lon, lat, _ = GEOD.fwd(LON, LAT, 90, east)
    lon, lat, _ = GEOD.fwd(lon, lat, 0, north)
    return round(lon, 8), round(lat, 8)


def square(west, south, east, north):
    ring = [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def communities():
    return [
        feature(
            square(1000 * i, 1000 * j, 1000 * i + 1000, 1000 * j + 1000),
            社区代码=code, 社区名称=name, 类型=kind,
        )
        for code, name, kind, i, j in COMMUNITIES
    ]  # fmt: skip


def counties():
    return [
        feature(square(0, 0, WIDE, 1000), 区划代码="210502", 名称="平山区"),
        feature(square(0, 1000, WIDE, HIGH), 区划代码="210503", 名称="溪湖区"),
    ]


def _spots(count):
    """Yield community, number in it and a place beside a street, unevenly spread."""
    state = 7
    for code, _, _, i, j in COMMUNITIES:
        xs = [x for x in STREETS_X if 1000 * i < x < 1000 * i + 1000]
        ys = [y for y in STREETS_Y if 1000 * j < y < 1000 * j + 1000]
        for n in range(count):
            state = (state * 1103515245 + 12345) % 2**31
            x, y = xs[n % len(xs)], ys[(n * 3 + state % 7) % len(ys)]
            yield code, n, at(x + 8, y + 11 + state % 5)


def facilities():
    rows = [list(FACILITIES)]
    for number, (code, n, place) in enumerate(_spots(6), start=1):
        kind = "农村幸福院" if code.endswith("201") and n in (0, 3) else KINDS[n]
        beds = 20 + n if kind == "养老院" else ""
        name = f"第{number}号{kind}"
        rows.append([f"F{number:02d}", name, kind, code, *place, 180 + 10 * number, beds])
    return rows


def households():
    rows = [list(HOUSEHOLDS)]
    for number, (code, n, place) in enumerate(_spots(8), start=1):
        homes = 120 + 17 * n + number
        people = 2 * homes + n
        older = (80 + 9 * n, 50 + 6 * n, 11 + n)
        rows.append([f"P{number:02d}", f"小区{number}", code, *place, homes, people, *older])
    return rows


def entrances():
    rows = [list(ENTRANCES)]
    for of, table, at_lon in (("设施", facilities()[:3], 4), ("小区", households(), 3)):
        gated = [row for row in table[1:] if row[0] != "P04"]
        rows += [[row[0], of, round(row[at_lon] - 1e-4, 8), row[at_lon + 1]] for row in gated]
    return rows


def streets():
    """Return the pieces of street between crossings, as pairs of (column, row)."""
    lines = []
    for j in range(len(STREETS_Y)):
        lines += [((i, j), (i + 1, j)) for i in range(len(STREETS_X) - 1)]
    for i in range(len(STREETS_X)):
        lines += [((i, j), (i, j + 1)) for j in range(len(STREETS_Y) - 1)]
    return lines


def place_of(i, j):
    return at(STREETS_X[i], STREETS_Y[j])


@dataclass
class City:
    """The city in a folder; every method changes files of it."""

    folder: Path
    tables: dict = field(default_factory=lambda: copy.deepcopy(TABLES))

    @property
    def scenario_path(self):
        return self.folder / "city.toml"

    def path(self, name):
        return self.folder / name

    def tell(self, old, new):
        """Change the text of the scenario."""
        text = self.scenario_path.read_text(encoding="utf-8")
        assert old in text, old
        self.scenario_path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def rename(self, old, new):
        """Let the scenario name another file."""
        self.tell(f'"{old}"', f'"{new}"')
        self.path(old).unlink(missing_ok=True)

    def cell(self, table, row, column, value):
        """Set a cell of a table; rows are counted as a planner does."""
        rows = self.tables[table]
        rows[row - 1][rows[0].index(column)] = value
        self.write(table)

    def write(self, table, rows=None, *, encoding="utf-8-sig", **more):
        """Write a table as CSV."""
        self.tables[table] = self.tables[table] if rows is None else rows
        with self.path(f"{table}.csv").open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, **more).writerows(self.tables[table])

    def edit(self, name, old, new, count=1):
        """Change the bytes of a file."""
        raw = self.path(name).read_bytes()
        old, new = (v.encode() if isinstance(v, str) else v for v in (old, new))
        assert old in raw, old
        self.path(name).write_bytes(raw.replace(old, new, count))

    def cut(self, name, share=0.6):
        """Cut a file off, as a broken copy does."""
        raw = self.path(name).read_bytes()
        self.path(name).write_bytes(raw[: int(share * len(raw))])

    def features(self, name, change):
        """Change the features of a GeoJSON file by a function."""
        document = json.loads(self.path(name).read_text(encoding="utf-8"))
        change(document["features"])
        write_json(self.path(name), document["features"])

    def as_xlsx(self, table, rows=None, sheet="名册", **sheets):
        """Hand a table over as a workbook; return the open book before it is saved."""
        self.tables[table] = self.tables[table] if rows is None else rows
        book = openpyxl.Workbook()
        book.active.title = sheet
        for row in self.tables[table]:
            book.active.append([None if cell == "" else cell for cell in row])
        for title, cells in sheets.items():
            other = book.create_sheet(title)
            for row in cells:
                other.append(row)
        book.save(self.path(f"{table}.xlsx"))
        self.rename(f"{table}.csv", f"{table}.xlsx")
        return book

    def as_layer(self, table, suffix, *, crs="EPSG:4490", rows=None, to=None, **options):
        """Hand a table of places over as a layer of points in `crs`."""
        rows = self.tables[table] if rows is None else rows
        lon, lat = rows[0].index("经度"), rows[0].index("纬度")
        xy = np.array([(row[lon], row[lat]) for row in rows[1:]], np.float64)
        points = shapely.points(xy if to is None else to(xy))
        kept = [i for i in range(len(rows[0])) if i not in (lon, lat)]
        columns = [np.array([row[i] for row in rows[1:]]) for i in kept]
        columns = [c.astype(object) if c.dtype.kind == "U" else c for c in columns]
        name = f"{table}{suffix}"
        write_layer(
            self.path(name), points, columns, [rows[0][i] for i in kept], crs=crs, **options
        )
        self.rename(f"{table}.csv", name)
        self.tell(f'path = "{name}"\ncrs = "EPSG:4490"', f'path = "{name}"')
        return name

    def areas_as(self, suffix, *, crs="EPSG:4490", to=None, **options):
        """Hand the communities over as a layer of another kind."""
        document = json.loads(self.path("communities.geojson").read_text(encoding="utf-8"))
        shapes = [
            None if f["geometry"] is None else shapely.from_geojson(json.dumps(f["geometry"]))
            for f in document["features"]
        ]
        if to is not None:
            shapes = list(shapely.transform(np.array(shapes, object), to))
        names = list(document["features"][0]["properties"])
        columns = [
            np.array([f["properties"][n] for f in document["features"]], object) for n in names
        ]
        name = f"communities{suffix}"
        write_layer(self.path(name), shapes, columns, names, crs=crs, **options)
        self.rename("communities.geojson", name)
        return name

    def gates(self):
        """Hand a table of gates over as well."""
        self.write("entrances")
        gates = '[entrances]\npath = "entrances.csv"\ncrs = "EPSG:4490"\n\n[siting]'
        self.tell("[siting]", gates)

    def road_layer(self, lines=None, **properties):
        """Hand the streets over as the bureau's own layer."""
        shapes = [[place_of(*a), place_of(*b)] for a, b in streets()] if lines is None else lines
        write_json(
            self.path("streets.geojson"),
            [
                feature({"type": "LineString", "coordinates": line}, 道路类型="支路", **properties)
                for line in shapes
            ],
        )
        self.rename("streets.osm", "streets.geojson")
        return shapes


TABLES = {"facilities": facilities(), "households": households(), "entrances": entrances()}


def write_json(path, features):
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def write_layer(path, shapes, columns, names, *, crs, **options):
    kind = next(s.geom_type for s in shapes if s is not None)
    with warnings.catch_warnings():  # of headers cut off after ten bytes: meant
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=np.array(shapely.to_wkb(np.array(shapes, object)), object),
            field_data=columns,
            fields=names,
            geometry_type=kind,
            crs=crs,
            **options,
        )


def write_osm(path, extra_nodes=(), extra_ways=(), leave=(), tags=None):
    """Write the streets as an OSM extract; `leave` and `tags` tell of single pieces by number."""
    number = {
        (i, j): 1 + i + j * len(STREETS_X)
        for j in range(len(STREETS_Y))
        for i in range(len(STREETS_X))
    }
    places = {ref: place_of(i, j) for (i, j), ref in number.items()} | dict(extra_nodes)
    ways = [
        ([number[a], number[b]], (tags or {}).get(w, {"highway": "residential"}))
        for w, (a, b) in enumerate(streets(), start=1)
        if w not in leave
    ]
    write_osm_file(path, places, [*ways, *extra_ways])


def write_osm_file(path, places, ways):
    """Write nodes {id: place} and ways [(ids, tags)] as an OSM file of any kind."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, place in places.items():
            writer.add_node(Node(id=ref, location=place))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=refs, tags=tags))


def heights():
    """Return heights of the city and some way round it, and the transform of the raster."""
    west, south = at(-400, -400)
    east, north = at(WIDE + 400, HIGH + 400)
    rows, columns = 30, 40
    down, across = np.mgrid[0:rows, 0:columns]
    band = 90 + 2.0 * np.sin(across / 5) + 0.3 * down
    wide, high = (east - west) / columns, (north - south) / rows
    return band.astype(np.float32), rasterio.Affine(wide, 0, west, 0, -high, north)


def write_heights(path, band, transform, *, crs="EPSG:4326", **more):
    profile = {"driver": "GTiff", "count": 1, "height": band.shape[-2], "width": band.shape[-1],
               "dtype": band.dtype, "crs": crs, "transform": transform, **more}  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(band if band.ndim == 3 else band[None])


def write_city(folder):
    """Write every file of the city into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    city = City(folder)
    city.scenario_path.write_text(SCENARIO, encoding="utf-8")
    write_json(folder / "communities.geojson", communities())
    write_json(folder / "counties.geojson", counties())
    for table in ("facilities", "households"):
        city.write(table)
    write_osm(folder / "streets.osm")
    write_heights(folder / "heights.tif", *heights())
    return city


def copied(good, folder):
    """Return a copy of a good city, to be damaged."""
    shutil.copytree(good, folder)
    return City(folder)
