"""Every finding of a reader has its words, and every word its finding."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import planner.store
from planner.report.words import all_words

RULE = re.compile(
    r'"((?:file|table|columns|crs|scenario|boundaries|facilities|households|streets|elevation'
    r'|backdrop|datum)\.[a-z_]+)"'
)


ODD = re.compile(r'"((?:cell|sheet|layer)\.[a-z_]+)"')


def test_rules_of_cells_and_words_are_the_same():
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(planner.store.__path__[0]).glob("*.py")
    )
    raised = set(ODD.findall(source))
    words = resources.files("planner.report.words").joinpath("cells.toml")
    keys = set(tomllib.loads(words.read_text(encoding="utf-8")))
    assert len(raised) > 30
    assert keys == {f"finding.{rule}.{part}" for rule in raised for part in ("what", "do")}


def test_rules_and_words_are_the_same():
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(planner.store.__path__[0]).glob("*.py")
    )
    raised = set(RULE.findall(source)) - {"columns.toml"}
    words = resources.files("planner.report.words").joinpath("store.toml")
    keys = set(tomllib.loads(words.read_text(encoding="utf-8")))
    told = {f"finding.{rule}.{part}" for rule in raised for part in ("what", "do")}
    assert len(raised) > 50
    assert keys <= told
    assert told <= set(all_words())  # some stand in a file of their own
