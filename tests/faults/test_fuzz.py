"""Ten thousand damaged texts of every format end in findings, never in a traceback or a hang."""

import csv
import faulthandler
import io
import json
import sys
from datetime import date

import pytest
from city import SCENARIO, at, communities, entrances, facilities, feature, households, square
from mutate import mutated

from planner.errors import InputError
from planner.model.finding import Severity
from planner.model.ground import Ground
from planner.model.scenario import Households, InputFile
from planner.store.boundaries import read_districts
from planner.store.entrances import read_entrances
from planner.store.facilities import read_sites
from planner.store.households import read_demand
from planner.store.scenario import read_scenario
from planner.store.streets import read_network

resource = pytest.importorskip("resource", reason="needs POSIX memory figures")

NUMBER = 10_000
BLOCK = 250
WINDOW = (123.74, 41.29, 123.79, 41.32)
GROUND = Ground(lon_0=123.75, lat_0=41.3)
DAY = date(2020, 6, 30)
MOST_SECONDS = 60  # for one block; a hang, not a slow machine
MOST_MEMORY_MB = 400


def table(rows, encoding="utf-8-sig", **more):
    stream = io.StringIO(newline="")
    csv.writer(stream, **more).writerows(rows)
    return stream.getvalue().encode(encoding)


def collection(features, **more):
    document = {"type": "FeatureCollection", "features": features, **more}
    return json.dumps(document, ensure_ascii=False, indent=0).encode()


def line(*places, **properties):
    return feature({"type": "LineString", "coordinates": [list(p) for p in places]}, **properties)


ROADS = [
    line(at(0, 0), at(100, 0), highway="residential", name="一街"),
    line(at(100, 0), at(100, 100), highway="steps"),
    line(at(0, 50), at(200, 50), highway="bridge"),
]
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
OSM = f"""<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="x" timestamp="2020-12-31T00:00:00Z">
<bounds minlat="41.29" minlon="123.74" maxlat="41.31" maxlon="123.76"/>
<node id="1" version="1" lat="{at(0, 0)[1]}" lon="{at(0, 0)[0]}"/>
<node id="2" lat="{at(100, 0)[1]}" lon="{at(100, 0)[0]}"><tag k="barrier" v="gate"/></node>
<node id="3" lat="{at(100, 90)[1]}" lon="{at(100, 90)[0]}"><tag k="entrance" v="yes"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="3"/><nd ref="1"/><tag k="highway" v="footway"/><tag k="foot" v="yes"/></way>
<relation id="1"><member type="way" ref="1" role="outer"/><tag k="type" v="site"/></relation>
</osm>
""".encode()
GRAPHML = b"""<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="graph" attr.name="crs" attr.type="string"/>
<key id="d1" for="node" attr.name="y" attr.type="string"/>
<key id="d2" for="node" attr.name="x" attr.type="string"/>
<key id="d3" for="edge" attr.name="osmid" attr.type="string"/>
<key id="d4" for="edge" attr.name="highway" attr.type="string"/>
<key id="d5" for="edge" attr.name="length" attr.type="string"/>
<key id="d6" for="edge" attr.name="geometry" attr.type="string"/>
<key id="d7" for="edge" attr.name="oneway" attr.type="string"/>
<graph edgedefault="directed"><data key="d0">epsg:4326</data>
<node id="1"><data key="d1">41.3</data><data key="d2">123.75</data></node>
<node id="2"><data key="d1">41.301</data><data key="d2">123.75</data></node>
<edge source="1" target="2" id="0"><data key="d3">[5, 6]</data><data key="d4">residential</data>
<data key="d5">111.2</data><data key="d7">False</data>
<data key="d6">LINESTRING (123.75 41.3, 123.7501 41.3005, 123.75 41.301)</data></edge>
<edge source="2" target="1" id="0"><data key="d3">5</data>
<data key="d4">['path', 'steps']</data></edge>
</graph></graphml>
"""
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root_doc">
<Schema name="communities" id="communities"><SimpleField name="code" type="string"/></Schema>
<Folder><name>communities</name><Placemark><name>南地社区居委会</name>
<ExtendedData><SchemaData schemaUrl="#communities">
<SimpleData name="code">210502001002</SimpleData></SchemaData></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>123.75,41.3 123.76,41.3 123.76,41.31
123.75,41.3</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>
</Document></kml>
""".encode()
UNITS = [{**f, "geometry": square(0, 0, 100 + i, 100)} for i, f in enumerate(communities()[:3])]
PLACES = [feature({"type": "Point", "coordinates": at(9, 9)}, 编号="F1", 类型="养老院", 床位=5)]


def sites(name):
    file = InputFile(path=name, crs="EPSG:4490" if name.endswith("csv") else None, data_date=DAY)
    return lambda folder: read_sites((file,), folder, WINDOW)


def demand(folder):
    file = Households(path="a.csv", crs="EPSG:4490", data_date=DAY)
    return read_demand(file, folder, WINDOW)


def gates(folder):
    return read_entrances(InputFile(path="a.csv", crs="EPSG:4490"), folder, WINDOW)


def units(name):
    file = InputFile(path=name)
    return lambda folder: read_districts(file, folder, level="community", list_date=DAY)


def network(name):
    file = InputFile(path=name, data_date=DAY)
    return lambda folder: read_network(file, folder, GROUND, WINDOW)


def scenario(folder):
    read_scenario(folder / "a.toml")


FORMATS = {
    "facilities.csv": (
        "a.csv", sites("a.csv"),
        [table(facilities()[:4]), table(facilities()[:4], "gb18030"),
         table(facilities()[:3], "utf-8", delimiter="\t")],
    ),
    "households.csv": (
        "a.csv", demand, [table(households()[:4]), table(households()[:3], "gb18030")]
    ),
    "entrances.csv": ("a.csv", gates, [table(entrances()[:3])]),
    "facilities.geojson": ("a.geojson", sites("a.geojson"), [collection(PLACES)]),
    "communities.geojson": (
        "a.geojson", units("a.geojson"), [collection(UNITS[:2]), collection(UNITS[:1], crs=CRS)]
    ),
    "roads.geojson": ("a.geojson", network("a.geojson"), [collection(ROADS)]),
    "communities.kml": ("a.kml", units("a.kml"), [KML]),
    "streets.osm": ("a.osm", network("a.osm"), [OSM]),
    "streets.graphml": ("a.graphml", network("a.graphml"), [GRAPHML]),
    "scenario.toml": ("a.toml", scenario, [SCENARIO.encode()]),
}  # fmt: skip
BLOCKS = 10


def grown_mb():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_text_ends_in_findings(kind, block, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", "off")
    name, read, good = FORMATS[kind]
    path = tmp_path / name
    for text in good:
        path.write_bytes(text)
        found = read(tmp_path)
        assert found is None or found.value is not None, found
    before = grown_mb()
    refused = 0
    for n, text in enumerate(mutated(good, NUMBER // BLOCKS, f"{kind} {block}")):
        if n % BLOCK == 0:
            faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
        path.write_bytes(text)
        told = None
        try:
            found = read(tmp_path)
            if found is not None and found.value is None:
                told = found.findings
        except InputError as error:
            told = error.findings
        except Exception as error:
            raise AssertionError(f"{kind} {block}/{n}: {error!r}\n{text!r}") from error
        if told is not None:
            assert any(f.severity is Severity.ERROR for f in told), text
            refused += 1
    faulthandler.cancel_dump_traceback_later()
    assert 0 < refused < NUMBER // BLOCKS
    assert grown_mb() - before < MOST_MEMORY_MB
