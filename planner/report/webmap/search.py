"""What the search box needs besides the names: how their characters are spoken, and ids."""

import re
from collections.abc import Iterable
from typing import Any

from pypinyin import Style, lazy_pinyin, pinyin

from planner.model.outcome import Outcome
from planner.report.plain import plain
from planner.report.tables import county_names

_CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003134f]")
_MOST_READINGS = 4


def search_words(outcome: Outcome) -> dict[str, Any]:
    """Return ``readings`` (character to its readings) and the ids of the facilities.

    The page spells every name from the readings of its characters, so that a reading is stored
    once however many names use it.

    Parameters
    ----------
    outcome
        What a run found.
    """
    names = [
        *outcome.communities.name,
        *outcome.facilities.name,
        *(pick.name for pick in outcome.plan.picks),
        *county_names(outcome).values(),
    ]
    return {
        "readings": read_aloud(names),
        "facilities": [plain(code) for code in outcome.facilities.id],
    }


def provincial_floor(outcome: Outcome) -> dict[str, Any]:
    """Return the least floor area the province asks of a community, by urban and rural.

    Parameters
    ----------
    outcome
        What a run found.
    """
    space = outcome.scenario.space
    return {
        "urban": space.provincial_urban_m2,
        "rural": space.provincial_rural_m2,
        "source": plain(space.provincial_source),
    }


def _each(unknown: str) -> Any:  # noqa: ANN401  (pypinyin takes a list, its types do not say so)
    return list(unknown)


def read_aloud(names: Iterable[str]) -> dict[str, str]:
    """Return the readings of every Chinese character of `names`, without tones.

    Parameters
    ----------
    names
        Names of places.

    Returns
    -------
    dict of str to str
        Character to its readings with spaces between, in the order of the characters: first
        those it has in these names, then its others, at most four. ``ü`` is ``v``.

    Examples
    --------
    >>> read_aloud(["本溪", "八家堡"])
    {'八': 'ba', '堡': 'bao bu pu', '家': 'jia gu jie', '本': 'ben', '溪': 'xi'}
    """
    heard: dict[str, dict[str, None]] = {}
    for name in sorted(set(names)):
        for word in re.findall(f"{_CHINESE.pattern}+", name):
            for character, reading in zip(word, lazy_pinyin(word, errors=_each), strict=True):
                heard.setdefault(character, {})[reading] = None
    for character, readings in heard.items():
        for reading in pinyin(character, style=Style.NORMAL, heteronym=True)[0]:
            readings[reading] = None
    return {
        character: " ".join(
            [r for r in heard[character] if r.isascii() and r.isalpha()][:_MOST_READINGS]
        )
        for character in sorted(heard)
    }
