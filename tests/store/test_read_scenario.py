"""The scenario file: every fault at once, each with its line."""

from pathlib import Path

import pytest

from planner.errors import ScenarioError
from planner.store.scenario import key_lines, read_scenario

GOOD = """\
name = "small"
[title]
zh = "小"
en = "small"
[asks]
zh = "问"
en = "asks"
[boundaries]
list_date = 2023-06-30
communities = {path = "communities.gpkg"}
[[facilities]]
path = "a.csv"
[[facilities]]
path = "b.csv"
[households]
path = "h.csv"
[streets]
path = "s.osm.pbf"
"""


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "small.toml"
    path.write_bytes(text.encode(encoding))
    return read_scenario(path)


def faults(tmp_path, text, encoding="utf-8"):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, text, encoding)
    assert all(f.source == "small.toml" for f in caught.value.findings)
    return caught.value.findings


def test_good_one_knows_its_folder(tmp_path):
    scenario = read(tmp_path, GOOD)
    assert scenario.folder == tmp_path
    assert [file.path for file in scenario.facilities] == [Path("a.csv"), Path("b.csv")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_byte_order_mark_and_windows_lines(tmp_path, encoding):
    assert read(tmp_path, GOOD.replace("\n", "\r\n"), encoding).name == "small"


def test_unknown_key_names_the_nearest_and_its_line(tmp_path):
    (fault,) = faults(tmp_path, GOOD + "[siting]\nnew_site = 3\n")
    assert (fault.rule, fault.row, fault.column) == ("scenario.unknown_key", 20, "siting.new_site")
    assert fault.expected == "new_sites"


def test_unknown_key_in_one_of_several_tables(tmp_path):
    text = GOOD.replace('path = "b.csv"', 'path = "b.csv"\nencodin = "gbk"')
    (fault,) = faults(tmp_path, text)
    assert (fault.row, fault.column, fault.expected) == (15, "facilities.1.encodin", "encoding")


def test_all_faults_at_once(tmp_path):
    text = GOOD.replace('zh = "小"\n', "").replace("2023-06-30", '"soon"')
    text += "[walking]\nlimit_min = -1\nspeed = 2\n[siting]\nnew_sites = true\n[[nonsense]]\n"
    found = {(f.rule, f.row, f.column) for f in faults(tmp_path, text)}
    assert found == {
        ("scenario.missing_key", 2, "title.zh"),
        ("scenario.bad_value", 8, "boundaries.list_date"),
        ("scenario.bad_value", 19, "walking.limit_min"),
        ("scenario.unknown_key", 20, "walking.speed"),
        ("scenario.bad_value", 22, "siting.new_sites"),
        ("scenario.unknown_key", 23, "nonsense"),
    }


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ("limit_min = 0", "0", "> 0.0"),
        ("limit_min = inf", "inf", "0.5"),
        ("limit_min = nan", "nan", "0.5"),
        ('limit_min = "15"', '"15"', "0.5"),
        ("limit_min = true", "true", "0.5"),
        ("kinds = 3", "3", "[…]"),
        ('direction = "there"', '"there"', "'to_facility', 'from_facility' or 'round_trip'"),
    ],
)
def test_bad_value_shows_what_was_found(tmp_path, line, found, expected):
    (fault,) = faults(tmp_path, f"{GOOD}[walking]\n{line}\n")
    assert (fault.rule, fault.row, fault.found, fault.expected) == (
        "scenario.bad_value", 20, found, expected,
    )  # fmt: skip


def test_syntax_names_the_line(tmp_path):
    (fault,) = faults(tmp_path, GOOD.replace('zh = "问"', "zh = “问”"))
    assert (fault.rule, fault.row, fault.found) == ("scenario.syntax", 6, "zh = “问”")


def test_key_written_twice(tmp_path):
    (fault,) = faults(tmp_path, GOOD + 'path = "t"\n')
    assert (fault.rule, fault.row) == ("scenario.syntax", 19)


def test_file_cut_off_in_the_middle(tmp_path):
    (fault,) = faults(tmp_path, GOOD + 'source = """never closed')
    assert (fault.rule, fault.row) == ("scenario.syntax", 19)


def test_not_utf8(tmp_path):
    (fault,) = faults(tmp_path, GOOD, "gb18030")
    assert fault.rule == "scenario.encoding"


def test_folder_is_not_for_the_file_to_set(tmp_path):
    (fault,) = faults(tmp_path, 'folder = "/etc"\n' + GOOD)
    assert (fault.rule, fault.row, fault.column) == ("scenario.unknown_key", 1, "folder")


def test_candidate_rule_file_needs_a_file(tmp_path):
    (fault,) = faults(tmp_path, GOOD + '[siting.candidates]\nrule = "file"\n')
    assert fault.rule == "scenario.missing_key"
    assert (fault.row, fault.column) == (19, "siting.candidates.file")


def test_missing_scenario_names_its_neighbour(tmp_path):
    (tmp_path / "benxi_2025.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenario(tmp_path / "benxi_2026.toml")
    (fault,) = caught.value.findings
    assert (fault.rule, fault.found) == ("scenario.missing", "benxi_2025.toml")


AWKWARD = """
# a = 1
a.b = "x = [ # y"
c = [
  1, # ]
]
"d e" = '''
f = 1
'''
[g . h]
i = 1
[[j]]
[j.k]
l = 1
[[j]]
m = {n = 1}
[j.k]
"""


def test_lines_of_keys_in_awkward_places():
    text = AWKWARD.strip()
    assert key_lines(text) == {
        "a": 2, "a.b": 2, "c": 3, "d e": 6, "g.h": 9, "g.h.i": 10, "j": 11, "j.0": 11, "j.0.k": 12,
        "j.0.k.l": 13, "j.1": 14, "j.1.m": 15, "j.1.k": 16,
    }  # fmt: skip


def test_a_basemap_with_a_key_needs_the_key(tmp_path):
    (fault,) = faults(tmp_path, GOOD + '[map]\nbasemap = "tianditu"\n')
    assert (fault.rule, fault.column) == ("scenario.missing_key", "map.tianditu_key")
    keyed = read(tmp_path, GOOD + '[map]\nbasemap = "tianditu"\ntianditu_key = "a1"\n')
    assert keyed.map.tianditu_key == "a1"
    (fault,) = faults(tmp_path, GOOD + '[map]\nbasemap = "osm"\ntianditu_key = "a b;*"\n')
    assert fault.column == "map.tianditu_key"
