"""Every damaged input is told with its place, nothing crashes, no number changes in silence."""

import hashlib
import os

import numpy as np
import pytest
import shapely
from city import copied, write_city
from corpus import CASES, FAULTS, HARMLESS, README, READY, readme

from planner.errors import InputError
from planner.model.finding import Severity
from planner.run import check_inputs
from planner.store.inputs import read_inputs
from planner.store.scenario import read_scenario

STATED = {"elevation.unsmoothed"}  # said of every raster of heights: an assumption, not a fault


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good") / "city"
    write_city(folder)
    return folder


@pytest.fixture(scope="session")
def true(good):
    return values_of(good)


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", "off")


def findings_of(city):
    """Return what a planner is told; anything but an input error is a crash."""
    try:
        return check_inputs(read_scenario(city.scenario_path))
    except InputError as error:
        return error.findings


def values_of(folder):
    """Return every number that was read, by table and id: (file, row, numbers)."""
    inputs = read_inputs(read_scenario(folder / "city.toml"), lambda _done, _total: None)
    sites, demand, units = inputs.facilities, inputs.demand, inputs.communities
    values = {}
    for i, code in enumerate(sites.id):
        numbers = (*sites.lonlat[i], sites.floor_m2[i], sites.beds[i], sites.nursing_beds[i])
        origin = sites.origin[i]
        texts = (str(sites.kind[i]), sites.community[i])
        values["facilities", code] = (origin.file, origin.row, texts, numbers)
    for i, code in enumerate(demand.id):
        origin = demand.origin[i]
        bands = [band[i] for band in (demand.older_65, demand.older_80) if band is not None]
        numbers = (*demand.lonlat[i], demand.households[i], demand.older[i], *bands)
        values["households", code] = (origin.file, origin.row, (demand.community[i],), numbers)
    for i, code in enumerate(units.code):
        shape = units.geometry[i]
        outline = (np.nan,) * 5 if shape is None else (*shapely.bounds(shape), shape.area)
        texts = (str(units.kind[i]), units.parent[i])
        values["communities", code] = ("communities", None, texts, outline)
    network, tiny = inputs.network, 1e-6
    walk = (network.length_m.sum(), len(network.tail), network.profile_m.mean())
    values["streets", ""] = ("streets", None, (), tuple(tiny * value for value in walk))
    return values


def same(one, other):
    return one[2] == other[2] and len(one[3]) == len(other[3]) and np.allclose(
        one[3], other[3], rtol=0, atol=3e-6, equal_nan=True
    )  # fmt: skip


def changed(true, read):
    """Yield (file, row, what) of every value that differs from the good original."""
    for key in sorted(true.keys() | read.keys()):
        old, new = true.get(key), read.get(key)
        if old is None or new is None or not same(old, new):
            file, row = (new or old)[:2]
            yield file, row, key


def covered(finding, file, row, key, case):
    """Return whether a finding tells of a changed value."""
    meant = any(finding.rule == told.rule for told in case.told)
    if key[0] == "streets":
        return meant and (finding.source or "").startswith(("streets", "heights"))
    if file.split(".", maxsplit=1)[0] not in finding.source:
        return False
    whole = finding.row is None or "count" in dict(finding.values)
    return finding.unit == key[1] or (row is not None and finding.row == row) or (meant and whole)


def test_the_good_city_has_no_finding(good):
    city = type("City", (), {"scenario_path": good / "city.toml"})
    told = findings_of(city)
    assert {f.rule for f in told} <= STATED, told
    assert all(f.severity is Severity.NOTICE for f in told)


@pytest.mark.parametrize("case", READY, ids=lambda case: case.name)
def test_every_fault_is_told_and_no_number_changes_in_silence(case, good, true, tmp_path):
    city = copied(good, tmp_path / "city")
    case.damage(city)
    findings = findings_of(city)
    listed = "\n".join(
        f"{f.severity} {f.rule} {f.source} row={f.row} column={f.column} {f.found[:60]}"
        for f in findings
    )
    for told in case.told:
        assert any(
            f.rule == told.rule
            and (f.source == told.file or not told.file)
            and f.row == told.row
            and f.column == told.column
            for f in findings
        ), f"{told} is not told:\n{listed}"
    if not case.told:
        assert all(f.severity is Severity.NOTICE for f in findings), listed
    if any(f.severity is Severity.ERROR for f in findings):
        return  # the run is stopped
    read = values_of(city.folder)
    silent = [
        (file, row, key)
        for file, row, key in changed(true, read)
        if not case.changes and not any(covered(f, file, row, key, case) for f in findings)
    ]
    assert not silent, f"changed without a word: {silent[:5]}\n{listed}"


def test_the_corpus_is_as_large_as_it_says():
    assert len(FAULTS) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert HARMLESS


def test_checking_leaves_every_file_as_it_was(good, tmp_path):
    city = copied(good, tmp_path / "city")

    def prints():
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in city.folder.iterdir()}

    before = prints()
    findings_of(city)
    assert prints() == before


def test_the_encoding_that_was_detected_is_reported(good, tmp_path):
    city = copied(good, tmp_path / "city")
    city.write("facilities", encoding="gb18030")
    inputs = read_inputs(read_scenario(city.scenario_path), lambda _done, _total: None)
    noted = {source.path: dict(source.notes).get("encoding") for source in inputs.sources}
    assert noted["facilities.csv"] == "gb18030"
    assert noted["households.csv"] == "utf-8-sig"


def test_the_table_of_the_readme_is_the_corpus():
    if os.environ.get("PLANNER_WRITE"):
        README.write_text(readme(), encoding="utf-8")
    assert README.read_text(encoding="utf-8") == readme()
