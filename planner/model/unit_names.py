"""Names of committees without the words that say what they are.

Names are not keys: many stand in several counties, and a town committee and a village committee
of one county may share the stem. Read together with `planner.model.codes`.
"""

import re
import unicodedata

from planner.model.districts import UnitKind

# Longest first; 居民委会 is a slip that stands in official lists.
_URBAN = (
    "社区居民委员会", "社区居民委会", "居民委员会", "社区居委会", "居民委会", "居委会", "社区",
)  # fmt: skip
_RURAL = ("村民委员会", "村民委会", "村委会", "村")
_OFFICES = ("街道办事处", "办事处")
_SPACE = re.compile(r"\s+")
_ALIKE = str.maketrans("卜坊郦候", "堡房俪侯")  # written one for the other in the lists
_LOOSE = re.compile(r"(?<=.)[家子](?=.)|(?<=..)子$")


def plain_name(name: str) -> str:
    """Return a name in half-width form without spaces."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", name))


def stem_of(name: str) -> str:
    """Return a committee's name without 社区居委会, 村委会 and the like."""
    name = plain_name(name)
    for ending in (*_URBAN, *_RURAL):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name


def kind_said(name: str) -> UnitKind | None:
    """Return what the ending of a name says the unit is.

    ``None`` where it says nothing; 社区 alone says 居, although villages use it too.
    """
    name = plain_name(name)
    if name.endswith(_URBAN):
        return UnitKind.URBAN
    return UnitKind.RURAL if name.endswith(_RURAL) else None


def committee_kind(name: str) -> UnitKind | None:
    """Return the kind where a name names the committee itself (…居委会, …村委会)."""
    return None if plain_name(name).endswith(("社区", "村")) else kind_said(name)


def looks_alike(stem: str, other: str) -> bool:
    """Return whether two stems may be one name: 卜 for 堡, 家 or 子 left out, cut short by one.

    A suspicion only; nothing is joined by it.
    """
    a, b = (_LOOSE.sub("", s.translate(_ALIKE)) for s in (stem, other))
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    return len(short) > 1 and len(long) == len(short) + 1 and long.startswith(short)


def plain_town(name: str) -> str:
    """Return a township's name without 办事处."""
    name = plain_name(name)
    for ending in _OFFICES:
        if name.endswith(ending):
            return name.removesuffix(ending) + ("街道" if ending.startswith("街道") else "")
    return name
