"""A scenario to fill in: empty tables, layers to draw in, and the file that names them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from planner.report.templates import (
    scenario_text,
    sheet_name,
    write_guide,
    write_layer_template,
    write_scenario,
    write_template,
)
from planner.store.blanks import blank_table
from planner.store.loose import GUIDE

_BOOKS = ("facilities", "households", "candidates", "entrances", "communities")
_LAYERS = {
    "communities": "MultiPolygon",
    "counties": "MultiPolygon",
    "street_changes": "Unknown",
}
_GUIDE = f"layers{GUIDE}.xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What was written.

    Parameters
    ----------
    scenario, data
        The scenario file and the folder of its data.
    written, kept
        Files that were written, and files that stood there and were left as they are.
    """

    scenario: Path
    data: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def start_scenario(name: str, folder: Path) -> Started:
    """Write ``scenarios/NAME.toml`` and empty tables in ``data/NAME``; nothing is written over.

    Parameters
    ----------
    name
        Name of the scenario, fit for `planner.model.scenario.Scenario`.
    folder
        Where ``scenarios`` and ``data`` stand.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    scenario, data = folder / "scenarios" / f"{name}.toml", folder / "data" / name
    relative = Path(os.path.relpath(data, scenario.parent)).as_posix()
    sheets = {f"{table}.xlsx": sheet_name(table) for table in _BOOKS}
    tables = tuple(blank_table(table) for table in _LAYERS)
    text = scenario_text(name, relative, sheets)
    todo: list[tuple[Path, Callable[[Path], None]]] = [(scenario, partial(write_scenario, text))]
    todo += [
        (data / f"{table}.xlsx", partial(write_template, blank_table(table))) for table in _BOOKS
    ]
    for blank, geometry in zip(tables, _LAYERS.values(), strict=True):
        write_layer = partial(write_layer_template, blank, geometry=geometry)
        todo.append((data / f"{blank.name}.gpkg", write_layer))
    todo.append((data / _GUIDE, partial(write_guide, tables)))
    written, kept = [], []
    for path, write in todo:
        if path.exists():
            kept.append(path)
        else:
            write(path)
            written.append(path)
    return Started(scenario=scenario, data=data, written=tuple(written), kept=tuple(kept))
