"""Writing the files: every synthetic one says so in its name and in every row."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas
import numpy as np
import osmium
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from making import plane
from making.committees import COUNTIES, Committee
from making.facilities import Facility
from making.ground import HIGHEST_M, LOWEST_M, Ground
from making.net import Net
from making.people import Home
from making.rivers import River

SYNTHETIC = "演示数据 synthetic"
SOURCE_TAG = "synthetic demo"
GENERATOR = "data/build.py: synthetic demonstration, not a survey"
NODATA = -32768
WIDE_M = 40.0  # rivers from here on are written as water too, not as a line only
HOME_HEADER = (
    "小区编号", "小区名称", "社区代码", "社区名称", "经度", "纬度", "常住户数", "常住人口",
    "60岁以上人口", "80岁以上人口", "数据性质",
)  # fmt: skip
FACILITY_HEADER = (
    "编号", "名称", "类型", "社区代码", "经度", "纬度", "建筑面积", "床位数", "护理型床位",
    "启用日期", "状态", "数据性质",
)  # fmt: skip


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV that a Chinese Excel opens as it should."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _degrees(points: Sequence[tuple[float, float]]) -> list[tuple[str, str]]:
    lonlat = plane.to_degrees(np.array(points))
    return [(f"{lon:.6f}", f"{lat:.6f}") for lon, lat in lonlat]


def write_homes(path: Path, homes: list[Home]) -> None:
    """Write households and older people per estate or hamlet."""
    places = _degrees([one.xy for one in homes])
    write_table(
        path,
        HOME_HEADER,
        (
            (h.id, h.name, h.code, h.community, lon, lat, h.households, h.people, h.over_60,
             h.over_80, SYNTHETIC)
            for h, (lon, lat) in zip(homes, places, strict=True)
        ),
    )  # fmt: skip


def write_facilities(path: Path, facilities: list[Facility]) -> None:
    """Write the register of facilities; what does not apply stays empty."""
    places = _degrees([one.xy for one in facilities])
    blank = {None: ""}
    write_table(
        path,
        FACILITY_HEADER,
        (
            (f.id, f.name, f.kind, f.code, lon, lat, f.floor_m2, blank.get(f.beds, f.beds),
             blank.get(f.nursing, f.nursing), f.opened, "运营", SYNTHETIC)
            for f, (lon, lat) in zip(facilities, places, strict=True)
        ),
    )  # fmt: skip


def write_communities(path: Path, rows: list[Committee], shapes: list[shapely.Polygon]) -> None:
    """Write the communities as a GeoPackage whose bytes depend on nothing but its content."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2020-06-30T00:00:00.000Z"})
    frame = geopandas.GeoDataFrame(
        {
            "code": [r.code for r in rows],
            "name": [r.name for r in rows],
            "kind": [r.kind for r in rows],
            "township_code": [r.township for r in rows],
            "township_name": [r.township_name for r in rows],
            "county_code": [r.county for r in rows],
            "county_name": [COUNTIES[r.county] for r in rows],
            "data_nature": [f"{SYNTHETIC}：形状虚构，代码与名称真实" for _ in rows],
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(frame, path, layer="communities", driver="GPKG")


def write_rivers(path: Path, rivers: list[River], outline: shapely.Geometry) -> None:
    """Write the rivers' middle lines and their water, within the municipality."""
    features = []
    for river in rivers:
        line = shapely.LineString(river.line).simplify(8.0)
        water = line.buffer(river.width_m / 2, quad_segs=3).simplify(4.0)
        for form, shape in (("中心线", line), ("水面", water)):
            if form == "水面" and river.width_m < WIDE_M:
                continue
            degrees = shapely.transform(shape, plane.to_degrees)
            inside = shapely.intersection(degrees, outline.buffer(0.01), grid_size=1e-6)
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "name": river.name,
                        "form": form,
                        "width_m": river.width_m,
                        "data_nature": SYNTHETIC,
                    },
                    "geometry": json.loads(shapely.to_geojson(inside)),
                }
            )
    whole = {"type": "FeatureCollection", "name": "rivers_synthetic", "features": features}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def write_elevation(path: Path, ground: Ground, wanted: np.ndarray) -> None:
    """Write heights as whole metres, nodata outside the municipality and its rim."""
    height = np.clip(np.round(ground.height_m), LOWEST_M, HIGHEST_M)
    height = np.where(wanted, height, NODATA).astype(np.int16)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height.shape[0],
        width=height.shape[1],
        count=1,
        dtype="int16",
        crs="EPSG:4326",
        transform=from_origin(plane.WEST, plane.NORTH, plane.FINE, plane.FINE),
        nodata=NODATA,
        compress="deflate",
        predictor=2,
        zlevel=9,
        tiled=True,
        blockxsize=512,
        blockysize=512,
    ) as file:
        file.write(height, 1)
        file.update_tags(SOURCE=SYNTHETIC, DESCRIPTION="invented heights for demonstration")


def _order(lonlat: np.ndarray) -> np.ndarray:
    """Return nodes in an order that keeps neighbours together (small differences pack well)."""
    col = ((lonlat[:, 0] - plane.WEST) / 0.01).astype(int)
    row = ((lonlat[:, 1] - plane.SOUTH) / 0.01).astype(int)
    return np.lexsort((lonlat[:, 0], lonlat[:, 1].round(4), row, col))


def _ways(net: Net) -> list[tuple[list[int], dict[str, str]]]:
    """Join pieces of one street to ways."""
    groups: dict[tuple[str, str, str, bool], dict[int, list[int]]] = {}
    for e in net.edges:
        near = groups.setdefault((e.line, e.highway, e.name, e.bridge), {})
        near.setdefault(e.a, []).append(e.b)
        near.setdefault(e.b, []).append(e.a)
    made = []
    for (_line, highway, name, bridge), near in sorted(groups.items()):
        tags = {"highway": highway, "source": SOURCE_TAG}
        tags |= {"name": name} if name else {}
        tags |= {"bridge": "yes", "layer": "1"} if bridge else {}
        left = {(min(a, b), max(a, b)) for a, others in near.items() for b in others}
        starts = sorted(near, key=lambda k: (len(near[k]) == 2, k))
        for start in starts:
            while True:
                chain = [start]
                while True:
                    here = chain[-1]
                    step = [b for b in near[here] if (min(here, b), max(here, b)) in left]
                    if not step:
                        break
                    left.discard((min(here, step[0]), max(here, step[0])))
                    chain.append(step[0])
                if len(chain) < 2:
                    break
                made.append((chain, tags))
    return made


def write_streets(path: Path, net: Net) -> None:
    """Write the streets as OSM PBF; every way carries the synthetic source tag."""
    lonlat = np.round(plane.to_degrees(net.points()), 6)
    order = _order(lonlat)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(1, len(order) + 1)
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    path.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(path), header=header)
    for k in order.tolist():
        at = (float(lonlat[k, 0]), float(lonlat[k, 1]))
        writer.add_node(osmium.osm.mutable.Node(id=int(number[k]), location=at))
    for k, (chain, tags) in enumerate(_ways(net)):
        nodes = number[chain].tolist()
        writer.add_way(osmium.osm.mutable.Way(id=k + 1, nodes=nodes, tags=tags))
    writer.close()
