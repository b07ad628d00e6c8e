"""``results.gpkg``: layers that QGIS opens styled, with aliases in the run's language."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from planner.model.outcome import BORDER_M, OUTLINE_M, Outcome
from planner.model.scenario import Language
from planner.report.closures import closed_table
from planner.report.living import living_words
from planner.report.plain import plain
from planner.report.published import Published
from planner.report.qml import layer_style
from planner.report.tables import (
    Cell,
    Table,
    community_table,
    demand_table,
    facility_table,
    finding_table,
    site_table,
)
from planner.report.walker import walker_words
from planner.report.words import say

_CRS = "EPSG:4490"
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
_NUMBERS = frozenset({"count", "number", "share", "degrees"})
Shapes = NDArray[np.object_]


def write_layers(outcome: Outcome, shown: Published, path: Path, *, language: Language) -> None:
    """Write the GeoPackage.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    path
        File to write; it must not exist.
    language
        Of aliases, layer titles, style legends and words; layer and field names stay the same.
    """
    layers = [
        (community_table(outcome, shown), "MultiPolygon", _areas(outcome.communities.geometry)),
        (facility_table(outcome), "Point", _points(outcome.facilities.lonlat)),
        (
            _catchment_table(outcome),
            "MultiPolygon",
            _areas(tuple(c.geometry for c in outcome.catchments)),
        ),
        (site_table(outcome, shown), "Point", _table_points(site_table(outcome, shown))),
        *_closed_layer(outcome, shown),
        (demand_table(shown), "Point", _points(shown.cells.lonlat)),
        (
            finding_table(outcome, language),
            "Point",
            _table_points(finding_table(outcome, language)),
        ),
    ]
    with _fixed_clock():
        for at, (table, kind, shapes) in enumerate(layers):
            frame = geopandas.GeoDataFrame(_columns(table, language), geometry=shapes, crs=_CRS)
            pyogrio.write_dataframe(
                frame,
                path,
                layer=table.key,
                driver="GPKG",
                geometry_type=kind,
                append=at > 0,
                layer_options={"GEOMETRY_NAME": "geom"},
            )
    with closing(sqlite3.connect(path)) as base:
        _describe(base, [table for table, _, _ in layers], outcome, language)
        _write_styles(base, [table for table, _, _ in layers], language)
        base.commit()
        base.execute("VACUUM")


def _closed_layer(outcome: Outcome, shown: Published) -> list[tuple[Table, str, Shapes]]:
    if not outcome.plan.closed:
        return []
    table = closed_table(outcome, shown)
    return [(table, "Point", _table_points(table))]


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Let GDAL write a fixed date instead of now (law 10)."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _columns(table: Table, language: Language) -> dict[str, pd.Series]:
    return {
        key: _series([_told(row[j], kind, language) for row in table.rows], kind)
        for j, (key, kind) in enumerate(table.columns)
    }


def _told(cell: Cell, kind: str, language: Language) -> Cell:
    """Return a reason in words; other coded values stay codes, which the styles ask for."""
    if kind == "word:reason" and cell is not None:
        return say(f"table.reason.{cell}", language)
    return cell


def _series(cells: list[Cell], kind: str) -> pd.Series:
    if kind == "flag":
        return pd.Series(cells, dtype="bool")
    if kind in _NUMBERS:
        return pd.Series([np.nan if c is None else c for c in cells], dtype="float64")
    return pd.Series(cells, dtype="object")


def _areas(geometry: tuple[shapely.Geometry | None, ...]) -> Shapes:
    return _shapes([None if g is None else _polygons_of(g) for g in geometry])


def _polygons_of(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygons of any geometry as one multipolygon; `None` where there are none."""
    parts = [p for p in _flat(geometry) if isinstance(p, shapely.Polygon) and not p.is_empty]
    return shapely.MultiPolygon(parts) if parts else None


def _flat(geometry: shapely.Geometry) -> Iterator[shapely.Geometry]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, shapely.GeometryCollection | shapely.MultiPolygon):
            yield from _flat(part)
        else:
            yield part


def _points(lonlat: NDArray[np.float64]) -> Shapes:
    return _shapes([shapely.Point(x, y) if np.isfinite([x, y]).all() else None for x, y in lonlat])


def _table_points(table: Table) -> Shapes:
    keys = [key for key, _ in table.columns]
    lon, lat = keys.index("lon"), keys.index("lat")
    places = [(row[lon], row[lat]) for row in table.rows]
    lonlat = np.array(places, np.float64).reshape(-1, 2)
    return _points(lonlat)


def _shapes(geometries: list[shapely.Geometry | None]) -> Shapes:
    shapes = np.empty(len(geometries), object)
    shapes[:] = geometries
    return shapes


def _catchment_table(outcome: Outcome) -> Table:
    """Return the drawn catchments: merged ones first, then those of single facilities."""
    columns = (
        ("state", "word:state"),
        ("limit_min", "number"),
        ("kind", "word:catchment_kind"),
        ("facility_id", "text"),
        ("facility", "text"),
    )
    rows = tuple(
        (
            drawn.state,
            float(drawn.limit_min),
            drawn.kind.value,
            drawn.facility_id or None,
            plain(drawn.facility) or None,
        )
        for drawn in outcome.catchments
    )
    return Table(key="catchments", columns=columns, rows=rows)


def _describe(
    base: sqlite3.Connection, tables: list[Table], outcome: Outcome, language: Language
) -> None:
    """Write layer titles and field aliases (GeoPackage schema extension)."""
    base.execute(
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
        "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, "
        "CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
    )
    base.execute(
        "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
        "name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, "
        "CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), "
        "CONSTRAINT gdc_tn UNIQUE (table_name, name))"
    )
    base.execute(
        "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, "
        "constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, "
        "max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, "
        "CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))"
    )
    for name in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        base.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', "
            "'http://www.geopackage.org/spec121/#extension_schema', 'read-write')",
            (name,),
        )
    notices = [say("summary.demonstration", language)] if outcome.scenario.synthetic else []
    if not outcome.scenario.sharing.map_review_number:
        notices.append(say("summary.internal", language))
    walk = f"{say('table.overview.direction', language)}: {walker_words(outcome, language)}"
    walk += f"; {say('table.overview.living', language)}: {living_words(outcome, language)}"
    notes = {
        "catchments": [
            say("table.note.catchments", language, metres=f"{OUTLINE_M:g}", border=f"{BORDER_M:g}")
        ]
    }
    for table in tables:
        base.execute(
            "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
            (
                say(f"table.layer.{table.key}", language),
                " ".join([*notices, walk, *notes.get(table.key, [])]),
                table.key,
            ),
        )
        base.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, NULL, NULL, NULL)",
            [(table.key, key, alias, alias) for key, alias in _aliases(table, language)],
        )


def _aliases(table: Table, language: Language) -> list[tuple[str, str]]:
    return [(key, say(f"table.column.{key}", language)) for key, _ in table.columns]


def _write_styles(base: sqlite3.Connection, tables: list[Table], language: Language) -> None:
    base.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
        "update_time DATETIME)"
    )
    for table in tables:
        base.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
            "ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
            (
                table.key,
                table.key,
                layer_style(table.key, _aliases(table, language), language),
                say(f"table.layer.{table.key}", language),
                _FIXED_DATE,
            ),
        )
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (_FIXED_DATE,),
    )
