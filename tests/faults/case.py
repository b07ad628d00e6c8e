"""What a damaged input is: how it is made, and which finding must tell of it."""

from collections.abc import Callable
from dataclasses import dataclass

from city import City

CASES = []


@dataclass(frozen=True)
class Told:
    """A finding that must be there: rule, file, row and column."""

    rule: str
    file: str
    row: int | None = None
    column: str = ""


@dataclass(frozen=True)
class Case:
    """One fault.

    Parameters
    ----------
    name
        Name of the function that makes it.
    what
        What is damaged, for the table of the README.
    damage
        Changes the files of a good city.
    told
        Findings that must be there; none where the reader must get it right by itself.
    changes
        Whether some number may rightly differ without a finding (a row that was added on purpose).
    """

    name: str
    what: str
    damage: Callable[[City], None]
    told: tuple[Told, ...]
    changes: bool = False


def fault(what, rule="", file="", row=None, column="", *, more=(), changes=False):
    """Register a function that damages a city."""

    def keep(damage):
        told = (Told(rule, file, row, column), *more) if rule else tuple(more)
        CASES.append(Case(damage.__name__, what, damage, told, changes=changes))
        return damage

    return keep
