"""Older people by age and by year in the households file: optional, and checked."""

import numpy as np
import pytest
from filed import WINDOW, csv_file, people, rules

from planner.store.households import read_demand

HEADER = ["编号", "小区名称", "社区代码", "经度", "纬度", "户数", "60岁以上人口"]
ROWS = [
    ["D2", "甲小区", "210502001002", 123.7, 41.3, 300, 210],
    ["D1", "乙小区", "210502001002", 123.8, 41.35, 50, 40],
]


def read(tmp_path, columns):
    header = [*HEADER, *columns]
    rows = [[*row, *(cells[i] for cells in columns.values())] for i, row in enumerate(ROWS)]
    return read_demand(people(csv_file(tmp_path / "h.csv", [header, *rows])), tmp_path, WINDOW)


def test_absent_is_not_zero(tmp_path):
    demand = read(tmp_path, {}).value
    assert demand.older_65 is None
    assert demand.older_80 is None
    assert demand.projected == ()


@pytest.mark.parametrize("year", ["60岁以上人口_2035", "2035年60岁以上人口", "older_2035"])
def test_ages_and_years_by_id(tmp_path, year):
    found = read(tmp_path, {"65岁以上人口": [90, 30], "高龄老人": [20, 9], year: [250, 45]})
    assert found.findings == ()
    demand = found.value
    assert demand.older_65.tolist() == [30, 90]
    assert demand.older_80.tolist() == [9, 20]
    assert [(y, p.tolist()) for y, p in demand.projected] == [(2035, [45, 250])]
    assert demand.in_year(2035).older.tolist() == [45, 250]


@pytest.mark.parametrize(
    ("columns", "rule", "column"),
    [
        ({"65岁以上人口": [211, 30]}, "households.age_above", "65岁以上人口"),
        ({"80岁以上人口": [211, 30]}, "households.age_above", "80岁以上人口"),
        ({"older_65": [90, 30], "older_80": [91, 9]}, "households.age_above", "older_80"),
        ({"older_80": [-1, 9]}, "table.too_small", "older_80"),
        ({"older_2030": [-1, 9]}, "table.too_small", "older_2030"),
        ({"older_2030": ["x", 9]}, "table.not_a_number", "older_2030"),
    ],
)
def test_faults_name_row_and_column(tmp_path, columns, rule, column):
    found = read(tmp_path, columns)
    assert found.value is None
    fault = next(f for f in found.findings if f.rule == rule)
    assert (fault.row, fault.column) == (2, column)


def test_an_empty_cell_is_told_and_stays_unknown(tmp_path):
    found = read(tmp_path, {"older_80": ["", 9]})
    assert "households.age_unknown" in rules(found)
    assert np.isnan(found.value.older_80[1])


def test_one_year_has_one_column(tmp_path):
    found = read(tmp_path, {"older_2030": [1, 2], "60岁以上人口_2030": [1, 2]})
    assert found.value is None
    assert "households.year_twice" in rules(found)
