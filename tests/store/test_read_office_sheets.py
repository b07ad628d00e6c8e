"""Sheets as offices have them: titles, headers of two rows, sums, notes, merged cells."""

from datetime import date

import openpyxl
import pytest
import xlwt
from filed import csv_file, errors, named, only, people, rules, xlsx_file

from planner.model.finding import Severity
from planner.store.boundaries import read_districts
from planner.store.facilities import read_sites
from planner.store.households import read_demand
from planner.store.records import read_records
from planner.store.tables import read_table

HEADER = ["编号", "小区名称", "社区代码", "户数", "60岁以上人口", "经度", "纬度"]
ROWS = [
    ["D1", "春合", "210502001001", 300, 80, 123.70, 41.30],
    ["D2", "前进", "210502001002", 200, 60, 123.71, 41.31],
    ["D3", "学院", "210502001003", 100, 30, 123.72, 41.32],
]
WIDTH = len(HEADER)


def padded(*cells):
    return [*cells, *[None] * (WIDTH - len(cells))]


def demand(tmp_path, rows, suffix=".xlsx", **more):
    path = tmp_path / f"a{suffix}"
    if suffix == ".xlsx":
        xlsx_file(path, rows)
    else:
        csv_file(path, [["" if v is None else v for v in row] for row in rows])
    return read_demand(people(path, **more), tmp_path, None)


def changed(row, column, value):
    rows = [list(r) for r in [HEADER, *ROWS]]
    rows[row - 1][column] = value
    return rows


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_good_sheet_gives_no_finding(tmp_path, suffix):
    found = demand(tmp_path, [HEADER, *ROWS], suffix)
    assert found.findings == ()
    assert found.value.households.tolist() == [300, 200, 100]
    assert [o.row for o in found.value.origin] == [2, 3, 4]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_titles_above_the_header(tmp_path, suffix):
    rows = [padded("本溪市小区一览表"), padded("填报单位:民政局", "日期:2023-12-31"), HEADER, *ROWS]
    found = demand(tmp_path, rows, suffix)
    fault = only(found, "sheet.header_found")
    assert (fault.row, fault.found, fault.severity) == (3, "3", Severity.NOTICE)
    assert [o.row for o in found.value.origin] == [4, 5, 6]
    assert rules(found) == ["sheet.header_found"]


def test_empty_rows_above_and_between(tmp_path):
    found = demand(tmp_path, [padded(), padded("标题"), HEADER, ROWS[0], padded(), ROWS[1]])
    assert only(found, "sheet.header_found").row == 3
    assert [o.row for o in found.value.origin] == [4, 6]


def test_header_of_two_rows(tmp_path):
    upper = ["编号", "小区名称", "社区代码", "户数", "人口", None, "坐标", None]
    lower = [None, None, None, None, "总人口", "60岁以上", "经度", "纬度"]
    rows = [[r[0], r[1], r[2], r[3], 900, *r[4:]] for r in ROWS]
    found = demand(tmp_path, [["标题"], upper, lower, *rows])
    fault = only(found, "sheet.header_levels")
    assert (fault.row, fault.found) == (3, "2–3")
    assert found.value.older.tolist() == [80, 60, 30]
    assert dict(fault.values)["names"].startswith(
        "编号, 小区名称, 社区代码, 户数, 总人口, 60岁以上"
    )
    assert [o.row for o in found.value.origin] == [4, 5, 6]


def test_lower_header_of_another_unit_is_not_taken_alone(tmp_path):
    upper = ["编号", "户数", None, "60岁以上人口", "经度", "纬度"]
    lower = [None, "总户数", "60岁以上", None, None, None]
    path = xlsx_file(tmp_path / "a.xlsx", [upper, lower, ["D1", 3, 2, 9, 123.7, 41.3]])
    records, _ = read_records(named(path), tmp_path, "households", personal=Severity.ERROR)
    assert "户数60岁以上" in records.table.headers
    assert records.header("older") == "60岁以上人口"


