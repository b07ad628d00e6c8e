"""Empty tables from the schema in ``columns.toml``, for people to fill in."""

from planner.model.blank import BlankField, BlankTable
from planner.store.columns import fields_of, kinds_of

_PLACED = ("lon", "lat")
_NEEDED = {  # besides what the schema requires: a reader refuses a table that leaves these empty
    "facilities": ("id", "kind", *_PLACED),
    "households": ("id", "households", "older", *_PLACED),
    "candidates": ("id", *_PLACED),
    "entrances": _PLACED,
}


def blank_table(name: str) -> BlankTable:
    """Return an empty table of the schema.

    Raises
    ------
    KeyError
        If the schema has no such table.
    """
    needed = _NEEDED.get(name, ())
    fields = tuple(
        BlankField(
            name=field.name,
            header=field.headers[0],
            also=(*field.headers[1:], *field.fallback),
            type=field.type,
            kinds=tuple(dict.fromkeys(kinds_of(field.type).values())),
            needed=field.required or field.name in needed,
            unit=field.unit,
            least=field.least,
        )
        for field in fields_of(name)
    )
    return BlankTable(name=name, fields=fields)
