"""results.gpkg: six layers with styles and aliases."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import shapely
from full_outcome import full_outcome
from small_outcome import small_outcome

from planner.model.plan import PlanStatus
from planner.report.layers import write_layers
from planner.report.published import publish

LAYERS = ["communities", "facilities", "catchments", "proposed_sites", "demand", "findings"]


def write(path, outcome, language="zh"):
    write_layers(outcome, publish(outcome), path, language=language)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write(tmp_path_factory.mktemp("gpkg") / "results.gpkg", small_outcome())


def table(path, query):
    with closing(sqlite3.connect(path)) as base:
        return base.execute(query).fetchall()


def test_layers_and_crs(package):
    named = [name for name, kind in pyogrio.list_layers(package) if kind is not None]
    assert named == LAYERS
    for name in LAYERS:
        assert pyogrio.read_info(package, layer=name)["crs"] == "EPSG:4490"
    counts = {name: pyogrio.read_info(package, layer=name)["features"] for name in LAYERS}
    assert counts == dict(zip(LAYERS, [6, 5, 6, 2, 36, 2], strict=True))


def test_every_layer_has_a_style_by_default(package):
    rows = table(package, "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles")
    assert [(name, default) for name, default, _ in rows] == [(name, 1) for name in LAYERS]
    for _, _, qml in rows:
        document = ET.fromstring(qml.split("\n", 1)[1])  # noqa: S314  (our own)
        renderer = document.find("renderer-v2")
        assert renderer.get("type") == "RuleRenderer"
        symbols = {symbol.get("name") for symbol in renderer.find("symbols")}
        assert symbols == {rule.get("symbol") for rule in renderer.find("rules")}


def test_aliases_in_the_language_of_the_run(package, tmp_path):
    query = (
        "SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'communities' "
        "AND column_name = 'm2_per_100'"
    )
    assert table(package, query) == [("m2_per_100", "每百户用房面积(㎡)")]
    english = write(tmp_path / "en.gpkg", small_outcome(), "en")
    assert table(english, query) == [("m2_per_100", "m² per 100 households")]


def test_notices_stand_in_the_contents(package):
    told = table(package, "SELECT description FROM gpkg_contents WHERE table_name = 'demand'")
    assert "演示数据" in told[0][0]
    assert "内部工作图" in told[0][0]
    assert "去程(从家到设施);步速未作季节折减" in told[0][0]


def test_the_main_reason_is_told_in_words(package, tmp_path):
    assert pyogrio.read_dataframe(package, layer="communities")["why"].isna().all()
    for language, word in (("zh", "路程过远"), ("en", "too far")):
        path = write(tmp_path / f"{language}.gpkg", full_outcome(), language)
        why = pyogrio.read_dataframe(path, layer="communities")["why"]
        assert [None if told != told else told for told in why] == [  # noqa: PLR0124  (NaN)
            None,
            None,
            word,
            None,
            word,
            None,
        ]


def test_small_counts_are_null_with_a_flag(package):
    communities = pyogrio.read_dataframe(package, layer="communities")
    assert communities["suppressed"].tolist() == [True, True, False, False, False, False]
    assert communities["reached"].isna().tolist() == communities["suppressed"].tolist()
    demand = pyogrio.read_dataframe(package, layer="demand")
    assert demand["older"].min() >= 5
    assert demand.loc[demand["older"].isna(), "suppressed"].sum() == 2


def test_absent_area_is_null_and_no_facility_is_zero(package):
    floor = pyogrio.read_dataframe(package, layer="communities")["floor_m2"]
    assert np.isnan(floor[3])
    assert floor[2] == 0


def test_empty_layers_still_exist(tmp_path):
    outcome = small_outcome()
    nothing = replace(
        outcome.plan, picks=(), status=PlanStatus.NOTHING_TO_DO, objective=0.0, bound=0.0
    )
    empty = replace(outcome, plan=nothing, catchments=(), findings=())
    path = write(tmp_path / "empty.gpkg", empty)
    for name in ("proposed_sites", "catchments", "findings"):
        info = pyogrio.read_info(path, layer=name)
        assert info["features"] == 0
        assert len(info["fields"]) > 1


def test_shapes_that_are_no_polygons_leave_the_unit_without_one(tmp_path):
    outcome = small_outcome()
    shapes = list(outcome.communities.geometry)
    shapes[0] = None
    shapes[1] = shapely.GeometryCollection([shapes[1], shapely.Point(123.75, 41.27)])
    communities = replace(outcome.communities, geometry=tuple(shapes))
    path = write(tmp_path / "odd.gpkg", replace(outcome, communities=communities))
    read = pyogrio.read_dataframe(path, layer="communities").geometry
    assert read[0] is None
    assert read[1].geom_type == "MultiPolygon"


def test_same_outcome_same_bytes(package, tmp_path):
    again = write(tmp_path / "results.gpkg", small_outcome())
    assert again.read_bytes() == package.read_bytes()
