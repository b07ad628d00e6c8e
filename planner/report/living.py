"""Where people stand on the map, in words: as counted there, or shared out from totals."""

from planner.model.demand import Representation
from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.words import say

_AS_COUNTED = Representation(over="points", communities=0, points=0)


def living_state(outcome: Outcome) -> dict[str, str | int]:
    """Return how people came to stand where they do: ``points`` if the file places them all."""
    state = outcome.demand.representation or _AS_COUNTED
    return {
        "over": state.over,
        "communities": state.communities,
        "points": state.points,
        "lone": state.lone,
    }


def living_words(outcome: Outcome, language: Language) -> str:
    """Return how people came to stand where they do, stated in every output (domain 2.5)."""
    state = living_state(outcome)
    numbers = {key: f"{value:,}" for key, value in state.items() if key != "over"}
    told = say(f"table.living.{state['over']}", language, **numbers)
    if not state["lone"] or state["over"] == "none":
        return told
    return say("table.living.lone", language, told=told, lone=numbers["lone"])


def is_spread(outcome: Outcome) -> bool:
    """Return whether people of any community were shared out."""
    return outcome.demand.representation is not None
