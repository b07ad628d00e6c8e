"""Old codes from file to finding: a register of another year does not stop a run."""

import tiny

from planner.model.finding import Severity
from planner.run import check_inputs
from planner.store.scenario import read_scenario

OLD, NEW = "210502099001", "210502001001"


def town(tmp_path, facility_code=OLD, rows=((OLD, NEW),)):
    path = tiny.write_town(tmp_path)
    facilities = [list(row) for row in tiny.FACILITIES]
    facilities[2][3] = facility_code
    tiny.write_csv(tmp_path / "facilities.csv", facilities)
    if rows is not None:
        tiny.write_csv(tmp_path / "concordance.csv", [["原代码", "新代码"], *rows])
        text = tiny.SCENARIO.replace(
            "[boundaries]", '[boundaries]\nconcordance = {path = "concordance.csv"}'
        )
        path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def codes(findings):
    return [f for f in findings if f.rule.startswith(("codes.", "join.", "concordance.", "file."))]


def test_the_bureaus_concordance_is_followed(tmp_path):
    (told,) = codes(check_inputs(town(tmp_path)))
    assert (told.rule, told.severity) == ("codes.by_concordance", Severity.NOTICE)
    assert (told.source, told.row, told.column) == ("facilities.csv", 3, "社区代码")
    assert (told.found, told.proposed) == (OLD, NEW)


def test_without_it_the_code_is_an_error(tmp_path):
    (told,) = codes(check_inputs(town(tmp_path, rows=None)))
    assert (told.rule, told.severity) == ("join.community", Severity.ERROR)
    assert (told.row, told.column) == (3, "社区代码")


def test_a_missing_concordance_is_told(tmp_path):
    scenario = town(tmp_path)
    (tmp_path / "concordance.csv").unlink()
    told = [(f.rule, f.source, f.row) for f in check_inputs(scenario)]
    assert told == [
        ("file.missing", "concordance.csv", None),
        ("join.community", "facilities.csv", 3),  # what it would have led to
    ]


def test_a_row_that_names_its_community_only(tmp_path):
    scenario = town(tmp_path, rows=None)
    rows = [[*row, "" if i else "社区"] for i, row in enumerate(tiny.FACILITIES)]
    rows[2][3], rows[2][-1] = "", "西区"
    tiny.write_csv(tmp_path / "facilities.csv", rows)
    (told,) = codes(check_inputs(scenario))
    assert (told.rule, told.column, told.proposed) == ("codes.by_name", "社区代码", NEW)


def test_a_code_in_the_column_of_names_is_the_code(tmp_path):
    scenario = town(tmp_path, rows=None)
    rows = [list(row) for row in tiny.FACILITIES]
    rows[0][3] = "所属社区"
    tiny.write_csv(tmp_path / "facilities.csv", rows)
    assert codes(check_inputs(scenario)) == []