def test_same_lower_headers_keep_the_upper_ones(tmp_path):
    upper = ["编号", "2025年", None, "2035年", None, "经度", "纬度"]
    lower = [None, "户数", "60岁以上人口", "户数", "60岁以上人口", None, None]
    path = xlsx_file(tmp_path / "a.xlsx", [upper, lower, ["D1", 3, 2, 4, 5, 123.7, 41.3]])
    table, _ = read_table(named(path), tmp_path, "households")
    assert table.headers[1:5] == (
        "2025年户数",
        "2025年60岁以上人口",
        "2035年户数",
        "2035年60岁以上人口",
    )


def test_two_rows_that_could_be_the_header_are_asked(tmp_path):
    other = ["编号", "备注", "社区代码", "经度", "纬度", "户数", "60岁以上人口"]
    rows = [["编号", "x", "社区代码", "户数", "60岁以上人口", "经度", "纬度"], other, *ROWS]
    found = demand(tmp_path, rows)
    fault = only(found, "sheet.which_header")
    assert (found.value, fault.found, fault.row) == (None, "1, 2", 1)
    found = demand(tmp_path, rows, header_row=1)
    assert "sheet.which_header" not in rules(found)


def test_header_row_of_the_scenario_wins(tmp_path):
    rows = [["编号", "户数", "经度", "纬度"], ["编号", "户数", "旧", "旧"], ["D1", 3, 123.7, 41.3]]
    table, _ = read_table(named(xlsx_file(tmp_path / "a.xlsx", rows), header_row=2), tmp_path)
    assert (table.header_row, table.headers[2], table.rows.tolist()) == (2, "旧", [3])
    found = demand(tmp_path, [HEADER, *ROWS], header_row=40)
    assert only(found, "sheet.no_such_row").row == 40


def test_header_again_in_another_tongue_or_on_the_next_page(tmp_path):
    english = ["id", "name", "community", "households", "older", "lon", "lat"]
    found = demand(tmp_path, [HEADER, english, ROWS[0], HEADER, ROWS[1]])
    again = [f for f in found.findings if f.rule == "sheet.header_again"]
    assert [(f.row, f.column, f.proposed) for f in again] == [(2, "", ""), (4, "", "")]
    assert [o.row for o in found.value.origin] == [3, 5]


@pytest.mark.parametrize("label", ["合计", "合  计", "总计:", "平山区合计", "Total", "合計计"][:5])
@pytest.mark.parametrize("place", [0, 1])
def test_sums_are_left_out_and_checked(tmp_path, label, place):
    total = padded()
    total[place], total[3], total[4] = label, 600, 170
    found = demand(tmp_path, [HEADER, *ROWS, total])
    fault = only(found, "sheet.total_row")
    assert (fault.row, fault.column, fault.proposed) == (5, "", "")
    assert rules(found) == ["sheet.total_row"]
    assert found.value.households.sum() == 600
    total[4] = 171
    found = demand(tmp_path, [HEADER, *ROWS, total])
    fault = only(found, "sheet.total_differs")
    assert (fault.row, fault.column, fault.found, fault.expected, fault.severity) == (
        5, "60岁以上人口", "171", "170", Severity.WARNING,
    )  # fmt: skip


def test_sums_of_parts_before_or_after_their_rows(tmp_path):
    part, rest, whole = padded("平山区小计"), padded("溪湖区小计"), padded("合计")
    part[3], rest[3], whole[3] = 500, 100, 600
    found = demand(tmp_path, [HEADER, ROWS[0], ROWS[1], part, ROWS[2], rest, whole])
    assert rules(found) == ["sheet.total_row"] * 3
    found = demand(tmp_path, [HEADER, whole, part, ROWS[0], ROWS[1], rest, ROWS[2]])
    assert rules(found) == ["sheet.total_row"] * 3
    rest[3] = 101
    found = demand(tmp_path, [HEADER, ROWS[0], ROWS[1], part, ROWS[2], rest, whole])
    fault = only(found, "sheet.total_differs")
    assert (fault.row, fault.found, fault.expected) == (6, "101", "100")


def test_names_that_only_contain_such_words_stay(tmp_path):
    rows = [list(r) for r in ROWS]
    rows[0][1], rows[1][1], rows[2][1] = "计量局家属院", "合计新村", "注册税务所宿舍"
    found = demand(tmp_path, [HEADER, *rows])
    assert (found.findings, len(found.value)) == ((), 3)


