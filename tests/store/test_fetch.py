"""Fetching from a server on this machine; nothing here uses the internet."""

import hashlib
import json
import socket
from pathlib import Path

import osmium
import pytest
import shapely
from click.testing import CliRunner
from filed import GROUND, named, only, rules
from osm_server import STAMP, osm_server, place_of
from osmium.osm.mutable import Node, Way

from planner.cli import cli
from planner.errors import InputError
from planner.model.ground import ground_for
from planner.model.scenario import InputFile
from planner.model.sites import FacilityKind
from planner.report.words import what_is_wrong, what_to_do
from planner.store.facilities import read_sites
from planner.store.fetch import Wanted, bbox_from, fetch_streets
from planner.store.overpass import Service
from planner.store.streets import read_network

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "test-only"
REAL = {
    "andorra": (SHARED / "andorra" / "andorra.osm.pbf", (1.45, 42.45, 1.60, 42.60)),
    "porto_alegre": (SHARED / "porto_alegre" / "poa_osm.pbf", (-51.24, -30.05, -51.20, -30.02)),
}
BOX = (123.69, 41.29, 123.72, 41.31)
NODES = {
    1: ((123.700, 41.300), {}),
    2: ((123.701, 41.300), {}),
    3: ((123.702, 41.300), {"barrier": "gate", "access": "private"}),
    4: ((123.706, 41.300), {}),
    10: ((123.7005, 41.3005), {"amenity": "social_facility", "social_facility": "nursing_home",
                               "social_facility:for": "senior", "name": "夕阳红养老院",
                               "capacity": "80"}),
    11: ((123.7015, 41.3005), {"amenity": "social_facility", "social_facility": "day_care",
                               "social_facility:for": "child;senior"}),
    12: ((123.7025, 41.3005), {"amenity": "social_facility", "social_facility:for": "child"}),
    13: ((123.7035, 41.3005), {"amenity": "social_facility", "social_facility:for": "senior"}),
    20: ((123.703, 41.301), {}), 21: ((123.704, 41.301), {}), 22: ((123.704, 41.302), {}),
}  # fmt: skip
WAYS = [
    ([1, 2, 3, 4], {"highway": "residential", "name": "平山路"}),
    ([20, 21, 22, 20], {"amenity": "community_centre", "building": "yes", "name": "=cmd"}),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("planner.store.overpass.time.sleep", lambda _: None)  # OSMnx's as well


@pytest.fixture
def server(tmp_path):
    path = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, (place, tags) in NODES.items():
            writer.add_node(Node(id=ref, location=place, tags=tags))
        for number, (refs, tags) in enumerate(WAYS, start=1):
            writer.add_way(Way(id=number, nodes=refs, tags=tags))
    with osm_server(path) as state:
        state.place = place_of("本溪市", shapely.box(*BOX))
        yield state


def fetch(server, folder, stages=None, **more):
    service = Service(overpass=server.url, nominatim=server.url, contact="a@b.cn", pause_s=0)
    wanted = Wanted(**{"place": "本溪市", "bbox": BOX, **more})
    told = [] if stages is None else stages
    return fetch_streets(wanted, folder, service, lambda stage, *_: told.append(stage))


def stopped(server, folder, rule, **more):
    """The fetch ends with this one finding, in words, and leaves nothing behind."""
    with pytest.raises(InputError) as error:
        fetch(server, folder, **more)
    (finding,) = error.value.findings
    assert finding.rule == rule
    for language in ("zh", "en"):
        assert "…" not in what_is_wrong(finding, language) + what_to_do(finding, language)
    assert not folder.exists() or not [*folder.rglob("*")]
    return finding


def test_a_place_by_name(server, tmp_path):
    stages = []
    got = fetch(server, tmp_path / "data", stages, bbox=None)
    assert [path for path, _ in server.asked] == ["/api/search", "/api/interpreter"]
    assert {agent for _, agent in server.asked} == {"facility-coverage-planner (a@b.cn)"}
    assert stages == ["fetch_place", "fetch_streets"]
    assert got.streets == tmp_path / "data" / "streets" / "本溪市.osm.pbf"
    assert (got.ways, got.nodes, got.data_date) == (1, 4, STAMP[:10])
    about = json.loads(got.source.read_text(encoding="utf-8"))
    assert about["attribution"] == "© OpenStreetMap contributors"
    assert about["licence"] == "ODbL 1.0"
    assert about["data_date"] == STAMP[:10]
    assert about["sha256"] == hashlib.sha256(got.streets.read_bytes()).hexdigest()
    west, south, east, north = about["bounds"]  # with a margin
    assert west < BOX[0] < BOX[2] < east
    assert south < BOX[1] < BOX[3] < north
    assert {p.name for p in got.streets.parent.iterdir()} == {
        "本溪市.osm.pbf",
        "本溪市.source.json",
    }


def test_what_was_fetched_is_read_with_its_gates_and_date(server, tmp_path):
    got = fetch(server, tmp_path)
    file = named(got.streets, data_date=None)
    found = read_network(file, got.streets.parent, GROUND, BOX)
    assert len(found.value) == 2
    assert only(found, "streets.gates").found == "1"
    assert str(found.value.data_date) == STAMP[:10]
    assert "OpenStreetMap" in found.value.source


@pytest.mark.parametrize("city", REAL)
def test_a_real_extract_comes_back_as_it_is(city, tmp_path):
    path, box = REAL[city]
    if not path.exists():
        pytest.skip(f"../shared/data/test-only/{city} is not here")
    inner = shapely.box(*box).buffer(-0.002).bounds  # away from the server's edge
    with osm_server(path) as server:
        got = fetch(server, tmp_path, place=city, bbox=box)
        assert len(server.asked) == 1
    ground = ground_for(box)
    there = read_network(InputFile(path=got.streets), Path(), ground, inner).value
    here = read_network(InputFile(path=path), Path(), ground, inner).value
    assert there.length_m.sum() > 50_000
    assert there.length_m.sum() == pytest.approx(here.length_m.sum(), abs=0.01)
    assert abs(len(there) - len(here)) <= 0.02 * len(here)  # cut also where ways outside meet


def test_nothing_is_asked_twice(server, tmp_path):
    first = fetch(server, tmp_path / "a", facilities=True, bbox=None)
    asked = len(server.asked)
    again = fetch(server, tmp_path / "b", facilities=True, bbox=None)
    assert asked == len(server.asked) == 3
    for name in ("streets", "source", "facilities"):
        assert getattr(first, name).read_bytes() == getattr(again, name).read_bytes()
    fetch(server, tmp_path / "b", facilities=True, bbox=None, fresh=True)
    assert len(server.asked) == 2 * asked
    fetch(server, tmp_path / "b", bbox=(123.69, 41.29, 123.73, 41.31))
    assert len(server.asked) == 2 * asked + 1


def test_without_a_cache_every_fetch_asks(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", "off")
    for turn in (1, 2):
        fetch(server, tmp_path)
        assert len(server.asked) == turn


@pytest.mark.parametrize("reply", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(server, tmp_path, reply):
    server.replies = [reply, reply]
    stages = []
    assert fetch(server, tmp_path, stages).ways == 1
    assert len(server.asked) == 3
    assert stages == ["fetch_streets", "fetch_wait", "fetch_wait"]


def test_an_answer_that_ran_out_of_time_is_asked_again(server, tmp_path):
    remark = b'{"elements": [], "remark": "runtime error: Query timed out after 180 seconds."}'
    server.replies = [(200, remark)]
    assert fetch(server, tmp_path).ways == 1
    assert len(server.asked) == 2


def test_a_server_that_stays_busy(server, tmp_path):
    server.replies = [504] * 9
    finding = stopped(server, tmp_path / "data", "fetch.busy")
    assert dict(finding.values)["why"] == "504"
    assert len(server.asked) == 5


def test_waits_grow_unless_the_server_says_how_long(server, tmp_path, monkeypatch):
    waited = []
    monkeypatch.setattr("planner.store.overpass.time.sleep", lambda s: s and waited.append(s))
    server.replies = [504, 504, 504, 429]
    service = Service(overpass=server.url, pause_s=15)
    fetch_streets(Wanted(place="a", bbox=BOX), tmp_path, service, lambda *_: None)
    assert waited == [15, 30, 60]  # Retry-After: 0


@pytest.mark.parametrize(
    "body", [b"<html>please log in</html>", b"", b'{"elements": [', b"{]", b"[]", b"{}"]
)
def test_garbage_is_told(server, tmp_path, body):
    server.replies = [(200, body)] * 5
    rule = "fetch.empty" if body == b"{}" else "fetch.garbage"
    stopped(server, tmp_path / "data", rule)
    assert len(server.asked) == 1


def test_refused_and_empty_and_unknown(server, tmp_path):
    server.replies = [(403, b"{}")]
    assert dict(stopped(server, tmp_path / "a", "fetch.refused").values)["status"] == "403"
    stopped(server, tmp_path / "b", "fetch.empty", bbox=(1, 1, 1.1, 1.1))
    server.place = None
    stopped(server, tmp_path / "c", "fetch.no_place", bbox=None, place="无此地")
    server.place = place_of("点", shapely.Point(123.7, 41.3).buffer(0.001))
    server.place["geojson"] = {"type": "Point", "coordinates": [123.7, 41.3]}
    stopped(server, tmp_path / "d", "fetch.no_place", bbox=None, place="点")


def test_a_failure_leaves_what_was_there(server, tmp_path):
    got = fetch(server, tmp_path)
    before = got.streets.read_bytes()
    server.replies = [504] * 9
    with pytest.raises(InputError):
        fetch(server, tmp_path, fresh=True)
    assert got.streets.read_bytes() == before


def test_a_broken_answer_in_the_cache_is_asked_for_again(server, tmp_path):
    fetch(server, tmp_path / "a")
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text(kept.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert fetch(server, tmp_path / "b").ways == 1
    assert len(server.asked) == 2


def test_no_internet(server, tmp_path):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and never listens
        server.url = f"http://127.0.0.1:{held.getsockname()[1]}/api"
        finding = stopped(server, tmp_path / "data", "fetch.offline")
    assert finding.found.startswith("127.0.0.1:")
    assert "U 盘" in what_to_do(finding, "zh")
    assert "stick" in what_to_do(finding, "en")


def test_osmnx_is_left_as_it_was(server, tmp_path):
    import osmnx  # noqa: PLC0415

    before = (vars(osmnx.settings).copy(), socket.getaddrinfo)
    fetch(server, tmp_path)
    assert (vars(osmnx.settings), socket.getaddrinfo) == before


def test_facilities(server, tmp_path):
    got = fetch(server, tmp_path, facilities=True)
    assert got.facility_count == 4
    file = InputFile(path=got.facilities, crs="EPSG:4326", data_date="2026-05-01")
    found = read_sites((file,), Path(), BOX)
    sites = found.value
    kinds = dict(zip(sites.id, sites.kind, strict=True))
    assert kinds == {
        "osm-n10": FacilityKind.INSTITUTION,
        "osm-n11": FacilityKind.ELDERLY_STATION,
        "osm-n13": FacilityKind.OTHER,
        "osm-w2": FacilityKind.COMMUNITY_SPACE,
    }
    at = sites.id.index("osm-n10")
    assert (sites.name[at], sites.beds[at]) == ("夕阳红养老院", 80)
    assert tuple(sites.lonlat[at]) == NODES[10][0]
    assert sites.name[sites.id.index("osm-w2")] == "cmd"  # no formula
    assert [rule for rule in rules(found) if "unknown" in rule] == []


def test_no_facilities_is_no_table(server, tmp_path):
    got = fetch(server, tmp_path, facilities=True, bbox=(123.705, 41.29, 123.72, 41.2998))
    assert (got.facilities, got.facility_count) == (None, 0)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "", "3,1,2,4", "1,2,3,99", "nan,1,2,3"])
def test_bounds_that_are_none(text):
    with pytest.raises(InputError) as error:
        bbox_from(text)
    assert error.value.findings[0].rule == "fetch.bbox"


def test_bounds():
    assert bbox_from("123.6,41.2,123.9,41.4") == bbox_from(" 123.6，41.2 123.9, 41.4") == (
        123.6, 41.2, 123.9, 41.4)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command(server, tmp_path, language):
    asked = ["fetch", "本溪市", "--out", str(tmp_path / "data"), "--facilities",
             "--language", language]  # fmt: skip
    env = {"PLANNER_OVERPASS": server.url, "PLANNER_NOMINATIM": server.url,
           "PLANNER_CONTACT": "a@b.cn"}  # fmt: skip
    done = CliRunner().invoke(cli, asked, env=env)
    assert done.exit_code == 0, done.output
    assert "本溪市.osm.pbf" in done.output
    assert "ODbL" in done.output
    assert server.asked[0][1] == "facility-coverage-planner (a@b.cn)"
    assert CliRunner().invoke(cli, [*asked, "--bbox", "1,2"], env=env).exit_code == 3
