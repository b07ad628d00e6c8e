"""The benchmarks run, print what they promise, and the answers agree."""

import json
import shutil

import bench_city
import catchments
import default_run
import inputs_streets
import pytest
from measuring import missing

KEYS = ["id", "ours", "peer", "peer_name", "ratio", "unit", "equal", "note"]

needs_city = pytest.mark.skipif(
    not bench_city.is_there(), reason="the streets of Porto Alegre are not beside the project"
)


@needs_city
@pytest.mark.slow
def test_two_cheap_measures_agree_with_scipy(capfd):
    wanted = ["cover_scipy", "nearest_scipy"]
    assert catchments.main(["--quick", "--only", *wanted]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == wanted
    for line in lines:
        assert list(line) == KEYS
        assert line["equal"] is True
        assert line["ours"] > 0
        assert line["peer"] > 0
        assert line["ratio"] > 0


@pytest.mark.slow
def test_the_default_run_answers_as_its_oracle_does(capfd):
    assert default_run.main(["--quick", "--only", *default_run.SEARCHES]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == [*default_run.SEARCHES]
    for line in lines:
        assert list(line) == KEYS
        assert line["equal"] is True
        assert line["peer"] > 0


@pytest.mark.slow
def test_large_extracts_are_read_as_small_ones(capfd):
    if not inputs_streets.CITIES[0].path.exists():
        pytest.skip("the streets of Andorra are not beside the project")
    assert inputs_streets.main(["--quick", "--only", "osm_large_mb"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    ours = [line for line in lines if line["peer_name"] == "ours, one town"]
    assert len(ours) == 2
    for line in ours:
        assert list(line) == KEYS
        assert line["equal"] is True
        assert line["ours"] > 0


def test_streets_without_the_data_say_so(monkeypatch, capsys, tmp_path):
    gone = [city._replace(path=tmp_path / "nothing") for city in inputs_streets.CITIES]
    monkeypatch.setattr(inputs_streets, "CITIES", gone)
    assert inputs_streets.main([]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "not here" in said.err


def test_without_the_city_it_says_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bench_city, "STREETS", tmp_path / "nothing.osm.pbf")
    assert catchments.main([]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing.osm.pbf" in said.err


def test_a_measure_that_cannot_be_made_is_no_win():
    line = json.loads(missing("x", "a peer", "peer not installed").as_json())
    assert list(line) == KEYS
    assert line["equal"] is False
    assert line["ratio"] is None


@pytest.mark.slow
@pytest.mark.browser
def test_a_small_map_page_is_seen_and_painted(capfd):
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no Chromium on this machine")
    webmap = pytest.importorskip("webmap")
    assert webmap.main(["--alone", "--only", "points_1k"]) == 0
    (line,) = (json.loads(text) for text in capfd.readouterr().out.splitlines())
    assert list(line) == KEYS
    assert line["id"] == "points_1k_ready_s"
    assert line["equal"] is True
    assert line["ours"] > 0
