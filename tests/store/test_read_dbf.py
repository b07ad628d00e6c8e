"""Shapefiles as offices have them: no .cpg, GBK, headers cut off after ten bytes."""

import numpy as np
import pytest
import shapely
from filed import DAY, layer_file, named, only, people

from planner.store.boundaries import read_districts
from planner.store.dbf import AS_BYTES, decode_name, encodings_of
from planner.store.households import read_demand
from planner.store.tables import read_table

FIELDS = {"小区编号": ["D1"], "户数": [300], "60岁以上人口": [210], "社区代码": ["210502001002"]}


def write(tmp_path, encoding, fields=None):
    place = [shapely.Point(123.7, 41.3)]
    return layer_file(tmp_path / "a.shp", fields or FIELDS, place, encoding=encoding)


def mark(path, byte):
    dbf = path.with_suffix(".dbf")
    raw = bytearray(dbf.read_bytes())
    raw[29] = byte
    dbf.write_bytes(bytes(raw))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("with_cpg", [True, False])
def test_cut_off_chinese_headers_are_understood(tmp_path, encoding, with_cpg):
    path = write(tmp_path, encoding)
    if not with_cpg:
        path.with_suffix(".cpg").unlink()
    found = read_demand(people(path, crs=None), tmp_path, None)
    assert found.findings == ()
    assert (found.value.id, found.value.community) == (("D1",), ("210502001002",))
    assert (found.value.older[0], found.value.households[0]) == (210, 300)
    assert ("encoding", encoding) in found.source.notes


def test_cut_off_header_that_could_be_two_fields_is_not_guessed(tmp_path):
    fields = {"community_code": ["S1"], "name": ["a"]}
    path = write(tmp_path, "utf-8", fields)
    found = read_districts(named(path), tmp_path, level="community", list_date=DAY)
    fault = only(found, "columns.missing")
    assert (fault.found, found.value) == ("community_, name", None)


def test_mark_in_the_dbf_is_heeded(tmp_path):
    path = write(tmp_path, "gb18030")
    path.with_suffix(".cpg").unlink()
    mark(path, 0x4D)
    assert encodings_of(path, None) == ("gb18030", "utf-8")
    mark(path, 0x57)
    assert encodings_of(path, None) == ("utf-8", "gb18030")


@pytest.mark.parametrize(
    ("text", "first"),
    [("UTF-8", "utf-8"), ("936", "gb18030"), ("GBK", "gb18030"), ("OEM 936", "gb18030"),
     ("gb2312\n", "gb18030"), ("nonsense", "utf-8")],
)  # fmt: skip
def test_what_the_cpg_says_comes_first(tmp_path, text, first):
    path = write(tmp_path, "gb18030")
    path.with_suffix(".cpg").write_text(text)
    assert encodings_of(path, None)[0] == first


def test_a_wrong_cpg_does_not_garble(tmp_path):
    path = write(tmp_path, "gb18030")
    path.with_suffix(".cpg").write_text("UTF-8")
    table, findings = read_table(named(path), tmp_path)
    assert findings == ()
    assert table.headers[0] == "小区编号"


def test_declared_encoding_is_strict(tmp_path):
    path = write(tmp_path, "gb18030")
    table, findings = read_table(named(path, encoding="utf-8"), tmp_path)
    assert table is None
    assert [f.rule for f in findings] == ["file.encoding"]


def test_half_a_letter_only_at_the_cut():
    whole = "社区代码".encode()
    assert decode_name(whole[:10].decode(AS_BYTES), "utf-8") == ("社区代", True)
    with pytest.raises(UnicodeDecodeError):
        decode_name(whole[:8].decode(AS_BYTES), "utf-8")


def test_numbers_are_left_alone(tmp_path):
    fields = {"id": ["1", "2"], "value": [1.5, np.nan]}
    shapes = [shapely.Point(1, 2), shapely.Point(1, 3)]
    table, _ = read_table(named(layer_file(tmp_path / "b.shp", fields, shapes)), tmp_path)
    assert table.columns[1][0] == 1.5
    assert np.isnan(table.columns[1][1])
