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

from planner.model.outcome import OUTLINE_M, Catchment, CatchmentKind
from planner.model.plan import PlanStatus
from planner.report.layers import write_layers
from planner.report.published import publish
from planner.report.qml import layer_style

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


def test_only_merged_catchments_are_ticked():
    for language in ("zh", "en"):
        qml = layer_style("catchments", [("kind", "kind")], language)
        rules = ET.fromstring(qml.split("\n", 1)[1]).findall("renderer-v2/rules/rule")  # noqa: S314
        shown = {rule.get("filter"): rule.get("checkstate", "1") for rule in rules}
        assert shown == {
            f"\"kind\" = '{kind}' AND \"state\" = '{state}'": "1" if kind == "merged" else "0"
            for kind in ("merged", "single", "split")
            for state in ("baseline", "planned")
        }
        assert len({rule.get("label") for rule in rules}) == 6


def test_catchments_of_single_facilities_stand_beside_the_rings(tmp_path):
    outcome = small_outcome()
    own = [
        Catchment(
            state="planned",
            limit_min=15.0,
            geometry=shape,
            kind=kind,
            facility_id="F9",
            facility="<img src=x onerror=alert(1)>\n二站",
        )
        for kind, shape in (
            (CatchmentKind.SINGLE, shapely.box(123.7, 41.2, 123.8, 41.3)),
            (CatchmentKind.SPLIT, shapely.Polygon()),
        )
    ]
    path = write(tmp_path / "own.gpkg", replace(outcome, catchments=(*outcome.catchments, *own)))
    read = pyogrio.read_dataframe(path, layer="catchments")
    assert read["kind"].tolist() == ["merged"] * 6 + ["single", "split"]
    assert read["facility_id"].isna().tolist() == [True] * 6 + [False] * 2
    assert read["facility"][6] == "<img src=x onerror=alert(1)> 二站"  # data, as it stands
    assert read["limit_min"].tolist() == [5, 10, 15, 5, 10, 15, 15, 15]
    assert read.geometry[6].area == pytest.approx(0.01)
    assert read.geometry[7] is None
    query = (
        "SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'catchments' "
        "AND column_name LIKE 'facility%' ORDER BY column_name"
    )
    assert table(path, query) == [("facility", "设施名称"), ("facility_id", "设施编号")]
    told = table(path, "SELECT description FROM gpkg_contents WHERE table_name = 'catchments'")
    assert f"容差 {OUTLINE_M:g} 米" in told[0][0]


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
