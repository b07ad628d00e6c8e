"""Lists that are packed for the page come back as they were."""

import gzip
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed import read_lists

from planner.report.packing import pack_lists, pack_steps, pack_varints, zigzag

LEAST = 64


def decimal(digits):
    whole = st.integers(-(10**9), 10**9)
    return whole.map(lambda n: n // 10**digits if n % 10**digits == 0 else n / 10**digits)


columns = st.one_of(
    st.integers(0, 6).flatmap(
        lambda digits: st.lists(st.none() | decimal(digits), min_size=LEAST, max_size=90)
    ),
    st.lists(st.integers(-3, 3), min_size=LEAST, max_size=90),
    st.lists(st.sampled_from(["甲", "b", ""]), min_size=LEAST, max_size=90),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=90),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=90),
    st.lists(st.booleans() | st.integers(0, 2), min_size=LEAST, max_size=70),
)


@given(st.dictionaries(st.text(max_size=3), columns, max_size=4))
def test_what_is_packed_comes_back(tables):
    document = {"name": "x", "tables": tables, "nested": [{"deep": v} for v in tables.values()]}
    before = deepcopy(document)
    left, island = pack_lists(document)
    assert read_lists(left, island) == document == before
    assert pack_lists(document) == (left, island)


def test_long_columns_leave_the_document():
    names = [f"站{i}" for i in range(LEAST)]
    document = {"name": names, "short": names[1:], "lon": [123 + i / 1e5 for i in range(LEAST)]}
    left, island = pack_lists(document)
    assert left == {"name": [], "short": names[1:], "lon": []}
    told = [(path, code, length) for path, code, _, length, *_ in island["columns"]]
    assert told == [(["name"], "text", LEAST), (["lon"], "steps", LEAST)]


def test_varints_by_hand():
    assert pack_varints([0, 127, 128, 300]) == bytes([0, 127, 128, 1, 0xAC, 2])
    assert zigzag([0, -1, 1, -2]).tolist() == [0, 1, 2, 3]
    assert pack_steps([5, 4, 4]) == bytes([10, 1, 0])
    assert pack_varints(np.array([], int)) == b""


def test_no_time_is_written():
    _, island = pack_lists({"n": list(range(100))})
    assert island["gzip"].startswith("H4sIAAAAAAA")
    assert gzip.compress(b"", mtime=0)[4:8] == bytes(4)


@pytest.mark.parametrize(
    "codes",
    [
        [f"f{i:07d}" for i in range(99, 0, -1)],
        [f"{210502001001 + 7 * i:012d}" for i in range(200)],
        [f"编号-{i:03d}" for i in range(64)],
        [f"{i:020d}" for i in range(70)],
    ],
)
def test_codes_in_series_come_back_and_are_small(codes):
    left, island = pack_lists({"code": codes})
    assert island["columns"][0][1] == "serial"
    assert read_lists(left, island) == {"code": codes}
    assert island["columns"][0][4] < 3 * len(codes) + 40


def test_codes_that_are_no_series_stay_texts():
    for odd in (["a1"] * 63 + ["b1"], ["a1"] * 63 + ["a12"], ["a1"] * 63 + ["a٣"]):
        left, island = pack_lists({"code": odd})
        assert island["columns"][0][1] != "serial"
        assert read_lists(left, island) == {"code": odd}
