"""``planner check``: everything wrong at once, a workbook beside the input, a corrected copy."""

import csv
import json
import shutil

import openpyxl
import pytest
from click.testing import CliRunner
from tiny import FACILITIES, HOUSEHOLDS, at, write_csv, write_json, write_town

from planner.cli import cli
from planner.model.finding import Severity
from planner.run import check_files, check_scenario

CRS = ["--crs", "EPSG:4490"]


def check(*asked):
    return CliRunner().invoke(cli, ["check", *map(str, asked)])


def told(*asked):
    done = check(*asked, "--json")
    return json.loads(done.stdout), done.exit_code


def rules(document, source=None):
    return [f["rule"] for f in document["findings"] if source is None or f["source"] == source]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changed(rows, *cells):
    copy = [list(row) for row in rows]
    for row, column, value in cells:
        copy[row][column] = value
    return copy


def test_a_sound_scenario_has_no_errors_and_a_workbook_that_says_so(tmp_path):
    scenario = write_town(tmp_path)
    document, code = told(scenario)
    assert code == 0
    assert document["counts"]["error"] == 0
    assert [f["as"] for f in document["checked"][0]["files"]] == [
        "communities", "facilities", "households", "streets",
    ]  # fmt: skip
    assert document["workbooks"] == [str(tmp_path / "tiny_findings.xlsx")]
    assert openpyxl.load_workbook(document["workbooks"][0]).sheetnames == ["about", "findings"]


def test_one_bad_row_does_not_hide_what_else_is_wrong(tmp_path):
    """A row that cannot be read, a code not on the list, a facility far from any street."""
    scenario = write_town(tmp_path)
    bad = changed(HOUSEHOLDS, (2, 5, "许多"), (3, 2, "210502001099"))
    write_csv(tmp_path / "households.csv", bad)
    far = at(500, 5500)
    write_csv(tmp_path / "facilities.csv", changed(FACILITIES, (1, 4, far[0]), (1, 5, far[1])))
    document, code = told(scenario)
    assert code == 3
    assert [(f["rule"], f["row"]) for f in document["findings"] if f["severity"] == "error"] == [
        (rule, row)
        for rule, row in [(document["findings"][0]["rule"], 3), ("join.community", 4),
                          ("walking.facility_far", 2)]
    ]  # fmt: skip


