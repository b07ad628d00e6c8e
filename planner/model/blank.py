"""An empty table to fill in: its fields as a planner writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankField:
    """One column of an empty table.

    Parameters
    ----------
    name
        Name of the field in the planner.
    header
        The first of the headers that mean it.
    also
        The other headers that mean it.
    type
        ``text``, ``code``, ``number``, ``date``, or the name of a list of kinds.
    kinds
        What may stand in the column, none for a column of any text.
    needed
        Whether the table is of no use without it.
    unit
        Unit of a number, '' if it has none.
    least
        Smallest number allowed.
    """

    name: str
    header: str
    also: tuple[str, ...] = ()
    type: str = "text"
    kinds: tuple[str, ...] = ()
    needed: bool = False
    unit: str = ""
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankTable:
    """One empty table.

    Parameters
    ----------
    name
        Name of the table in the schema.
    fields
        Its columns in order.
    """

    name: str
    fields: tuple[BlankField, ...]
