"""tables.xlsx: sheets, words, no formulas."""

from zipfile import ZipFile

import openpyxl
import pytest
from full_outcome import full_outcome
from small_outcome import small_outcome

from planner.report.published import publish
from planner.report.workbook import write_workbook

SHEETS = {
    "zh": ["总览", "指标", "社区", "建议选址", "前沿", "问题", "来源"],
    "en": [
        "Overview",
        "Indicators",
        "Communities",
        "Proposed sites",
        "Frontier",
        "Findings",
        "Sources",
    ],
}


def written(tmp_path, language, text=lambda t: t, made=small_outcome):
    outcome = made(text)
    path = tmp_path / f"{language}.xlsx"
    write_workbook(outcome, publish(outcome), path, language=language)
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheets_and_headers(tmp_path, language):
    book = openpyxl.load_workbook(written(tmp_path, language))
    assert book.sheetnames == SHEETS[language]
    communities = book[SHEETS[language][2]]
    assert communities.freeze_panes == "C2"
    assert communities.auto_filter.ref == "A1:V7"
    assert communities["B1"].value == {"zh": "名称", "en": "name"}[language]
    assert communities["A2"].value == "210502001001"


def test_overview_tells_the_two_coverages_apart_and_the_notices(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, "zh"))["总览"]
    rows = {row[0]: row[1:] for row in sheet.values if row[0]}
    assert any("演示数据" in key for key in rows)
    assert any("内部工作图" in key for key in rows)
    assert rows["单元覆盖率:城市社区"][0] == pytest.approx(2 / 3, abs=1e-6)
    assert rows["有设施 / 全部:村"][0] == "1 / 3"
    walking = [values for key, values in rows.items() if key.startswith("步行覆盖率(")]
    assert walking[0][:2] == pytest.approx((0.549689, 0.877995), abs=1e-4)


def test_overview_tells_direction_ranges_and_reasons(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, "zh", made=full_outcome))["总览"]
    rows = {row[0]: row[1:] for row in sheet.values if row[0]}
    assert rows["步行方向、季节、坡度与步速"][0] == (
        "去程(从家到设施);步速未作季节折减;无高程数据,未计坡度;说明 0.8 米/秒、说明 1 米/秒"
    )
    assert rows["步行覆盖率的范围:全部假设"][0] == "39.7%–71.8%"
    assert "不是置信区间" in rows["步行覆盖率的范围:步速"][2]
    assert rows["现状不可达人数:坡度过大"][0] == 243
    assert rows["现状不可达人数:附近没有道路"][0] == 0


def test_main_reasons_in_words_starred_or_blank(tmp_path):
    for name, made in (("full", full_outcome), ("bare", small_outcome)):
        (tmp_path / name).mkdir()
        sheet = openpyxl.load_workbook(written(tmp_path / name, "zh", made=made))["社区"]
        rows = list(sheet.values)
        why = [row[rows[0].index("现状不可达的主要原因")] for row in rows[1:]]
        full = ["*", "*", "路程过远", None, "路程过远", None]
        assert why == (full if name == "full" else [None] * 6)


def test_hidden_counts_are_starred_and_absent_ones_blank(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, "zh"))["社区"]
    head = [cell.value for cell in sheet[1]]
    reached = head.index("现状步行可达人数")
    area = head.index("建筑面积(㎡)")
    rows = list(sheet.values)[1:]
    assert [row[reached] for row in rows] == ["*", "*", 90, 346, 0, 392]
    assert [row[area] for row in rows] == [420, 510, 0, None, 0, 180]


def test_frontier_starts_with_today(tmp_path):
    rows = list(openpyxl.load_workbook(written(tmp_path, "en"))["Frontier"].values)
    assert rows[1][0] == 0
    assert [row[1] for row in rows[1:]] == [1239, 1813, 1979]
    assert [row[6] for row in rows[1:]] == [0, 0, 0], "nothing lost by building in this order"


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "https://example.org", "{=1}"])
def test_no_text_becomes_a_formula_or_a_link(tmp_path, text):
    path = written(tmp_path, "zh", lambda _: text)
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            assert not [c for c in row if c.data_type == "f" or c.hyperlink]
    with ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name]


def test_same_outcome_same_bytes(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    assert written(first, "zh").read_bytes() == written(second, "zh").read_bytes()
