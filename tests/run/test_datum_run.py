"""The demonstration city with its facilities and outlines on wrong datums, from file to finding."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from planner.kernel.datum import wgs84_to_bd09, wgs84_to_gcj02
from planner.model.finding import Severity
from planner.run import check_inputs
from planner.store.scenario import read_scenario

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BASE = (ROOT / "scenarios" / "benxi_2025.toml").read_text(encoding="utf-8")
FACILITIES = ROOT / "data" / "facilities" / "facilities_synthetic.csv"
SHIFTS = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


def facilities(path, how, rows=slice(None), source=""):
    """Copy the facilities with the coordinates of some rows on another datum."""
    with FACILITIES.open(encoding="utf-8-sig", newline="") as stream:
        header, *table = list(csv.reader(stream))
    at = [header.index("经度"), header.index("纬度")]
    lonlat = np.array([[float(row[k]) for k in at] for row in table])
    lonlat[rows] = how(lonlat[rows])
    moved = set(np.arange(len(table))[rows].tolist())
    for i, row in enumerate(table):
        for k, value in zip(at, lonlat[i], strict=True):
            row[k] = f"{value:.8f}"
        row.append(source if i in moved else "天地图")
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([[*header, "坐标来源"], *table])


def checked(folder, old="", new=""):
    text = BASE.replace('"../data/', f'"{ROOT.as_posix()}/data/')
    assert old in text
    path = folder / "city.toml"
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return check_inputs(read_scenario(path))


def datum(findings):
    return [f for f in findings if f.rule.startswith("datum.")]


def with_file(path, stated=""):
    old = f'path = "{ROOT.as_posix()}/data/facilities/facilities_synthetic.csv"'
    return {"old": old, "new": f'path = "{path.as_posix()}"\n{stated}'}


def test_the_good_city_gets_no_finding(tmp_path):
    findings = checked(tmp_path)
    assert datum(findings) == []
    assert [f for f in findings if f.rule.startswith("crs.")] == []


@pytest.mark.parametrize(("name", "shift"), [("gcj02", (492, 227)), ("bd09", (1040, 890))])
def test_facilities_on_another_datum_stop_the_run_until_it_is_stated(tmp_path, name, shift):
    path = tmp_path / "f.csv"
    facilities(path, SHIFTS[name], source="")
    (found,) = datum(checked(tmp_path, **with_file(path)))
    assert (found.rule, found.severity) == ("datum.wrong", Severity.ERROR)
    assert found.expected == f'datum = "{name}"'
    values = dict(found.values)
    assert (int(values["east"]), int(values["north"])) == pytest.approx(shift, abs=20)
    assert values["inside_then"] == values["declared"] == "934"
    stated = checked(tmp_path, **with_file(path, f'datum = "{name}"'))
    (told,) = datum(stated)
    assert (told.rule, told.severity) == ("datum.converted", Severity.NOTICE)


def test_one_source_of_a_mixed_file_is_found_and_stated(tmp_path):
    path = tmp_path / "f.csv"
    facilities(path, wgs84_to_gcj02, slice(None, None, 10), "高德")
    (found,) = datum(checked(tmp_path, **with_file(path)))
    assert (found.rule, found.expected) == ("datum.wrong", 'datums = {"高德" = "gcj02"}')
    assert dict(found.values)["count"] == "94"
    stated = checked(tmp_path, **with_file(path, found.expected))
    assert [f.rule for f in datum(stated)] == ["datum.converted"]


def test_real_outlines_on_another_datum_stop_the_run_until_it_is_stated(tmp_path):
    path = tmp_path / "counties.geojson"
    name = "benxi_counties_amap_gcj02_cnmapsdata.geojson"
    shutil.copyfile(ROOT / "tests" / "wrong_datum" / name, path)
    old = f'path = "{ROOT.as_posix()}/data/boundaries/benxi_counties.geojson"'
    new = f'path = "{path.as_posix()}"'
    (found,) = datum(checked(tmp_path, old, new))
    assert (found.rule, found.severity) == ("datum.outline", Severity.ERROR)
    assert found.expected == 'datum = "gcj02"'
    stated = checked(tmp_path, old, f'{new}\ndatum = "gcj02"')
    assert [f.rule for f in datum(stated)] == ["datum.converted"]


def test_a_datum_for_what_is_wgs84_by_its_kind_is_refused(tmp_path):
    old = f'path = "{ROOT.as_posix()}/data/streets/benxi_synthetic.osm.pbf"'
    findings = checked(tmp_path, old, f'{old}\ndatum = "gcj02"')
    assert [f.rule for f in datum(findings)] == ["datum.not_here"]
