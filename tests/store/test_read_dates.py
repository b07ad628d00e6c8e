"""Dates in tables: typed, as texts, as serial numbers; told where they matter."""

from datetime import date, datetime, timedelta

import pytest
from filed import csv_file, named, only, rules, xlsx_file
from hypothesis import given
from hypothesis import strategies as st

from planner.model.finding import Severity
from planner.store.dates import date_of, date_of_serial
from planner.store.facilities import read_sites

HEADER = ["编号", "设施名称", "设施类型", "启用时间", "经度", "纬度"]


def read(tmp_path, opened, suffix=".xlsx"):
    rows = [HEADER, ["F1", "平山站", "社区养老服务站", opened, 123.7, 41.3]]
    write = xlsx_file if suffix == ".xlsx" else csv_file
    path = write(tmp_path / f"a{suffix}", rows)
    return read_sites((named(path, crs="EPSG:4490"),), tmp_path, None)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2023-12-31", date(2023, 12, 31)),
        ("2023/1/5", date(2023, 1, 5)),
        ("2023.12.31", date(2023, 12, 31)),
        ("2023年12月31日", date(2023, 12, 31)),
        ("２０２３年 12 月 1 日", date(2023, 12, 1)),
        ("2023年12月", date(2023, 12, 1)),
        ("2023-12", date(2023, 12, 1)),
        ("2023年", date(2023, 1, 1)),
        (2023, date(2023, 1, 1)),
        (20231231.0, date(2023, 12, 31)),
        ("2023-12-31 08:00:00", date(2023, 12, 31)),
        (datetime(2023, 12, 31, 4, 5), date(2023, 12, 31)),  # noqa: DTZ001  cells have no zone
        (45291, None),
        ("2023-13-01", None),
        ("2023-02-30", None),
        ("去年", None),
        (True, None),
        (float("nan"), None),
        (2023.5, None),
    ],
)
def test_dates(cell, day):
    assert date_of(cell) == day


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_serial_numbers_count_days(day):
    serial = (day - date(1899, 12, 30)).days
    assert date_of_serial(serial) == date_of_serial(f"{serial}") == day
    assert date_of_serial(serial + 0.5) == day
    assert date_of(day.isoformat()) == date_of(f"{day:%Y%m%d}") == day
    assert date_of_serial(serial + 1) == day + timedelta(days=1) or day == date(2099, 12, 31)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_serial_number_is_read_and_told(tmp_path, suffix):
    found = read(tmp_path, 44927, suffix)
    fault = only(found, "cell.serial_date")
    assert (fault.row, fault.column, fault.found, fault.expected, fault.proposed) == (
        2, "启用时间", "44927", "2023-01-01", "2023-01-01",
    )  # fmt: skip
    assert rules(read(tmp_path, fault.proposed, suffix)) == []


def test_what_opened_after_the_date_of_the_data_is_told(tmp_path):
    fault = only(read(tmp_path, date(2023, 7, 1)), "facilities.not_open_yet")
    assert (fault.row, fault.column, fault.found, fault.expected, fault.severity) == (
        2, "启用时间", "2023-07-01", "2023-06-30", Severity.WARNING,
    )  # fmt: skip
    assert read(tmp_path, date(2023, 6, 30)).findings == ()
    assert read(tmp_path, None).findings == ()


@pytest.mark.parametrize(
    ("cell", "rule"), [("去年", "cell.not_a_date"), (99, "cell.not_a_date"), ("不详", "cell.none")]
)
def test_what_is_no_date(tmp_path, cell, rule):
    found = read(tmp_path, cell)
    assert rules(found) == [rule]
    assert len(found.value) == 1
