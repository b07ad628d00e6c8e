"""The scenario file: everything wrong with it at once, each with its line."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from planner.errors import ScenarioError
from planner.model.finding import Finding, Severity
from planner.model.scenario import Scenario
from planner.store.extending import ExtendsError, extend

Path_ = tuple[str | int, ...]

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_\-]+))\s*""")
_STRING_OR_COMMENT = re.compile(r"""\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*$""")
_LEFT_OUT = ("folder",)  # set by the reader, never by the file
_SHOWS = {  # what each type looks like, in any language
    "float": "0.5",
    "int": "10",
    "string": '"…"',
    "path": '"…"',
    "bool": "true / false",
    "date": "2023-06-30",
    "tuple": "[…]",
    "dict": "{…}",
    "model": "[…]",
}
_LIMITS = {
    "greater_than": ("gt", "> {}"),
    "greater_than_equal": ("ge", "≥ {}"),
    "less_than": ("lt", "< {}"),
    "less_than_equal": ("le", "≤ {}"),
    "literal_error": ("expected", "{}"),
    "too_short": ("min_length", "≥ {}"),
}


def read_scenario(path: Path) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path
        The TOML file; relative paths in it start at its folder. With ``extends = "other.toml"``
        it is laid over that one (`planner.store.extending`).

    Returns
    -------
    Scenario
        With ``folder`` set.

    Raises
    ------
    ScenarioError
        If the file is missing or says something wrong; ``findings`` list every fault.
    """
    path = Path(path)
    text = _text(path)
    document, lines = _parsed(path, text), key_lines(text)
    extends = "extends" in document
    try:
        document = extend(document, path, lambda base: _parsed(base, _text(base)))
    except ExtendsError as fault:
        found = _finding(fault.rule, row=lines.get("extends"), column="extends", found=fault.found)
        raise _refused(path, [found]) from None
    findings = [*_unfit_numbers(document)]
    scenario: Scenario | None = None
    try:
        kept = {k: v for k, v in document.items() if k not in _LEFT_OUT}
        scenario = Scenario.model_validate_json(json.dumps(kept, default=str), strict=True)
    except ValidationError as error:
        known = {f.column for f in findings}
        findings += [f for f in map(_of_pydantic, error.errors()) if f.column not in known]
    findings += [_unknown((key,)) for key in _LEFT_OUT if key in document]
    findings += _contradictions(document)
    if findings or scenario is None:
        line = lines.get if extends else lambda column: _line(column, lines)
        raise _refused(path, [replace(f, row=line(f.column)) for f in findings])
    return scenario.model_copy(update={"folder": path.parent})


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(path, [_syntax(error, text)]) from None


def _text(path: Path) -> str:
    if path.is_dir() or not path.is_file():
        near = ""
        if path.parent.is_dir():
            names = sorted(p.name for p in path.parent.glob("*.toml"))
            near = ", ".join(difflib.get_close_matches(path.name, names, n=3, cutoff=0.4))
        raise _refused(path, [_finding("scenario.missing", found=near or "—")])
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _refused(path, [_finding("scenario.encoding")]) from None


def _refused(path: Path, findings: list[Finding]) -> ScenarioError:
    named = sorted(
        (replace(f, source=path.name) for f in findings), key=lambda f: (f.row or 0, f.column)
    )
    return ScenarioError(f"{path.name}: {len(named)} fault(s) in the scenario", named)


def _finding(
    rule: str, *, row: int | None = None, column: str = "", found: str = "", expected: str = ""
) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        row=row,
        column=column,
        found=found,
        expected=expected,
    )


def _syntax(error: tomllib.TOMLDecodeError, text: str) -> Finding:
    message = str(error)
    at = _AT_LINE.search(message)
    row = int(at[1]) if at and at[1] else len(text.splitlines())
    shown = text.splitlines()[row - 1].strip() if 0 < row <= len(text.splitlines()) else ""
    return _finding("scenario.syntax", row=row, found=shown[:80] or "—")


def _of_pydantic(error: ErrorDetails) -> Finding:
    place: Path_ = error["loc"]
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown(place)
    if kind == "missing":
        return _finding("scenario.missing_key", column=_dotted(place))
    return _finding(
        "scenario.bad_value", column=_dotted(place), found=_shown(found), expected=_expected(error)
    )


def _expected(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        years = str(error.get("ctx", {}).get("pattern", "")).startswith("^(slow")
        return '"slow", "fast", "winter", "2035"' if years else "my_city_2025"
    if kind in _LIMITS:
        key, form = _LIMITS[kind]
        return form.format(error.get("ctx", {}).get(key, ""))
    stem = kind.split("_", maxsplit=1)[0]
    return _SHOWS.get(stem, kind.replace("_", " "))


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'[:80]
    return json.dumps(value, default=str, ensure_ascii=False)[:80]


def _unknown(place: Path_) -> Finding:
    known = sorted(_keys_at(place[:-1]))
    near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    expected = near[0] if near else ", ".join(known)
    return _finding(
        "scenario.unknown_key", column=_dotted(place), found=str(place[-1]), expected=expected
    )


def _keys_at(place: Path_) -> Iterator[str]:
    """Return the keys the schema knows at a place."""
    model: type[BaseModel] = Scenario
    for step in place:
        if isinstance(step, int):
            continue
        found = next(_models(model.model_fields[step].annotation), None)
        if found is None:
            return
        model = found
    for name in model.model_fields:
        if not (model is Scenario and name in _LEFT_OUT):
            yield name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  typing's own objects
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, tuple, Annotated):
        for part in get_args(annotation):
            yield from _models(part)


def _unfit_numbers(value: object, place: Path_ = ()) -> Iterator[Finding]:
    """Find nan and inf, which TOML allows and no key of a scenario can mean."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _unfit_numbers(part, (*place, key))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _unfit_numbers(part, (*place, i))
    elif isinstance(value, float) and not isfinite(value):
        yield _finding(
            "scenario.bad_value", column=_dotted(place), found=str(value), expected="0.5"
        )


