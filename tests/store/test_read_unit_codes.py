"""The list of units: its codes, parents and names, and the date it really is of."""

import csv
from datetime import date
from pathlib import Path

import pytest
from filed import csv_file, named, only, rules

from planner.model.districts import Districts, UnitKind
from planner.model.finding import Severity
from planner.report.words import what_is_wrong, what_to_do
from planner.store.boundaries import read_districts

LISTS = Path(__file__).parents[2] / "data/boundaries"
DAYS = {2017: date(2017, 10, 31), 2019: date(2019, 10, 31), 2020: date(2020, 6, 30),
        2021: date(2021, 10, 31), 2023: date(2023, 6, 30)}  # fmt: skip
COUNTIES = Districts(
    code=("210502", "210503"),
    name=("平山区", "溪湖区"),
    kind=(UnitKind.COUNTY,) * 2,
    parent=("210500",) * 2,
    geometry=(None, None),
    list_date=DAYS[2023],
)


def committed(year):
    with (LISTS / f"committees_{year}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def read(tmp_path, rows, day=DAYS[2023], above=None, level="community"):
    file = named(csv_file(tmp_path / "units.csv", rows))
    found = read_districts(file, tmp_path, level=level, list_date=day, above=above)
    for finding in found.findings:
        for language in ("zh", "en"):
            assert "…" not in what_is_wrong(finding, language)
            assert what_to_do(finding, language)
    return found


def told(found):
    return [rule for rule in rules(found) if rule != "boundaries.no_shapes"]


@pytest.mark.parametrize("year", DAYS)
def test_official_lists_of_their_date_say_nothing(tmp_path, year):
    found = read(tmp_path, committed(year), DAYS[year])
    slips = ["codes.name_slip"] if year == 2023 else []  # 大东沟社区居民委会 stands so in the list
    assert told(found) == slips
    assert len(found.value) == len(committed(year)) - 1


@pytest.mark.parametrize("year", [2020, 2023])
def test_functional_areas_are_no_committees(tmp_path, year):
    value = read(tmp_path, committed(year), DAYS[year]).value
    counted = {kind: int(value.is_kind(kind).sum()) for kind in set(value.kind)}
    expected = {2020: (230, 288, 11), 2023: (211, 287, 10)}[year]
    assert counted == dict(
        zip((UnitKind.URBAN, UnitKind.RURAL, UnitKind.OTHER), expected, strict=True)
    )


@pytest.mark.parametrize(
    ("year", "dated", "old", "new", "fits"),
    [(2017, 2023, 94, 0, "2019-10-31"), (2019, 2020, 78, 0, "2019-10-31"),
     (2020, 2023, 23, 0, "2020-06-30"), (2021, 2023, 3, 0, "2021-10-31"),
     (2023, 2021, 0, 2, "2023-06-30"), (2023, 2019, 0, 77, "2023-06-30")],
)  # fmt: skip
def test_a_list_of_another_date_is_found_out(tmp_path, year, dated, old, new, fits):
    found = read(tmp_path, committed(year), DAYS[dated])
    fault = only(found, "boundaries.other_date")
    values = dict(fault.values)
    assert (values["old"], values["new"], fault.expected) == (str(old), str(new), fits)
    assert (fault.severity, fault.column) == (Severity.WARNING, "代码")
    assert committed(year)[fault.row - 1][0] == values["first"]


def test_a_mixed_list_is_found_out(tmp_path):
    head, *rows = committed(2023)
    codes = {row[0] for row in rows}
    older = [row for row in committed(2017)[1:] if row[0] not in codes]
    found = read(tmp_path, [head, *rows, *older])
    fault = only(found, "boundaries.mixed_dates")
    assert dict(fault.values)["old"] == "94"
    assert dict(fault.values)["both"] == "74"
    assert fault.row == len(rows) + 2


@pytest.mark.parametrize(
    ("code", "rule"),
    [("21050200100O", "boundaries.code_letters"), ("21050200109", "boundaries.code_length"),
     ("210502000001", "boundaries.code_gap"), ("210502001", "boundaries.code_length"),
     ("210502001000", "boundaries.not_committee")],
)  # fmt: skip
def test_codes_that_are_none(tmp_path, code, rule):
    rows = [*committed(2023)[:5], [code, "某社区居委会", "", "", "", "", ""]]
    fault = only(read(tmp_path, rows), rule)
    assert (fault.row, fault.column, fault.found) == (6, "代码", code)
    assert fault.severity is Severity.ERROR


def units(*rows, head=("代码", "名称", "上级代码", "类型")):
    return [head, ["210502001002", "南地社区居委会", "", ""], *rows]


@pytest.mark.parametrize("parent", ["210503", "210502002", "平山区", "210502003000"])
def test_a_parent_against_the_code(tmp_path, parent):
    found = read(tmp_path, units(["210502001004", "德泰社区居委会", parent, ""]))
    fault = only(found, "boundaries.parent_differs")
    assert (fault.row, fault.column, fault.found, fault.proposed) == (
        3,
        "上级代码",
        parent,
        "210502",
    )
    assert found.value.parent == ("210502", "210502")


@pytest.mark.parametrize("parent", ["210502", "210502000000", "210502001", "210502001000", ""])
def test_county_and_township_are_both_above(tmp_path, parent):
    found = read(tmp_path, units(["210502001004", "德泰社区居委会", parent, ""]))
    assert told(found) == []
    assert found.value.parent == ("210502", "210502")


def test_a_county_no_layer_has(tmp_path):
    rows = units(["210599001004", "某社区居委会", "", ""], ["210599001005", "又社区居委会", "", ""])
    fault = only(read(tmp_path, rows, above=COUNTIES), "codes.parent_unlisted")
    assert (fault.row, fault.found, dict(fault.values)["count"]) == (3, "210599", "2")
    assert fault.severity is Severity.WARNING
    assert told(read(tmp_path, rows)) == []


@pytest.mark.parametrize(
    ("code", "name", "rule"),
    [("210502001004", "德泰村委会", "boundaries.name_kind"),
     ("210502012201", "桥头社区居委会", "boundaries.name_kind"),
     ("210502001077", "南地居委会", "boundaries.duplicate_name"),
     ("210502001004", "德泰社区居民委会", "codes.name_slip"),
     ("210521101205", "姜卜村委会", "codes.name_variant"),
     ("210504011001", "赫地社区居委会", "codes.name_variant")],
)  # fmt: skip
def test_names_against_the_code(tmp_path, code, name, rule):
    found = read(tmp_path, units([code, name, "", ""]))
    fault = only(found, rule)
    assert (fault.row, fault.column, fault.found) == (3, "名称", name)
    assert told(found) == [rule]


def test_what_is_proposed_for_a_name(tmp_path):
    rows = units(["210521101205", "姜卜村委会", "", ""])
    assert only(read(tmp_path, rows), "codes.name_variant").proposed == "姜堡村委会"
    assert told(read(tmp_path, rows, DAYS[2017])) == []  # it was so in 2017
    rows = units(["210522110202", "大恩堡村委会", "", ""])  # the statistics list writes 卜 here
    assert told(read(tmp_path, rows)) == []


def test_counties_have_six_digits(tmp_path):
    rows = [
        ["代码", "名称"],
        ["210502", "平山区"],
        ["210503000000", "溪湖区"],
        ["210504002", "北地"],
    ]
    found = read(tmp_path, rows, level="county")
    fault = only(found, "boundaries.not_county")
    assert (fault.row, fault.column, fault.found) == (4, "代码", "210504002")
