"""Write the five files of a result, all or none, and the page that compares results."""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pyogrio.errors import DataSourceError
from xlsxwriter.exceptions import FileCreateError

from planner.errors import OutputError
from planner.model.finding import Finding, Severity
from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.layers import write_layers
from planner.report.published import publish
from planner.report.record import run_document
from planner.report.summary import check_summary, summary_document
from planner.report.together import publish_together
from planner.report.webmap import draw_comparison, draw_map
from planner.report.workbook import write_workbook

_REFUSED = (OSError, DataSourceError, sqlite3.OperationalError, FileCreateError)
FILES = ("map.html", "results.gpkg", "tables.xlsx", "summary.json", "run.json")


def write_outcome(
    outcome: Outcome, folder: Path, *, language: Language, written: datetime | None = None
) -> None:
    """Write ``map.html``, ``results.gpkg``, ``tables.xlsx``, ``summary.json`` and ``run.json``.

    Everything is written beside `folder` first and put in its place by renaming, so that a
    failure leaves the previous result as it was. Files in `folder` that are not ours stay.

    Parameters
    ----------
    outcome
        What a run found.
    folder
        Result folder; made if it does not exist.
    language
        Of the words in the files.
    written
        Time stamp of ``run.json``; default now.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    place = folder.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not place.is_dir():
            raise NotADirectoryError(str(folder))
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".new", dir=place.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        _write_files(outcome, fresh, language=language, written=written)
        _put_in_place(fresh, place)
    except _REFUSED as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_comparison(outcomes: Sequence[Outcome], path: Path, *, language: Language) -> None:
    """Write one page that holds several scenarios, or leave the file that was there.

    Parameters
    ----------
    outcomes
        Two to four results, the one to compare with first.
    path
        HTML file; its folder is made if it does not exist.
    language
        Language the page opens in.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = draw_comparison(publish_together(outcomes), language=language)
    replace_file(path, lambda fresh: fresh.write_bytes(text.encode()))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write one file beside its place first, and put it there when it is whole.

    Parameters
    ----------
    path
        File to write; its folder is made if it does not exist.
    write
        Called with the file to fill, which ends as `path` does.

    Raises
    ------
    OutputError
        If the file cannot be written; what was there stays.
    """
    fresh: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}.", suffix=f".new{path.suffix}", dir=path.parent
        )
        os.close(handle)
        fresh = Path(name)
        write(fresh)
        fresh.chmod(0o644)
        _to_disk(fresh)
        fresh.replace(path)
        _to_disk(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if fresh is not None:
            fresh.unlink(missing_ok=True)


def _write_files(
    outcome: Outcome, fresh: Path, *, language: Language, written: datetime | None
) -> None:
    shown = publish(outcome)
    summary = summary_document(outcome, shown)
    check_summary(summary)
    (fresh / "summary.json").write_bytes(_json(summary))
    (fresh / "map.html").write_bytes(draw_map(outcome, shown, language=language).encode())
    write_layers(outcome, shown, fresh / "results.gpkg", language=language)
    write_workbook(outcome, shown, fresh / "tables.xlsx", language=language)
    hashes = {
        name: hashlib.sha256((fresh / name).read_bytes()).hexdigest()
        for name in FILES
        if name != "run.json"
    }
    record = run_document(outcome, hashes, written=written)
    (fresh / "run.json").write_bytes(_json(record))
    fresh.chmod(0o755)
    for path in (*fresh.iterdir(), fresh):
        _to_disk(path)


def _put_in_place(fresh: Path, place: Path) -> None:
    if not place.exists():
        fresh.rename(place)
        _to_disk(place.parent)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".old", dir=place.parent))
    place.rename(old / "was")
    try:
        fresh.rename(place)
    except BaseException:
        (old / "was").rename(place)
        old.rmdir()
        raise
    _to_disk(place.parent)
    for entry in sorted((old / "was").iterdir()):
        if entry.name not in FILES:
            entry.rename(place / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Flush a file, or a folder where the system can open one."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _unwritable(folder: Path, error: Exception) -> OutputError:
    finding = Finding(
        rule="output.unwritable",
        severity=Severity.ERROR,
        source=str(folder),
        found=getattr(error, "strerror", None) or type(error).__name__,
        values=(("folder", str(folder)),),
    )
    return OutputError(f"cannot write {folder}: {error}", [finding])