def test_notes_below_are_left_out_and_name_nobody(tmp_path):
    notes = [
        padded("注:数据截至2023年底"),
        padded("填表人:张三", None, "审核人:李四"),
        padded("备注1：无"),
    ]
    found = demand(tmp_path, [HEADER, *ROWS, *notes])
    told = [(f.row, f.found, f.proposed) for f in found.findings]
    assert told == [(5, "注", ""), (6, "填表人", ""), (7, "备注", "")]
    assert "张三" not in repr(found.findings)


@pytest.mark.parametrize(
    ("column", "value", "rule", "proposed", "read"),
    [
        (3, "300户", "cell.unit", "300", 300),
        (3, "约300", "cell.approximate", "300", 300),
        (3, "３００", "cell.tidied", "300", 300),
        (3, "1,300", "cell.tidied", "1300", 1300),
        (3, "0.03万", "cell.converted", "300", 300),
    ],
)
def test_changed_numbers_name_row_and_column(tmp_path, column, value, rule, proposed, read):
    found = demand(tmp_path, changed(3, column, value))
    fault = only(found, rule)
    assert (fault.row, fault.column, fault.found) == (3, HEADER[column], value)
    assert fault.proposed == proposed
    assert found.value.households[1] == read
    again = demand(tmp_path, changed(3, column, fault.proposed))
    assert again.findings == ()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (3, "300-500", "cell.range"),
        (3, "5亩", "cell.wrong_unit"),
        (3, "85%", "cell.share"),
        (3, date(2023, 3, 5), "cell.date"),
        (3, "=1+1", "cell.formula"),
        (3, "多", "table.not_a_number"),
        (5, "东边", "table.not_a_number"),
        (0, date(2023, 3, 5), "cell.text_as_date"),
        (2, "2.10502E+11", "cell.rounded_code"),
        (2, 310502001002123456, "cell.rounded_code"),
        (1, "=A1", "cell.formula"),
    ],
)
def test_cells_nobody_can_be_sure_of_stop_the_run(tmp_path, column, value, rule):
    found = demand(tmp_path, changed(4, column, value))
    (fault,) = errors(found)
    assert (fault.rule, fault.row, fault.column) == (rule, 4, HEADER[column])
    assert found.value is None


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!"])
@pytest.mark.parametrize("column", [1, 2, 3, 4, 5])
def test_error_cells(tmp_path, error, column):
    path = xlsx_file(tmp_path / "a.xlsx", changed(3, column, error))
    book = openpyxl.load_workbook(path)
    book.active.cell(3, column + 1).data_type = "e"
    book.save(path)
    found = read_demand(people(path), tmp_path, None)
    (fault,) = errors(found)
    assert (fault.rule, fault.row, fault.column, fault.found) == (
        "cell.excel_error", 3, HEADER[column], error,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "rule", "read"),
    [
        ("210502001002.0", "cell.code_as_number", "210502001002"),
        ("2.10502001002E+11", "cell.code_as_number", "210502001002"),
        ("２１０５０２００１００２", "cell.tidied", "210502001002"),
        ("210502 001002", "cell.tidied", "210502001002"),
        ("'210502001002", "cell.tidied", "210502001002"),
        ("无", "cell.none", ""),
        ("-", "cell.none", ""),
    ],
)
def test_codes(tmp_path, value, rule, read):
    found = demand(tmp_path, changed(3, 2, value), ".csv")
    fault = only(found, rule)
    assert (fault.row, fault.column, fault.found, fault.proposed) == (3, "社区代码", value, read)
    assert found.value.community[1] == read
    assert rules(found) == [rule]


def test_numeric_codes_lose_nothing(tmp_path):
    found = demand(tmp_path, changed(3, 2, 210502001002))
    assert (found.findings, found.value.community[1]) == ((), "210502001002")


@pytest.mark.parametrize(
    ("name", "read"),
    [("前 进", "前进"), ("前\u3000进 ", "前进"), ("\u200b前进", "前进"), ("前\n进", "前进")],
)
def test_spaces_in_names(tmp_path, name, read):
    found = demand(tmp_path, changed(3, 1, name))
    fault = only(found, "cell.spaces")
    assert (fault.row, fault.column, fault.proposed, found.value.name[1]) == (
        3, "小区名称", read, read,
    )  # fmt: skip
    assert demand(tmp_path, changed(3, 1, "Block 3")).findings == ()


