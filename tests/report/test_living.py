"""How people came to stand where they do: the same words in every output."""

from dataclasses import replace

import pytest
from small_outcome import small_outcome

from planner.model.demand import Representation
from planner.report.headline import headline
from planner.report.living import living_words
from planner.report.record import run_document
from planner.report.summary import check_summary, summary_document


def outcome_of(**state):
    outcome = small_outcome()
    shared = Representation(communities=1_518, points=18_952, **state) if state else None
    return replace(outcome, demand=replace(outcome.demand, representation=shared))


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        ({"over": "buildings"}, "按住宅建筑分摊到 18,952 个点", "shared out to 18,952 homes"),
        ({"over": "streets"}, "1,518 个村(居)的合计沿居住道路分摊", "along residential streets"),
        ({"over": "streets", "lone": 3}, "其中 3 个村(居)", "3 of them stand at one point"),
        ({"over": "none", "lone": 3}, "各以一个点代表", "stand at one point each"),
    ],
)
def test_totals_that_were_shared_out_are_told(state, zh, en):
    outcome = outcome_of(**state)
    document = summary_document(outcome)
    check_summary(document)
    assert document["about"]["living"]["over"] == state["over"]
    assert document["about"]["living"]["lone"] == state.get("lone", 0)
    assert run_document(outcome, {})["parameters"]["living"] == document["about"]["living"]
    for words in (living_words, headline):
        assert zh in words(outcome, "zh")
        assert en in words(outcome, "en")


def test_points_of_the_file_are_told_without_a_line_of_their_own():
    outcome = outcome_of()
    assert summary_document(outcome)["about"]["living"]["over"] == "points"
    assert "人口表中的坐标" in living_words(outcome, "zh")
    assert "where people live" not in headline(outcome, "en")
