"""Streets and heights."""

import numpy as np
import rasterio
from case import fault
from city import at, feature, heights, place_of, streets, write_heights, write_json, write_osm

STR, ROAD, TIF = "streets.osm", "streets.geojson", "heights.tif"


@fault("no street in the extract", "streets.none_here", STR)
def no_streets(city):
    write_osm(city.path(STR), leave=range(1, 2000))


@fault("an extract of another city", "streets.none_here", STR)
def streets_elsewhere(city):
    raw = city.path(STR).read_text(encoding="utf-8")
    city.path(STR).write_text(raw.replace('lat="41.', 'lat="31.'), encoding="utf-8")


@fault("only motorways", "streets.none_here", STR)
def only_motorways(city):
    tags = {w: {"highway": "motorway"} for w in range(1, len(streets()) + 1)}
    write_osm(city.path(STR), tags=tags)


@fault("half of the streets stand apart", "streets.islands", STR)
def two_halves(city):
    crossing = [w for w, ((i, _), (k, _)) in enumerate(streets(), 1) if {i, k} == {11, 12}]
    write_osm(city.path(STR), leave=crossing)


@fault("an estate's own paths, joined to nothing", "streets.islands", STR)
def island(city):
    nodes = [(90001, at(1060, 1050)), (90002, at(1080, 1050))]
    write_osm(city.path(STR), nodes, [([90001, 90002], {"highway": "footway"})])


@fault("a closed gate (barrier=gate, access=no) on a path", "streets.gates", STR)
def closed_gate(city):
    write_osm(city.path(STR))
    city.edit(STR, '<node id="30"', '<node id="30" ')
    text = city.path(STR).read_text(encoding="utf-8")
    start = text.index('<node id="30" ')
    end = text.index("/>", start)
    gate = '><tag k="barrier" v="gate"/><tag k="access" v="no"/></node>'
    city.path(STR).write_text(text[:end] + gate + text[end + 2 :], encoding="utf-8")


@fault("a way whose nodes are missing in the extract")
def nodes_missing(city):
    write_osm(city.path(STR), [], [([1, 999999, 2], {"highway": "footway"})])


@fault("road layer: a street that crosses others without a node", "streets.joined", ROAD)
def unnoded(city):
    lines = [[place_of(*a), place_of(*b)] for a, b in streets()]
    city.road_layer([*lines, [at(30, 60), at(2950, 60)]])


@fault("road layer: ends that miss each other by half a metre", "streets.near_misses", ROAD)
def ends_that_miss(city):
    lines = [[place_of(*a), place_of(*b)] for a, b in streets()]
    lines[40] = [(lines[40][0][0] + 6e-6, lines[40][0][1]), lines[40][1]]
    city.road_layer(lines)


@fault("road layer: streets in two pieces", "streets.islands", ROAD)
def road_islands(city):
    lines = [[place_of(*a), place_of(*b)] for a, b in streets()]
    city.road_layer([*lines, [at(1060, 1050), at(1080, 1050)]])


@fault("road layer: areas instead of lines", "streets.no_lines", ROAD)
def areas_as_streets(city):
    city.road_layer()
    raw = city.path("communities.geojson").read_bytes()
    city.path(ROAD).write_bytes(raw)


@fault("road layer: a point among the lines", "streets.not_lines", ROAD)
def point_among_lines(city):
    city.road_layer()

    def change(features):
        features.append(feature({"type": "Point", "coordinates": at(1060, 1050)}))

    city.features(ROAD, change)


@fault("road layer: a kind of road that is not known", "streets.unknown_kind", ROAD, 3, "道路类型")
def unknown_road_kind(city):
    city.road_layer()

    def change(features):
        features[2]["properties"]["道路类型"] = "索道"

    city.features(ROAD, change)


@fault("road layer: metres in a GeoJSON", "crs.not_degrees", ROAD, 1)
def road_layer_in_metres(city):
    lines = city.road_layer()
    far = [[(x * 1000, y * 1000) for x, y in line] for line in lines]
    write_json(
        city.path(ROAD),
        [feature({"type": "LineString", "coordinates": line}, 道路类型="支路") for line in far],
    )


@fault("an OSM file that is a web page", "file.unreadable", STR)
def web_page_as_osm(city):
    city.path(STR).write_text("<html><body>504 Gateway Timeout</body></html>", encoding="utf-8")


@fault("Overpass answered with an error (JSON)", "file.unreadable", STR)
def json_as_osm(city):
    city.path(STR).write_text('{"remark": "runtime error: timeout"}', encoding="utf-8")


@fault("GraphML that is something else", "file.unreadable", "streets.graphml")
def wrong_graphml(city):
    city.rename(STR, "streets.graphml")
    city.path("streets.graphml").write_text("<graphml/>", encoding="utf-8")


@fault("streets without a date", "streets.undated", STR)
def streets_undated(city):
    city.tell('path = "streets.osm"\ndata_date = 2020-12-31', 'path = "streets.osm"')


@fault("a facility two kilometres from any street", "walking.facility_far", "facilities.csv", 5)
def far_from_streets(city):
    city.cell("facilities", 5, "纬度", at(0, -2000)[1])


@fault("an estate far from any street", "walking.demand_far", "households.csv", 5)
def estate_far_from_streets(city):
    city.cell("households", 5, "纬度", at(0, -900)[1])


# --- heights ------------------------------------------------------------


@fault("heights of another place", "elevation.none", TIF)
def heights_elsewhere(city):
    band, transform = heights()
    write_heights(city.path(TIF), band, rasterio.Affine(transform.a, 0, 118, 0, transform.e, 41.4))


@fault("heights cover half of the city", "elevation.gaps", TIF)
def heights_of_half(city):
    band, transform = heights()
    write_heights(city.path(TIF), band[:, :20], transform)


@fault("a void of -32768 in the heights", "elevation.gaps", TIF)
def void_in_heights(city):
    band, transform = heights()
    band = band.astype(np.int16)
    band[10:14, 10:16] = -32768
    write_heights(city.path(TIF), band, transform)


@fault("heights in 8 bits (a picture)", "elevation.eight_bit", TIF)
def heights_in_eight_bits(city):
    band, transform = heights()
    write_heights(city.path(TIF), band.astype(np.uint8), transform)


@fault("a picture of three bands", "elevation.bands", TIF)
def picture_for_heights(city):
    band, transform = heights()
    write_heights(city.path(TIF), np.stack([band.astype(np.uint8)] * 3), transform, count=3)


@fault("heights without a coordinate system", "crs.missing", TIF)
def heights_without_crs(city):
    band, transform = heights()
    write_heights(city.path(TIF), band, transform, crs=None)


@fault("heights in centimetres", "elevation.too_high", TIF)
def heights_in_centimetres(city):
    band, transform = heights()
    write_heights(city.path(TIF), band * 100, transform)


@fault("the file of heights is missing", "file.missing", TIF)
def no_heights(city):
    city.path(TIF).unlink()


@fault("heights that are text", "file.unreadable", TIF)
def text_for_heights(city):
    city.path(TIF).write_text("not a raster", encoding="utf-8")
