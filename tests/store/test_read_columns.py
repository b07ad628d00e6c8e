"""Which header means which field: synonyms, units, what is asked and never guessed."""

import pytest

from planner.model.finding import Finding, Severity
from planner.model.sites import FacilityKind
from planner.store.columns import fields_of, kinds_of, looks_personal, match_columns, normal

TABLES = (
    "communities",
    "counties",
    "facilities",
    "candidates",
    "households",
    "streets",
    "backdrop",
)


def fault(rule, severity=Severity.ERROR, **values):
    place = {k: values.pop(k) for k in ("column", "found", "expected") if k in values}
    return Finding(rule=rule, severity=severity, values=tuple(values.items()), **place)


def match(table, headers, **declared):
    return match_columns(table, headers, declared, fault)


@pytest.mark.parametrize(
    "headers",
    [
        ["设施编号", "设施名称", "设施类型", "社区代码", "建筑面积（㎡）", "床位数（张）",
         "护理型床位", "经度", "纬度"],
        ["ID", "Name", "Kind", "Community Code", "floor_m2", "Beds", "nursing-beds", "LON", "Lat"],
        ["编号 ", "机构名称", "机构类别", "所属社区代码", "建筑面积(平方米)", "床位(张)",
         "护理型床位数", "东经(°)", "北纬(度)"],
    ],
)  # fmt: skip
def test_chinese_and_english_headers(headers):
    matched = match("facilities", headers)
    assert matched.findings == ()
    names = [f.name for f in fields_of("facilities")]
    given = [
        name for name in names if name not in {"community_name", "township", "county", "opened"}
    ]
    assert [matched.at[name] for name in given] == list(range(9))


def test_plain_name_counts_only_where_no_better_stands():
    assert match("facilities", ["name", "设施名称"]).at["name"] == 1
    assert match("facilities", ["x", "y", "经度", "纬度"]).at["lon"] == 2


def test_two_headers_for_one_field_are_asked():
    matched = match("households", ["户数", "常住户数", "60岁以上人口"])
    assert "households" not in matched.at
    (found,) = matched.findings
    assert (found.rule, found.found) == ("columns.ambiguous", "户数, 常住户数")
    assert dict(found.values)["field"] == "households"
    matched = match("households", ["户数", "常住户数"], households="常住户数")
    assert (matched.findings, matched.at["households"]) == ((), 1)


def test_same_header_twice():
    (found,) = match("households", ["户数", "户数"], households="户数").findings
    assert found.rule == "columns.ambiguous"


def test_missing_required_column_lists_headers_and_nearest():
    (found,) = match("communities", ["区划代碼", "社区名称"]).findings
    assert (found.rule, found.found) == ("columns.missing", "区划代碼, 社区名称")
    assert found.expected.startswith("区划代码 / ")
    assert dict(found.values)["nearest"] == "区划代碼"


def test_unknown_unit_is_not_converted():
    matched = match("facilities", ["建筑面积(亩)"])
    assert "floor_m2" not in matched.at
    (found,) = matched.findings
    assert (found.rule, found.found) == ("columns.unit", "建筑面积(亩)")


def test_declared_columns():
    assert match("facilities", ["甲", "乙"], name="乙").at == {"name": 1}
    (found,) = match("facilities", ["甲"], nam="甲").findings
    assert (found.rule, found.found, found.expected) == ("columns.unknown_field", "nam", "name")
    (found,) = match("facilities", ["甲"], name="丙").findings
    assert (found.rule, found.found, found.expected) == ("columns.header_not_found", "甲", "丙")


@pytest.mark.parametrize(
    "header",
    [
        "姓名",
        "负责人",
        "联系电话",
        "办公电话",
        "身份证号",
        "手 机",
        "Phone",
        "id_card",
        "户主",
        "Tel",
    ],
)
def test_personal_headers_are_seen_and_never_used(header):
    assert looks_personal(header)
    assert match("facilities", [header]).personal == (header,)
    (found,) = match("facilities", [header], name=header).findings
    assert found.rule == "columns.personal"


@pytest.mark.parametrize(
    "header", ["名称", "小区名称", "name", "hotel", "户数", "60岁以上人口", "地址"]
)
def test_ordinary_headers_are_not_personal(header):
    assert not looks_personal(header)


@pytest.mark.parametrize("table", TABLES)
def test_no_header_means_two_fields_of_a_table(table):
    for tier in ("headers", "fallback"):
        headers = [normal(h) for f in fields_of(table) for h in set(map(normal, getattr(f, tier)))]
        assert len(headers) == len(set(headers))


def test_words_for_kinds():
    words = kinds_of("facility_kind")
    assert set(words.values()) == {kind.value for kind in FacilityKind}
    assert words[normal("城市社区养老服务中心（站）")] == "elderly_station"
    assert words[normal("农村幸福院")] == "rural_elderly"
    assert words[normal("敬老院")] == "institution"
    assert words[normal("党群服务中心")] == "community_space"


def test_no_word_means_two_kinds():
    for name in ("facility_kind", "unit_kind", "way_kind"):
        from planner.store import columns  # noqa: PLC0415

        sheet = columns._sheet()["values"][name]
        words = [w for kind, more in sheet.items() for w in {normal(kind), *map(normal, more)}]
        assert len(words) == len(set(words)), name
