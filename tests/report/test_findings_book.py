"""The workbook of findings: every finding with its place, in both languages, never a formula."""

import openpyxl
import pytest

from planner.model.checked import Checked, CheckedFile, Correction, Corrections
from planner.model.finding import Finding, Severity
from planner.report.books import letters
from planner.report.findings_book import write_findings
from planner.report.terminal import findings_table, row_ranges


def fault(rule="table.not_a_number", severity=Severity.ERROR, **more):
    place = {"source": "a.csv", "row": 3, "column": "户数", "found": "=cmd|' /C calc'!A0"}
    return Finding(rule=rule, severity=severity, **{**place, **more})


@pytest.fixture
def checked(tmp_path):
    path = tmp_path / "a.csv"
    proposal = fault(row=5, found="约100", proposed="100")
    findings = (
        fault("table.ids_made", Severity.NOTICE, row=None, column="", found="@x"),
        fault(),
        fault("households.older_unknown", Severity.WARNING, row=None, found="3"),
        proposal,
        fault("table.no_id", source="", row=None),
    )
    change = Correction(
        finding=proposal, row=5, column=2, header="户数", was="约100", becomes="100"
    )
    plan = Corrections(source="a.csv", path=path, changes=(("", (change,)),), encoding="utf-8")
    file = CheckedFile(source="a.csv", path=path, role="households", rows=7)
    return Checked(subject=path, files=(file,), findings=findings, corrections=(plan,))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_stands_in_the_workbook(checked, tmp_path, language):
    path = tmp_path / "a_findings.xlsx"
    write_findings([checked], path, language=language)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == (["说明", "问题"] if language == "zh" else ["about", "findings"])
    sheet = book.worksheets[1]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert len(rows) == len(checked.findings)
    assert [row[12] for row in rows] == [
        "table.not_a_number", "table.not_a_number", "table.no_id", "households.older_unknown",
        "table.ids_made",
    ]  # fmt: skip
    assert rows[0][1:6] == ["a.csv", None, 3, "户数", "=cmd|' /C calc'!A0"]
    assert rows[1][9] == "100"
    zh, en = (7, 10) if language == "zh" else (10, 7)
    assert "应为数字" in rows[0][zh]
    assert "should be a number" in rows[0][en]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:M6"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    colours = [sheet.cell(i, 1).fill.start_color.rgb for i in (2, 5, 6)]
    assert len(set(colours)) == 3


def test_the_first_sheet_counts_by_file_and_severity(checked, tmp_path):
    path = tmp_path / "a_findings.xlsx"
    write_findings([checked], path, language="en")
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(path)["about"].iter_rows()]
    assert rows[1][0] == "3 errors, 1 warnings, 1 notices"
    assert rows[4] == ["a.csv", None, "households and older people", 7, None, 2, 1, 1]
    assert rows[5] == ["(the scenario as a whole)", None, "scenario", None, None, 1, 0, 0]
    assert any(row[0] and "--corrected" in row[0] for row in rows)


def test_changes_are_listed_where_a_copy_was_written(checked, tmp_path):
    path = tmp_path / "a_findings.xlsx"
    copies = {checked.files[0].path: tmp_path / "a_corrected.csv"}
    write_findings([checked], path, language="zh", copies=copies)
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(path)["改动"].iter_rows()]
    assert rows[1][:6] == ["a_corrected.csv", None, 5, "户数", "约100", "100"]


def test_the_same_findings_give_the_same_bytes(checked, tmp_path):
    files = [tmp_path / name for name in ("a.xlsx", "b.xlsx")]
    for path in files:
        write_findings([checked], path, language="zh")
    assert files[0].read_bytes() == files[1].read_bytes()


def test_columns_are_wide_enough_for_chinese(checked, tmp_path):
    path = tmp_path / "a_findings.xlsx"
    write_findings([checked], path, language="zh")
    sheet = openpyxl.load_workbook(path)["问题"]
    for letter, column in sheet.column_dimensions.items():
        for j in range(column.min, column.max + 1):
            assert column.width >= letters(sheet.cell(1, j).value), letter


def test_no_findings_still_say_what_was_checked(tmp_path):
    path = tmp_path / "a_findings.xlsx"
    file = CheckedFile(source="a.csv", path=tmp_path / "a.csv", role="facilities", rows=2)
    write_findings([Checked(subject=file.path, files=(file,), findings=())], path, language="zh")
    book = openpyxl.load_workbook(path)
    assert book["说明"]["A2"].value == "错误 0 项,警告 0 项,提示 0 项"
    assert book["问题"].max_row == 1


def test_many_of_one_kind_are_told_once_on_the_terminal():
    many = [fault(row=i) for i in (*range(2, 32), 40)]
    table = findings_table(many, "en")
    assert table.count("should be a number") == 1
    assert "31 like this, rows 2-31, 40" in table
    few = findings_table(many[:20], "en")
    assert few.count("should be a number") == 20
    other = findings_table([*many, fault(row=9, column="人口")], "en")
    assert other.count("should be a number") == 2


def test_found_expected_and_proposed_stand_on_the_terminal():
    table = findings_table([fault(found="521㎡", expected="521", proposed="521")], "en")
    head, _, line, *more = table.splitlines()
    assert "Found" in head
    assert "Expected" in head
    assert line.index("521㎡") < line.index("521 ") < line.index("should be")
    assert any("proposed: 521" in text for text in more)
    assert "Expected" not in findings_table([fault()], "en").splitlines()[0]


def test_row_ranges():
    assert row_ranges([5, 2, 3, 4, 9]) == "2-5, 9"
    assert row_ranges([]) == ""
    assert row_ranges(range(0, 100, 2)).endswith(", ...")
