"""The main job on real streets nobody here drew; skipped where the data are not beside us."""

import numpy as np
import pytest
from cities import DATA, write_andorra, write_porto_alegre

import planner

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no test-only data beside the project")

CENTRE = (-51.235, -30.055, -51.205, -30.025)


@pytest.fixture(scope="module")
def cut_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("poa")
    return planner.run_scenario(planner.read_scenario(write_porto_alegre(folder, within=CENTRE)))


def test_a_cut_out_of_porto_alegre_runs_and_is_proven(cut_out):
    city = cut_out.walking[0]
    assert 0.3 < city.baseline["city"].share < city.planned["city"].share <= 1
    assert cut_out.plan.status == "optimal"
    assert len(cut_out.plan.picks) == 5
    assert city.planned["city"].covered == pytest.approx(cut_out.plan.objective)
    assert {f.rule for f in cut_out.findings} >= {"households.share_of_population", "join.filled"}


def test_nobody_walks_faster_than_a_straight_line(cut_out):
    minutes, nearest = cut_out.reach.minutes, cut_out.reach.nearest
    reached = np.flatnonzero(nearest >= 0)
    assert len(reached) > 50
    from_, to = cut_out.demand.lonlat[reached], cut_out.facilities.lonlat[nearest[reached]]
    east = (to[:, 0] - from_[:, 0]) * 111_320 * np.cos(np.radians(30.04))
    north = (to[:, 1] - from_[:, 1]) * 110_850
    fastest = 0.8 * 1.2 * 60  # slightly downhill is a fifth faster than the flat
    assert (minutes[reached] * fastest >= np.hypot(east, north) * 0.99).all()


def test_the_slow_reach_no_more_than_the_fast(cut_out):
    slow, fast = cut_out.walking
    assert slow.baseline["city"].covered <= fast.baseline["city"].covered


@pytest.mark.slow
def test_the_mountains_of_andorra_run_and_tell_their_islands(tmp_path):
    outcome = planner.run_scenario(planner.read_scenario(write_andorra(tmp_path)))
    share = outcome.walking[0].baseline["city"].share
    assert 0 < share < 0.5
    rules = {f.rule for f in outcome.findings}
    assert {"streets.islands", "walking.demand_island", "space.no_register"} <= rules
    assert np.isnan(outcome.provision.ratio).all()
    assert next(i for i in outcome.indicators if i.id == "C01").value is None
