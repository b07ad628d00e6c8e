"""Rows of every format: equal values, the rows a planner sees, clear faults."""

import numpy as np
import pytest
import shapely
from filed import csv_file, layer_file, named, xlsx_file

from planner.model.scenario import InputFile
from planner.store.cells import as_code, as_number, as_text
from planner.store.reading import locate, source_of
from planner.store.tables import read_table

HEADER = ["编号", "名称", "建筑面积"]
ROWS = [["F1", "平山站", 521.5], ["F2", "溪湖站", None], ["F3", "南芬站", 417]]


def one(found):
    (fault,) = found
    return fault


def texts(table, position):
    return [as_text(v) for v in table.columns[position]]


def write(path):
    if path.suffix == ".csv":
        return csv_file(path, [HEADER, *[["" if v is None else v for v in r] for r in ROWS]])
    if path.suffix == ".xlsx":
        return xlsx_file(path, [HEADER, *ROWS])
    fields = {h: [r[i] for r in ROWS] for i, h in enumerate(HEADER)}
    fields["建筑面积"] = [521.5, np.nan, 417.0]
    shapes = [shapely.Point(123.7, 41.3 + i / 100) for i in range(3)]
    options = {"encoding": "gb18030"} if path.suffix == ".shp" else {}  # names of 10 bytes
    return layer_file(path, fields, shapes, **options)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".geojson", ".shp"])
def test_every_format_gives_the_same_values(tmp_path, suffix):
    path = write(tmp_path / f"rows{suffix}")
    table, findings = read_table(named(path), tmp_path)
    assert findings == ()
    assert list(table.headers) == HEADER
    assert [texts(table, j) for j in range(3)] == [
        ["F1", "F2", "F3"], ["平山站", "溪湖站", "南芬站"], ["521.5", "", "417"],
    ]  # fmt: skip
    first = 2 if suffix in {".csv", ".xlsx"} else 1
    assert table.rows.tolist() == [first, first + 1, first + 2]


@pytest.mark.parametrize(
    ("written", "noted"),
    [("utf-8-sig", "utf-8-sig"), ("utf-8", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_csv_encoding_is_found_and_noted(tmp_path, written, noted):
    path = csv_file(tmp_path / "a.csv", [HEADER, *ROWS], written)
    table, findings = read_table(named(path), tmp_path)
    assert findings == ()
    assert texts(table, 1) == ["平山站", "溪湖站", "南芬站"]
    assert ("encoding", noted) in table.notes


def test_csv_in_no_known_encoding(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1,\xff\xff\xff\n")
    table, findings = read_table(named(path), tmp_path)
    assert table is None
    assert one(findings).rule == "file.encoding"


def test_declared_encoding_wins_and_is_strict(tmp_path):
    path = csv_file(tmp_path / "a.csv", [HEADER, *ROWS], "gb18030")
    table, findings = read_table(named(path, encoding="utf-8"), tmp_path)
    assert table is None
    assert (one(findings).rule, one(findings).found) == ("file.encoding", "utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_are_those_of_a_spreadsheet(tmp_path, delimiter):
    text = 'id,name\n1,"two\nlines"\n\n,\n2,b\n'.replace(",", delimiter)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    table, findings = read_table(InputFile(path="a.csv"), tmp_path)
    assert findings == ()
    assert texts(table, 0) == ["1", "2"]
    assert table.rows.tolist() == [2, 5]


def test_cells_beyond_the_header(tmp_path):
    path = csv_file(tmp_path / "a.csv", [["id", "name"], ["1", "a"], ["2", "b", "c"]])
    _, findings = read_table(named(path), tmp_path)
    assert (one(findings).rule, one(findings).row, one(findings).found) == (
        "table.beyond_header", 3, "c",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"", "file.empty"), (b"\n\n", "table.empty"), (b"id,name\n", "table.no_rows")],
)
def test_nothing_in_a_csv(tmp_path, content, rule):
    (tmp_path / "a.csv").write_bytes(content)
    table, findings = read_table(InputFile(path="a.csv"), tmp_path)
    assert table is None
    assert one(findings).rule == rule


def test_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "facilities.xlsx").write_bytes(b"x")
    _, findings = read_table(InputFile(path="facilites.xlsx"), tmp_path)
    fault = one(findings)
    assert (fault.rule, fault.source, fault.found) == (
        "file.missing", "facilites.xlsx", "facilities.xlsx",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rule"),
    [("a.doc", "file.unknown_format"), ("a.xls", "file.unreadable"), ("a.xlsx", "file.unreadable"),
     ("a.ods", "file.unreadable"),
     ("a.gpkg", "file.unreadable"), ("a.geojson", "layer.bad_json"),
     ("a.shp", "layer.missing_part"),
     ("a.kml", "file.unreadable"), ("a.kmz", "file.unreadable"), ("a.zip", "file.unreadable")],
)  # fmt: skip
def test_not_what_the_name_says(tmp_path, name, rule):
    (tmp_path / name).write_bytes(b"not this")
    table, findings = read_table(InputFile(path=name), tmp_path)
    assert table is None
    assert one(findings).rule == rule


def test_folder_instead_of_a_file(tmp_path):
    (tmp_path / "a.csv").mkdir()
    assert one(read_table(InputFile(path="a.csv"), tmp_path)[1]).rule == "file.is_folder"


def test_sheets_are_asked_for_not_guessed(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS], sheet="一", 二=[HEADER, *ROWS])
    assert one(read_table(named(path), tmp_path)[1]).rule == "file.which_layer"
    table, findings = read_table(named(path, layer="二"), tmp_path)
    assert (findings, table.layer) == ((), "二")
    fault = one(read_table(named(path, layer="三"), tmp_path)[1])
    assert (fault.rule, fault.found, fault.expected) == ("file.no_such_layer", "一, 二", "三")


def test_empty_sheets_do_not_count(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS], sheet="一", 二=[])
    table, findings = read_table(named(path), tmp_path)
    assert (findings, table.layer, len(table)) == ((), "一", 3)


