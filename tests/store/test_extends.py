"""A scenario laid over another."""

import sys
from pathlib import Path

import pytest

from planner.errors import ScenarioError
from planner.store.scenario import read_scenario

sys.path.insert(0, str(Path(__file__).parents[1] / "run"))
from tiny import write_town


def rules(path):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    return [(f.rule, f.row) for f in caught.value.findings]


def test_tables_are_merged_and_lists_replaced(tmp_path):
    base = write_town(tmp_path)
    text = base.read_text(encoding="utf-8").replace(
        "[siting]", "[walking]\ncompare = ['elder']\nlimit_min = 12\n\n[siting]"
    )
    base.write_text(text, encoding="utf-8")
    over = tmp_path / "over.toml"
    over.write_text(
        'extends = "tiny.toml"\nname = "over"\n[walking]\ncompare = []\n[siting]\nnew_sites = 3\n',
        encoding="utf-8",
    )
    own, under = read_scenario(over), read_scenario(base)
    assert own.name == "over"
    assert own.walking.compare == ()
    assert own.walking.limit_min == under.walking.limit_min == 12
    assert own.siting == under.siting.model_copy(update={"new_sites": 3})
    assert own.households == under.households


def test_paths_of_the_base_stay_where_the_base_is(tmp_path):
    write_town(tmp_path / "base")
    over = tmp_path / "over" / "deep" / "mine.toml"
    over.parent.mkdir(parents=True)
    over.write_text('extends = "../../base/tiny.toml"\n', encoding="utf-8")
    own = read_scenario(over)
    assert own.folder == over.parent
    assert (own.folder / own.streets.path).resolve() == tmp_path / "base" / "streets.geojson"
    assert (own.folder / own.facilities[0].path).is_file()


def test_a_base_may_extend_another(tmp_path):
    write_town(tmp_path)
    (tmp_path / "b.toml").write_text(
        'extends = "tiny.toml"\n[siting]\nnew_sites = 4\n', encoding="utf-8"
    )
    (tmp_path / "a.toml").write_text('extends = "b.toml"\nname = "a"\n', encoding="utf-8")
    assert read_scenario(tmp_path / "a.toml").siting.new_sites == 4


def test_circles_and_missing_bases_are_refused(tmp_path):
    for name, other in (("a", "b"), ("b", "a"), ("c", "gone"), ("d", "d")):
        (tmp_path / f"{name}.toml").write_text(f'extends = "{other}.toml"\n', encoding="utf-8")
    assert rules(tmp_path / "a.toml") == [("scenario.extends_cycle", 1)]
    assert rules(tmp_path / "d.toml") == [("scenario.extends_cycle", 1)]
    assert rules(tmp_path / "c.toml") == [("scenario.extends_missing", 1)]


def test_a_fault_is_told_with_its_own_line_only(tmp_path):
    write_town(tmp_path)
    over = tmp_path / "over.toml"
    over.write_text('extends = "tiny.toml"\n[siting]\nnew_sites = -1\n', encoding="utf-8")
    assert rules(over) == [("scenario.bad_value", 3)]
