"""Law 9: numbers of persons are refused wherever they stand, and no finding repeats them."""

import json

import pytest
import shapely
from filed import DAY, WINDOW, csv_file, layer_file, named, only, people, rules, xlsx_file

from planner.model.finding import Finding, Severity
from planner.model.personal import personal_kind, without_personal
from planner.store.backdrop import read_backdrop
from planner.store.boundaries import read_districts
from planner.store.buildings import read_buildings
from planner.store.columns import looks_personal
from planner.store.entrances import read_entrances
from planner.store.facilities import read_sites
from planner.store.households import read_demand

IDENTITY = "11010519491231002X"  # the example of GB 11643
MOBILE = "13812345678"
HEADER = ["编号", "小区名称", "社区代码", "经度", "纬度", "户数", "总人口", "60岁以上人口"]
ROWS = [
    ["D1", "甲小区", "210502001002", 123.7, 41.3, 300, 700, 210],
    ["D2", "乙小区", "210502001002", 123.8, 41.35, 100, 200, 50],
]


def read(tmp_path, rows, header=HEADER, **more):
    path = csv_file(tmp_path / "h.csv", [header, *rows])
    return read_demand(people(path, **more), tmp_path, WINDOW)


def told(found):
    return json.dumps([repr(f) for f in found.findings], ensure_ascii=False)


PERSONAL = [
    "姓名", "户主姓名", "老人姓名", "户主", "与户主关系", "身份证", "身份证号", "身份证号码",
    "公民身份号码", "证件号码", "护照号", "电话", "联系电话", "办公电话", "手机", "手机号码",
    "联系人", "联系方式", "监护人", "出生日期", "出生年月", "生日", "家庭住址", "微信号",
    "QQ", "邮箱", "银行卡号", "社保卡号", "医保卡号", "残疾证号", "性别", "年龄",
    "业主", "产权人", "Idnumber", "Mobile", "birth_date", "e-mail", "phone_no",
]  # fmt: skip


@pytest.mark.parametrize("header", [*PERSONAL, "ID number", "姓 名"])
def test_personal_headers_are_refused(tmp_path, header):
    found = read(tmp_path, [[*r, "某"] for r in ROWS], [*HEADER, header])
    fault = only(found, "table.personal")
    assert (fault.severity, fault.row, fault.column) == (Severity.ERROR, 1, header)
    assert found.value is None


@pytest.mark.parametrize("header", [*HEADER, "80岁以上人口", "户籍人口", "年末户数", "人口密度"])
def test_headers_of_counts_are_not(header):
    assert not looks_personal(header)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (IDENTITY, "personal.identity"),
        (f"张某 {IDENTITY}", "personal.identity"),
        ("１１０１０５１９４９１２３１００２Ｘ", "personal.identity"),
        (MOBILE, "personal.mobile"),
        (f"电话{MOBILE}", "personal.mobile"),
        ("138 1234 5678", "personal.mobile"),
        ("+86-138-1234-5678", "personal.mobile"),
        ("2.10502194512310012e+17", "personal.identity"),
    ],
)
@pytest.mark.parametrize("column", [0, 1, 2, 5, 7, 8])
def test_numbers_of_persons_are_refused_under_any_header(tmp_path, value, rule, column):
    rows = [[*r, ""] for r in ROWS]
    rows[1][column] = value
    found = read(tmp_path, rows, [*HEADER, "备注"])
    fault = only(found, rule)
    assert (fault.severity, fault.row, fault.found) == (Severity.ERROR, 3, "1")
    assert fault.column == [*HEADER, "备注"][column]
    assert found.value is None
    digits = "".join(c for c in without_personal(value) if c.isdigit())
    assert digits in ("", "05")
    for number in (IDENTITY, MOBILE, "1234 5678", "1234-5678", "210502194512310", "１１０１０５"):
        assert number not in told(found)


@pytest.mark.parametrize(
    "value",
    ["210502001002", "210502001002-01", "12812345678", "13812345678.5",
     "123.13812345678", "138123456789", "024-43812345", "20201101", "91210500MA0P4B5H8X", "", "—"],
)  # fmt: skip
def test_other_numbers_are_not_persons(value):
    assert personal_kind(value) == ""
    assert without_personal(value) == value


