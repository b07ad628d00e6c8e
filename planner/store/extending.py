"""A scenario that extends another: tables are merged, everything else replaces."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class ExtendsError(ValueError):
    """What is wrong with ``extends``: the rule it breaks and the files or value it names."""

    def __init__(self, rule: str, found: str) -> None:
        super().__init__(f"{rule}: {found}")
        self.rule, self.found = rule, found


def extend(document: Document, path: Path, parse: Callable[[Path], Document]) -> Document:
    """Return a scenario laid over the one it extends, and that over its own.

    Tables are merged key by key; lists and values replace. Paths of a base stay relative to the
    base's own folder.

    Parameters
    ----------
    document
        Of the file at `path`.
    path
        The scenario file.
    parse
        Reads a TOML file.

    Raises
    ------
    ExtendsError
        If a base is missing or the files extend each other in a circle.
    """
    return _over_base(document, path, parse, ())


def _over_base(
    document: Document, path: Path, parse: Callable[[Path], Document], seen: tuple[Path, ...]
) -> Document:
    if "extends" not in document:
        return document
    named = document["extends"]
    if not isinstance(named, str) or not named.strip():
        raise ExtendsError("scenario.extends_missing", str(named) or "—")
    base = path.parent / named
    chain = (*seen, path.resolve())
    if base.resolve() in chain:
        raise ExtendsError("scenario.extends_cycle", " → ".join(p.name for p in (*chain, base)))
    if not base.is_file():
        raise ExtendsError("scenario.extends_missing", named)
    under = _over_base(parse(base), base, parse, chain)
    own = {key: value for key, value in document.items() if key != "extends"}
    return _merged(_moved(under, base.parent, path.parent), own)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> Document:
    both = dict(base)
    for key, value in own.items():
        below = base.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            both[key] = _merged(below, value)
        else:
            both[key] = value
    return both


def _moved(value: Any, start: Path, to: Path) -> Any:  # noqa: ANN401  (TOML)
    """Return a base with its relative paths written from another folder."""
    if start.resolve() == to.resolve():
        return value
    if isinstance(value, Mapping):
        return {
            key: _path(part, start, to)
            if key == "path" and isinstance(part, str)
            else _moved(part, start, to)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_moved(part, start, to) for part in value]
    return value


def _path(text: str, start: Path, to: Path) -> str:
    if Path(text).is_absolute():
        return text
    return Path(os.path.relpath(start.resolve() / text, to.resolve())).as_posix()
