"""Streets once read are kept on disk and memory-mapped the next time.

An entry is found by what went into it: the bytes of the files, how the scenario describes them, the
plane, the window and the code that read them. Nothing about people is ever kept here. The folder is
``PLANNER_CACHE``, or the user's own cache folder; ``PLANNER_CACHE=off`` keeps nothing.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from planner.model.finding import Finding, Severity
from planner.model.network import Network
from planner.model.provenance import Source
from planner.store.reading import Read

_KEPT = 8  # entries; the least recently used go first
_ABOUT = "about.json"


def cached_network(described: str, build: Callable[[], Read[Network]]) -> Read[Network]:
    """Return the network described, from disk where it was read before.

    Parameters
    ----------
    described
        All that decides the result, fingerprints of the files included.
    build
        Reads the network.

    Returns
    -------
    Read of Network
        The same value, findings and source whether or not it came from disk. A folder that cannot
        be written or an entry that cannot be read is passed over.
    """
    home = cache_home()
    if home is None:
        return build()
    key = hashlib.sha256(f"{_code()}\n{described}".encode()).hexdigest()
    entry = home / key
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = _load(entry)
        os.utime(entry)
        return kept
    read = build()
    if read.value is not None:
        with contextlib.suppress(OSError):
            _keep(read, entry)
            _forget(home)
    return read


def cache_home() -> Path | None:
    """Return the folder for what can be read or fetched again, `None` if nothing may be kept."""
    asked = os.environ.get("PLANNER_CACHE", "")
    if asked.lower() == "off":
        return None
    if asked:
        return Path(asked)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "facility-coverage-planner"


@cache
def _code() -> str:
    """Return a fingerprint of the code and tables that read streets."""
    digest = hashlib.sha256()
    for place in (resources.files("planner.store"), resources.files("planner.model")):
        for entry in sorted(place.iterdir(), key=lambda e: e.name):
            if entry.name.endswith((".py", ".toml")):
                digest.update(entry.name.encode() + entry.read_bytes())
    return digest.hexdigest()


def _load(entry: Path) -> Read[Network]:
    about = json.loads((entry / _ABOUT).read_text(encoding="utf-8"))
    columns = {name: np.load(entry / f"{name}.npy", mmap_mode="r") for name in about["arrays"]}
    network = Network(**columns, **_dated(about["network"]))
    findings = tuple(
        Finding(
            **{
                **row,
                "severity": Severity(row["severity"]),
                "values": tuple((key, text) for key, text in row["values"]),
            }
        )
        for row in about["findings"]
    )
    source = _dated(about["source"])
    source["notes"] = tuple((key, text) for key, text in source["notes"])
    return Read(network, findings, Source(**source))


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    day = row["data_date"]
    return {**row, "data_date": date.fromisoformat(day) if day else None}


def _keep(read: Read[Network], entry: Path) -> None:
    """Write an entry beside its place and move it in, so that none is ever half there."""
    network = read.value
    values = {field.name: getattr(network, field.name) for field in fields(Network)}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    about = {
        "arrays": sorted(arrays),
        "network": {name: value for name, value in values.items() if name not in arrays},
        "findings": [asdict(finding) for finding in read.findings],
        "source": asdict(read.source),
    }
    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=entry.parent, prefix=".new-") as scratch:
        fresh = Path(scratch) / "entry"
        fresh.mkdir()
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        text = json.dumps(about, ensure_ascii=False, default=date.isoformat)
        (fresh / _ABOUT).write_text(text, encoding="utf-8")
        if entry.is_dir():  # half-deleted or from a broken disk
            shutil.rmtree(entry)
        fresh.rename(entry)


def _forget(home: Path) -> None:
    entries = [path for path in home.iterdir() if path.is_dir() and not path.name.startswith(".")]
    entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in entries[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
