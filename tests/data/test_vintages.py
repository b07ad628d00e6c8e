"""The five lists, what changed between them, and the table shipped with the planner."""

import csv
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "data"))

from making import vintages  # noqa: E402
from making.committees import build_concordance, read_committees, stem_of  # noqa: E402

from planner.standards.concordance import read_concordance  # noqa: E402

LISTS = ROOT / "data/boundaries"
ADDED_LATER = ROOT.parent / "shared/data/may-be-carried/admin_codes"
COMPUTED = ADDED_LATER / "benxi_villages_changes_2017_2023_computed.csv"


def committees(year):
    return read_committees(LISTS / f"committees_{year}.csv")


def test_the_shipped_table_is_what_the_lists_give():
    with vintages.WRITTEN.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)]
    assert rows == [vintages.HEADER, *vintages.build_changes(LISTS)]
    assert len(read_concordance().changes) == len(rows) - 1


def test_lists_have_the_published_sizes():
    sizes = {year: len(committees(year)) for year in (2017, 2019, 2020, 2021, 2023)}
    assert sizes == {2017: 525, 2019: 525, 2020: 529, 2021: 509, 2023: 508}
    towns = {year: len({one.township for one in committees(year)}) for year in sizes}
    assert towns == {2017: 58, 2019: 58, 2020: 49, 2021: 49, 2023: 49}


def test_no_functional_area_counts_as_a_committee():
    kinds = Counter(one.kind for one in committees(2023))
    assert kinds == {"居": 211, "村": 287, "其他": 10}
    assert Counter(one.kind for one in committees(2020)) == {"居": 230, "村": 288, "其他": 11}


def test_2017_to_2023_in_six_kinds_of_change():
    rows = build_concordance(committees(2017), committees(2023))
    found = Counter(row[4] for row in rows)
    suffix_only = sum(row[4] == "renamed" and stem_of(row[1]) == stem_of(row[3]) for row in rows)
    park = sum(row[:2] == ("210504010400", "卧龙工业园区") for row in rows)
    assert (suffix_only, park) == (2, 1)
    assert found["unchanged"] == 413
    assert found["renamed"] == 16 + suffix_only
    assert (found["recoded"], found["merged-or-lost"], found["new"]) == (74, 20, 3)


@pytest.mark.skipif(not COMPUTED.exists(), reason="the table computed by others is not here")
def test_every_row_agrees_with_the_table_computed_by_others():
    words = {
        "unchanged": "unchanged",
        "renamed_same_code": "renamed",
        "suffix_only": "renamed",
        "recoded_same_name": "recoded",
        "removed": "merged-or-lost",
        "added": "new",
    }
    with COMPUTED.open(encoding="utf-8-sig", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    theirs = {(*row[:4], words[row[4]]) for row in rows}
    ours = {row[:5] for row in build_concordance(committees(2017), committees(2023))}
    assert ours == theirs


def test_58_townships_became_49():
    old, new = committees(2019), committees(2020)
    rows = vintages.town_changes(old, new)
    became = {row[0]: row[4] for row in rows if row[0]}
    assert Counter(became.values()) == {"unchanged": 48, "merged": 8, "split": 2}
    assert [row[2:] for row in rows if not row[0]] == [("210502012", "桥北街道", "new")]
    heirs = {row[2] for row in rows if row[0] == "210505003"}
    assert heirs == {"210505001", "210505004", "210505005"}
