"""How far off totals of communities are: the figures of data/households/README.md, found again."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from planner.analysis import catchment
from planner.analysis.walk import pace_of
from planner.model.scenario import Spreading
from planner.run.diary import Diary
from planner.run.loading import load_inputs
from planner.standards import read_standards
from planner.store.scenario import read_scenario

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "households"
COUNTS = ("常住户数", "常住人口", "60岁以上人口", "80岁以上人口")


def summed(path):
    totals = defaultdict(lambda: [0] * len(COUNTS))
    with (FOLDER / "households_synthetic.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            total = totals[row["社区代码"]]
            for i, column in enumerate(COUNTS):
                total[i] += int(row[column])
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(
            [["社区代码", *COUNTS], *([code, *counts] for code, counts in totals.items())]
        )
    return path


def measure(scenario, group="slow_elder"):
    """Return people and reached people of each community, and the number of points."""
    standards = read_standards()
    loaded = load_inputs(scenario, standards, Diary(lambda *_: None))
    near = catchment.find_nearest(loaded.walk, loaded.at_serving, loaded.at_demand)
    reached = near.within(pace_of(standards, group, scenario.walking).limit_mm)
    position = loaded.communities.position()
    at = np.array([position[code] for code in loaded.demand.community])
    n, weight = len(loaded.communities), loaded.demand.weight()
    return np.bincount(at, weight, n), np.bincount(at, weight * reached, n), len(loaded.demand)


@pytest.mark.slow
def test_the_figures_of_the_readme(tmp_path):
    scenario = read_scenario(ROOT / "scenarios" / "benxi_2025.toml")
    people, own, points = measure(scenario)
    told = [f"{points:,}", f"{100 * own.sum() / people.sum():.2f} %"]
    path = summed(tmp_path / "totals.csv")
    for over in ("streets", "none"):
        file = scenario.households.model_copy(update={"path": path, "spread": Spreading(over=over)})
        total, reached, points = measure(scenario.model_copy(update={"households": file}))
        assert (total == people).all()  # to the person, in every community
        off = 100 * (reached.sum() - own.sum()) / people.sum()
        share = f"{100 * reached.sum() / people.sum():.2f} %"
        moved = np.abs(reached - own).sum() / people.sum()
        told += [f"{share}（{off:+.2f}）".replace("-", "−"), f"{100 * moved:.2f} %"]
        if over == "streets":
            told.append(f"{points:,}")
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [figure for figure in told if figure not in readme] == []
