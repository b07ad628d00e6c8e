"""Rows and their community: followed, doubted, placed, contradicted; each with row and column."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from planner.analysis.joining import join_communities
from planner.analysis.matching import UnitList
from planner.analysis.telling import _MOST
from planner.model.codes import UnitCode
from planner.model.concordance import Became, Change, Concordance
from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Severity
from planner.model.provenance import Origin
from planner.model.said import Said
from planner.model.sites import FacilityKind, Sites
from planner.report.words import what_is_wrong, what_to_do
from planner.standards.concordance import read_concordance

# Five of the list of 2023, one degree square each, from west to east.
LISTED = {
    "210502001002": "南地社区居委会",
    "210502012001": "桥头社区居委会",
    "210502012201": "桥头村委会",
    "210503005001": "彩玉社区居委会",
    "210521109203": "魏家堡村委会",
}
PLACES = {code: (123.5 + i, 41.5) for i, code in enumerate(LISTED)}
COMMUNITIES = Districts(
    code=tuple(LISTED),
    name=tuple(LISTED.values()),
    kind=tuple(UnitCode.from_text(code).kind for code in LISTED),
    parent=tuple(code[:6] for code in LISTED),
    geometry=tuple(shapely.box(x - 0.5, 41, x + 0.5, 42) for x, _ in PLACES.values()),
    list_date=date(2023, 6, 30),
)
COUNTIES = Districts(
    code=("210502", "210503", "210521"),
    name=("平山区", "溪湖区", "本溪满族自治县"),
    kind=(UnitKind.COUNTY,) * 3,
    parent=("210500",) * 3,
    geometry=(shapely.box(123, 41, 126, 42), shapely.box(126, 41, 127, 42),
              shapely.box(127, 41, 129, 42)),
    list_date=date(2023, 6, 30),
)  # fmt: skip
UNITS = UnitList(COMMUNITIES, COUNTIES, (read_concordance(),))
SAID = {"code_column": "代码", "name_column": "社区", "county_column": "县区"}


def people(*rows):
    """Demand points of (code, what else is said, place)."""
    n = len(rows)
    return Demand(
        id=tuple(f"P{i:04d}" for i in range(n)),
        name=("",) * n,
        community=tuple(code for code, _, _ in rows),
        lonlat=np.array([place or (np.nan, np.nan) for _, _, place in rows], float).reshape(n, 2),
        households=np.ones(n),
        older=np.ones(n),
        households_definition="resident",
        count_date=date(2020, 11, 1),
        origin=tuple(Origin(file="h.csv", row=i + 2) for i in range(n)),
        said=tuple(Said(**SAID, **said) for _, said, _ in rows),
    )


def join(*rows, units=UNITS):
    joined, findings = join_communities(people(*rows), units, table="households")
    for finding in findings:
        for language in ("zh", "en"):
            assert "…" not in what_is_wrong(finding, language)
            assert what_to_do(finding, language)
    return joined.community, findings


def only(findings):
    assert len(findings) == 1, [f.rule for f in findings]
    return findings[0]


def test_codes_in_force_say_nothing():
    rows = [(code, {"name": name, "county": code[:6]}, PLACES[code])
            for code, name in LISTED.items()]  # fmt: skip
    assert join(*rows) == (tuple(LISTED), ())


def test_a_retired_code_is_followed_and_told():
    """210502011001 was 桥头社区 until 2019."""
    place = PLACES["210502012001"]
    codes, findings = join(("210502001002", {}, PLACES["210502001002"]),
                           ("210502011001", {}, place))  # fmt: skip
    assert codes == ("210502001002", "210502012001")
    told = only(findings)
    assert (told.rule, told.severity) == ("codes.by_concordance", Severity.NOTICE)
    assert (told.source, told.row, told.column) == ("h.csv", 3, "代码")
    assert (told.found, told.proposed) == ("210502011001", "210502012001")
    assert told.expected == "210502012001 桥头社区居委会"


def test_a_correction_made_as_proposed_says_nothing():
    place = PLACES["210502012001"]
    _, findings = join(("210502011001", {}, place))
    assert join((only(findings).proposed, {}, place)) == (("210502012001",), ())


@pytest.mark.parametrize(
    ("code", "severity", "place", "expected"),
    [("210503006003", Severity.WARNING, "210503005001", "210503005001"),
     ("210503006003", Severity.ERROR, None, "")],
)  # fmt: skip
def test_a_committee_that_is_gone_is_placed_where_it_stands(code, severity, place, expected):
    """宝藏社区 was recoded in 2020 and is gone in 2021."""
    codes, findings = join((code, {}, PLACES.get(place)))
    told = only(findings)
    assert codes == (expected,)
    assert (told.rule, told.severity, told.found) == ("codes.retired", severity, code)
    assert dict(told.values)["name"] == "宝藏社区居委会"
    assert told.proposed is None


def test_a_code_nobody_knows_is_an_error():
    codes, findings = join(("210502012099", {}, PLACES["210502012001"]))
    told = only(findings)
    assert (told.rule, told.severity) == ("join.community", Severity.ERROR)
    assert (told.row, told.column, codes) == (2, "代码", ("210502012099",))


@pytest.mark.parametrize(
    ("code", "rule"),
    [("2.10502E+11", "codes.rounded"), ("21050200100O", "codes.letters"),
     ("21050200100", "codes.length"), ("210502000001", "codes.length")],
)  # fmt: skip
def test_texts_that_are_no_code(code, rule):
    _, findings = join((code, {}, PLACES["210502001002"]))
    told = only(findings)
    assert (told.rule, told.severity) == (rule, Severity.ERROR)
    assert (told.row, told.column, told.found, told.proposed) == (2, "代码", code, None)


def test_a_rounded_code_is_mended_by_the_name_as_a_proposal_only():
    codes, findings = join(("2.10502E+11", {"name": "桥头村"}, PLACES["210502012201"]))
    assert only(findings).rule == "codes.rounded"
    assert (only(findings).severity, only(findings).proposed) == (Severity.ERROR, "210502012201")
    assert codes == ("2.10502E+11",)


@pytest.mark.parametrize("code", ["210502012", "210502012000", "210502", "210502000000"])
def test_a_township_where_a_committee_is_wanted(code):
    codes, findings = join((code, {}, PLACES["210502012201"]))
    told = only(findings)
    assert (told.rule, told.severity) == ("codes.not_committee", Severity.WARNING)
    assert codes == ("210502012201",)
    assert only(join((code, {}, None))[1]).severity is Severity.ERROR


def test_an_unknown_code_with_a_name_is_matched_by_kind_stem_and_county():
    """The township 210502077 does not stand in the list."""
    codes, findings = join(("210502077201", {"name": "桥头村民委员会"}, PLACES["210502012201"]))
    told = only(findings)
    assert (told.rule, told.proposed) == ("codes.by_stem", "210502012201")
    assert codes == ("210502012201",)


def test_two_old_codes_are_never_made_one():
    place = PLACES["210502012201"]
    codes, findings = join(("210502077201", {"name": "桥头村"}, place),
                           ("210502078203", {"name": "桥头村委会"}, place))  # fmt: skip
    assert [f.rule for f in findings] == ["codes.suspected"] * 2
    assert [f.severity for f in findings] == [Severity.WARNING] * 2
    assert codes == ("210502012201",) * 2  # by place, and told


def test_a_like_spelling_is_suspected_and_not_followed():
    row = ("210521177201", {"name": "魏家卜村委会"}, PLACES["210502012201"])
    codes, findings = join(row)
    told = {f.rule: f for f in findings}
    assert set(told) == {"codes.suspected", "codes.county_differs"}
    assert dict(told["codes.suspected"].values)["near"] == "210521109203 魏家堡村委会"
    assert codes == ("210502012201",)


def test_names_without_codes_within_the_county():
    at = PLACES["210502012001"]
    codes, findings = join(("", {"name": "桥头社区", "county": "平山区"}, at),
                           ("", {"name": "彩玉", "county": ""}, PLACES["210503005001"]),
                           ("", {"name": "魏家堡村", "county": "本溪县"}, None))  # fmt: skip
    assert codes == ("210502012001", "210503005001", "210521109203")
    assert [(f.rule, f.proposed, f.column) for f in findings] == [
        ("codes.by_name", code, "代码") for code in codes
    ]


def test_a_bare_stem_of_town_and_village_is_decided_by_place_or_told():
    at, elsewhere = PLACES["210502012201"], PLACES["210502001002"]
    codes, findings = join(("", {"name": "桥头", "county": "平山区"}, at))
    assert codes == ("210502012201",)
    assert [f.rule for f in findings] == ["join.filled"]
    codes, findings = join(("", {"name": "桥头", "county": "平山区"}, elsewhere))
    assert codes == ("210502001002",)
    assert [f.rule for f in findings] == ["codes.name_ambiguous", "join.filled"]
    assert (findings[0].row, findings[0].column, findings[0].proposed) == (2, "社区", None)


def test_a_name_nobody_bears():
    _, findings = join(("", {"name": "无名社区"}, PLACES["210502001002"]))
    assert [f.rule for f in findings] == ["codes.name_unknown", "join.filled"]


@pytest.mark.parametrize(
    ("said", "rule", "column", "found"),
    [({"name": "彩玉社区"}, "codes.name_differs", "社区", "彩玉社区"),
     ({"name": "南地村委会"}, "codes.name_differs", "社区", "南地村委会"),
     ({"county": "溪湖区"}, "codes.county_said", "县区", "溪湖区"),
     ({"county": "溪湖"}, "codes.county_said", "县区", "溪湖")],
)  # fmt: skip
def test_names_against_the_code(said, rule, column, found):
    codes, findings = join(("210502001002", said, PLACES["210502001002"]))
    told = only(findings)
    assert (told.rule, told.severity) == (rule, Severity.WARNING)
    assert (told.row, told.column, told.found) == (2, column, found)
    assert codes == ("210502001002",)


@pytest.mark.parametrize("name", ["南地", "南地社区居民委员会", "南地居委会"])
def test_other_endings_are_no_contradiction(name):
    assert join(("210502001002", {"name": name}, PLACES["210502001002"]))[1] == ()


def test_an_older_name_of_the_same_code_is_no_contradiction():
    """210521109203 was 未卜 in 2017, 未堡 in 2020, 魏家堡子 in 2021, 魏家堡 in 2023."""
    for name in ("未卜村委会", "未堡村委会", "魏家堡子村委会"):
        assert join(("210521109203", {"name": name}, PLACES["210521109203"]))[1] == ()


def test_a_place_in_another_county_than_the_code():
    codes, findings = join(("210502001002", {}, PLACES["210503005001"]))
    told = only(findings)
    assert (told.rule, told.severity) == ("codes.county_differs", Severity.WARNING)
    assert (told.row, told.column) == (2, "代码")
    assert dict(told.values) == {"said": "210502 平山区", "home": "210503 溪湖区",
                                 "table": "households"}  # fmt: skip
    assert (told.lon, told.lat) == PLACES["210503005001"]
    assert codes == ("210502001002",)


def test_a_place_in_another_community_of_the_county_is_left_alone():
    assert join(("210502001002", {}, PLACES["210502012201"])) == (("210502001002",), ())


def test_the_county_layer_tells_where_no_community_is():
    _, findings = join(("210502001002", {}, (128.6, 41.5)))
    assert dict(only(findings).values)["home"] == "210521 本溪满族自治县"


def test_a_list_of_another_country_is_not_taken_for_national():
    plain = Districts(
        code=("A1", "A2"),
        name=("North", "South"),
        kind=(UnitKind.URBAN,) * 2,
        parent=("A", "A"),
        geometry=COMMUNITIES.geometry[:2],
        list_date=date(2023, 6, 30),
    )
    units = UnitList(plain, None, (read_concordance(),))
    codes, findings = join(("A1", {}, (123.5, 41.5)), ("x1", {}, (123.5, 41.5)), units=units)
    assert (codes[0], only(findings).rule) == ("A1", "join.community")


def stated(*pairs):
    heirs = [old for old, _ in pairs]
    return Concordance(
        tuple(
            Change(
                old_date=None, new_date=date(2023, 1, 1), code=old, name="", new_code=new,
                new_name="", became=Became.SPLIT if heirs.count(old) > 1 else Became.MERGED,
            )
            for old, new in pairs
        ),
        stated=True,
    )  # fmt: skip


def test_a_merger_the_bureau_states_is_followed_and_a_split_is_not():
    own = stated(("210502099001", "210502001002"), ("210502099002", "210502001002"),
                 ("210502099003", "210502001002"), ("210502099003", "210502012001"))  # fmt: skip
    units = replace(UNITS, concordances=(own, read_concordance()))
    at = PLACES["210502012001"]
    rows = [(f"21050209900{i}", {}, at) for i in (1, 2, 3)]
    codes, findings = join(*rows, units=units)
    assert codes == ("210502001002", "210502001002", "210502012001")
    assert [f.rule for f in findings] == ["codes.by_concordance"] * 2 + ["codes.split"]


def test_the_bureaus_word_counts_before_the_shipped_one():
    own = stated(("210502011001", "210502001002"))
    units = replace(UNITS, concordances=(own, read_concordance()))
    assert join(("210502011001", {}, None), units=units)[0] == ("210502001002",)


def test_very_many_rows_are_counted_and_not_listed():
    rows = [("210502011001", {}, PLACES["210502012001"])] * (_MOST + 7)
    codes, findings = join(*rows)
    assert set(codes) == {"210502012001"}
    assert len(findings) == _MOST + 1
    assert (findings[-1].rule, findings[-1].found) == ("codes.more", "7")


def test_facilities_and_rows_without_names_are_joined_too():
    sites = Sites(
        id=("F1", "F2"),
        name=("", ""),
        kind=(FacilityKind.OTHER,) * 2,
        community=("210502011001", ""),
        lonlat=np.array([PLACES["210502012001"], PLACES["210503005001"]]),
        floor_m2=np.ones(2),
        beds=np.ones(2),
        nursing_beds=np.ones(2),
        list_date=date(2023, 1, 1),
    )
    joined, findings = join_communities(sites, UNITS, table="facilities")
    assert joined.community == ("210502012001", "210503005001")
    assert [f.rule for f in findings] == ["codes.by_concordance", "join.filled"]
    assert joined.select(np.array([1])).community == ("210503005001",)


def test_a_place_outside_every_county_contradicts_no_county():
    assert join(("210502001002", {}, (140.0, 41.5))) == (("210502001002",), ())


@pytest.mark.parametrize("became", [Became.MERGED, Became.RENAMED])
def test_what_was_only_computed_is_followed_only_under_the_same_name(became):
    change = Change(
        old_date=date(2020, 1, 1), new_date=date(2021, 1, 1), code="210502099001", name="甲",
        new_code="210502001002", new_name="南地", became=became,
    )  # fmt: skip
    at = PLACES["210502012001"]
    for stated_, code in ((False, "210502012001"), (True, "210502001002")):
        units = replace(UNITS, concordances=(Concordance((change,), stated=stated_),))
        assert join(("210502099001", {}, at), units=units)[0] == (code,)