def test_nothing_said_is_absent_and_not_zero(tmp_path):
    found = demand(tmp_path, changed(3, 4, "无"))
    fault = only(found, "cell.none")
    assert (fault.row, fault.column, fault.found, fault.proposed) == (3, "60岁以上人口", "无", "")
    assert str(found.value.older[1]) == "nan"
    assert only(demand(tmp_path, changed(3, 3, "无")), "households.missing").row == 3


def test_many_of_a_kind_are_told_once(tmp_path):
    rows = [[f"D{i}", "a", "210502001001", f"{i + 1}户", 1, 123.7, 41.3] for i in range(30)]
    fault = only(demand(tmp_path, [HEADER, *rows]), "cell.unit")
    assert (fault.row, dict(fault.values)["count"]) == (2, "30")
    few = demand(tmp_path, [HEADER, *rows[:20]])
    assert [f.row for f in few.findings] == list(range(2, 22))


def test_columns_of_years_are_cleaned_too(tmp_path):
    rows = [[*HEADER, "60岁以上人口_2035"], *[[*r, "约90"] for r in ROWS]]
    found = demand(tmp_path, rows)
    assert rules(found) == ["cell.approximate"] * 3
    assert found.value.projected[0][1].tolist() == [90, 90, 90]


def merged_file(tmp_path, rows, *ranges):
    path = xlsx_file(tmp_path / "a.xlsx", rows)
    book = openpyxl.load_workbook(path)
    for cells in ranges:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_merged_texts_count_for_each_row(tmp_path):
    path = merged_file(tmp_path, [HEADER, *ROWS], "C2:C3")
    found = read_demand(people(path), tmp_path, None)
    fault = only(found, "cell.merged")
    assert (fault.row, fault.column, dict(fault.values)["count"]) == (2, "社区代码", "2")
    assert found.value.community == ("210502001001", "210502001001", "210502001003")


def test_merged_numbers_are_not_shared_out(tmp_path):
    path = merged_file(tmp_path, [HEADER, *ROWS], "E3:E4")
    found = read_demand(people(path), tmp_path, None)
    (fault,) = errors(found)
    assert (fault.rule, fault.row, fault.column) == ("cell.merged_number", 3, "60岁以上人口")


def test_hidden_rows_are_read_and_told(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    found = read_demand(people(path), tmp_path, None)
    fault = only(found, "sheet.hidden_rows")
    assert (fault.row, dict(fault.values)["count"], len(found.value)) == (3, "1", 3)


def test_remarks_beside_the_table_are_told(tmp_path):
    rows = [HEADER, [*ROWS[0], "核实"], ROWS[1], ROWS[2]]
    fault = only(demand(tmp_path, rows), "sheet.unnamed_cells")
    assert (fault.row, dict(fault.values)["count"]) == (2, "1")


def test_the_one_sheet_that_fits_is_taken_and_told(tmp_path):
    path = xlsx_file(
        tmp_path / "a.xlsx", [["说明"], ["请逐行填写"]], sheet="说明", 名册=[HEADER, *ROWS]
    )
    found = read_demand(people(path), tmp_path, None)
    fault = only(found, "sheet.chosen")
    assert (fault.layer, fault.found, dict(fault.values)["passed"]) == ("名册", "名册", "说明")
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS], sheet="甲", 乙=[HEADER, *ROWS])
    assert only(read_demand(people(path), tmp_path, None), "file.which_layer").found == "甲, 乙"


def test_hidden_sheets_do_not_count_unless_named(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS], sheet="甲", 乙=[HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    book["乙"].sheet_state = "hidden"
    book.save(path)
    assert read_demand(people(path), tmp_path, None).findings == ()
    assert read_demand(people(path, layer="乙"), tmp_path, None).value is not None


def test_web_page_with_the_name_of_a_workbook(tmp_path):
    (tmp_path / "a.xls").write_text("<html><table></table></html>", encoding="utf-8")
    assert only(read_demand(people(tmp_path / "a.xls"), tmp_path, None), "sheet.not_excel")


def test_workbook_under_a_wrong_name(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS]).rename(tmp_path / "a.xls")
    assert read_demand(people(path), tmp_path, None).findings == ()


