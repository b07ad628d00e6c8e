"""The files a scenario names, even where the scenario itself cannot be used."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from planner.model.scenario import Households, InputFile, Scenario
from planner.store.extending import ExtendsError, extend

M = TypeVar("M", bound=BaseModel)

_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("communities", ("boundaries", "communities")),
    ("counties", ("boundaries", "counties")),
    ("concordance", ("boundaries", "concordance")),
    ("facilities", ("facilities",)),
    ("households", ("households",)),
    ("buildings", ("households", "spread", "buildings")),
    ("streets", ("streets",)),
    ("street_changes", ("street_changes",)),
    ("elevation", ("elevation",)),
    ("entrances", ("entrances",)),
    ("candidates", ("siting", "candidates", "file")),
    ("backdrop", ("backdrop",)),
)


def named_files(scenario: Scenario) -> tuple[tuple[str, InputFile], ...]:
    """Return what each file of a scenario is read as, and the file."""
    found = []
    for role, place in _PLACES:
        value: Any = scenario
        for step in place:
            value = getattr(value, step, None)
        files = value if isinstance(value, tuple) else (value,)
        found += [(role, file) for file in files if isinstance(file, InputFile)]
    return tuple(found)


def with_files(part: M, change: Callable[[InputFile], InputFile]) -> M:
    """Return a scenario, or part of one, with each of its files changed."""

    def changed(value: object) -> object:
        if isinstance(value, InputFile):
            return change(value)
        if isinstance(value, BaseModel):
            return with_files(value, change)
        return tuple(map(changed, value)) if isinstance(value, tuple) else value

    values = {name: getattr(part, name) for name in type(part).model_fields}
    return part.model_copy(update={name: changed(value) for name, value in values.items()})


def salvage(path: Path) -> tuple[tuple[str, InputFile], ...]:
    """Return the files a faulty scenario names, as far as they can be told.

    Parameters
    ----------
    path
        The TOML file.

    Returns
    -------
    tuple of (str, InputFile)
        What to read each file as. Keys of a file that are unknown or wrong are left out; they are
        told as faults of the scenario.
    """
    try:
        document = extend(_parse(path), path, _parse)
    except (OSError, ValueError, ExtendsError):
        return ()
    found = []
    for role, place in _PLACES:
        value: Any = document
        for step in place:
            value = value.get(step) if isinstance(value, Mapping) else None
        for entry in value if isinstance(value, list) else [value]:
            file = _file(entry, Households if role == "households" else InputFile)
            if file is not None:
                found.append((role, file.telling_every()))
    return tuple(found)


def _parse(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))


def _file(entry: object, model: type[InputFile]) -> InputFile | None:
    if not isinstance(entry, Mapping):
        return None
    kept = {key: value for key, value in entry.items() if key in model.model_fields}
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        wrong = {fault["loc"][0] for fault in error.errors()}
    try:
        return model.model_validate({k: v for k, v in kept.items() if k not in wrong})
    except ValidationError:
        return None
