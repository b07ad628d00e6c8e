"""Laws of codes: parsing and writing are inverse, and matching is a function of the rows."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.analysis.matching import Asked, Step, UnitList
from planner.model.codes import (
    CodeFault,
    TownshipKind,
    UnitCode,
    find_code_fault,
    is_committee,
    looks_rounded,
)
from planner.model.concordance import Became, Change, Concordance
from planner.model.districts import Districts, UnitKind
from planner.model.unit_names import stem_of
from planner.standards.concordance import read_concordance

LISTS = Path(__file__).parents[2] / "data/boundaries"
YEARS = (2017, 2019, 2020, 2021, 2023)
three = st.integers(1, 999).map("{:03d}".format)
counties = st.integers(110101, 659999).map(str)


def units(rows):
    """Districts of (code, name) pairs."""
    rows = sorted(rows)
    return Districts(
        code=tuple(code for code, _ in rows),
        name=tuple(name for _, name in rows),
        kind=tuple(UnitCode.from_text(code).kind for code, _ in rows),
        parent=tuple(code[:6] for code, _ in rows),
        geometry=(None,) * len(rows),
        list_date=date(2023, 6, 30),
    )


def committed(year):
    with (LISTS / f"committees_{year}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["代码"], row["名称"]) for row in csv.DictReader(file)]


@given(counties, st.one_of(st.just(""), three), st.one_of(st.just(""), three))
def test_parsing_what_was_written_is_the_identity(county, township, committee):
    code = UnitCode(county, township, committee if township else "")
    assert UnitCode.from_text(str(code)) == code
    assert UnitCode.from_text(code.padded()) == code
    assert str(code) in {code.padded()[:n] for n in (6, 9, 12)}
    assert len(code.padded()) == 12
    assert str(code).startswith(code.parent)
    assert is_committee(str(code)) == (code.level == "committee")


@given(st.text(max_size=14))
def test_every_text_is_a_code_or_has_a_fault(text):
    fault = find_code_fault(text)
    if fault is None:
        assert str(UnitCode.from_text(text)) == text[: len(str(UnitCode.from_text(text)))]
    elif find_code_fault(text.strip()) is not None and text.isascii():
        with pytest.raises(ValueError, match="is no code"):
            UnitCode.from_text(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", CodeFault.EMPTY), ("2.10502E+11", CodeFault.ROUNDED), ("21050200100l", CodeFault.LETTERS),
     ("2105020010", CodeFault.LENGTH), ("210502000001", CodeFault.GAP), ("210502", None),
     ("210502001", None), ("210502001000", None), ("210502001002", None)],
)  # fmt: skip
def test_faults(text, fault):
    assert find_code_fault(text) is fault
    assert looks_rounded(text) == (fault is CodeFault.ROUNDED)


@pytest.mark.parametrize(
    ("digits", "kind"),
    [("001", "street"), ("099", "street"), ("100", "town"), ("199", "town"),
     ("200", "rural_township"), ("399", "rural_township"), ("400", "similar"), ("599", "similar"),
     ("600", "unknown")],
)  # fmt: skip
def test_digits_seven_to_nine(digits, kind):
    assert UnitCode("210502", digits).township_kind is TownshipKind(kind)
    assert UnitCode("210502", digits).kind is UnitKind.TOWNSHIP
    assert UnitCode("210502").township_kind is None


def test_full_width_digits_are_digits():
    assert UnitCode.from_text(" 210502001002 ") == UnitCode("210502", "001", "002")


def test_township_names_agree_with_their_digits():
    with (LISTS / "committees_2023.csv").open(encoding="utf-8-sig", newline="") as file:
        towns = {row["乡级代码"]: row["乡级名称"] for row in csv.DictReader(file)}
    endings = {TownshipKind.STREET: "街道", TownshipKind.TOWN: "镇", TownshipKind.RURAL: "乡"}
    assert len(towns) == 49
    for code, name in towns.items():
        kind = UnitCode.from_text(code).township_kind
        assert name.endswith(endings[kind]), (code, name)


@pytest.mark.parametrize("year", YEARS)
def test_a_list_matches_itself_fully(year):
    rows = committed(year)
    asked = UnitList(units(rows), concordances=(read_concordance(),))
    found = asked.match_all(Asked(code=code, name=name) for code, name in rows)
    assert all(m.code == a.code and m.step is Step.LISTED for a, m in found.items())


@pytest.mark.parametrize("year", YEARS)
def test_names_alone_are_never_matched_to_another_unit(year):
    rows = committed(year)
    asked = UnitList(units(rows))
    found = asked.match_all(Asked(name=name, county=code[:6]) for code, name in rows)
    owners = {}
    for code, name in rows:
        owners.setdefault((code[:6], name), set()).add(code)
    for one, match in found.items():
        assert not match.code or {match.code} == owners[one.county, one.name]
    assert sum(not match.code for match in found.values()) <= 3


@pytest.mark.parametrize("year", YEARS)
def test_a_stem_that_stands_in_several_counties_needs_the_county(year):
    rows = committed(year)
    asked = UnitList(units(rows))
    many = {}
    for code, name in rows:
        many.setdefault(name, set()).add(code[:6])
    several = [name for name, counties in many.items() if len(counties) > 1]
    assert several
    assert all(not asked.match(Asked(name=name)).code for name in several)
    assert all(asked.match(Asked(name=name)).near for name in several)


def test_a_stem_alone_never_chooses_between_committee_and_village():
    asked = UnitList(units(committed(2023)))
    shared = ["兴隆", "千金", "兴安", "桥头", "河东", "北台"]
    for stem in shared:
        assert not asked.match(Asked(name=stem, county="210502")).code, stem
        urban = asked.match(Asked(name=f"{stem}社区居委会", county="210502")).code
        rural = asked.match(Asked(name=f"{stem}村委会", county="210502")).code
        assert UnitCode.from_text(urban).kind is UnitKind.URBAN
        assert UnitCode.from_text(rural).kind is UnitKind.RURAL


@pytest.mark.parametrize(
    ("old", "new", "listed", "followed", "doubted"),
    [(2017, 2023, 431, 74, 20), (2019, 2023, 431, 74, 20), (2021, 2023, 506, 0, 3),
     (2017, 2020, 447, 77, 1), (2019, 2020, 447, 77, 1), (2021, 2020, 509, 0, 0),
     (2023, 2020, 506, 0, 2), (2023, 2017, 431, 74, 3)],
)  # fmt: skip
def test_counts_by_step(old, new, listed, followed, doubted):
    asked = UnitList(units(committed(new)), concordances=(read_concordance(),))
    rows = committed(old)
    found = asked.match_all(Asked(code=code, name=name) for code, name in rows).values()
    steps = [match.step for match in found]
    assert (steps.count(Step.LISTED), steps.count(Step.CONCORDANCE)) == (listed, followed)
    assert steps.count(Step.NONE) == doubted == sum(match.doubt is not None for match in found)


@pytest.mark.parametrize("new", [2020, 2023])
@pytest.mark.parametrize("old", [2017, 2019])
def test_stems_find_only_what_the_concordance_says(old, new):
    shipped = UnitList(units(committed(new)), concordances=(read_concordance(),))
    alone = UnitList(units(committed(new)))
    rows = [Asked(code=code, name=name) for code, name in committed(old)]
    by_list, by_stem = shipped.match_all(rows), alone.match_all(rows)
    taken = [asked for asked, match in by_stem.items() if match.step is Step.STEM]
    assert len(taken) >= 71
    assert all(by_stem[asked].code == by_list[asked].code for asked in taken)


def test_a_committee_that_is_gone_is_not_taken_for_its_namesake():
    """镇东 of 草河口镇 is gone in 2021; 镇东 of 碱厂镇 in the same county stays."""
    gone, stays = "210521103011", "210521111007"
    for known in ((read_concordance(),), ()):
        asked = UnitList(units(committed(2023)), concordances=known)
        match = asked.match(Asked(code=gone, name="镇东社区居委会"))
        assert match.code == ""
        assert match.near in {(), (stays,)}


codes = st.lists(
    st.tuples(st.sampled_from(["210502", "210503"]), st.integers(1, 3), st.integers(195, 204)),
    unique=True, min_size=2, max_size=14,
).map(lambda rows: [f"{c}{t:03d}{n:03d}" for c, t, n in rows])  # fmt: skip
names = st.sampled_from(["兴隆", "河东", "北台", "姜卜", "姜堡"])


@settings(max_examples=200)
@given(codes, st.data())
def test_matching_is_a_function_of_the_set_of_rows(drawn, data):
    half = len(drawn) // 2
    named = {code: data.draw(names) for code in drawn}
    changes = [
        Change(old_date=date(2017, 10, 31), new_date=date(2019, 10, 31), code=code, name="a",
               new_code=data.draw(st.sampled_from(drawn)), new_name="a", became=Became.RECODED)
        for code in drawn if data.draw(st.booleans())
    ]  # fmt: skip
    asked = UnitList(
        units([(code, named[code]) for code in drawn[:half]]),
        concordances=(Concordance(tuple(changes)),),
    )
    rows = [Asked(code=code, name=named[code]) for code in drawn]
    found = asked.match_all(rows)
    assert found == asked.match_all(data.draw(st.permutations(rows)))
    by_stem = {}
    for one, match in found.items():
        assert not match.code or match.code in drawn[:half]
        assert (match.code == "") == (match.doubt is not None) == (match.step is Step.NONE)
        if match.step is Step.STEM:
            assert match.code not in by_stem, "two units became one"
            by_stem[match.code] = one
            target, code = UnitCode.from_text(match.code), UnitCode.from_text(one.code)
            assert (target.county, target.kind) == (code.county, code.kind)
            assert stem_of(named[match.code]) == stem_of(one.name)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_tracing_ends_and_never_leaves_the_list(links):
    changes = tuple(
        Change(old_date=None, new_date=None, code=str(a), name="", new_code=str(b), new_name="",
               became=Became.RECODED)
        for a, b in links
    )  # fmt: skip
    listed = {"1", "3", "5"}
    for code in "0246":
        assert set(Concordance(changes).trace(code, listed).codes) <= listed


def change(old, code, new, new_code, became):
    return Change(old_date=date(old, 1, 1), new_date=date(new, 1, 1), code=code, name=f"n{code}",
                  new_code=new_code, new_name=f"n{new_code}", became=became)  # fmt: skip


def test_a_code_that_comes_back_is_not_retired():
    known = Concordance((change(2017, "1", 2019, "", Became.LOST),
                         change(2019, "", 2021, "1", Became.NEW),
                         change(2019, "2", 2021, "", Became.LOST)))  # fmt: skip
    assert set(known.retired_by(date(2020, 1, 1))) == {"1"}
    assert set(known.retired_by(date(2022, 1, 1))) == {"2"}
    assert set(known.unborn_at(date(2019, 1, 1))) == {"1"}
    assert set(known.unborn_at(date(2017, 1, 1))) == set()
    assert [known.name_at("1", date(y, 6, 1)) for y in (2016, 2018, 2020, 2022)] == [
        "n1", "n1", "", "n1",
    ]  # fmt: skip


def test_two_ways_from_one_code_are_a_split():
    known = Concordance((change(2017, "1", 2019, "2", Became.RECODED),
                         change(2019, "2", 2021, "3", Became.RECODED),
                         change(2019, "2", 2021, "4", Became.RECODED)))  # fmt: skip
    traced = known.trace("1", {"3", "4"})
    assert (traced.codes, traced.became, traced.day) == (("3", "4"), Became.SPLIT, date(2019, 1, 1))
    assert known.trace("1", {"3"}).codes == ("3",)
    assert known.trace("3", {"1"}).codes == ("1",)
