"""The embedded city, counted from its files with plain readers."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

DATA = Path(__file__).resolve().parents[2] / "data"
CENSUS_2020 = {
    "210502": 226_059,
    "210503": 204_660,
    "210504": 378_936,
    "210505": 55_560,
    "210521": 230_850,
    "210522": 229_953,
}
STATION, RURAL, INSTITUTION, SPACE = (
    "城市社区养老服务站",
    "农村幸福院",
    "养老机构",
    "社区综合服务设施",
)


def table(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def communities():
    path = DATA / "boundaries/benxi_communities_2020_synthetic.gpkg"
    return pyogrio.read_dataframe(path, layer="communities").set_index("code")


@pytest.fixture(scope="module")
def homes():
    return table("households/households_synthetic.csv")


@pytest.fixture(scope="module")
def facilities():
    return table("facilities/facilities_synthetic.csv")


def of_kind(rows, kind):
    return [row for row in rows if row["类型"] == kind]


def kind_of(code):
    number = int(code[9:12])
    return "居" if number < 200 else "村" if number < 400 else "其他"


def test_the_list_of_2020_is_whole(communities):
    rows = table("boundaries/committees_2020.csv")
    assert [row["代码"] for row in rows] == communities.index.tolist()
    assert [row["名称"] for row in rows] == communities["name"].tolist()
    assert Counter(row["类别"] for row in rows) == {"居": 230, "村": 288, "其他": 11}
    assert [kind_of(code) for code in communities.index] == communities["kind"].tolist()
    assert len({row["乡级代码"] for row in rows}) == 49
    assert {row["代码"][:6] for row in rows} == set(CENSUS_2020)


def test_stations_give_the_plans_unit_coverage(facilities):
    urban = of_kind(facilities, STATION)
    units = {row["社区代码"] for row in urban}
    assert len(urban) == len(units) == 112
    assert {kind_of(code) for code in units} == {"居"}
    rural = of_kind(facilities, RURAL)
    villages = {row["社区代码"] for row in rural}
    assert len(rural) == len(villages) == 158
    assert {kind_of(code) for code in villages} == {"村"}
    listed = Counter(row["类别"] for row in table("boundaries/committees_2020.csv"))
    assert round(100 * len(units) / listed["居"], 1) == 48.7
    assert round(100 * len(villages) / listed["村"], 1) == 54.9


def test_institutions_have_the_plans_beds(facilities):
    rows = of_kind(facilities, INSTITUTION)
    beds = [int(row["床位数"]) for row in rows]
    nursing = [int(row["护理型床位"]) for row in rows]
    assert len(rows) == 146
    assert sum(beds) == 12_092
    assert min(beds) >= 20
    assert all(n <= b for n, b in zip(nursing, beds, strict=True))
    assert sum(nursing) / sum(beds) < 0.55


@pytest.mark.parametrize(
    ("kind", "units", "mean", "least", "passing"),
    [("居", 230, 521, 300, 191), ("村", 288, 417, 200, 242)],
)
def test_community_space_has_the_plans_means(facilities, kind, units, mean, least, passing):
    rows = [row for row in of_kind(facilities, SPACE) if kind_of(row["社区代码"]) == kind]
    floors = [int(row["建筑面积"]) for row in rows]
    assert len({row["社区代码"] for row in rows}) == len(rows) == units
    assert sum(floors) / len(floors) == mean
    assert min(floors) > 0
    meeting = sum(floor >= least for floor in floors)
    assert meeting == passing
    assert round(100 * meeting / units) == {"居": 83, "村": 84}[kind]


def test_people_meet_the_census_by_county(homes):
    people = Counter()
    for row in homes:
        people[row["社区代码"][:6]] += int(row["常住人口"])
    assert people == CENSUS_2020
    assert sum(people.values()) == 1_326_018


def test_older_people_and_households_are_plausible(homes):
    people = np.array([int(row["常住人口"]) for row in homes])
    older = np.array([int(row["60岁以上人口"]) for row in homes])
    oldest = np.array([int(row["80岁以上人口"]) for row in homes])
    households = np.array([int(row["常住户数"]) for row in homes])
    assert older.sum() == round(0.28 * people.sum())
    assert (older <= people).all()
    assert (oldest <= older).all()
    assert (households <= people).all()
    assert 2.2 <= people.sum() / households.sum() <= 2.4
    village = np.array([kind_of(row["社区代码"]) == "村" for row in homes])
    assert older[village].sum() / people[village].sum() > older.sum() / people.sum()


def test_every_committee_but_the_parks_has_people(homes, communities):
    lived = {row["社区代码"] for row in homes}
    committees = set(communities.index[communities["kind"] != "其他"])
    assert committees <= lived
    others = [row for row in homes if kind_of(row["社区代码"]) == "其他"]
    assert sum(int(row["常住人口"]) for row in others) < 1000


def test_communities_are_a_clean_partition(communities):
    shapes = communities.geometry.to_numpy()
    assert set(shapely.get_type_id(shapes)) == {3}
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).min() > 0


def test_communities_fill_their_county(communities):
    text = (DATA / "boundaries/benxi_counties.geojson").read_text(encoding="utf-8")
    outlines = {
        feature["properties"]["code"]: shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(text)["features"]
    }
    assert set(outlines) == set(CENSUS_2020)
    for code, outline in outlines.items():
        mine = communities.geometry[communities["county_code"] == code].to_numpy()
        together = shapely.coverage_union_all(mine)
        assert shapely.symmetric_difference(together, outline).area < 1e-6 * outline.area
        assert together.geom_type == "Polygon"
        assert len(together.interiors) == 0


def test_points_lie_in_the_community_they_name(homes, facilities, communities):
    for rows in (homes, facilities):
        points = shapely.points([(float(row["经度"]), float(row["纬度"])) for row in rows])
        shapes = communities.geometry[[row["社区代码"] for row in rows]].to_numpy()
        assert shapely.contains(shapes, points).all()


def test_ids_are_unique_and_ascending(homes, facilities):
    for rows, column in ((homes, "小区编号"), (facilities, "编号")):
        ids = [row[column] for row in rows]
        assert ids == sorted(set(ids))


def test_every_synthetic_file_says_so(homes, facilities, communities):
    assert {row["数据性质"] for row in homes} == {"演示数据 synthetic"}
    assert {row["数据性质"] for row in facilities} == {"演示数据 synthetic"}
    assert communities["data_nature"].str.contains("演示数据 synthetic").all()
    rivers = json.loads((DATA / "boundaries/rivers_synthetic.geojson").read_text(encoding="utf-8"))
    marks = {feature["properties"]["data_nature"] for feature in rivers["features"]}
    assert marks == {"演示数据 synthetic"}
    with rasterio.open(DATA / "streets/elevation_synthetic.tif") as file:
        assert "synthetic" in file.tags()["SOURCE"]


def test_only_real_files_lack_synthetic_in_their_name():
    files = [path for path in DATA.glob("*/*") if path.suffix not in {".py", ".md", ".pyc"}]
    real = {path.name for path in files if path.is_file() and "synthetic" not in path.name}
    assert real == {
        "benxi_counties.geojson",
        "committees_2017.csv",
        "committees_2019.csv",
        "committees_2020.csv",
        "committees_2021.csv",
        "committees_2023.csv",
        "concordance_2020_2023.csv",
    }


def test_files_stay_small():
    sizes = {path: path.stat().st_size for path in DATA.rglob("*") if path.is_file()}
    sizes = {path: size for path, size in sizes.items() if "__pycache__" not in path.parts}
    assert max(sizes.values()) < 4_000_000
    assert sum(sizes.values()) < 8_000_000


def test_heights_span_the_published_range():
    with rasterio.open(DATA / "streets/elevation_synthetic.tif") as file:
        height = file.read(1, masked=True)
        assert file.crs.to_epsg() == 4326
        assert (height.min(), height.max()) == (85, 1367)
        assert height.mask.any()


def test_the_concordance_accounts_for_both_lists():
    rows = table("boundaries/concordance_2020_2023.csv")
    old = {row["代码"]: row["名称"] for row in table("boundaries/committees_2020.csv")}
    new = {row["代码"]: row["名称"] for row in table("boundaries/committees_2023.csv")}
    assert sorted(row["代码2020"] for row in rows if row["代码2020"]) == sorted(old)
    assert sorted(row["代码2023"] for row in rows if row["代码2023"]) == sorted(new)
    for row in rows:
        assert old.get(row["代码2020"], "") == row["名称2020"]
        assert new.get(row["代码2023"], "") == row["名称2023"]
        same_code = row["代码2020"] == row["代码2023"]
        same_name = row["名称2020"] == row["名称2023"]
        expected = {
            "unchanged": same_code and same_name,
            "renamed": same_code and not same_name,
            "recoded": not same_code and bool(row["代码2020"]) and bool(row["代码2023"]),
            "merged-or-lost": not row["代码2023"],
            "new": not row["代码2020"],
        }
        assert expected[row["变化"]], row
    change = Counter(row["变化"] for row in rows)
    assert len(old) - change["merged-or-lost"] == len(new) - change["new"]
    assert change["merged-or-lost"] > 0
