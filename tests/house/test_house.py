"""The house keeps its own rules: public names, words in two languages, sizes."""

import re
from pathlib import Path

import planner
from planner.report.words import all_words
from planner.standards import read_standards

ROOT = Path(__file__).parents[2]


def test_public_names_are_few_and_sorted():
    assert list(planner.__all__) == sorted(planner.__all__)
    assert len(planner.__all__) <= 15
    assert all(hasattr(planner, name) for name in planner.__all__)


def test_modules_and_functions_stay_small():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "planner").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_finding_has_words_and_every_word_a_finding():
    raised = set()
    for path in (ROOT / "planner").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        raised |= set(re.findall(r'"((?:[a-z]+\.)[a-z_]+)"', text))
    words = all_words()
    told = {key.removeprefix("finding.").rsplit(".", 1)[0] for key in words if "finding." in key}
    for rule in told:
        assert {f"finding.{rule}.what", f"finding.{rule}.do"} <= set(words), rule
    assert told - raised == set(), "words for findings nobody raises"
    used = set(re.findall(r'rule="([a-z_.]+)"', "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "planner").rglob("*.py"))))  # fmt: skip
    assert used - told == set(), "findings without words"


def test_both_languages_name_the_same_values():
    for key, texts in all_words().items():
        named = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        assert named[0] == named[1], key


def test_chinese_words_are_chinese():
    for key, texts in all_words().items():
        if re.search(r"[a-z]{4}", re.sub(r"{\w+}", "", texts["en"])):
            assert re.search(r"[\u4e00-\u9fff]", texts["zh"]), key


def test_every_rule_states_document_and_clause():
    standards = read_standards()
    for rule in (*standards.rules, *(group.speed for group in standards.groups)):
        assert rule.document, rule.id
        assert rule.clause, rule.id
    for indicator in standards.indicators:
        assert indicator.clause, indicator.id
