"""Numbers as people write them: read where certain, told always, refused where not."""

import math
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.model.finding import Severity
from planner.store.amounts import read_amount
from planner.store.cells import as_number, as_numbers, plain_numbers

AREA = ("m2", "㎡", "平方米")
DEGREES = ("°", "度")


@pytest.mark.parametrize(
    ("cell", "units", "number", "rule"),
    [
        ("521", AREA, 521, ""),
        (521, AREA, 521, ""),
        (" 521 ", AREA, 521, ""),
        ("1.2E3", AREA, 1200, ""),
        ("521㎡", AREA, 521, "cell.unit"),
        ("521 平方米", AREA, 521, "cell.unit"),
        ("５２１", AREA, 521, "cell.tidied"),
        ("1,234", AREA, 1234, "cell.tidied"),
        ("１，２３４．５", AREA, 1234.5, "cell.tidied"),
        ("1 234", AREA, 1234, "cell.tidied"),
        ("'35", AREA, 35, "cell.tidied"),
        ("35\u200b", AREA, 35, "cell.tidied"),
        ("三百二十一", AREA, 321, "cell.tidied"),
        ("一百零五平方米", AREA, 105, "cell.tidied"),
        ("两千", AREA, 2000, "cell.tidied"),
        ("一万二千", AREA, 12000, "cell.tidied"),
        ("约500", AREA, 500, "cell.approximate"),
        ("500左右", AREA, 500, "cell.approximate"),
        ("近 500 ㎡", AREA, 500, "cell.approximate"),
        ("500余平方米", AREA, 500, "cell.approximate"),
        ("约1.2万", AREA, 12000, "cell.approximate"),
        ("1.2万㎡", AREA, 12000, "cell.converted"),
        ("123.77°", DEGREES, 123.77, "cell.unit"),
        ("东经123.77°", DEGREES, 123.77, "cell.unit"),
    ],
)
def test_what_is_certain_is_read_and_told(cell, units, number, rule):
    amount = read_amount(cell, units)
    assert (amount.value, amount.rule) == (pytest.approx(number), rule)
    assert amount.severity is not Severity.ERROR
    if rule:
        assert float(amount.proposed) == pytest.approx(number)
        assert read_amount(amount.proposed, units)[:2] == (pytest.approx(number), "")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("300-500", "cell.range"),
        ("300～500户", "cell.range"),
        (">500", "cell.range"),
        ("500以上", "cell.range"),
        ("不少于30", "cell.range"),
        ("85%", "cell.share"),
        ("5亩", "cell.wrong_unit"),
        ("1.2公顷", "cell.wrong_unit"),
        ("1.2万亩", "cell.wrong_unit"),
        ("#REF!", "cell.excel_error"),
        ("#n/a", "cell.excel_error"),
        ("=B2*2", "cell.formula"),
        (date(2023, 3, 5), "cell.date"),
        (datetime(2023, 3, 5), "cell.date"),  # noqa: DTZ001  cells have no zone
        (time(4, 5), "cell.date"),
        ("1,5", "table.not_a_number"),
        ("12 34", "table.not_a_number"),
        ("35(含空置)", "table.not_a_number"),
        ("二三", "table.not_a_number"),
        ("三十几", "table.not_a_number"),
        ("万", "table.not_a_number"),
        ("0x10", "table.not_a_number"),
        ("1_000", "table.not_a_number"),
        ("inf", "table.not_a_number"),
        ("1e400", "table.not_a_number"),
        (True, "table.not_a_number"),
        (10**400, "table.not_a_number"),
        ("9" * 5000, "table.not_a_number"),
    ],
)
def test_what_is_not_certain_is_refused(cell, rule):
    amount = read_amount(cell, (*AREA, "户"))
    assert math.isnan(amount.value)
    assert (amount.rule, amount.severity, amount.proposed) == (rule, Severity.ERROR, None)


@pytest.mark.parametrize("cell", ["无", "—", "-", "/", " 不详 ", "暂无", "N/A", "NaN", "……"])
def test_nothing_is_absent_not_zero(cell):
    amount = read_amount(cell, AREA)
    assert math.isnan(amount.value)
    assert (amount.rule, amount.severity, amount.proposed) == ("cell.none", Severity.NOTICE, "")


def test_serial_number_of_a_date():
    assert read_amount(date(2023, 12, 31)).expected == "45291"
    assert read_amount(date(1900, 2, 4)).expected == "35"


cells = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.text("0123456789.,-+eE ５约万㎡户%~", max_size=10),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(0, 10**6).map(str),
)


@given(st.lists(cells, max_size=30))
def test_runs_of_cells_are_read_as_single_ones(values):
    numbers, bad = as_numbers(values)
    singly = [as_number(v) for v in values]
    assert bad == [i for i, n in enumerate(singly) if n is None]
    assert all(
        n is None or n == m or (math.isnan(n) and math.isnan(m))
        for n, m in zip(singly, numbers.tolist(), strict=True)
    )


@given(st.lists(cells, max_size=30))
def test_plain_cells_need_no_second_look(values):
    numbers, odd = plain_numbers(values)
    for i, value in enumerate(values):
        if i not in odd:
            amount = read_amount(value, AREA)
            assert amount.rule == ""
            assert amount.value == numbers[i] or (
                math.isnan(amount.value) and math.isnan(numbers[i])
            )


@given(st.one_of(cells, st.text(max_size=80)))
def test_no_cell_breaks_the_reader(value):
    amount = read_amount(value, (*AREA, *DEGREES))
    assert math.isfinite(amount.value) or amount.rule or amount == read_amount(None)
    assert (amount.proposed is None) or amount.severity is not Severity.ERROR


@given(st.integers(1, 99_999_999))
def test_chinese_numerals_are_what_they_say(number):
    assert read_amount(in_chinese(number)).value == number


def in_chinese(number):
    """Write a number below a hundred million in Chinese (an own, plain second version)."""
    if number >= 10_000:
        rest = number % 10_000
        gap = "零" if 0 < rest < 1000 else ""
        return in_chinese(number // 10_000) + "万" + (gap + in_chinese(rest) if rest else "")
    text, gap = "", False
    for step, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // step % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + sign
        gap = not digit
    return text
