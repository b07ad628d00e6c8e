"""Counties and committees: codes, kinds, parents, shapes as they stand."""

import json

import numpy as np
import pyproj
import pytest
import shapely
from filed import DAY, csv_file, layer_file, named, only, rules

from planner.model.districts import UnitKind
from planner.model.finding import Severity
from planner.store.boundaries import bounds_of, read_districts

CODES = ["210502001002", "210521200201", "210522100401"]
NAMES = ["南地社区居委会", "某村委会", "某园区"]
SQUARES = [shapely.box(123.6 + i / 10, 41.2, 123.7 + i / 10, 41.3) for i in range(3)]
BOW = shapely.Polygon([(123.6, 41.2), (123.8, 41.4), (123.8, 41.2), (123.6, 41.4)])


def write(tmp_path, fields=None, shapes=None, name="a.gpkg", **options):
    fields = fields or {"区划代码": CODES, "社区名称": NAMES}
    return named(layer_file(tmp_path / name, fields, shapes or SQUARES, **options))


def read(tmp_path, file, level="community"):
    return read_districts(file, tmp_path, level=level, list_date=DAY)


def test_kind_and_parent_come_from_the_code(tmp_path):
    found = read(tmp_path, write(tmp_path))
    assert found.findings == ()
    assert found.value.code == tuple(CODES)
    assert found.value.name == tuple(NAMES)
    assert found.value.kind == (UnitKind.URBAN, UnitKind.RURAL, UnitKind.OTHER)
    assert found.value.parent == ("210502", "210521", "210522")
    assert bounds_of(found.value) == pytest.approx((123.6, 41.2, 123.9, 41.3))
    assert (found.source.rows, found.source.crs, found.source.path) == (3, "EPSG:4490", "a.gpkg")


@pytest.mark.parametrize(
    ("digits", "kind"),
    [("001", "urban"), ("199", "urban"), ("200", "rural"), ("399", "rural"), ("400", "other"),
     ("999", "other")],
)  # fmt: skip
def test_digits_ten_to_twelve(tmp_path, digits, kind):
    fields = {"code": ["210502001" + digits], "name": ["x"]}
    assert read(tmp_path, write(tmp_path, fields, SQUARES[:1])).value.kind == (kind,)


@pytest.mark.parametrize(
    ("name", "crs"),
    [("a.gpkg", "EPSG:4490"), ("a.gpkg", "EPSG:4550"), ("a.geojson", "EPSG:4326"),
     ("a.shp", "EPSG:4490"), ("a.shp", "EPSG:4550")],
)  # fmt: skip
def test_every_format_gives_the_same_units(tmp_path, name, crs):
    shapes = SQUARES
    if crs == "EPSG:4550":
        turn = pyproj.Transformer.from_crs(4490, 4550, always_xy=True).transform
        shapes = [shapely.transform(s, lambda p: np.column_stack(turn(*p.T))) for s in SQUARES]
    found = read(tmp_path, write(tmp_path, None, shapes, name, crs=crs))
    assert found.findings == ()
    assert found.value.code == tuple(CODES)
    for shape, square in zip(found.value.geometry, SQUARES, strict=True):
        assert shapely.hausdorff_distance(shape, square) < 1e-7


def test_numbers_as_codes_and_any_order(tmp_path):
    fields = {"code": [int(c) for c in CODES[::-1]], "name": NAMES[::-1]}
    found = read(tmp_path, write(tmp_path, fields, SQUARES[::-1]))
    assert found.value.code == tuple(CODES)
    assert found.value.name == tuple(NAMES)
    assert shapely.equals(found.value.geometry[0], SQUARES[0])


def test_cities_elsewhere_say_their_kind(tmp_path):
    fields = {"code": ["S1", "S2"], "name": ["a", "b"], "kind": ["urban", "村"],
              "county_code": ["X", "Y"]}  # fmt: skip
    found = read(tmp_path, write(tmp_path, fields, SQUARES[:2]))
    assert found.findings == ()
    assert found.value.kind == (UnitKind.URBAN, UnitKind.RURAL)
    assert found.value.parent == ("X", "Y")


def test_cities_elsewhere_without_kind_are_told(tmp_path):
    found = read(tmp_path, write(tmp_path, {"code": ["S1"], "name": ["a"]}, SQUARES[:1]))
    assert found.value.kind == (UnitKind.URBAN,)
    assert rules(found) == ["boundaries.kind_assumed", "boundaries.no_parent"]


def test_kind_against_the_code(tmp_path):
    fields = {"code": CODES[:1], "name": NAMES[:1], "kind": ["村委会"]}
    found = read(tmp_path, write(tmp_path, fields, SQUARES[:1]))
    fault = only(found, "boundaries.kind_differs")
    assert (fault.row, fault.column, fault.found, fault.expected) == (1, "kind", "村委会", "urban")
    assert found.value.kind == (UnitKind.URBAN,)


def test_duplicate_code_names_both_rows(tmp_path):
    fields = {"code": [CODES[0], CODES[1], CODES[0]], "name": NAMES}
    found = read(tmp_path, write(tmp_path, fields))
    fault = only(found, "boundaries.duplicate_code")
    assert (fault.row, dict(fault.values)["other"], fault.found) == (3, "1", CODES[0])
    assert (fault.column, found.value) == ("code", None)