def test_a_number_with_a_slip_in_it_is_hidden_too():
    assert personal_kind("110105194912310021") == ""
    assert without_personal("110105194912310021") == "***"


def test_numbers_in_workbooks_are_seen_though_excel_made_them_numbers(tmp_path):
    rows = [[*ROWS[0], int(MOBILE)], [*ROWS[1], 2.10502194512310e17]]
    path = xlsx_file(tmp_path / "h.xlsx", [[*HEADER, "备注"], *rows])
    found = read_demand(people(path), tmp_path, WINDOW)
    assert only(found, "personal.mobile").found == "2"
    assert found.value is None
    assert MOBILE not in told(found)


def test_a_finding_never_holds_one():
    texts = dict.fromkeys(("layer", "column", "found", "expected", "unit"), f"号码 {IDENTITY}")
    fault = Finding(
        rule="table.no_id",
        severity=Severity.ERROR,
        values=(("other", MOBILE), ("count", "3")),
        proposed=MOBILE,
        **texts,
    )
    assert {getattr(fault, name) for name in texts} == {"号码 ***"}
    assert dict(fault.values) == {"other": "***", "count": "3"}
    assert fault.proposed is None


READERS = {
    "facilities": (
        lambda f, d: read_sites((f,), d, WINDOW),
        {
            "编号": "F1",
            "名称": "某站",
            "类型": "养老机构",
            "经度": 123.7,
            "纬度": 41.3,
            "建筑面积": 9,
        },
    ),
    "entrances": (
        lambda f, d: read_entrances(f, d, WINDOW),
        {"编号": "D1", "所属类型": "小区", "经度": 123.7, "纬度": 41.3},
    ),
    "buildings": (
        lambda f, d: read_buildings(f, d, WINDOW),
        {"用途": "住宅", "套数": 3, "经度": 123.7, "纬度": 41.3},
    ),
    "communities": (
        lambda f, d: read_districts(f, d, level="community", list_date=DAY),
        {"社区代码": "210502001002", "社区名称": "甲社区居委会", "城乡类型": "居"},
    ),
}


@pytest.mark.parametrize("value", [IDENTITY, MOBILE])
@pytest.mark.parametrize("kind", READERS)
def test_no_reader_repeats_a_number_of_a_person(tmp_path, kind, value):
    reader, good = READERS[kind]
    for header in good:
        row = {**good, header: value}
        path = csv_file(tmp_path / f"{kind}.csv", [list(row), list(row.values())])
        found = reader(named(path, crs="EPSG:4490"), tmp_path)
        assert found.value is None, header
        assert value not in told(found), header
    path = csv_file(tmp_path / f"{kind}.csv", [[*good, "备注"], [*good.values(), value]])
    found = reader(named(path, crs="EPSG:4490"), tmp_path)
    label = "identity" if value == IDENTITY else "mobile"
    assert any(f.rule.startswith(f"personal.{label}") for f in found.findings)
    assert value not in told(found)
    assert value not in repr(found.value)


def test_a_layer_that_is_only_drawn_is_watched_too(tmp_path):
    line = shapely.LineString([(123.7, 41.3), (123.8, 41.3)])
    path = layer_file(tmp_path / "b.gpkg", {"name": [f"河 {MOBILE}"]}, [line])
    found = read_backdrop(named(path), tmp_path)
    assert "personal.mobile" in rules(found)
    assert MOBILE not in told(found)


def register(households, population, count=40):
    return [
        [f"D{i:03d}", "甲小区", "210502001002", 123.7, 41.3, households, population, 1]
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [(register(1, 1), "personal.row_per_person"), (register(1, 3), "personal.row_per_household")],
)
def test_a_register_is_told_from_counts(tmp_path, rows, rule):
    fault = only(read(tmp_path, rows), rule)
    assert (fault.severity, fault.found) == (Severity.WARNING, "40")
    assert dict(fault.values) == {"total": "40", "together": "40"}


def test_counts_are_no_register(tmp_path):
    assert rules(read(tmp_path, register(20, 50))) == []
