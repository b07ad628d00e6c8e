"""A new scenario: its empty tables, once filled in, pass the check as they are."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import at, feature, square, streets, write_json

from planner.cli import cli
from planner.model.finding import Severity
from planner.model.scenario import Households, InputFile
from planner.report.templates import (
    NOTES,
    example_of,
    header_of,
    sheet_name,
    template_text,
    words_of,
)
from planner.report.words import all_words
from planner.run import check_files, check_scenario
from planner.run.starting import start_scenario
from planner.store.blanks import blank_table
from planner.store.columns import kinds_of, match_columns, normal
from planner.store.facilities import read_sites
from planner.store.households import read_demand
from planner.store.scenario import read_scenario

ROOT = Path(__file__).parents[2]
BOOKS = ("facilities", "households", "candidates", "entrances", "communities")
LAYERS = ("communities", "counties", "street_changes")
DAY = date(2023, 1, 1)
# the folder is the same for all examples; every example writes its file anew
AGAIN = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    return start_scenario("town", tmp_path_factory.mktemp("new"))


def fill(path, table, rows):
    """Write rows {field: value} below the headers of a template, as a planner would."""
    book = openpyxl.load_workbook(path)
    sheet = book[sheet_name(table)]
    heads = {cell.value: cell.column for cell in sheet[1]}
    column = {f.name: heads[header_of(f)] for f in blank_table(table).fields}
    for i, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(i, column[name], value)
    book.save(path)


def example_row(table):
    row = {}
    for field in blank_table(table).fields:
        text = example_of(table, field)
        row[field.name] = float(text) if field.type == "number" else text
    return row


def no_fault(*_args, **_values):
    raise AssertionError("the schema does not accept a header of a template")


@pytest.mark.parametrize("table", sorted({*BOOKS, *LAYERS}))
def test_every_header_and_choice_is_of_the_schema(table):
    blank = blank_table(table)
    for head in (header_of, lambda field: field.header):
        headers = [head(field) for field in blank.fields]
        matched = match_columns(table, headers, {}, no_fault)
        assert matched.at == {field.name: i for i, field in enumerate(blank.fields)}
    for field in blank.fields:
        for kind, word in words_of(field).items():
            assert kinds_of(field.type)[normal(word)] == kind
        assert bool(field.kinds) == (field.type not in ("text", "code", "number", "date"))


@pytest.mark.parametrize("table", sorted({*BOOKS, *LAYERS}))
def test_every_column_is_explained_in_both_languages(table):
    for field in blank_table(table).fields:
        for what in ("about", "example"):
            keys = {f"template.{scope}.{field.name}.{what}" for scope in (table, "any")}
            assert keys & set(all_words()), (table, field.name, what)


@pytest.mark.parametrize("table", BOOKS)
def test_a_template_holds_limits_notes_and_text_codes(started, table):
    book = openpyxl.load_workbook(started.data / f"{table}.xlsx")
    assert book.sheetnames == [sheet_name(table), NOTES]
    sheet = book[sheet_name(table)]
    fields = blank_table(table).fields
    assert [cell.value for cell in sheet[1]] == [header_of(f) for f in fields]
    limits = {
        str(rule.sqref).split("2:")[0]: rule for rule in sheet.data_validations.dataValidation
    }
    for cell, field in zip(sheet[1], fields, strict=True):
        note = cell.comment.text
        assert "必填" in note if field.needed else "选填" in note
        look = sheet.column_dimensions
        if field.type == "code":  # or Excel would turn twelve digits into 2.10502E+11
            formats = [d.number_format for d in look.values() if d.min <= cell.column <= d.max]
            assert formats == ["@"]
        if field.kinds:
            rule = limits[cell.column_letter]
            assert rule.formula1.strip('"').split(",") == list(words_of(field).values())
            assert len(rule.formula1) <= 257
        elif field.least is not None:
            assert float(limits[cell.column_letter].formula1) == field.least
    told = [cell.value for cell in book[NOTES]["A"]]
    assert [header_of(f) for f in fields] == told[4:]


@pytest.mark.parametrize("table", BOOKS)
def test_a_template_with_its_examples_is_known_and_without_fault(started, tmp_path, table):
    path = tmp_path / f"{table}.xlsx"
    shutil.copy(started.data / path.name, path)
    fill(path, table, [example_row(table)])
    (checked,) = check_files([path], crs="EPSG:4490")
    assert [(file.role, file.rows) for file in checked.files] == [(table, 1)]
    expected = ["boundaries.no_shapes"] if table == "communities" else []  # a list is only a list
    assert [f.rule for f in checked.findings] == expected
    assert not checked.count(Severity.WARNING) + checked.count(Severity.ERROR)


def polygon(*box):
    return shapely.Polygon(square(*box)["coordinates"][0])


def draw_communities(path):
    """Draw two communities into the layer, with its own fields."""
    fields = [f.header for f in blank_table("communities").fields]
    columns = [["210502001001", "210502001002"], ["西区居委会", "东区居委会"],
               ["居委会", "居委会"], ["210502", "210502"]]  # fmt: skip
    shapes = [shapely.MultiPolygon([polygon(-50, -50, 500, 550)]),
              shapely.MultiPolygon([polygon(500, -50, 1050, 550)])]  # fmt: skip
    pyogrio.raw.write(
        path, geometry=np.array(shapely.to_wkb(shapes), object),
        field_data=[np.array(c, object) for c in columns], fields=fields,
        geometry_type="MultiPolygon", crs="EPSG:4490", layer="communities", append=True,
    )  # fmt: skip


def place(east, north):
    return dict(zip(("lon", "lat"), at(east, north), strict=True))


@pytest.fixture
def filled(tmp_path):
    new = start_scenario("town", tmp_path)
    draw_communities(new.data / "communities.gpkg")
    write_json(new.data / "streets.geojson", [
        feature({"type": "LineString", "coordinates": line}, highway="residential")
        for line in streets()
    ])  # fmt: skip
    station = {"id": "F1", "name": "西站", "kind": "社区养老服务站", "community": "210502001001",
               "floor_m2": 300, "beds": 12, "nursing_beds": 4, **place(0, 0)}  # fmt: skip
    fill(new.data / "facilities.xlsx", "facilities", [station])
    people = [
        {"id": f"P{i}", "name": "小区", "community": code, "households": 100, "population": 260,
         "older": 60, "older_65": 40, "older_80": 9, **place(x, y)}
        for i, (code, x, y) in enumerate(
            [("210502001001", 300, 0), ("210502001002", 700, 0), ("210502001002", 1000, 500)]
        )
    ]  # fmt: skip
    fill(new.data / "households.xlsx", "households", people)
    site = {"id": "C1", "name": "旧厂房", "community": "210502001002", "floor_m2": 200, "cost": 60,
            **place(900, 100)}  # fmt: skip
    fill(new.data / "candidates.xlsx", "candidates", [site])
    gate = {"place": "P0", "of": "小区", **place(310, 0)}
    fill(new.data / "entrances.xlsx", "entrances", [gate])
    text = new.scenario.read_text(encoding="utf-8")
    text = text.replace("streets.osm.pbf", "streets.geojson")
    text = text.replace("new_sites = 10 ", "new_sites = 1 ")
    for key in ("[entrances]", 'path = "../data/town/entrances.xlsx"', 'layer = "出入口"\n# crs'):
        text = text.replace(f"# {key}", key.replace("# ", ""))
    text = text.replace("# file = {", "file = {").replace('rule = "network_nodes"', 'rule = "file"')
    text = text.replace("[streets]", "[streets]\ndata_date = 2023-12-31\n", 1)
    new.scenario.write_text(text, encoding="utf-8")
    return new


def test_a_filled_scenario_passes_the_check_unchanged(filled):
    scenario = read_scenario(filled.scenario)
    assert scenario.entrances is not None
    assert scenario.siting.candidates.file is not None
    checked = check_scenario(filled.scenario)
    assert [(f.rule, f.source, f.found) for f in checked.findings] == []
    assert {file.role for file in checked.files} == {
        "communities", "facilities", "households", "streets", "entrances", "candidates",
    }  # fmt: skip
    assert all(file.rows for file in checked.files)


def test_a_filled_scenario_runs(filled, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["run", str(filled.scenario), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert (out / "map.html").exists()


TEXT = st.text("站前社区小区abcXYZ一二三()&<>+-@'", min_size=1, max_size=8).filter(str.strip)
COUNT = st.integers(0, 5000)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXT, COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=12))
def test_households_read_back_as_they_were_written(started, tmp_path, rows):
    path = tmp_path / "households.xlsx"
    shutil.copy(started.data / "households.xlsx", path)
    written = []
    for i, (name, households, *ages) in enumerate(rows):
        oldest, old, older = sorted(ages)
        homes = max(households, int(older > 0))  # people without a household are told
        written.append({"id": f"{i:05d}", "name": name, "community": f"2105020010{i + 1:02d}",
                        "households": homes, "population": 2 * older, "older": older,
                        "older_65": old, "older_80": oldest, **place(i, i)})  # fmt: skip
    fill_texts(path, "households", written)
    file = Households(path=path, crs="EPSG:4490", layer=sheet_name("households"), data_date=DAY)
    read = read_demand(file, Path(), None)
    assert read.findings == ()
    assert read.value.id == tuple(row["id"] for row in written)
    assert read.value.community == tuple(row["community"] for row in written)
    assert read.value.name == tuple(row["name"].strip() for row in written)
    for field in ("households", "older", "older_65", "older_80"):
        assert getattr(read.value, field).tolist() == [row[field] for row in written]


def fill_texts(path, table, rows):
    """Fill in like `fill`, with texts that begin with = kept texts."""
    fill(path, table, [{k: v for k, v in row.items() if k != "name"} for row in rows])
    book = openpyxl.load_workbook(path)
    sheet = book[sheet_name(table)]
    names = [f.name for f in blank_table(table).fields]
    for i, row in enumerate(rows, start=2):
        cell = sheet.cell(i, names.index("name") + 1)
        cell.value = row["name"]
        cell.data_type = "s"
    book.save(path)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(sorted(kinds_of("facility_kind"))), COUNT), min_size=1, max_size=8
    )
)
def test_facilities_read_back_with_any_known_word(started, tmp_path, rows):
    path = tmp_path / "facilities.xlsx"
    shutil.copy(started.data / "facilities.xlsx", path)
    fill(path, "facilities", [
        {"id": f"F{i}", "kind": word, "floor_m2": area, **place(i, 0)}
        for i, (word, area) in enumerate(rows)
    ])  # fmt: skip
    file = InputFile(path=path, crs="EPSG:4490", layer=sheet_name("facilities"),
                     data_date=DAY)  # fmt: skip
    read = read_sites((file,), Path(), None)
    assert read.findings == ()
    assert [k.value for k in read.value.kind] == [kinds_of("facility_kind")[w] for w, _ in rows]
    assert read.value.floor_m2.tolist() == [area for _, area in rows]


def test_nothing_is_written_over(tmp_path):
    first = start_scenario("town", tmp_path)
    first.scenario.write_text("mine", encoding="utf-8")
    (first.data / "households.xlsx").unlink()
    again = start_scenario("town", tmp_path)
    assert again.written == (first.data / "households.xlsx",)
    assert first.scenario.read_text(encoding="utf-8") == "mine"
    assert set(again.kept) == {*first.written} - {first.data / "households.xlsx"}


def test_the_same_name_gives_the_same_bytes(tmp_path):
    files = [
        {p.name: p.read_bytes() for p in start_scenario("town", tmp_path / side).written}
        for side in "ab"
    ]
    assert len(files[0]) == 10
    assert files[0] == files[1]


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "<script>", "CON", "nul", "Com1", "", "本溪", "a b", "x" * 65, ".x"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_bad_name_is_refused_in_words(tmp_path, name, language):
    asked = ["new", "--folder", str(tmp_path), "--language", language, "--", name]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 2
    assert ("不可用" in done.output or "保留名" in done.output) == (language == "zh")
    assert "benxi_2026" in done.output
    assert list(tmp_path.iterdir()) == []


def test_new_says_what_was_written_and_what_was_kept(tmp_path):
    asked = ["new", "town", "--folder", str(tmp_path), "--language", "en"]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0
    assert done.output.count("written:") == 10
    again = CliRunner().invoke(cli, asked)
    assert again.exit_code == 0
    assert again.output.count("left as it is") == 10


def test_the_scenario_is_made_from_the_template(started):
    assert (ROOT / "scenarios/template.toml").read_text(encoding="utf-8") == template_text()
    scenario = read_scenario(started.scenario)
    assert scenario.name == "town"
    keys = [line.split("=")[0].strip() for line in template_text().splitlines() if "=" in line]
    made = [line.split("=")[0].strip() for line in
            started.scenario.read_text(encoding="utf-8").splitlines() if "=" in line]  # fmt: skip
    assert [k for k in made if "layer" not in k] == [k for k in keys if "layer" not in k]
    for file in (scenario.boundaries.communities, *scenario.facilities, scenario.households):
        assert (scenario.folder / file.path).is_file()


def test_a_folder_of_unfilled_templates_is_no_error(started):
    (checked,) = check_files([started.data])
    assert {f.rule for f in checked.findings} == {"table.no_rows"}
    assert checked.count(Severity.ERROR) == 0
    (alone,) = check_files([started.data / "facilities.xlsx"])
    assert [f.severity for f in alone.findings] == [Severity.ERROR]
