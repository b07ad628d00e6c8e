"""What is written is what is read: scenarios, layers, streets and heights of any content."""

import json
from collections import Counter
from datetime import date
from itertools import pairwise

import networkx as nx
import numpy as np
import osmnx
import pyogrio.raw
import pytest
import rasterio
import shapely
from city import feature, write_json, write_osm_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.model.ground import Ground
from planner.model.network import WayKind
from planner.model.scenario import InputFile, Scenario
from planner.store.boundaries import read_districts
from planner.store.elevation import open_heights
from planner.store.facilities import read_sites
from planner.store.scenario import read_scenario
from planner.store.streets import read_network

DAY = date(2020, 6, 30)
GROUND = Ground(lon_0=123.75, lat_0=41.3)
WINDOW = (123.7, 41.2, 123.8, 41.4)
TINY = 2e-8  # a millimetre or two, in degrees

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), max_size=12).map(str.strip)
names = texts.filter(bool)
east = st.integers(1_237_000_000, 1_238_000_000).map(lambda v: v / 1e7)
north = st.integers(412_000_000, 414_000_000).map(lambda v: v / 1e7)
places = st.tuples(east, north)
amounts = st.one_of(st.none(), st.integers(0, 10**6), st.integers(0, 10**6).map(lambda v: v / 8))


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", "off")


# --- the scenario ------------------------------------------------------------

lines = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
positive = st.floats(0.001, 1e6)
files = st.fixed_dictionaries(
    {"path": st.just("a.csv")},
    optional={
        "layer": names, "crs": names, "encoding": names, "source": lines, "kind": names,
        "data_date": st.dates(date(1949, 10, 1), date(2100, 1, 1)), "synthetic": st.booleans(),
        "columns": st.dictionaries(names, names, max_size=3),
    },
)  # fmt: skip
walking = st.fixed_dictionaries(
    {},
    optional={
        "group": names, "compare": st.lists(names, max_size=3), "limit_min": positive,
        "direction": st.sampled_from(["to_facility", "from_facility", "round_trip"]),
        "season_factor": st.floats(0.01, 1), "max_access_m": positive, "slope": st.booleans(),
        "kinds": st.lists(names, max_size=4),
    },
)  # fmt: skip
siting = st.fixed_dictionaries(
    {},
    optional={
        "new_sites": st.integers(0, 1000), "budget": positive, "target": st.floats(0.01, 1),
        "at_most_one": st.lists(st.lists(names, max_size=3), max_size=3),
        "needs": st.lists(st.tuples(names, names).map(list), max_size=3),
        "closable": st.one_of(st.sampled_from(["none", "all"]), st.lists(names, max_size=3)),
        "age_weights": st.dictionaries(st.sampled_from(["60", "65", "80"]), st.floats(0, 1000)),
        "variants": st.lists(st.sampled_from(["slow", "fast", "winter", "2035"]), max_size=4),
        "year": st.integers(2000, 2100),
    },
)  # fmt: skip
scenarios = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[a-z0-9][a-z0-9_]{0,11}", fullmatch=True),
        "title": st.fixed_dictionaries({"zh": lines, "en": lines}),
        "asks": st.fixed_dictionaries({"zh": lines, "en": lines}),
        "boundaries": st.fixed_dictionaries({"list_date": st.just(DAY), "communities": files}),
        "facilities": st.lists(files, min_size=1, max_size=3),
        "households": files,
        "streets": files,
    },
    optional={
        "walking": walking, "siting": siting, "elevation": files, "seed": st.integers(0, 2**31),
        "language": st.sampled_from(["zh", "en"]), "backdrop": st.lists(files, max_size=2),
    },
)  # fmt: skip


