"""Map layers as offices have them: in parts, in zips, in geodatabases, damaged."""

import json
import sqlite3
import struct
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely
from filed import errors, layer_file, named, only, rules

from planner.model.scenario import InputFile
from planner.store.cells import as_text
from planner.store.facilities import read_sites
from planner.store.reading import source_of
from planner.store.tables import read_table

FIELDS = {"编号": ["F1", "F2"], "名称": ["平山站", "溪湖站"]}
SHAPES = [shapely.Point(123.7, 41.3), shapely.Point(123.8, 41.3)]
FOLDERS = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>养老站</name><Placemark><name>平山站</name>
<description><![CDATA[<b>521㎡</b><script>alert(1)</script>]]></description>
<ExtendedData><Data name="设施类型"><value>社区养老服务站</value></Data>
<Data name="建筑面积"><value>521㎡</value></Data></ExtendedData>
<Point><coordinates>123.7,41.3,85</coordinates></Point></Placemark></Folder>
<Folder><name>幸福院</name><Placemark><name>某院</name>
<Point><coordinates>123.8,41.3</coordinates></Point></Placemark></Folder>
</Document></kml>"""


def rule(path, **more):
    table, findings = read_table(InputFile(path=path.name, **more), path.parent)
    assert table is None
    (fault,) = findings
    return fault


def good(path, **more):
    table, findings = read_table(InputFile(path=path.name, **more), path.parent)
    assert findings == ()
    return table


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_missing_part_of_a_shapefile(tmp_path, part):
    path = layer_file(tmp_path / "a.shp", FIELDS, SHAPES)
    path.with_suffix(part).unlink()
    fault = rule(path)
    assert (fault.rule, fault.found) == ("layer.missing_part", part)


def test_shapefile_without_its_crs_is_asked(tmp_path):
    path = layer_file(tmp_path / "a.shp", FIELDS, SHAPES)
    path.with_suffix(".prj").unlink()
    found = read_sites((named(path, kind="elderly_station"),), tmp_path, None)
    assert only(found, "crs.missing")


def test_rows_of_another_shapefile(tmp_path):
    path = layer_file(tmp_path / "a.shp", FIELDS, SHAPES)
    other = layer_file(tmp_path / "b.shp", {"编号": ["F1"], "名称": ["甲"]}, SHAPES[:1])
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    fault = rule(path)
    assert (fault.rule, fault.found, fault.expected) == ("layer.parts_differ", "1", "2")


def geodatabase(tmp_path, layer="设施"):
    return layer_file(tmp_path / "a.gdb", FIELDS, SHAPES, driver="OpenFileGDB", layer=layer)


def test_geodatabase_is_a_folder(tmp_path):
    path = geodatabase(tmp_path)
    table = good(path)
    assert (table.layer, table.crs, list(map(as_text, table.columns[1]))) == (
        "设施", "EPSG:4490", FIELDS["名称"],
    )  # fmt: skip
    source = source_of(named(path), path, "facilities")
    assert source.bytes == sum(p.stat().st_size for p in path.iterdir())
    assert len(source.sha256) == 64
    (tmp_path / "empty.gdb").mkdir()
    assert rule(tmp_path / "empty.gdb").rule == "file.is_folder"
    (tmp_path / "odd.gdb").mkdir()
    (tmp_path / "odd.gdb" / "gdb").write_bytes(b"\5\0\0\0")
    assert rule(tmp_path / "odd.gdb").rule == "file.unreadable"


def zipped(path, parts, folder="某局/"):
    with zipfile.ZipFile(path, "w") as packed:
        for part in parts:
            packed.write(part, folder + part.name)
    return path


def test_zipped_shapefile(tmp_path):
    path = layer_file(tmp_path / "设施.shp", FIELDS, SHAPES, encoding="gb18030")
    parts = [p for p in tmp_path.iterdir() if p.suffix != ".cpg"]
    table = good(zipped(tmp_path / "a.zip", parts))
    assert (table.headers, list(map(as_text, table.columns[1]))) == (
        ("编号", "名称"), FIELDS["名称"],
    )  # fmt: skip
    assert table.source == "a.zip"
    other = layer_file(tmp_path / "b.shp", FIELDS, SHAPES)
    fault = rule(zipped(tmp_path / "b.zip", [path, other]))
    assert (fault.rule, fault.found) == ("layer.not_one_inside", "某局/b.shp, 某局/设施.shp")
    fault = rule(zipped(tmp_path / "c.zip", [path]))
    assert (fault.rule, fault.found) == ("layer.missing_part", ".shx, .dbf")
    assert rule(zipped(tmp_path / "d.zip", [])).rule == "layer.not_one_inside"


def test_zipped_geodatabase(tmp_path):
    path = geodatabase(tmp_path)
    table = good(zipped(tmp_path / "a.zip", sorted(path.iterdir()), "导出/a.gdb/"))
    assert list(map(as_text, table.columns[0])) == FIELDS["编号"]


def test_zip_cannot_write_outside(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("../../evil.geojson", "{}")
    assert rule(tmp_path / "a.zip").rule == "file.unreadable"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


@pytest.mark.parametrize("suffix", [".kml", ".kmz"])
def test_folders_of_a_kml_are_layers(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".kml":
        path.write_text(FOLDERS, encoding="utf-8")
    else:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("doc.kml", FOLDERS)
    fault = rule(path)
    assert (fault.rule, fault.found) == ("file.which_layer", "养老站, 幸福院")
    found = read_sites((named(path, layer="养老站"),), tmp_path, None)
    assert found.value.name == ("平山站",)
    assert found.value.floor_m2.tolist() == [521]
    assert found.value.lonlat.tolist() == [[123.7, 41.3]]
    assert "cell.unit" in rules(found)


def test_bad_json_names_line_and_column(tmp_path):
    text = '{"type": "FeatureCollection",\n "features": [\n{,]}'
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    fault = rule(tmp_path / "a.geojson")
    assert (fault.rule, dict(fault.values)) == ("layer.bad_json", {"line": "3", "place": "2"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encoding_of_geojson(tmp_path, encoding):
    path = layer_file(tmp_path / "a.geojson", FIELDS, SHAPES, crs="EPSG:4326")
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    table = good(path)
    assert list(map(as_text, table.columns[1])) == FIELDS["名称"]
    assert dict(table.notes)["encoding"] == encoding.removesuffix("-sig")
    path.write_bytes(text.encode("utf-16"))
    assert rule(path).rule == "file.encoding"


def test_tables_of_a_gis_are_no_layers(tmp_path):
    path = layer_file(tmp_path / "a.gpkg", FIELDS, SHAPES)
    pyogrio.raw.write(
        path, layer="layer_styles", append=True, geometry=None, geometry_type=None,
        field_data=[np.array(["x"], object)], fields=["styleName"], driver="GPKG",
    )  # fmt: skip
    assert good(path).layer == "a"


def test_mixed_and_missing_shapes_and_heights(tmp_path):
    shapes = [shapely.Point(123.7, 41.3, 85.0), None, shapely.box(123.8, 41.3, 123.9, 41.4)]
    fields = {"编号": ["F1", "F2", "F3"]}
    features = [
        {"type": "Feature", "properties": {"编号": code},
         "geometry": None if s is None else shapely.geometry.mapping(s)}
        for code, s in zip(fields["编号"], shapes, strict=True)
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    found = read_sites((named(tmp_path / "a.geojson", kind="elderly_station"),), tmp_path, None)
    assert errors(found) == []
    assert only(found, "facilities.no_place").unit == "F2"
    assert only(found, "table.shapes_as_points").found == "1"
    assert found.value.lonlat[0].tolist() == [123.7, 41.3]


def test_curves_become_lines(tmp_path):
    path = layer_file(
        tmp_path / "a.gpkg", {"name": ["x"]}, [shapely.box(0, 0, 2, 1)], SPATIAL_INDEX="NO"
    )
    places = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    ring = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *p) for p in places)
    curve = struct.pack("<BII", 1, 10, 1) + ring
    base = sqlite3.connect(path)
    for (name,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        base.execute(f'drop trigger "{name}"')
    (blob,) = base.execute("select geom from a").fetchone()
    base.execute("update a set geom = ?", (b"GP\0\1" + blob[4:8] + curve,))
    base.commit()
    base.close()
    (shape,) = good(path).geometry
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(np.pi, rel=1e-2)
