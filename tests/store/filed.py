"""Small files of every format, written for the tests of the readers."""

import csv
import warnings
from datetime import date

import numpy as np
import openpyxl
import osmium
import pyogrio.raw
import shapely
from osmium.osm.mutable import Node, Way

from planner.model.finding import Severity
from planner.model.ground import Ground
from planner.model.scenario import Households, InputFile

WINDOW = (123.6, 41.2, 123.9, 41.4)
GROUND = Ground(lon_0=123.75, lat_0=41.3)
DAY = date(2023, 6, 30)


def csv_file(path, rows, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def xlsx_file(path, rows, sheet="名册", **more):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for name, cells in more.items():
        other = book.create_sheet(name)
        for row in cells:
            other.append(row)
    book.save(path)
    return path


def layer_file(path, fields, shapes, crs="EPSG:4490", **options):
    columns = [np.array(column, object if isinstance(column[0], str) else None)
               for column in fields.values()]  # fmt: skip
    kind = next(s.geom_type for s in shapes if s is not None)
    with warnings.catch_warnings():  # of headers cut off after ten bytes, and of no CRS: both meant
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=np.array(shapely.to_wkb(np.array(shapes, object)), object),
            field_data=columns,
            fields=list(fields),
            geometry_type=kind,
            crs=crs,
            **options,
        )
    return path


def osm_file(path, nodes, ways):
    """Write nodes {id: (lon, lat)} and ways [(refs, tags)]."""
    writer = osmium.SimpleWriter(str(path))
    for ref, place in nodes.items():
        writer.add_node(Node(id=ref, location=place))
    for number, (refs, tags) in enumerate(ways, start=1):
        writer.add_way(Way(id=number, nodes=refs, tags=tags))
    writer.close()
    return path


def named(path, **more):
    return InputFile(path=path.name, **{"data_date": DAY, **more})


def people(path, **more):
    return Households(path=path.name, **{"data_date": DAY, "crs": "EPSG:4490", **more})


def rules(read):
    return [f.rule for f in read.findings]


def errors(read):
    return [f for f in read.findings if f.severity is Severity.ERROR]


def only(read, rule):
    found = [f for f in read.findings if f.rule == rule]
    assert len(found) == 1, rules(read)
    return found[0]
