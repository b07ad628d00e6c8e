"""``planner compare`` from files to one page."""

import json
import re

import pytest
from click.testing import CliRunner
from tiny import write_town

from planner.cli import cli


def compare(*arguments):
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)])


@pytest.fixture
def towns(tmp_path):
    first = write_town(tmp_path)
    second = first.with_name("faster.toml")
    text = first.read_text("utf-8").replace('name = "tiny"', 'name = "faster"')
    second.write_text(text + '\n[walking]\ngroup = "elder"\n', encoding="utf-8")
    return first, second


def test_two_scenarios_become_one_page(towns, tmp_path):
    out = tmp_path / "out" / "both.html"
    result = compare(*towns, "--out", out)
    assert result.exit_code == 0, result.output
    assert "[tiny]" in result.stdout
    assert "[faster]" in result.stdout
    assert str(out) in result.stdout
    html = out.read_text("utf-8")
    data = json.loads(re.search(r'id="planner-data">(.*?)</script>', html, re.DOTALL).group(1))
    names = [scenario["name"] for scenario in data["compare"]["scenarios"]]
    assert names == ["tiny", "faster"]
    assert [r["key"] for r in data["compare"]["parameters"] if r["differs"]] == ["group"]
    first = out.read_bytes()
    assert compare(*towns, "--out", out).exit_code == 0
    assert out.read_bytes() == first


@pytest.mark.parametrize("count", [1, 5])
def test_two_to_four_scenarios(towns, count):
    result = compare(*[towns[0]] * count)
    assert result.exit_code == 2


def test_bad_input_leaves_the_page_that_was_there(towns, tmp_path):
    out = tmp_path / "both.html"
    out.write_text("before", encoding="utf-8")
    (towns[0].parent / "facilities.csv").unlink()
    result = compare(*towns, "--out", out)
    assert result.exit_code == 3
    assert out.read_text("utf-8") == "before"
