"""``run.json``: where every number comes from. The only file with a time stamp."""

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from planner.model.outcome import Outcome
from planner.model.provenance import Source
from planner.report.living import living_state
from planner.report.walker import slope_state

_LIBRARIES = (
    "contourpy",
    "folium",
    "geopandas",
    "highspy",
    "numba",
    "numpy",
    "osmium",
    "osmnx",
    "pandas",
    "pydantic",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scipy",
    "shapely",
    "xlsxwriter",
    "xstatic-leaflet",
)


def run_document(
    outcome: Outcome, files: dict[str, str], *, written: datetime | None = None
) -> dict[str, Any]:
    """Return the provenance of a run as JSON values.

    Parameters
    ----------
    outcome
        What the run found.
    files
        sha256 of the other files of the result, by name.
    written
        Time stamp; default now.
    """
    scenario = outcome.scenario.model_dump(mode="json", by_alias=True)
    walking = outcome.scenario.walking
    stamp = (written or datetime.now(UTC)).astimezone(UTC)
    return {
        "written": stamp.isoformat(timespec="seconds"),
        "versions": installed_versions(),
        "scenario": scenario,
        "parameters": {
            "walking": [{"group": w.group, "speed_mps": w.speed_mps} for w in outcome.walking],
            "limit_min": walking.limit_min,
            "direction": walking.direction,
            "season_factor": walking.season_factor,
            "slope": slope_state(outcome),
            "living": living_state(outcome),
            "crs": outcome.crs,
            "candidates": outcome.plan.candidates,
            "solver": outcome.plan.solver,
            "rules": [
                {
                    "id": rule.id,
                    "value": rule.value,
                    "unit": rule.unit,
                    "document": rule.document,
                    "clause": rule.clause,
                    "verified": rule.verified,
                }
                for rule in outcome.standards.rules
            ],
        },
        "inputs": [_source(source) for source in outcome.sources],
        "outputs": dict(sorted(files.items())),
        "stages": [
            {
                "name": stage.name,
                "seconds": round(stage.seconds, 3),
                "peak_memory_mb": round(stage.peak_memory_mb, 1),
            }
            for stage in outcome.stages
        ],
    }


def installed_versions() -> dict[str, str]:
    """Return the versions of Python, this package and the libraries that compute."""
    versions = {"python": platform.python_version()}
    for name in ("facility-coverage-planner", *_LIBRARIES):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _source(source: Source) -> dict[str, Any]:
    return {
        "role": source.role,
        "path": source.path,
        "sha256": source.sha256,
        "bytes": source.bytes,
        "rows": source.rows,
        "crs": source.crs,
        "data_date": source.data_date.isoformat() if source.data_date else None,
        "attribution": source.attribution,
        "synthetic": source.synthetic,
        "notes": dict(source.notes),
    }
