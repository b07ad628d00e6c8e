"""The bureau's own table of old and new codes."""

from datetime import date

import pytest
from filed import csv_file, named, only, rules

from planner.model.concordance import Became
from planner.model.finding import Severity
from planner.store.concordance import read_own_concordance

HEAD = ["原代码", "原名称", "新代码", "新名称"]
A, B, C, D = (f"21050200100{i}" for i in range(2, 6))


def read(tmp_path, *rows, head=HEAD):
    file = named(csv_file(tmp_path / "c.csv", [head, *rows]))
    return read_own_concordance(file, tmp_path)


def test_each_kind_of_change(tmp_path):
    found = read(tmp_path, [A, "a", "210502012001", "a"], [B, "b", "210502012002", "c"],
                 [C, "c", "", ""], ["", "", D, "d"],
                 ["210502001006", "e", "210502001006", "f"])  # fmt: skip
    assert found.findings == ()
    assert {c.code or c.new_code: c.became for c in found.value.changes} == {
        A: Became.RECODED, B: Became.RENAMED, C: Became.LOST, D: Became.NEW,
    }  # fmt: skip
    assert found.value.stated
    assert found.value.changes[0].new_date == date(2023, 6, 30)


def test_mergers_and_splits_are_told_apart(tmp_path):
    found = read(tmp_path, [A, "", C, ""], [B, "", C, ""], [D, "", "210502001007", ""],
                 [D, "", "210502001008", ""])  # fmt: skip
    became = [c.became for c in found.value.changes]
    assert became == [Became.MERGED] * 2 + [Became.SPLIT] * 2
    assert found.value.trace(A, {C}).codes == (C,)
    assert len(found.value.trace(D, {"210502001007", "210502001008"}).codes) == 2


def test_names_are_not_needed(tmp_path):
    found = read(tmp_path, [A, B], head=["old_code", "new_code"])
    assert found.value.trace(A, {B}).codes == (B,)


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [([A[:-1] + "O", "", B, ""], "concordance.no_code", "原代码"),
     ([A, "", "2.10502E+11", ""], "concordance.no_code", "新代码"),
     ([B, "", A, ""], "concordance.circle", "原代码")],
)  # fmt: skip
def test_what_is_wrong_is_told_with_row_and_column(tmp_path, row, rule, column):
    found = read(tmp_path, [A, "", B, ""], [D, "", C, ""], row)
    told = [f for f in found.findings if f.rule == rule]
    assert (told[-1].row, told[-1].column) == (4, column)
    assert found.value is None


def test_an_empty_row_is_left_out(tmp_path):
    found = read(tmp_path, [A, "", B, ""], ["", "x", "", ""])
    fault = only(found, "concordance.empty")
    assert (fault.row, fault.severity) == (3, Severity.WARNING)
    assert rules(found) == ["concordance.empty"]
    assert [c.code for c in found.value.changes] == [A]


def test_a_table_without_new_codes_is_refused(tmp_path):
    found = read(tmp_path, [A], head=["原代码"])
    assert rules(found) == ["columns.missing"]
    assert found.value is None
