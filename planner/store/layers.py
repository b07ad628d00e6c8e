"""Features as they stand in a map layer: GeoPackage, GeoJSON, Shapefile and their like.

Curves are read as the short straight lines they are drawn with, heights are left out.
"""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store import archives
from planner.store.cells import is_blank
from planner.store.dbf import AS_BYTES, decode_column, decode_name, encodings_of, missing_parts
from planner.store.reading import about

_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".kml", ".kmz", ".fgb", ".gml", ".gdb")
_JSON = (".geojson", ".json")
_KML = (".kml", ".kmz")
_OF_KML = ("id", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate",
           "extrude", "visibility", "drawOrder", "icon", "snippet")  # fmt: skip
_OF_PROGRAMS = ("layer_styles", "qgis_projects")  # tables a GIS keeps for itself
_WGS84 = "OGC:CRS84"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Features of one layer.

    Parameters
    ----------
    name
        Layer in the file, '' where the format has only one.
    headers
        Names of the attributes.
    columns
        Values of each attribute, each an object array of shape (n,).
    geometry
        Shapes in the layer's own coordinates, shape (n,), or `None` for a plain table.
    crs
        Coordinate system the file names, '' if it names none.
    count
        Number of features.
    notes
        What the reader decided.
    cut
        Positions of headers that may be the beginning of a longer one (Shapefile).
    """

    name: str
    headers: tuple[str, ...]
    columns: tuple[NDArray[np.object_], ...]
    geometry: NDArray[np.object_] | None
    crs: str
    count: int
    notes: tuple[tuple[str, str], ...]
    cut: frozenset[int] = frozenset()


def is_layer(path: Path) -> bool:
    """Return whether the file's name says that it is a map layer, perhaps inside a zip."""
    return path.suffix.lower() in (*_SUFFIXES, *archives.SUFFIXES)


def read_layer(file: InputFile, path: Path) -> tuple[Layer | None, tuple[Finding, ...]]:
    """Read the features of a layer; coordinates stay as they are in the file.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The file on disk, or the folder of a File Geodatabase.

    Returns
    -------
    tuple
        The layer, `None` if the file is unusable, and what is wrong with it.
    """
    if path.suffix.lower() not in archives.SUFFIXES:
        return _read_layer(file, path)
    try:
        with archives.unpacked(path) as inside:
            return _read_layer(file, inside)
    except archives.SeveralInside as several:
        return None, (about(file, "layer.not_one_inside", found=", ".join(several.names)),)
    except Exception as error:  # noqa: BLE001  a damaged zip fails in many ways
        return None, (about(file, "file.unreadable", found=_said(error)),)


def _read_layer(file: InputFile, path: Path) -> tuple[Layer | None, tuple[Finding, ...]]:
    suffix = path.suffix.lower()
    findings = missing_parts(file, path) if suffix == ".shp" else ()
    if findings:
        return None, findings
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            layer, findings = _of_its_kind(file, path)
    except (UnicodeDecodeError, LookupError):
        return None, (about(file, "file.encoding", found=file.encoding or "utf-8"),)
    except Exception as error:  # noqa: BLE001  a damaged file fails in many ways
        return None, (about(file, "file.unreadable", found=_said(error)),)
    if said:
        found, count = _said(said[0].message), str(len(said))
        findings += (about(file, "layer.warned", Severity.WARNING, found=found, count=count),)
    if layer is not None and not layer.count:
        findings += (about(file, "table.no_rows", found=", ".join(layer.headers)),)
        layer = None
    return layer, findings


def _of_its_kind(file: InputFile, path: Path) -> tuple[Layer | None, tuple[Finding, ...]]:
    """Read a layer in the way of its format.

    Raises
    ------
    UnicodeDecodeError, LookupError
        If a text is not encoded as the scenario says.
    """
    suffix = path.suffix.lower()
    if suffix in _JSON:
        return _from_json(file, path)
    named = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    names = [name for name, kind in named if kind or name not in _OF_PROGRAMS]
    wrong = _wrong_layer(file, names)
    if wrong is not None:
        return None, (wrong,)
    if suffix != ".shp":
        return _read(path, suffix, file.layer or names[0], file.encoding), ()
    raw = _read(path, suffix, names[0], AS_BYTES)
    trials = encodings_of(path, file.encoding)
    layer = next(filter(None, (_decoded(raw, e) for e in trials)), None)
    if layer is None:
        return None, (about(file, "file.encoding", found=", ".join(trials)),)
    return layer, ()