def test_quotation_mark_without_its_partner(tmp_path):
    text = ",".join(HEADER) + '\nD1,"春合,210502001001,1,2,123.7,41.3\nD2,b,1,1,1,1,1\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = read_demand(people(tmp_path / "a.csv"), tmp_path, None)
    assert (only(found, "sheet.broken_text").row, found.value) == (2, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(tmp_path, encoding):
    path = csv_file(tmp_path / "a.csv", [HEADER, *ROWS], encoding)
    found = read_demand(people(path), tmp_path, None)
    assert (found.findings, ("encoding", encoding) in found.source.notes) == ((), True)


def test_letters_that_can_be_two_encodings_are_asked(tmp_path):
    (tmp_path / "a.csv").write_bytes("id,name\n1,前\n".encode("gbk"))
    table, findings = read_table(named(tmp_path / "a.csv"), tmp_path)
    assert (table, [f.rule for f in findings]) == (None, ["sheet.which_encoding"])
    table, findings = read_table(named(tmp_path / "a.csv", encoding="gbk"), tmp_path)
    assert (table.columns[1].tolist(), findings) == (["前"], ())


def test_facilities_with_a_title_and_units(tmp_path):
    rows = [
        ["本溪市养老服务设施一览表"],
        ["机构名称", "设施类型", "建筑面积", "床位", "经度", "纬度"],
        ["平山站", "社区养老服务站", "521㎡", "120张", 123.7, 41.3],
        ["合计", None, 521, 120, None, None],
    ]
    path = xlsx_file(tmp_path / "a.xlsx", rows)
    found = read_sites((named(path, crs="EPSG:4490"),), tmp_path, None)
    assert (found.value.floor_m2[0], found.value.beds[0]) == (521, 120)
    assert rules(found) == [
        "sheet.header_found", "sheet.total_row", "cell.unit", "cell.unit", "table.ids_made",
    ]  # fmt: skip


def test_rounded_code_of_a_community_is_told_once(tmp_path):
    rows = [["区划代码", "社区名称"], ["210502001001", "春合"], ["2.10502E+11", "前进"]]
    path = csv_file(tmp_path / "a.csv", rows)
    day = date(2023, 6, 30)
    found = read_districts(named(path), tmp_path, level="community", list_date=day)
    (fault,) = errors(found)
    assert (fault.rule, fault.row) == ("cell.rounded_code", 3)


def old_file(tmp_path, rows):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value in ERRORS:
                sheet.row(i).set_cell_error(j, ERRORS[value])
            elif value is not None:
                sheet.write(i, j, value)
    book.save(str(tmp_path / "a.xls"))
    return tmp_path / "a.xls"


ERRORS = {"#REF!": 23, "#N/A": 42, "#VALUE!": 15, "#DIV/0!": 7}


def test_old_workbook(tmp_path):
    assert read_demand(people(old_file(tmp_path, [HEADER, *ROWS])), tmp_path, None).findings == ()


@pytest.mark.parametrize("many", [1, 400])  # small ones are kept in another part of the file
@pytest.mark.parametrize("error", ERRORS)
def test_error_cells_of_an_old_workbook(tmp_path, error, many):
    rows = [[f"D{i:04d}", f"小区{i}", "210502001001", 1, 1, 123.7, 41.3] for i in range(many)]
    path = old_file(tmp_path, [*changed(3, 4, error), *rows])
    found = read_demand(people(path), tmp_path, None)
    (fault,) = errors(found)
    assert (fault.rule, fault.row, fault.column, fault.found) == (
        "cell.excel_error", 3, "60岁以上人口", error,
    )  # fmt: skip


def test_a_cell_very_far_out_does_not_fill_the_memory(tmp_path):
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = "x"
    book.save(path)
    fault = only(read_demand(people(path), tmp_path, None), "sheet.too_large")
    assert fault.found == "1048576 × 16384"
