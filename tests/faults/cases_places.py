"""Coordinates: wrong datum, zone or order, places that cannot be, shapes that are not areas."""

import json

import numpy as np
from case import fault
from city import at, write_json
from pyproj import Transformer

FAC, HOU, COM = "facilities.csv", "households.csv", "communities.geojson"
AXIS, SQUARED = 6378245.0, 0.00669342162296594323


def gcj(lonlat):
    """Return GCJ-02 for WGS-84, shape (n, 2): the published series, written down once more."""
    lon, lat = np.asarray(lonlat, np.float64).reshape(-1, 2).T
    x, y = lon - 105, lat - 35
    wave = 2 * (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    east += 2 * (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) / 3
    east += 2 * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    north += 2 * (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) / 3
    north += 2 * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) / 3
    phi = np.radians(lat)
    root = 1 - SQUARED * np.sin(phi) ** 2
    dlat = np.degrees(north * root**1.5 / (AXIS * (1 - SQUARED)))
    dlon = np.degrees(east * np.sqrt(root) / (AXIS * np.cos(phi)))
    return np.column_stack([lon + dlon, lat + dlat])


def bd(lonlat):
    """Return BD-09 for WGS-84, shape (n, 2)."""
    x, y = gcj(lonlat).T
    turn = np.pi * 3000 / 180
    r = np.hypot(x, y) + 2e-5 * np.sin(y * turn)
    theta = np.arctan2(y, x) + 3e-6 * np.cos(x * turn)
    return np.column_stack([r * np.cos(theta) + 0.0065, r * np.sin(theta) + 0.006])


def moved(city, table, move, rows=None):
    """Move the places of a table by a function of degrees."""
    cells = city.tables[table]
    lon, lat = cells[0].index("经度"), cells[0].index("纬度")
    for row in cells[1:] if rows is None else [cells[r - 1] for r in rows]:
        row[lon], row[lat] = (round(float(v), 8) for v in move([(row[lon], row[lat])])[0])
    city.write(table)


def to_crs(crs):
    turn = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    return lambda xy: np.column_stack(turn.transform(*np.asarray(xy, np.float64).T))


@fault("all households in GCJ-02 (Amap)", "datum.wrong", HOU, 2)
def households_in_gcj02(city):
    moved(city, "households", gcj)


@fault("all facilities in GCJ-02 (Amap)", "datum.wrong", FAC, 2)
def facilities_in_gcj02(city):
    moved(city, "facilities", gcj)


@fault("all households in BD-09 (Baidu)", "datum.wrong", HOU, 2)
def households_in_bd09(city):
    moved(city, "households", bd)


@fault("all facilities in BD-09 (Baidu)", "datum.wrong", FAC, 2)
def facilities_in_bd09(city):
    moved(city, "facilities", bd)


@fault("zone 42 without prefix, declared as zone 41", "crs.zone", FAC, 2)
def zone_42_declared_as_41(city):
    moved(city, "facilities", to_crs("EPSG:4551"))
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4550"')


@fault("zone prefix in the numbers, prefix-free system declared", "crs.zone", FAC, 2)
def prefix_in_numbers(city):
    moved(city, "facilities", to_crs("EPSG:4529"))
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4550"')


@fault("prefix-free numbers, system with zone prefix declared", "crs.zone", FAC, 2)
def prefix_missing_in_numbers(city):
    moved(city, "facilities", to_crs("EPSG:4550"))
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4529"')


@fault("6° zone declared, numbers of a 3° zone of another meridian", "crs.zone", FAC, 2)
def six_degree_zone(city):
    moved(city, "facilities", to_crs("EPSG:4551"))
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4509"')


@fault("Beijing 1954", "crs.no_shift", FAC)
def beijing_1954(city):
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4214"')


@fault("Xian 1980, 3° zone", "crs.no_shift", "facilities.shp")
def xian_1980(city):
    city.as_layer("facilities", ".shp", crs="EPSG:2385", to=to_crs("EPSG:4550"), encoding="UTF-8")


@fault("Web Mercator", "crs.web_mercator", "facilities.gpkg")
def web_mercator(city):
    city.as_layer("facilities", ".gpkg", crs="EPSG:3857", to=to_crs("EPSG:3857"))


