"""Text from files, findings as words, and the table on the terminal."""

from dataclasses import replace

import pytest
from small_outcome import findings, unchanged

from planner.report.plain import finding_words, plain, without_small_counts
from planner.report.terminal import findings_table, place_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("站前社区", "站前社区"),
        ("a\nb\tc", "a b c"),
        ("x\u202eevil", "x\ufffdevil"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("nul\x00bell\x07", "nul\ufffdbell\ufffd"),
        ("\ud800", "\ufffd"),
        ("<b>${1}`", "<b>${1}`"),
    ],
)
def test_plain(text, told):
    assert plain(text) == told


def test_small_counts_of_people_in_findings_are_hidden():
    finding = replace(findings(unchanged)[0], values=(("people", "4"), ("folder", "4")))
    assert without_small_counts(finding, 5).values == (("people", "<5"), ("folder", "4"))
    assert without_small_counts(finding, 4) is finding
    odd = replace(finding, rule="households.negative", found="3")
    assert without_small_counts(odd, 5).found == "<5"


def test_a_rule_without_words_is_told_by_its_id():
    finding = replace(findings(unchanged)[0], rule="nobody.wrote_this", found="7")
    what, to_do = finding_words(finding, "zh")
    assert what.startswith("nobody.wrote_this found=7")
    assert to_do == ""


def test_no_findings_no_table():
    assert findings_table([], "zh") == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_is_aligned_and_fits_gbk(language):
    table = findings_table(findings(unchanged), language)
    assert table.encode("gbk").decode("gbk") == table
    lines = table.splitlines()
    rule = lines[1]
    start = len(rule) - len(rule.rsplit("  ", 1)[1])
    for line in (lines[0], *lines[2:]):
        columns = 0
        for at, character in enumerate(line):
            if columns == start:
                assert line[at - 2 : at] == "  "
                break
            columns += 2 if ord(character) > 0x2E80 or character in "“”" else 1
        assert columns == start


def test_the_worst_comes_first():
    both = findings(unchanged)
    table = findings_table([both[1], both[0]], "en")
    assert table.index("warning") < table.index("notice")


def test_place():
    told = place_of(findings(unchanged)[0], "zh")
    assert told == "养老设施.xlsx > 表1 > 第17行 > 列“建筑面积”"
