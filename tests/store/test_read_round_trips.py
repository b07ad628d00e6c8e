"""What is written and read again is the same, in every format."""

import csv
import math
import tempfile
import warnings
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.model.scenario import InputFile
from planner.store.cells import as_text
from planner.store.tables import read_table

quick = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAMES = st.one_of(
    st.text(st.sampled_from("春合前进 ,;\"'\t平山区１（）"), min_size=1, max_size=12),
    st.text(CHINESE, min_size=1, max_size=12),
    st.text(LETTERS, min_size=1, max_size=12),
).filter(lambda text: text == text.strip() and text and not text.startswith("="))
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(float),
    st.decimals(-(10**6), 10**6, places=6, allow_nan=False).map(float),
)
ROWS = st.lists(
    st.tuples(st.integers(1, 10**6).map("F{}".format), NAMES, st.one_of(st.none(), NUMBERS)),
    min_size=1,
    max_size=8,
)
HEADERS = ("id", "name", "value")
TABLES = ("xlsx", "xls", "csv:utf-8", "csv:utf-8-sig", "csv:gb18030", "csv:utf-16")
LAYERS = {
    "gpkg": "GPKG", "geojson": "GeoJSON", "shp": "ESRI Shapefile", "kml": "LIBKML",
    "fgb": "FlatGeobuf", "gdb": "OpenFileGDB",
}  # fmt: skip


def write_table(folder, kind, rows):
    suffix, _, encoding = kind.partition(":")
    path = Path(folder, f"a.{suffix}")
    if suffix == "csv":
        with path.open("w", encoding=encoding, newline="") as stream:
            lines = [["" if v is None else v for v in row] for row in rows]
            csv.writer(stream).writerows([HEADERS, *lines])
    elif suffix == "xls":
        book = xlwt.Workbook(encoding="utf-8")
        sheet = book.add_sheet("a")
        for i, row in enumerate([HEADERS, *rows]):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.write(i, j, value)
        book.save(str(path))
    else:
        book = openpyxl.Workbook()
        for row in [HEADERS, *rows]:
            book.active.append(row)
        book.save(path)
    return path


def same(number, cell):
    if number is None:
        return as_text(cell) == ""
    return math.isclose(float(cell), number, rel_tol=1e-14, abs_tol=1e-12)


def check(path, rows, encoding=""):
    table, findings = read_table(InputFile(path=path.name), path.parent)
    if [f.rule for f in findings] == ["sheet.which_encoding"]:  # a few letters can be both: asked
        assert encoding in {"utf-8", "gb18030"}
        table, findings = read_table(InputFile(path=path.name, encoding=encoding), path.parent)
    assert findings == ()
    at = [table.headers.index(h) if h in table.headers else None for h in HEADERS]
    if at[1] is None:
        at[1] = table.headers.index("Name")  # KML's own
    assert [as_text(v) for v in table.columns[at[0]]] == [row[0] for row in rows]
    assert [as_text(v) for v in table.columns[at[1]]] == [row[1] for row in rows]
    values = [None] * len(rows) if at[2] is None else table.columns[at[2]]  # KML: no empty ones
    assert all(same(row[2], cell) for row, cell in zip(rows, values, strict=True))
    return table


@pytest.mark.parametrize("kind", TABLES)
@given(rows=ROWS)
@quick
def test_tables(kind, rows):
    with tempfile.TemporaryDirectory() as folder:
        path = write_table(folder, kind, rows)
        table = check(path, rows, kind.partition(":")[2])
        assert table.rows.tolist() == list(range(2, len(rows) + 2))
        if kind.startswith("csv") and not all(row[1].isascii() for row in rows):
            noted = dict(table.notes)["encoding"]
            assert noted == kind.partition(":")[2]


@pytest.mark.parametrize("suffix", LAYERS)
@given(rows=ROWS, data=st.data())
@quick
def test_layers(suffix, rows, data):
    lon, lat = st.integers(-179 * 10**6, 179 * 10**6), st.integers(-89 * 10**6, 89 * 10**6)
    degrees = st.tuples(lon, lat)
    points = [
        shapely.Point(x / 1e6, y / 1e6)
        for x, y in data.draw(st.lists(degrees, min_size=len(rows), max_size=len(rows)))
    ]
    values = [np.nan if row[2] is None else row[2] for row in rows]
    ids, names = (np.array([row[k] for row in rows], object) for k in (0, 1))
    columns = [ids, names, np.array(values, float)]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, f"a.{suffix}")
        name = "Name" if suffix == "kml" else "name"
        more = {"encoding": "utf-8"} if suffix == "shp" else {}
        more |= {"SPATIAL_INDEX": "NO"} if suffix == "fgb" else {}  # else in another order
        pyogrio.raw.write(
            path, driver=LAYERS[suffix], geometry=np.array(shapely.to_wkb(points), object),
            field_data=columns, fields=["id", name, "value"], geometry_type="Point",
            crs="EPSG:4326", **more,
        )  # fmt: skip
        table = check(path, rows)
        assert all(a.equals_exact(b, 1e-9) for a, b in zip(table.geometry, points, strict=True))