@fault("no coordinate system", "crs.missing", HOU)
def no_crs(city):
    city.tell('path = "households.csv"\ncrs = "EPSG:4490"', 'path = "households.csv"')


@fault("a coordinate system that does not exist", "crs.unknown", HOU)
def unknown_crs(city):
    city.tell('path = "households.csv"\ncrs = "EPSG:4490"',
              'path = "households.csv"\ncrs = "EPSG:9999999"')  # fmt: skip


@fault("file and scenario name different systems", "crs.contradiction", "facilities.gpkg")
def contradicting_crs(city):
    name = city.as_layer("facilities", ".gpkg", crs="EPSG:4550", to=to_crs("EPSG:4550"))
    city.tell(f'path = "{name}"', f'path = "{name}"\ncrs = "EPSG:4551"')


@fault("metres declared as degrees", "crs.not_degrees", FAC, 2)
def metres_as_degrees(city):
    moved(city, "facilities", to_crs("EPSG:4550"))


@fault("degrees declared as metres", "crs.not_metres", FAC, 2)
def degrees_as_metres(city):
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4550"')


@fault("longitude and latitude exchanged in one row", "crs.swapped_row", HOU, 7)
def swapped_row(city):
    moved(city, "households", lambda xy: np.asarray(xy)[:, ::-1], rows=[7])


@fault("longitude and latitude exchanged in all rows", "crs.swapped", HOU, 2)
def swapped_all(city):
    moved(city, "households", lambda xy: np.asarray(xy)[:, ::-1])


@fault("east and north exchanged (surveying: X is north)", "crs.swapped", FAC, 2)
def swapped_projected(city):
    moved(city, "facilities", lambda xy: to_crs("EPSG:4550")(xy)[:, ::-1])
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:4550"')


@fault("a longitude without latitude", "table.half_place", HOU, 8, "纬度")
def half_place(city):
    city.cell("households", 8, "纬度", "")


@fault("households without a place", "households.no_place", HOU, 8)
def household_without_place(city):
    city.cell("households", 8, "纬度", "")
    city.cell("households", 8, "经度", "")


@fault("a facility without a place", "facilities.no_place", FAC, 8)
def facility_without_place(city):
    city.cell("facilities", 8, "纬度", "")
    city.cell("facilities", 8, "经度", "")


@fault("a place 1,000 km away", "crs.far_away", FAC, 5)
def far_away(city):
    city.cell("facilities", 5, "纬度", 31.2)


@fault("households at (0, 0)", "crs.far_away", HOU, 5)
def null_island(city):
    city.cell("households", 5, "纬度", 0)
    city.cell("households", 5, "经度", 0)


@fault("a decimal point too far left (12.375 for 123.75)", "crs.far_away", FAC, 5)
def decimal_point(city):
    city.cell("facilities", 5, "经度", 12.375)


@fault("degrees and minutes written as text (123°45′)", "table.dms", FAC, 5, "经度")
def degrees_and_minutes(city):
    city.cell("facilities", 5, "经度", "123°45′12″")


@fault("one row in metres among degrees", "crs.not_degrees", FAC, 6)
def one_row_in_metres(city):
    moved(city, "facilities", to_crs("EPSG:4550"), rows=[6])


@fault("no columns of coordinates", "spreading.chosen", HOU)
def no_coordinates(city):
    for row in city.tables["households"]:
        del row[3:5]
    city.write("households")


@fault("one place of 48 in GCJ-02 (Amap)", "join.elsewhere", HOU, 8)
def one_place_in_gcj02(city):
    moved(city, "households", gcj, rows=[8])


@fault("a place in the next community of the same county", "join.elsewhere", HOU, 3)
def place_in_the_next_community(city):
    city.cell("households", 3, "经度", at(1500, 0)[0])
    city.cell("households", 3, "纬度", at(0, 500)[1])


@fault("the codes of two rows exchanged", "join.elsewhere", FAC, 6)
def exchanged_codes(city):
    rows = city.tables["facilities"]
    rows[5][3], rows[11][3] = rows[11][3], rows[5][3]
    city.write("facilities")