def _from_json(file: InputFile, path: Path) -> tuple[Layer | None, tuple[Finding, ...]]:
    raw = path.read_bytes()
    trials = (file.encoding,) if file.encoding else ("utf-8-sig", "gb18030")
    text, encoding = _text_of(raw, trials)
    if text is None:
        return None, (about(file, "file.encoding", found=", ".join(trials)),)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        line, place = str(error.lineno), str(error.colno)
        return None, (about(file, "layer.bad_json", found=error.msg, line=line, place=place),)
    except RecursionError:
        return None, (about(file, "file.unreadable", found="JSON"),)
    names_crs = isinstance(document, dict) and document.get("crs") is not None
    del document
    if encoding not in ("utf-8", "utf-8-sig"):
        raw = text.encode("utf-8")
    source: Path | bytes = path if encoding in ("utf-8", "utf-8-sig") else raw
    named = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
    wrong = _wrong_layer(file, named)
    if wrong is not None:
        return None, (wrong,)
    layer = _read(source, ".json", named[0], None)
    crs = layer.crs if names_crs else ""
    if not crs and not file.crs:
        crs = _WGS84  # RFC 7946, where nobody says otherwise
    noted = "utf-8" if encoding == "utf-8-sig" else encoding
    return replace(layer, crs=crs, notes=(("encoding", noted),)), ()


def _text_of(raw: bytes, trials: Sequence[str]) -> tuple[str | None, str]:
    for encoding in trials:
        try:
            return raw.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    return None, ""


def _said(error: object) -> str:
    return " ".join(str(error).split())[:300]


def _wrong_layer(file: InputFile, names: list[str]) -> Finding | None:
    if not names:
        return about(file, "table.empty")
    if file.layer is None:
        return about(file, "file.which_layer", found=", ".join(names)) if len(names) > 1 else None
    if file.layer in names:
        return None
    return about(file, "file.no_such_layer", found=", ".join(names), expected=file.layer)


def _decoded(layer: Layer, encoding: str) -> Layer | None:
    """Return the layer of a Shapefile with its texts, `None` if they are not so encoded."""
    try:
        names = [decode_name(header, encoding) for header in layer.headers]
        columns = tuple(decode_column(list(column), encoding) for column in layer.columns)
    except (UnicodeDecodeError, LookupError):
        return None
    return replace(
        layer,
        headers=tuple(name for name, _ in names),
        columns=columns,
        cut=frozenset(i for i, (_, full) in enumerate(names) if full),
        notes=(("encoding", encoding),),
    )


def _is_data(name: str, column: NDArray[np.object_]) -> bool:
    """Return whether a column of a KML is more than one every KML has, empty."""
    empty = (None, "", "NaT", -1, 0)
    return name not in _OF_KML or any(not is_blank(v) and v not in empty for v in column)


def _read(source: Path | bytes, suffix: str, name: str, encoding: str | None) -> Layer:
    pyogrio.set_gdal_config_options({"LIBKML_LAUNDER_FIELD_NAMES": "NO"})  # else Chinese is lost
    meta, _, shapes, values = pyogrio.raw.read(
        source, layer=name, encoding=encoding, datetime_as_string=True
    )
    geometry = None
    if shapes is not None:
        geometry = np.asarray(shapely.force_2d(shapely.from_wkb(shapes)), object)
    columns = [np.asarray(column).astype(object) for column in values]
    headers = [str(name) for name in meta["fields"]]
    if suffix in _KML:
        used = [i for i, name in enumerate(headers) if _is_data(name, columns[i])]
        headers, columns = [headers[i] for i in used], [columns[i] for i in used]
    count = len(shapes) if shapes is not None else (len(columns[0]) if columns else 0)
    return Layer(
        name=name if suffix not in (*_JSON, ".shp") else "",
        headers=tuple(headers),
        columns=tuple(columns),
        geometry=geometry,
        crs=meta["crs"] or "",
        count=count,
        notes=(("layer", name), ("encoding", encoding or meta["encoding"] or "")),
    )
