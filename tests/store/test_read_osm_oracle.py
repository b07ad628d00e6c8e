"""Splitting of ways against a slow plain second version."""

from collections import Counter

import numpy as np
import pytest
from filed import named, osm_file
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.store.streets_osm import read_osm

PLACES = {
    ref: (round(123.7 + ref % 4 / 1000, 7), round(41.3 + ref // 4 / 1000, 7))
    for ref in range(1, 13)
}
MISSING = {11, 12}
NODES = {ref: place for ref, place in PLACES.items() if ref not in MISSING}


def oracle(ways):
    """Return the lines between junctions, each as a tuple of node ids."""
    runs = []
    for way in ways:
        run = []
        for ref in [*way, 12]:
            if ref in MISSING:
                runs += [run] if len(run) > 1 else []
                run = []
            elif not run or run[-1] != ref:
                run.append(ref)
    times = Counter(ref for run in runs for ref in run)
    lines = []
    for run in runs:
        line = run[:1]
        for at, ref in enumerate(run[1:], start=2):
            line.append(ref)
            if times[ref] > 1 or at == len(run):
                lines.append(tuple(line))
                line = [ref]
    return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ways")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ways=st.lists(st.lists(st.integers(1, 12), min_size=2, max_size=7), min_size=1, max_size=6))
def test_lines_between_junctions(folder, ways):
    path = folder / "a.osm.pbf"
    path.unlink(missing_ok=True)
    osm_file(path, NODES, [(way, {"highway": "path"}) for way in ways])
    found, _ = read_osm(named(path), path, None)
    ref_at = {place: ref for ref, place in NODES.items()}
    pieces = [
        tuple(ref_at[round(x, 7), round(y, 7)] for x, y in found.lonlat[a:b])
        for a, b in zip(found.start[:-1], found.start[1:], strict=True)
    ]
    assert Counter(pieces) == Counter(oracle(ways))
    ends = {}
    for piece, tail, head in zip(pieces, found.tail, found.head, strict=True):
        assert ends.setdefault(int(tail), piece[0]) == piece[0]
        assert ends.setdefault(int(head), piece[-1]) == piece[-1]
    assert len(set(ends.values())) == len(ends)
    assert np.array_equal(np.unique(found.tail.tolist() + found.head.tolist()), range(len(ends)))
