"""Streets kept on disk are the streets that were read."""

from dataclasses import fields

import numpy as np
import pytest
from tiny import write_town

import planner
from planner.model.network import Network
from planner.store import inputs, network_cache
from planner.store.inputs import read_inputs


@pytest.fixture
def town(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    return planner.read_scenario(write_town(tmp_path / "town"))


def read(scenario):
    return read_inputs(scenario, lambda _done, _total: None)


def same(a, b):
    for field in fields(Network):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        else:
            assert one == other


def test_the_second_reading_is_the_first(town, monkeypatch):
    first = read(town)
    monkeypatch.setattr(inputs, "read_network", None)  # it must not be called again
    second = read(town)
    same(first.network, second.network)
    assert first.findings == second.findings
    assert first.sources == second.sources
    assert not second.network.vertices.flags.writeable
    assert isinstance(second.network.vertices.base, np.memmap)


def test_a_changed_file_is_read_again(town):
    first = read(town)
    streets = town.folder / "streets.geojson"
    text = streets.read_text(encoding="utf-8")
    streets.write_text(text.replace("residential", "steps", 1), encoding="utf-8")
    assert not np.array_equal(first.network.kind, read(town).network.kind)


@pytest.mark.parametrize("spoil", ["about.json", "vertices.npy", "tail.npy"])
def test_a_spoilt_entry_is_passed_over(town, tmp_path, spoil):
    first = read(town)
    (entry,) = (tmp_path / "cache").iterdir()
    (entry / spoil).write_bytes(b"{")
    same(first.network, read(town).network)


def test_a_folder_that_cannot_be_written_costs_only_time(town, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "file"))
    assert len(read(town).network) > 0


def test_off_keeps_nothing(town, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", "off")
    read(town)
    assert not (tmp_path / "cache").exists()


def test_the_oldest_entries_go(town, tmp_path, monkeypatch):
    monkeypatch.setattr(network_cache, "_KEPT", 1)
    read(town)
    streets = town.folder / "streets.geojson"
    streets.write_text(streets.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    read(town)
    assert len(list((tmp_path / "cache").iterdir())) == 1
