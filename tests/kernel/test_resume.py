"""Work that was ended goes on where it stood, and gives what it would have given."""

import numpy as np
import pytest
from valley import build_valley, on_hills, random_stops

from planner.kernel import covering
from planner.kernel.runs import build_runs

GIVEN = {"limit_mm": 720_000, "towards": True, "chunk": 16}


@pytest.fixture(scope="module")
def town():
    rng = np.random.default_rng(1)
    graph = build_valley(1).graph
    return graph, random_stops(graph, rng, 100), random_stops(graph, rng, 900)


def end_after(rows):
    def progress(done, total):
        if done >= rows:
            raise KeyboardInterrupt

    return progress


def assert_equal(runs, others):
    for a, b in zip(runs, others, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype


@pytest.mark.parametrize("threads", [1, 2])
def test_ended_and_taken_up_again(town, tmp_path, threads, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        build_runs(*town, folder=tmp_path, progress=end_after(48), threads=threads, **GIVEN)
    (kept,) = tmp_path.iterdir()
    finished = len(list(kept.glob("ends-*.npy")))
    assert finished >= 3
    searched = []
    search = covering.pairing.run_rows
    monkeypatch.setattr(
        covering.pairing, "run_rows", lambda *given: searched.append(1) or search(*given)
    )
    runs = build_runs(*town, folder=tmp_path, threads=threads, **GIVEN)
    assert len(searched) == 7 - finished
    assert_equal(runs, build_runs(*town, **GIVEN))


def test_a_finished_result_is_read_back(town, tmp_path, monkeypatch):
    first = build_runs(*town, folder=tmp_path, **GIVEN)
    (kept,) = tmp_path.iterdir()
    names = {path.name for path in kept.iterdir()}
    assert names == {"row_start.npy", "first.npy", "last.npy", "order.npy"}
    monkeypatch.setattr(covering, "build_quest", None)  # nothing is to be built
    again = build_runs(*town, folder=tmp_path, **GIVEN)
    assert_equal(again, first)
    assert not again.first.flags.writeable


def test_other_inputs_start_anew(town, tmp_path):
    graph, sites, demand = town
    build_runs(*town, folder=tmp_path, **GIVEN)
    less = GIVEN | {"limit_mm": 100_000}
    assert_equal(build_runs(*town, folder=tmp_path, **less), build_runs(*town, **less))
    moved = demand._replace(access_mm=demand.access_mm + 1)
    found = build_runs(graph, sites, moved, folder=tmp_path, **GIVEN)
    assert_equal(found, build_runs(graph, sites, moved, **GIVEN))
    hills = on_hills(build_valley(1), np.random.default_rng(1)).graph
    found = build_runs(hills, sites, demand, folder=tmp_path, **GIVEN)
    assert_equal(found, build_runs(hills, sites, demand, **GIVEN))
    assert len(list(tmp_path.iterdir())) == 4


def test_half_written_files_do_not_count(town, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        build_runs(*town, folder=tmp_path, progress=end_after(32), **GIVEN)
    (kept,) = tmp_path.iterdir()
    (kept / "rows-000000048.part").write_bytes(b"cut off")
    (kept / "rows-000000064.npy").write_bytes(b"columns without their ends")
    assert_equal(build_runs(*town, folder=tmp_path, **GIVEN), build_runs(*town, **GIVEN))


def test_nobody_covered_is_a_result_too(town, tmp_path):
    graph, sites, demand = town
    nowhere = sites._replace(edge=np.full_like(sites.edge, -1))
    for places in (nowhere, nowhere._replace(edge=nowhere.edge[:0], share=nowhere.share[:0],
                                             access_mm=nowhere.access_mm[:0])):  # fmt: skip
        for _ in range(2):
            runs = build_runs(graph, places, demand, folder=tmp_path, **GIVEN)
            assert_equal(runs, build_runs(graph, places, demand, **GIVEN))