def _contradictions(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Return what the schema cannot say."""
    siting = document.get("siting")
    candidates = siting.get("candidates") if isinstance(siting, Mapping) else None
    if (
        isinstance(candidates, Mapping)
        and candidates.get("rule") == "file"
        and "file" not in candidates
    ):
        yield _finding("scenario.missing_key", column="siting.candidates.file")
    people = document.get("households")
    spread = people.get("spread") if isinstance(people, Mapping) else None
    if isinstance(spread, Mapping):
        over, named = spread.get("over", "streets"), "buildings" in spread
        if over == "buildings" and not named:
            yield _finding("scenario.missing_key", column="households.spread.buildings")
        elif named and over in {"streets", "none"}:
            column, found = "households.spread.over", _shown(over)
            yield _finding("scenario.bad_value", column=column, found=found, expected='"buildings"')
    page = document.get("map", {})
    asked = isinstance(page, Mapping) and page.get("basemap") == "tianditu"
    if asked and not page.get("tianditu_key"):
        yield _finding("scenario.missing_key", column="map.tianditu_key")


def _dotted(place: Path_) -> str:
    return ".".join(str(step) for step in place)


def key_lines(text: str) -> dict[str, int]:
    """Return the line of every table and key of a TOML text, by dotted path, lines from 1.

    Elements of ``[[table]]`` are counted from 0, as in ``facilities.0.path``. Keys inside
    inline tables are not listed; ask for the key that holds them.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table: tuple[str, ...] = ()
    fence = ""
    depth = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if fence:
            fence = "" if fence in line else fence
            continue
        bare = _without_strings(line)
        if depth:
            depth += _brackets(bare)
            continue
        stripped = bare.strip()
        if stripped.startswith("["):
            name = _placed(_keys(line.strip().strip("[").split("]")[0]), counts)
            if stripped.startswith("[["):
                key = ".".join(name)
                lines.setdefault(key, number)
                counts[key] = counts.get(key, -1) + 1
                name = (*name, str(counts[key]))
            table = name
            lines.setdefault(".".join(table), number)
        elif "=" in stripped:
            keys = _keys(line)
            for end in range(1, len(keys) + 1):
                lines.setdefault(".".join((*table, *keys[:end])), number)
            fence = next((f for f in ('"""', "'''") if line.count(f) % 2), "")
            depth = 0 if fence else _brackets(bare.split("=", 1)[1])
    return lines


def _without_strings(line: str) -> str:
    """Return a line with its strings emptied and its comment gone."""
    return _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else "''", line)


def _brackets(text: str) -> int:
    return sum(text.count(c) for c in "[{") - sum(text.count(c) for c in "]}")


def _keys(text: str) -> tuple[str, ...]:
    """Return the parts of a dotted key at the start of `text`."""
    keys, at = [], 0
    while match := _KEY.match(text, at):
        keys.append(next(part for part in match.groups() if part is not None))
        at = match.end()
        if at >= len(text) or text[at] != ".":
            break
        at += 1
    return tuple(keys)


def _placed(keys: tuple[str, ...], counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return a table name with the number of the array element it belongs to."""
    place: tuple[str, ...] = ()
    for i, key in enumerate(keys):
        place = (*place, key)
        if i + 1 < len(keys) and ".".join(place) in counts:
            place = (*place, str(counts[".".join(place)]))
    return place


def _line(column: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a key, or of the nearest table that holds it."""
    steps = column.split(".")
    for end in range(len(steps), 0, -1):
        if (line := lines.get(".".join(steps[:end]))) is not None:
            return line
    return None