@fault("a place in another county", "codes.county_differs", HOU, 3, "社区代码")
def place_in_another_community(city):
    city.cell("households", 3, "经度", at(2500, 0)[0])
    city.cell("households", 3, "纬度", at(0, 1500)[1])


# --- areas ------------------------------------------------------------


def shape(city, number, geometry):
    def change(features):
        features[number - 1]["geometry"] = geometry

    city.features(COM, change)


@fault("a community whose outline crosses itself", "boundaries.invalid_shape", COM, 1)
def invalid_polygon(city):
    ring = [at(0, 0), at(1000, 1000), at(1000, 0), at(0, 1000), at(0, 0)]
    shape(city, 1, {"type": "Polygon", "coordinates": [ring]})


@fault("a community without an outline", "boundaries.null_shape", COM, 2)
def null_polygon(city):
    shape(city, 2, None)


@fault("points instead of areas", "boundaries.not_area", COM, 1)
def points_as_communities(city):
    def change(features):
        for i, one in enumerate(features):
            one["geometry"] = {"type": "Point", "coordinates": at(500 * i + 100, 500)}

    city.features(COM, change)


@fault("one community is a line", "boundaries.not_area", COM, 3)
def line_as_community(city):
    shape(city, 3, {"type": "LineString", "coordinates": [at(2000, 0), at(3000, 1000)]})


@fault("a list of communities without any outline", "boundaries.no_shapes", "communities.csv")
def communities_without_shapes(city):
    document = json.loads(city.path(COM).read_text(encoding="utf-8"))
    rows = [["社区代码", "社区名称", "类型"]]
    rows += [list(one["properties"].values()) for one in document["features"]]
    city.rename(COM, "communities.csv")
    city.tables["communities"] = rows
    city.write("communities")


@fault("communities in zone 42 without prefix, named zone 41", "crs.outside", FAC, 2)
def communities_in_wrong_zone(city):
    city.areas_as(".gpkg", crs="EPSG:4550", to=to_crs("EPSG:4551"))


@fault("communities named as Xian 1980", "crs.no_shift", "communities.shp")
def communities_in_xian(city):
    city.areas_as(".shp", crs="EPSG:4610", encoding="UTF-8")


@fault("GeoJSON with latitude first", "crs.swapped", COM, 1)
def geojson_latitude_first(city):
    def change(features):
        for one in features:
            rings = one["geometry"]["coordinates"]
            one["geometry"]["coordinates"] = [[p[::-1] for p in ring] for ring in rings]

    city.features(COM, change)


@fault("empty FeatureCollection", "table.no_rows", COM)
def no_communities(city):
    write_json(city.path(COM), [])


@fault("a gate more than a kilometre from its estate", "entrances.away", "entrances.csv", 4)
def gate_far_away(city):
    city.gates()
    city.cell("entrances", 4, "经度", at(2900, 0)[0])
    city.cell("entrances", 4, "纬度", at(0, 1900)[1])


@fault("a gate of an estate that does not exist", "entrances.unknown_id", "entrances.csv", 3)
def gate_of_nothing(city):
    city.gates()
    city.cell("entrances", 3, "所属编号", "F99")


@fault(
    "a gate of a kind that is not known", "entrances.unknown_kind", "entrances.csv", 3, "所属类型"
)
def gate_of_unknown_kind(city):
    city.gates()
    city.cell("entrances", 3, "所属类型", "仓库")


# --- what must go through ------------------------------------------------------------


@fault("facilities in zone 41 with prefix, rightly declared")
def zone_41_with_prefix(city):
    city.as_layer("facilities", ".gpkg", crs="EPSG:4529", to=to_crs("EPSG:4529"))


@fault("communities as a Shapefile in zone 41 without prefix")
def communities_as_shapefile(city):
    city.areas_as(".shp", crs="EPSG:4550", to=to_crs("EPSG:4550"), encoding="GBK")


@fault("facilities in UTM zone 51")
def utm(city):
    moved(city, "facilities", to_crs("EPSG:32651"))
    city.tell('crs = "EPSG:4490"', 'crs = "EPSG:32651"')