def toml(value):
    """Return a value as TOML writes it in line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{toml(key)} = {toml(part)}" for key, part in value.items())
        return f"{{{inside}}}"
    return repr(value)


@quick
@given(scenarios, st.booleans())
def test_a_scenario_is_read_as_it_was_written(tmp_path, document, windows):
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in document.items())
    raw = text.replace("\n", "\r\n") if windows else text
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" * windows + raw.encode())
    read = read_scenario(tmp_path / "a.toml")
    meant = Scenario.model_validate_json(json.dumps(document, default=str), strict=True)
    assert read == meant.model_copy(update={"folder": tmp_path})


# --- layers ------------------------------------------------------------

DRIVERS = {".geojson": "GeoJSON", ".kml": "LIBKML", ".gpkg": "GPKG"}


@pytest.mark.parametrize("suffix", DRIVERS)
@quick
@given(rows=st.lists(st.tuples(places, names, amounts), min_size=1, max_size=6))
def test_points_are_read_as_they_were_written(tmp_path, suffix, rows):
    path = tmp_path / f"a{suffix}"
    path.unlink(missing_ok=True)
    number = [np.nan if amount is None else float(amount) for _, _, amount in rows]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points([place for place, _, _ in rows])),
        field_data=[
            np.array([f"F{i}" for i in range(len(rows))], object),
            np.array([name for _, name, _ in rows], object),
            np.array(number),
        ],
        fields=["设施编号", "设施名称", "建筑面积"],
        geometry_type="Point",
        crs="OGC:CRS84",
        driver=DRIVERS[suffix],
    )
    file = InputFile(path=path.name, data_date=DAY, kind="养老院")
    read = read_sites((file,), tmp_path, WINDOW)
    assert read.value is not None, read.findings
    assert read.value.id == tuple(sorted(f"F{i}" for i in range(len(rows))))
    assert read.value.name == tuple(name for _, name, _ in rows)
    np.testing.assert_allclose(read.value.lonlat, [place for place, _, _ in rows], atol=TINY)
    np.testing.assert_allclose(read.value.floor_m2, number, rtol=1e-9)


@pytest.mark.parametrize("suffix", DRIVERS)
@quick
@given(corners=st.lists(places, min_size=1, max_size=4, unique=True), data=st.data())
def test_areas_are_read_as_they_were_written(tmp_path, suffix, corners, data):
    path = tmp_path / f"a{suffix}"
    path.unlink(missing_ok=True)
    shapes = [
        shapely.box(x, y, x + data.draw(st.integers(1, 900)) / 1e5, y + 0.001) for x, y in corners
    ]
    codes = [f"2105020010{i + 10}" for i in range(len(shapes))]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, object)),
        field_data=[np.array(codes, object), np.array([f"社区{c}" for c in codes], object)],
        fields=["社区代码", "社区名称"],
        geometry_type="Polygon",
        crs="OGC:CRS84",
        driver=DRIVERS[suffix],
    )
    read = read_districts(InputFile(path=path.name), tmp_path, level="community", list_date=DAY)
    assert read.value is not None, read.findings
    assert read.value.code == tuple(codes)
    for shape, meant in zip(read.value.geometry, shapes, strict=True):
        assert shapely.equals_exact(shapely.normalize(shape), shapely.normalize(meant), TINY)


# --- streets ------------------------------------------------------------

spots = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=9, unique=True
)


def placed(spot):
    return round(123.75 + spot[0] * 3e-4, 7), round(41.3 + spot[1] * 2e-4, 7)


def pieces_of(lines):
    """Count the straight pieces of lines, whichever way they run."""
    counted = Counter()
    for line in lines:
        for a, b in pairwise(line):
            if a != b:
                counted[tuple(sorted((a, b)))] += 1
    return counted


def pieces_read(network):
    degrees = GROUND.to_degrees(network.vertices)
    snapped = [(round((x - 123.75) / 3e-4), round((y - 41.3) / 2e-4)) for x, y in degrees]
    for (x, y), (i, j) in zip(degrees, snapped, strict=True):
        assert abs(x - placed((i, j))[0]) < TINY
        assert abs(y - placed((i, j))[1]) < TINY
    start = network.edge_start
    return pieces_of([snapped[a:b] for a, b in pairwise(start)])


@st.composite
def ways(draw):
    """Return places of nodes and ways between them, each with at least two different nodes."""
    nodes = draw(spots)
    one = st.lists(st.sampled_from(range(len(nodes))), min_size=2, max_size=6)
    one = one.filter(lambda way: len(set(way)) > 1)
    return nodes, draw(st.lists(one, min_size=1, max_size=6))


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf", ".osm.bz2"])
@quick
@given(ways())
def test_osm_ways_are_read_as_they_were_written(tmp_path, suffix, drawn):
    nodes, lines = drawn
    path = tmp_path / f"a{suffix}"
    write_osm_file(
        path,
        {i + 1: placed(spot) for i, spot in enumerate(nodes)},
        [([i + 1 for i in way], {"highway": "residential"}) for way in lines],
    )
    read = read_network(InputFile(path=path.name, data_date=DAY), tmp_path, GROUND, WINDOW)
    network = read.value
    if network is None:
        assert {f.rule for f in read.findings} == {"streets.in_pieces"}
        return
    assert pieces_read(network) == pieces_of([[nodes[i] for i in way] for way in lines])
    ends = np.bincount(np.concatenate([network.tail, network.head]))
    assert ends.all()  # no node without a street


@quick
@given(ways())
def test_graphml_is_read_as_osmnx_wrote_it(tmp_path, drawn):
    nodes, lines = drawn
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for i, spot in enumerate(nodes):
        x, y = placed(spot)
        graph.add_node(i, x=x, y=y)
    pairs = sorted({tuple(sorted(p)) for way in lines for p in pairwise(way)})
    pairs = [(a, b) for a, b in pairs if a != b]
    for a, b in pairs:
        graph.add_edge(a, b, osmid=[7, 8], highway="residential", length=1.0)
        graph.add_edge(b, a, osmid=7, highway="residential", length=1.0)
    osmnx.save_graphml(graph, tmp_path / "a.graphml")
    read = read_network(InputFile(path="a.graphml", data_date=DAY), tmp_path, GROUND, WINDOW)
    if read.value is None:
        assert "streets.in_pieces" in {f.rule for f in read.findings}
        return
    assert pieces_read(read.value) == pieces_of([[nodes[a], nodes[b]] for a, b in pairs])


@quick
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["street", "steps", "bridge"])),
                min_size=1, max_size=8, unique_by=lambda row: row[0]))  # fmt: skip
def test_a_road_layer_is_read_as_it_was_written(tmp_path, rows):
    """Parallel streets, so that none crosses another."""
    lines = [[(0, j), (3, j), (9, j)] for j, _ in rows] + [[(0, j), (0, j + 1)] for j in range(31)]
    kinds = [kind for _, kind in rows] + ["street"] * 31
    write_json(
        tmp_path / "a.geojson",
        [
            feature({"type": "LineString", "coordinates": [placed(p) for p in line]}, kind=kind)
            for line, kind in zip(lines, kinds, strict=True)
        ],
    )
    read = read_network(InputFile(path="a.geojson", data_date=DAY), tmp_path, GROUND, WINDOW)
    assert read.value is not None, read.findings
    assert pieces_read(read.value) == pieces_of(lines)
    told = Counter(WayKind(kind).name.lower() for kind in read.value.kind)
    assert told["steps"] == kinds.count("steps")
    assert told["bridge"] == kinds.count("bridge")


# --- heights ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["int16", "float32"])
@quick
@given(
    cells=st.lists(
        st.lists(st.integers(-400, 8800), min_size=3, max_size=3), min_size=2, max_size=5
    ),
    compress=st.sampled_from(["none", "deflate", "lzw"]),
)
def test_heights_are_read_as_they_were_written(tmp_path, kind, cells, compress):
    band = np.array(cells, kind)
    path, step = tmp_path / "a.tif", 0.001
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=band.shape[0], width=band.shape[1],
        dtype=kind, crs="EPSG:4490", transform=rasterio.Affine(step, 0, 123.7, 0, -step, 41.4),
        compress=compress,
    ) as raster:  # fmt: skip
        raster.write(band, 1)
    down, across = np.mgrid[0 : band.shape[0], 0 : band.shape[1]]
    centres = np.column_stack(
        [123.7 + (across.ravel() + 0.5) * step, 41.4 - (down.ravel() + 0.5) * step]
    )
    read = open_heights(InputFile(path="a.tif"), tmp_path)
    assert read.value is not None, read.findings
    np.testing.assert_allclose(read.value(centres), band.ravel(), atol=1e-3)
