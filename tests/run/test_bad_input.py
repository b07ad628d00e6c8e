"""What a planner gets for a bad input: place, fault, remedy, exit code 3, and no output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny import FACILITIES, HOUSEHOLDS, at, write_csv, write_json, write_town

from planner.cli import cli


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change(rows, row, column, value):
    copy = [list(r) for r in rows]
    copy[row][column] = value
    return copy


def run(scenario, *more):
    return CliRunner().invoke(
        cli, ["run", str(scenario), "--out", str(scenario.parent / "out"), *more]
    )


def missing_file(folder):
    (folder / "facilities.csv").rename(folder / "facility.csv")
    return ["facilities.csv", "facility.csv"]


def unknown_key(folder):
    edit(folder / "tiny.toml", "new_sites", "new_site")
    return ["new_site", "new_sites", "tiny.toml"]


def layer_without_crs(folder):
    edit(folder / "tiny.toml", 'households.csv"\ncrs = "EPSG:4490"', 'households.csv"')
    return ["households.csv", "crs"]


def swapped_coordinates(folder):
    rows = [HOUSEHOLDS[0]] + [[*r[:3], r[4], r[3], *r[5:]] for r in HOUSEHOLDS[1:]]
    write_csv(folder / "households.csv", rows)
    return ["households.csv"]


def duplicate_ids(folder):
    write_csv(folder / "facilities.csv", change(FACILITIES, 3, 0, "F1"))
    return ["facilities.csv", "F1", "4"]


def negative_households(folder):
    write_csv(folder / "households.csv", change(HOUSEHOLDS, 2, 5, -7))
    return ["households.csv", "3", "常住户数", "-7"]


def missing_households(folder):
    write_csv(folder / "households.csv", change(HOUSEHOLDS, 4, 5, ""))
    return ["households.csv", "5", "常住户数"]


def facility_far_from_any_street(folder):
    rows = [list(r) for r in FACILITIES]
    rows[1][4:6] = at(500, 5500)
    write_csv(folder / "facilities.csv", rows)
    return ["facilities.csv", "F1", "2", "max_access_m"]


def more_sites_than_candidates(folder):
    edit(folder / "tiny.toml", "new_sites = 1", "new_sites = 5000")
    return ["5000"]


def unknown_walking_group(folder):
    edit(folder / "tiny.toml", "[siting]", '[walking]\ngroup = "slow_eldr"\n\n[siting]')
    return ["slow_eldr", "slow_elder"]


def code_not_on_the_list(folder):
    write_csv(folder / "households.csv", change(HOUSEHOLDS, 3, 2, "210502001099"))
    return ["210502001099", "4"]


def empty_table(folder):
    (folder / "households.csv").write_bytes(b"")
    return ["households.csv"]


def no_streets(folder):
    write_json(folder / "streets.geojson", [])
    return ["streets.geojson"]


CASES = [
    missing_file, unknown_key, layer_without_crs, swapped_coordinates, duplicate_ids,
    negative_households, missing_households, facility_far_from_any_street,
    more_sites_than_candidates, unknown_walking_group, code_not_on_the_list,
    empty_table, no_streets,
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("spoil", CASES, ids=lambda f: f.__name__)
def test_bad_input_is_told_and_nothing_is_written(tmp_path, spoil, language):
    scenario = write_town(tmp_path)
    told = spoil(tmp_path)
    result = run(scenario, "--language", language)
    assert result.exit_code == 3, result.output
    assert not (tmp_path / "out").exists()
    for text in told:
        assert text in result.stderr
    assert "Traceback" not in result.output


def test_all_faults_are_told_at_once(tmp_path):
    scenario = write_town(tmp_path)
    negative_households(tmp_path)
    duplicate_ids(tmp_path)
    no_streets(tmp_path)
    result = run(scenario, "--json")
    document = json.loads(result.stdout)
    assert {f["source"] for f in document["findings"]} >= {
        "households.csv", "facilities.csv", "streets.geojson",
    }  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_a_folder_that_cannot_be_written(tmp_path):
    scenario = write_town(tmp_path)
    (tmp_path / "out").write_text("a file stands where the folder should", encoding="utf-8")
    result = run(scenario)
    assert result.exit_code == 3
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("a file stands")


def test_usage_error_is_two():
    assert CliRunner().invoke(cli, ["run"]).exit_code == 2


def test_a_failed_run_leaves_the_last_result_untouched(tmp_path):
    scenario = write_town(tmp_path)
    assert run(scenario).exit_code == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    negative_households(tmp_path)
    assert run(scenario).exit_code == 3
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_json_is_one_document_and_stderr_is_silent_in_a_pipe(tmp_path):
    scenario = write_town(tmp_path)
    planner = Path(sys.executable).with_name("planner")
    done = subprocess.run(
        [planner, "run", scenario, "--out", tmp_path / "out", "--json"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["scenario"]
    assert "%|" not in done.stderr


def test_check_tells_without_a_run(tmp_path):
    scenario = write_town(tmp_path)
    assert CliRunner().invoke(cli, ["check", str(scenario)]).exit_code == 0
    negative_households(tmp_path)
    assert CliRunner().invoke(cli, ["check", str(scenario)]).exit_code == 3
    assert not (tmp_path / "out").exists()


def test_what_stopped_a_run_is_told_in_one_language(tmp_path):
    scenario = write_town(tmp_path)
    missing_file(tmp_path)
    chinese, english = (run(scenario, "--language", name).stderr for name in ("zh", "en"))
    assert "未完成" in chinese
    assert "cannot be used" not in chinese
    assert "stopped; earlier results are untouched" in english
    assert "未完成" not in english
