"""What kind of table a file holds, told by its headers; nothing is guessed."""

from collections import Counter
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.store.cells import as_code, as_text
from planner.store.columns import (
    Field,
    fields_of,
    kinds_of,
    match_columns,
    normal,
    tables_of_schema,
)
from planner.store.tables import Table

_CLEAR = 0.4  # of a column that only one kind of table has, by which the best must be ahead
_LEAST = 0.5  # of such a column, below which a table is not known by its headers
_MISSING = 0.5  # taken off where a header the table needs is not there
_SAMPLE = 200
_UNITS = ("communities", "counties")
_POINTS, _LINES, _AREAS = {0, 4}, {1, 5}, {3, 6}
_SHAPES = {  # the shapes each kind of table may have; any other may have all
    "communities": _AREAS,
    "counties": _AREAS,
    "facilities": _POINTS | _AREAS,
    "households": _POINTS | _AREAS,
    "entrances": _POINTS,
    "candidates": _POINTS | _AREAS,
    "streets": _LINES,
    "street_changes": _LINES | _POINTS,
    "backdrop": _LINES | _AREAS,
}
_NEEDS_SHAPES = ("streets", "street_changes", "backdrop")


def recognise(table: Table) -> tuple[str, ...]:
    """Return the kinds of table a file may be, the best first.

    Parameters
    ----------
    table
        The rows.

    Returns
    -------
    tuple of str
        One name where it is clear, several where it is not, none where no header is known. A
        column counts the less, the more kinds of table have it; a column of kinds (设施类型) counts
        for the table whose words stand in it.
    """
    shapes = _shape_types(table)
    scores = {
        schema: score
        for schema in tables_of_schema()
        if _fits(schema, shapes) and (score := _score(schema, table)) > 0
    }
    best = max(scores.values(), default=0.0)
    if best < _LEAST:
        return _by_shape(shapes)
    near = [s for s, score in scores.items() if score > best - _CLEAR]
    return tuple(sorted(near, key=lambda schema: -scores[schema]))


def _shape_types(table: Table) -> set[int]:
    if table.geometry is None:
        return set()
    return {int(kind) for kind in np.unique(shapely.get_type_id(table.geometry)) if kind >= 0}


def _fits(schema: str, shapes: set[int]) -> bool:
    if not shapes:
        return schema not in _NEEDS_SHAPES
    return shapes <= _SHAPES.get(schema, shapes)


def _by_shape(shapes: set[int]) -> tuple[str, ...]:
    """Return what a layer without a known header may be."""
    if shapes and shapes <= _LINES:
        return "streets", "backdrop"
    return ("communities", "backdrop") if shapes and shapes <= _AREAS else ()


def _score(schema: str, table: Table) -> float:
    matched = match_columns(schema, table.headers, {}, table.fault, cut=table.cut)
    fields = {field.name: field for field in fields_of(schema)}
    unclear = {
        dict(f.values).get("field") for f in matched.findings if "nearest" not in dict(f.values)
    }
    required = {name for name, field in fields.items() if field.required}
    shared = _shared()
    score = 0.0
    for name, at in matched.at.items():
        if _is_kind(fields[name]):
            score += _known_words(fields[name], table.columns[at])
        else:
            score += 1 / max(1, shared[_stem(table.headers[at])])
    if schema in _UNITS and "code" in matched.at:
        score += _share_of_level(schema, table.columns[matched.at["code"]])
    return score if required <= {*matched.at, *unclear} else score - _MISSING


def _share_of_level(schema: str, cells: NDArray[np.object_]) -> float:
    """Return the share of codes with the digits of a committee, or those of a county."""
    codes = [code for cell in cells[:_SAMPLE] if (code := as_code(cell))]
    county = [len(code) == 6 or code.endswith("000000") for code in codes]
    share = sum(county) / len(codes) if codes else 0.0
    return share if schema == "counties" else 1 - share


def _is_kind(field: Field) -> bool:
    return bool(kinds_of(field.type))


def _known_words(field: Field, cells: NDArray[np.object_]) -> float:
    """Return the share of cells with a known word of this field."""
    texts = [text for cell in cells[:_SAMPLE] if (text := as_text(cell))]
    words = kinds_of(field.type)
    return sum(normal(text) in words for text in texts) / len(texts) if texts else 0.0


@cache
def _shared() -> Counter[str]:
    """Return in how many kinds of table each header means something."""
    return Counter(
        header
        for schema in tables_of_schema()
        for header in {
            normal(h) for field in fields_of(schema) for h in (*field.headers, *field.fallback)
        }
    )


def _stem(header: str) -> str:
    plain = normal(header)
    return plain if plain in _shared() else plain.split("(")[0].split("[")[0]