def test_layers_are_asked_for_not_guessed(tmp_path):
    path = tmp_path / "a.gpkg"
    for layer in ("one", "two"):
        layer_file(path, {"id": [layer]}, [shapely.Point(1, 2)], layer=layer, append=path.exists())
    fault = one(read_table(named(path), tmp_path)[1])
    assert (fault.rule, fault.found) == ("file.which_layer", "one, two")
    table, _ = read_table(named(path, layer="two"), tmp_path)
    assert texts(table, 0) == ["two"]


def test_shapefile_in_gbk_without_cpg(tmp_path):
    fields = {"名称": ["平山区", "溪湖区"]}
    shapes = [shapely.Point(1, 2), shapely.Point(2, 3)]
    path = layer_file(tmp_path / "a.shp", fields, shapes, encoding="gb18030")
    (tmp_path / "a.cpg").unlink()
    table, findings = read_table(named(path), tmp_path)
    assert findings == ()
    assert (table.headers, texts(table, 0)) == (("名称",), ["平山区", "溪湖区"])
    assert ("encoding", "gb18030") in table.notes


def test_damaged_shapefile(tmp_path):
    path = layer_file(tmp_path / "a.shp", {"id": ["1"]}, [shapely.Point(1, 2)])
    path.write_bytes(path.read_bytes()[:60])
    table, findings = read_table(named(path), tmp_path)
    assert table is None
    assert one(findings).rule == "file.unreadable"


def test_source_counts_every_part_of_a_shapefile(tmp_path):
    path = layer_file(tmp_path / "a.shp", {"id": ["1"]}, [shapely.Point(1, 2)])
    source = source_of(named(path), path, "facilities", rows=1)
    parts = [p for p in tmp_path.iterdir() if p.stem == "a"]
    assert source.bytes == sum(p.stat().st_size for p in parts) > path.stat().st_size
    before = source.sha256
    (tmp_path / "a.dbf").write_bytes((tmp_path / "a.dbf").read_bytes() + b"\x1a")
    assert source_of(named(path), path, "facilities").sha256 != before


def test_no_absolute_path_is_shown(tmp_path):
    file = InputFile(path=tmp_path / "deep" / "a.csv")
    path, findings = locate(file, tmp_path)
    assert one(findings).source == "a.csv"
    assert source_of(file, path, "facilities").path == "a.csv"


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [
        (210502001002.0, "210502001002", "210502001002"),
        (210502001002, "210502001002", "210502001002"),
        (" 210502001002.0 ", "210502001002.0", "210502001002"),
        ("２１０５０２", "２１０５０２", "210502"),
        ("007", "007", "007"),
        (0.5, "0.5", "0.5"),
        (None, "", ""),
        (float("nan"), "", ""),
        (True, "true", "true"),
    ],
)
def test_cell_as_text_and_code(cell, text, code):
    assert (as_text(cell), as_code(cell)) == (text, code)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12.0),
        ("１２．５", 12.5),
        ("1,234.5", 1234.5),
        ("-3", -3.0),
        (0, 0.0),
        ("1e3", 1000.0),
    ],
)
def test_cell_as_number(cell, number):
    assert as_number(cell) == number


@pytest.mark.parametrize(
    "cell", ["521㎡", "约500", "1,5", "nan", "inf", "1_000", "#REF!", True, "0x10", "无", "-"]
)
def test_what_is_not_a_number_is_never_one(cell):
    assert as_number(cell) is None


def test_absent_is_not_zero():
    assert np.isnan(as_number(None))
    assert np.isnan(as_number(" "))
    assert as_number("0") == 0.0