def test_a_missing_file_does_not_hide_the_others(tmp_path):
    scenario = write_town(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    write_csv(tmp_path / "households.csv", changed(HOUSEHOLDS, (3, 2, "210502001099")))
    document, code = told(scenario)
    assert code == 3
    assert {"file.missing", "join.community"} <= set(rules(document))


def test_a_broken_scenario_tells_its_keys_and_its_files(tmp_path):
    scenario = write_town(tmp_path)
    edit(scenario, "new_sites = 1", 'new_site = 1\nbudget = "x"')
    edit(scenario, 'path = "facilities.csv"', 'path = "facilities.csv"\nlayr = "a"')
    write_csv(tmp_path / "facilities.csv", changed(FACILITIES, (3, 0, "F1")))
    document, code = told(scenario)
    assert code == 3
    of_keys = [f for f in document["findings"] if f["source"] == "tiny.toml"]
    assert {f["column"]: f["expected"] for f in of_keys} == {
        "siting.new_site": "new_sites", "siting.budget": "0.5", "facilities.0.layr": "layer",
    }  # fmt: skip
    lines = scenario.read_text(encoding="utf-8").splitlines()
    assert all(f["column"].split(".")[-1] in lines[f["row"] - 1] for f in of_keys)
    assert "table.duplicate_id" in rules(document, "facilities.csv")


@pytest.mark.parametrize("text", ["name = ", "\ufffe", "[[[", "extends = 'no.toml'", ""])
def test_a_scenario_that_cannot_be_read_is_told(tmp_path, text):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    document, code = told(path)
    assert code == 3
    assert document["counts"]["error"]


def test_a_scenario_that_is_not_there(tmp_path):
    document, code = told(tmp_path / "none.toml")
    assert (rules(document), code) == (["scenario.missing"], 3)


def test_loose_files_are_known_by_their_headers_and_need_no_scenario(tmp_path):
    write_town(tmp_path)
    write_csv(tmp_path / "households.csv", changed(HOUSEHOLDS, (2, 5, -7)))
    files = [tmp_path / f for f in ("facilities.csv", "households.csv", "communities.geojson")]
    document, code = told(*files, *CRS)
    assert code == 3
    assert [(f["rule"], f["row"], f["column"]) for f in document["findings"]] == [
        ("table.too_small", 3, "常住户数")
    ]
    kinds = [one["files"][0]["as"] for one in document["checked"]]
    assert kinds == ["facilities", "households", "communities"]
    assert len(document["workbooks"]) == 3


def test_boundaries_tell_where_the_other_files_should_lie(tmp_path):
    write_town(tmp_path)
    far = changed(FACILITIES, (2, 4, 118.0), (2, 5, 31.0))
    write_csv(tmp_path / "facilities.csv", far)
    alone, _ = told(tmp_path / "facilities.csv", *CRS)
    assert "crs.far_away" not in rules(alone)
    both, _ = told(tmp_path / "facilities.csv", tmp_path / "communities.geojson", *CRS)
    assert "crs.far_away" in rules(both)


def test_a_folder_is_all_files_in_it_and_each_is_told_once(tmp_path):
    write_town(tmp_path)
    write_csv(tmp_path / "facilities.csv", changed(FACILITIES, (3, 0, "F1")))
    write_csv(tmp_path / "more.csv", changed(FACILITIES, (2, 0, "F1")))
    (tmp_path / "letter.docx").write_bytes(b"PK")
    first, code = told(tmp_path)
    assert code == 3
    duplicates = [f["source"] for f in first["findings"] if f["rule"] == "table.duplicate_id"]
    assert sorted(name.split("/")[-1] for name in duplicates) == ["facilities.csv", "more.csv"]
    again, _ = told(tmp_path)  # the workbook of findings is not an input
    assert again["checked"] == first["checked"]


def test_an_empty_folder_is_told(tmp_path):
    document, code = told(tmp_path)
    assert (rules(document), code) == (["check.nothing"], 3)


def test_a_table_that_could_be_two_things_asks(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(path, [["编号", "名称", "经度", "纬度", "面积"], ["1", "甲", *at(0, 0), 80]])
    document, code = told(path, *CRS)
    assert (rules(document), code) == (["check.which_table"], 3)
    assert "facilities" in document["findings"][0]["expected"]
    document, code = told(path, *CRS, "--as", "candidates")
    assert (rules(document), code) == ([], 0)
    assert check(path, "--as", "hospitals").exit_code == 2


def test_an_unknown_datum_is_a_notice_and_metres_are_an_error(tmp_path):
    path = tmp_path / "facilities.csv"
    write_csv(path, FACILITIES)
    document, code = told(path)
    assert (rules(document), code) == (["check.crs_unsaid"], 0)
    write_csv(path, changed(FACILITIES, *((i, j, 4e5) for i in (1, 2, 3) for j in (4, 5))))
    document, code = told(path)
    assert code == 3
    assert "crs.not_degrees" in rules(document)


def bureau_book(path):
    """A register as an office has it: title, units in cells, a sum, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名册"
    sheet.append(["养老设施名册"])
    sheet.append(["设施编号", "设施名称", "设施类型", "经度", "纬度", "建筑面积(平方米)"])
    for i in range(30):
        sheet.append([f"F{i:02d}", f"{i}号站", "养老服务站", *at(10 * i, 0), f"{300 + i}㎡"])
    sheet.append(["合计", None, None, None, None, sum(range(300, 330))])
    book.create_sheet("其他").append(["备忘", "勿动"])
    book.save(path)
    return path


def proposals(document):
    return [f for f in document["findings"] if f["proposed"] is not None]


def test_after_correction_the_findings_are_gone_and_the_original_is_untouched(tmp_path):
    path = bureau_book(tmp_path / "名册.xlsx")
    before = path.read_bytes()
    document, code = told(path, *CRS, "--corrected")
    assert code == 0
    assert len(proposals(document)) == 31, "each cell and the sum, however many there are"
    assert document["corrections"] == 31
    assert path.read_bytes() == before
    copy = tmp_path / "名册_corrected.xlsx"
    assert document["corrected"] == [str(copy)]
    again, _ = told(copy, *CRS)
    assert proposals(again) == []
    assert set(rules(again)) == set(rules(document)) - {f["rule"] for f in proposals(document)}
    sheet = openpyxl.load_workbook(copy)["名册"]
    assert [c.value for c in sheet["F"]][2:32] == list(range(300, 330))
    assert openpyxl.load_workbook(copy)["其他"]["B1"].value == "勿动"
    changes = openpyxl.load_workbook(document["workbooks"][0])["改动"]
    assert changes.max_row == 32


def test_a_corrected_text_file(tmp_path):
    path = tmp_path / "户.csv"
    rows = [["小区编号", "户数", "60岁以上人口", "经度", "纬度"],
            ["1", "１２０", "20", *at(0, 0)], ["2", "80户", "30", *at(10, 0)]]  # fmt: skip
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    document, _ = told(path, *CRS, "--corrected", tmp_path / "copies")
    assert len(proposals(document)) == 2
    copy = tmp_path / "copies" / "户_corrected.csv"
    with copy.open(encoding="gb18030", newline="") as stream:
        got = list(csv.reader(stream, delimiter=";"))
    assert [row[1] for row in got] == ["户数", "120", "80"]
    assert proposals(told(copy, *CRS)[0]) == []


def test_files_of_a_scenario_get_copies_too(tmp_path):
    scenario = write_town(tmp_path)
    write_csv(tmp_path / "households.csv", changed(HOUSEHOLDS, (2, 5, "100户")))
    document, _ = told(scenario, "--corrected")
    assert document["corrected"] == [str(tmp_path / "households_corrected.csv")]
    shutil.copy(document["corrected"][0], tmp_path / "households.csv")
    assert proposals(told(scenario)[0]) == []


def test_a_copy_is_offered_and_never_written_over(tmp_path):
    path = bureau_book(tmp_path / "名册.xlsx")
    done = check(path, *CRS, "--language", "en")
    assert "31 corrections can be made" in done.output
    assert "--corrected" in done.output
    assert not (tmp_path / "名册_corrected.xlsx").exists()
    (tmp_path / "名册_corrected.xlsx").write_bytes(b"mine")
    done = check(path, *CRS, "--corrected", "--language", "en")
    assert done.exit_code == 3
    assert "was not written over" in done.output
    assert (tmp_path / "名册_corrected.xlsx").read_bytes() == b"mine"


def test_nothing_to_correct_is_said(tmp_path):
    write_csv(tmp_path / "facilities.csv", FACILITIES)
    done = check(tmp_path / "facilities.csv", *CRS, "--corrected", "--language", "en")
    assert done.exit_code == 0
    assert "nothing to correct" in done.output


def test_a_workbook_that_cannot_be_written_costs_nothing_else(tmp_path):
    write_csv(tmp_path / "facilities.csv", changed(FACILITIES, (3, 0, "F1")))
    (tmp_path / "facilities_findings.xlsx").mkdir()
    done = check(tmp_path / "facilities.csv", *CRS, "--language", "en")
    assert done.exit_code == 3
    assert "could not be written" in done.output
    assert 'the id "F1" stands already' in done.output


def test_where_the_workbook_goes(tmp_path):
    write_csv(tmp_path / "facilities.csv", FACILITIES)
    write_csv(tmp_path / "households.csv", HOUSEHOLDS)
    files = [tmp_path / "facilities.csv", tmp_path / "households.csv"]
    one, _ = told(*files, *CRS, "--out", tmp_path / "all.xlsx")
    assert one["workbooks"] == [str(tmp_path / "all.xlsx")]
    each, _ = told(*files, *CRS, "--out", tmp_path / "into")
    assert [p.split("into")[1][1:] for p in each["workbooks"]] == [
        "facilities_findings.xlsx", "households_findings.xlsx",
    ]  # fmt: skip
    none, _ = told(*files, *CRS, "--no-book")
    assert none["workbooks"] == []
    assert not (tmp_path / "facilities_findings.xlsx").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_input_gives_the_same_workbook(tmp_path, language):
    path = bureau_book(tmp_path / "名册.xlsx")
    seen = set()
    for _ in range(2):
        check(path, "--language", language)
        seen.add((tmp_path / "名册_findings.xlsx").read_bytes())
    assert len(seen) == 1


def test_streets_and_heights_are_known_by_their_format(tmp_path):
    write_town(tmp_path)
    (checked,) = check_files([tmp_path / "streets.geojson"])
    assert [file.role for file in checked.files] == ["streets"]
    assert checked.count(Severity.ERROR) == 0
    (tmp_path / "bad.osm.pbf").write_bytes(b"not an extract")
    (tmp_path / "bad.tif").write_bytes(b"not a raster")
    for name in ("bad.osm.pbf", "bad.tif"):
        (broken,) = check_files([tmp_path / name])
        assert broken.count(Severity.ERROR) == 1, name


def test_a_check_of_a_scenario_reads_every_file_it_names(tmp_path):
    scenario = write_town(tmp_path)
    gates = tmp_path / "gates.csv"
    write_csv(gates, [["所属编号", "经度", "纬度"], ["P9", *at(0, 0)]])
    edit(scenario, "[siting]", '[entrances]\npath = "gates.csv"\ncrs = "EPSG:4490"\n\n[siting]')
    checked = check_scenario(scenario)
    assert "entrances" in {file.role for file in checked.files}
    assert any(f.source == "gates.csv" for f in checked.findings), "no such place P9"


@pytest.mark.parametrize("raw", [b"", b"\x00", b"PK\x03\x04", b"\xff\xfe", b"a", b"{", b"\n\n\n"])
@pytest.mark.parametrize(
    "suffix", [".csv", ".xlsx", ".gpkg", ".geojson", ".shp", ".osm.pbf", ".tif", ".graphml", ".x"]
)
def test_rubbish_is_told_and_never_a_traceback(tmp_path, suffix, raw):
    path = tmp_path / f"rubbish{suffix}"
    path.write_bytes(raw)
    document, code = told(path)
    assert code == 3
    assert document["counts"]["error"] >= 1


def test_lines_that_are_streets_or_rivers_are_asked(tmp_path):
    write_json(tmp_path / "lines.geojson", [
        {"type": "Feature", "properties": {"x": 1},
         "geometry": {"type": "LineString", "coordinates": [at(0, 0), at(100, 0)]}}
    ])  # fmt: skip
    document, code = told(tmp_path / "lines.geojson")
    assert (rules(document), code) == (["check.which_table"], 3)
    assert document["findings"][0]["expected"] == "streets / backdrop"


def test_help_speaks_both_languages():
    for command in ("check", "new"):
        text = CliRunner().invoke(cli, [command, "--help"]).output
        assert any("\u4e00" <= c <= "\u9fff" for c in text)
        assert "Tell" in text or "Write" in text
