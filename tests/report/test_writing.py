"""Five files, all or none, the same bytes for the same outcome."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from small_outcome import small_outcome

from planner.errors import OutputError
from planner.report import writing
from planner.report.terminal import findings_table
from planner.report.writing import FILES, write_outcome

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def outcome():
    return small_outcome()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_five_files_and_nothing_beside_them(outcome, tmp_path):
    write_outcome(outcome, tmp_path / "maps" / "small", language="zh")
    assert sorted(contents(tmp_path / "maps" / "small")) == sorted(FILES)
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["small"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_same_outcome_same_bytes_apart_from_the_time_stamp(tmp_path, language):
    for name in ("a", "b"):
        write_outcome(small_outcome(), tmp_path / name, language=language)
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    records = [json.loads(files.pop("run.json")) for files in (first, second)]
    assert first == second
    assert all(record.pop("written") for record in records)
    assert records[0] == records[1]


def test_a_slower_machine_writes_the_same_map_and_tables(outcome, tmp_path):
    write_outcome(outcome, tmp_path / "a", language="zh")
    slow = tuple(replace(stage, seconds=99.0) for stage in outcome.stages)
    write_outcome(replace(outcome, stages=slow), tmp_path / "b", language="zh")
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    same = {name for name in FILES if first[name] == second[name]}
    assert same == {"map.html", "results.gpkg", "tables.xlsx"}


def test_the_record_names_inputs_versions_and_outputs(outcome, tmp_path):
    write_outcome(outcome, tmp_path / "out", language="en", written=NOON)
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["written"] == "2026-01-02T12:00:00+00:00"
    assert record["inputs"][0]["sha256"] == "ab" * 32
    assert record["stages"] == [{"name": "read", "seconds": 0.5, "peak_memory_mb": 120.0}]
    assert set(record["outputs"]) == set(FILES) - {"run.json"}
    assert record["versions"]["xstatic-leaflet"].startswith("1.9")
    assert record["scenario"]["name"] == "small"
    assert str(tmp_path) not in json.dumps(record)


def test_a_failure_leaves_the_previous_result(outcome, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    write_outcome(outcome, folder, language="zh")
    before = contents(folder)

    def broken(*_args, **_kwargs):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(writing, "write_workbook", broken)
    with pytest.raises(RuntimeError, match="in the middle"):
        write_outcome(outcome, folder, language="en")
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_an_output_error(outcome, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_workbook", full)
    with pytest.raises(OutputError) as caught:
        write_outcome(outcome, tmp_path / "out", language="zh")
    assert caught.value.exit_code == 3
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_swapped_keeps_the_previous_result(outcome, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    write_outcome(outcome, folder, language="zh")
    before = contents(folder)
    rename = writing.Path.rename

    def refuse(self, target):
        if self.name.endswith(".new"):
            raise PermissionError(13, "in use")
        return rename(self, target)

    monkeypatch.setattr(writing.Path, "rename", refuse)
    with pytest.raises(OutputError):
        write_outcome(outcome, folder, language="en")
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_cannot_be_written(outcome, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError) as caught:
            write_outcome(outcome, place, language="zh")
        finding = caught.value.findings[0]
        assert finding.rule == "output.unwritable"
        assert "无法写入" in findings_table([finding], "zh")
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_new_result_replaces_the_old_and_keeps_what_is_not_ours(outcome, tmp_path):
    folder = tmp_path / "out"
    write_outcome(outcome, folder, language="zh")
    (folder / "minutes.docx").write_text("of the meeting")
    (folder / "photos").mkdir()
    write_outcome(outcome, folder, language="en")
    assert sorted(p.name for p in folder.iterdir()) == sorted([*FILES, "minutes.docx", "photos"])
    assert (folder / "minutes.docx").read_text() == "of the meeting"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