@pytest.mark.parametrize(
    ("code", "rule"),
    [("", "boundaries.no_code"), ("2.10502E+11", "cell.rounded_code"),
     ("21050200100", "boundaries.code_length"), ("210502001000", "boundaries.not_committee")],
)  # fmt: skip
def test_bad_code(tmp_path, code, rule):
    fields = {"code": [*CODES, code], "name": [*NAMES, "x"]}
    found = read(tmp_path, write(tmp_path, fields, [*SQUARES, SQUARES[0]]))
    fault = only(found, rule)
    assert (fault.row, fault.column, fault.found) == (4, "code", code)
    assert found.value is None


def test_unknown_kind(tmp_path):
    fields = {"code": ["S1", "S2"], "name": ["a", "b"], "kind": ["urban", "街区"]}
    fault = only(read(tmp_path, write(tmp_path, fields, SQUARES[:2])), "boundaries.unknown_kind")
    assert (fault.row, fault.column, fault.found) == (2, "kind", "街区")


def test_invalid_shape_is_told_and_left_alone(tmp_path):
    found = read(tmp_path, write(tmp_path, None, [BOW, *SQUARES[1:]]))
    fault = only(found, "boundaries.invalid_shape")
    assert (fault.severity, fault.row, fault.unit) == (Severity.WARNING, 1, CODES[0])
    assert (fault.found, fault.lon, fault.lat) == ("Self-intersection", 123.7, 41.3)
    assert shapely.equals_exact(found.value.geometry[0], BOW)


def test_unit_without_shape_is_told_and_kept(tmp_path):
    found = read(tmp_path, write(tmp_path, None, [None, *SQUARES[1:]]))
    assert only(found, "boundaries.null_shape").unit == CODES[0]
    assert found.value.geometry[0] is None
    assert len(found.value) == 3


def test_points_are_no_areas(tmp_path):
    points = [shapely.Point(123.7, 41.3)] * 3
    found = read(tmp_path, write(tmp_path, None, points))
    assert rules(found) == ["boundaries.not_area"] * 3
    assert found.value is None


def test_list_without_shapes(tmp_path):
    rows = [["代码", "名称"], *zip(CODES, NAMES, strict=True)]
    found = read(tmp_path, named(csv_file(tmp_path / "a.csv", rows)))
    assert rules(found) == ["boundaries.no_shapes"]
    assert found.value.geometry == (None, None, None)
    with pytest.raises(ValueError, match="no unit has a shape"):
        bounds_of(found.value)


def test_layer_without_crs(tmp_path):
    file = write(tmp_path, name="a.shp", crs=None)
    found = read(tmp_path, file)
    assert rules(found) == ["crs.missing"]
    assert found.value is None
    said = read(tmp_path, file.model_copy(update={"crs": "EPSG:4490"}))
    assert (said.findings, len(said.value)) == ((), 3)


def test_geojson_is_in_degrees_unless_somebody_says_otherwise(tmp_path):
    turn = pyproj.Transformer.from_crs(4490, 4550, always_xy=True).transform
    metres = [shapely.transform(s, lambda p: np.column_stack(turn(*p.T))) for s in SQUARES]
    file = write(tmp_path, None, metres, "a.geojson", crs="EPSG:4326")
    plain = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    plain.pop("crs", None)
    (tmp_path / "a.geojson").write_text(json.dumps(plain), encoding="utf-8")
    assert rules(read(tmp_path, file)) == ["crs.not_degrees"]
    said = read(tmp_path, file.model_copy(update={"crs": "EPSG:4550"}))
    assert (said.findings, said.source.crs) == ((), "EPSG:4550")
    old = write(tmp_path, None, metres, "old.geojson", crs="EPSG:4550")
    assert '"crs"' in (tmp_path / "old.geojson").read_text(encoding="utf-8")
    assert read(tmp_path, old).source.crs == "EPSG:4550"
    contrary = read(tmp_path, old.model_copy(update={"crs": "EPSG:4551"}))
    assert rules(contrary) == ["crs.contradiction"]


def test_exchanged_coordinates(tmp_path):
    turned = [shapely.transform(s, lambda p: p[:, ::-1]) for s in SQUARES]
    assert rules(read(tmp_path, write(tmp_path, None, turned))) == ["crs.swapped"]


def test_counties(tmp_path):
    fields = {"district_adcode": [210502, 210503000000], "district_name": ["平山区", "溪湖区"],
              "city_adcode": [210500, 210500]}  # fmt: skip
    found = read(tmp_path, write(tmp_path, fields, SQUARES[:2]), "county")
    assert found.findings == ()
    assert found.value.code == ("210502", "210503")
    assert found.value.kind == (UnitKind.COUNTY,) * 2
    assert found.value.parent == ("210500",) * 2


def test_contact_columns_are_left_out(tmp_path):
    fields = {"code": CODES, "name": NAMES, "联系电话": ["1", "2", "3"]}
    found = read(tmp_path, write(tmp_path, fields))
    assert only(found, "table.personal_dropped").column == "联系电话"
    assert found.value is not None
