"""A run that is ended early: the best plan so far with its bound, or nothing at all."""

import json
import signal
from itertools import count

import pytest
from click.testing import CliRunner
from tiny import write_town

from planner import cli
from planner.cli.speaking import end_early
from planner.run import run_scenario
from planner.store.scenario import read_scenario


def town(folder, **siting):
    path = write_town(folder)
    lines = "".join(f"{key} = {value}\n" for key, value in siting.items())
    path.write_text(path.read_text("utf-8").replace("[siting]\n", f"[siting]\n{lines}"), "utf-8")
    return path


def test_an_ended_search_leaves_a_plan_with_its_bound_and_says_so(tmp_path):
    scenario = read_scenario(town(tmp_path, frontier=1))
    whole = run_scenario(scenario)
    ended = run_scenario(scenario, go_on=lambda: False)
    assert "siting.interrupted" in {f.rule for f in ended.findings}
    assert "siting.interrupted" not in {f.rule for f in whole.findings}
    assert ended.plan.objective <= whole.plan.objective <= ended.plan.bound
    assert ended.plan.variants == ()
    assert whole.plan.variants


@pytest.mark.parametrize("moment", range(0, 40, 5))
def test_whenever_it_is_ended_the_bound_holds(tmp_path, moment):
    scenario = read_scenario(town(tmp_path, question='"worst_district"'))
    best = run_scenario(scenario).plan
    asked = count()
    ended = run_scenario(scenario, go_on=lambda: next(asked) < moment).plan
    assert ended.objective <= best.objective + 1e-12
    assert ended.bound >= best.objective - 1e-12


def test_the_first_interrupt_ends_the_search_and_the_second_the_run(capsys):
    told = []
    with end_early("zh", lambda *step: told.append(step)) as (show, go_on):
        show("siting", 0, 0)
        assert go_on()
        signal.raise_signal(signal.SIGINT)
        assert not go_on()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert told == [("siting", 0, 0)]
    assert "Ctrl-C" in capsys.readouterr().err
    with end_early("en", lambda *_step: None) as (show, _):
        show("coverage", 0, 0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_run_given_up_leaves_nothing_behind(tmp_path, monkeypatch):
    path = town(tmp_path)
    out = tmp_path / "out"

    def give_up(*_args, **_more):
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(cli.running, "write_outcome", give_up)
        given_up = CliRunner().invoke(cli.cli, ["run", str(path), "--out", str(out)])
    assert given_up.exit_code == 1
    assert not out.exists()
    done = CliRunner().invoke(cli.cli, ["run", str(path), "--out", str(out), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["scenario"] == "tiny"
