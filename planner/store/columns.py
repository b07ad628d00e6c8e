"""Which column of a file means which field: the schema in ``columns.toml``, applied."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, cast

from planner.model.finding import Finding, Severity

_BRACKETED = re.compile(r"^(?P<stem>.+?)[(\[【<](?P<inside>[^)\]】>]*)[)\]】>]$")
_SEPARATORS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a table.

    Parameters
    ----------
    name
        Name of the field in the planner.
    type
        ``text``, ``code``, ``number``, or the name of a list of kinds.
    headers, fallback
        Headers that mean this field; the fallback counts only where no other stands.
    required
        Whether a file without it is unusable.
    unit
        Unit of a number, a key of ``[units]``.
    least
        Smallest number allowed.
    """

    name: str
    type: str
    headers: tuple[str, ...]
    fallback: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """Where each field stands in a file.

    Parameters
    ----------
    at
        Field -> position of its column.
    findings
        What is wrong with the headers.
    personal
        Headers that look like personal data.
    """

    at: Mapping[str, int]
    findings: tuple[Finding, ...]
    personal: tuple[str, ...] = field(default=())


@cache
def _sheet() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def fields_of(table: str) -> tuple[Field, ...]:
    """Return the fields of a table.

    Raises
    ------
    KeyError
        If the schema has no such table.
    """
    return tuple(
        Field(
            name=name,
            type=entry["type"],
            headers=tuple(entry["headers"]),
            fallback=tuple(entry.get("fallback", ())),
            required=entry.get("required", False),
            unit=entry.get("unit", ""),
            least=entry.get("least"),
        )
        for name, entry in _sheet()[table].items()
    )


@cache
def kinds_of(name: str) -> Mapping[str, str]:
    """Return normalised word -> kind for a list of kinds, the kinds' own names included."""
    words: dict[str, str] = {}
    for kind, synonyms in _sheet()["values"][name].items():
        for word in (kind, *synonyms):
            words[normal(word)] = kind
    return words


def normal(text: str) -> str:
    """Return `text` without what does not matter: width, case, spaces, underscores."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).casefold())


def looks_personal(header: str) -> bool:
    """Return whether a header looks like data about one person (law 9)."""
    plain = normal(header)
    personal = _sheet()["personal"]
    return plain in personal["exact"] or any(word in plain for word in personal["words"])


def match_columns(
    table: str, headers: Sequence[str], declared: Mapping[str, str], *, source: str, layer: str
) -> Matched:
    """Find the column of each field.

    Parameters
    ----------
    table
        Name of the table in the schema.
    headers
        Headers of the file, in order.
    declared
        Field -> header, as the scenario says under ``columns``; it always wins.
    source, layer
        Where the headers stand.

    Returns
    -------
    Matched
        Positions of the fields and all findings.
    """
    fields = fields_of(table)
    findings: list[Finding] = []
    at: dict[str, int] = {}

    def fault(rule: str, **values: str) -> None:
        place = {key: values.pop(key) for key in ("column", "found", "expected") if key in values}
        findings.append(
            Finding(
                rule=rule,
                severity=Severity.ERROR,
                source=source,
                layer=layer,
                row=1,
                values=tuple(sorted(values.items())),
                **cast("dict[str, Any]", place),
            )
        )

    names = [f.name for f in fields]
    listed = ", ".join(h for h in headers if h)
    for name, header in declared.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
            fault("columns.unknown_field", found=name, expected=near[0] if near else names[0])
            continue
        places = [i for i, h in enumerate(headers) if normal(h) == normal(header)]
        if len(places) == 1:
            at[name] = places[0]
        elif places:
            fault("columns.ambiguous", column=header, found=_quoted(headers, places), field=name)
        else:
            fault("columns.header_not_found", found=listed, expected=header, field=name)
    for entry in fields:
        if entry.name in declared:
            continue
        places, odd = _places(entry, headers)
        if len(places) == 1:
            at[entry.name] = places[0]
        elif places:
            fault("columns.ambiguous", found=_quoted(headers, places), field=entry.name)
        elif odd is not None:
            fault("columns.unit", column=headers[odd], found=headers[odd], expected=entry.unit)
        elif entry.required:
            expected = " / ".join((*entry.headers[:4], *entry.fallback[-1:]))
            near = _nearest(entry, headers)
            fault("columns.missing", found=listed, expected=expected, nearest=near)
    personal = tuple(h for i, h in enumerate(headers) if looks_personal(h))
    return Matched(at, tuple(findings), personal)


def _quoted(headers: Sequence[str], places: Sequence[int]) -> str:
    return ", ".join(headers[i] for i in places)


def _places(entry: Field, headers: Sequence[str]) -> tuple[list[int], int | None]:
    """Return the columns that mean this field, and one with an unknown unit."""
    units = {normal(u) for u in _sheet()["units"].get(entry.unit, ())}
    odd: int | None = None
    for tier in (entry.headers, entry.fallback):
        wanted = {normal(h) for h in tier}
        places = []
        for i, header in enumerate(headers):
            plain = normal(header)
            split = _BRACKETED.match(plain)
            if plain in wanted:
                places.append(i)
            elif split and split["stem"] in wanted:
                if entry.type != "number" or not split["inside"] or split["inside"] in units:
                    places.append(i)
                else:
                    odd = i
        if places:
            return places, None
    return [], odd


def _nearest(entry: Field, headers: Sequence[str]) -> str:
    plain = {normal(h): h for h in headers if h}
    for wanted in (*entry.headers, *entry.fallback):
        near = difflib.get_close_matches(normal(wanted), list(plain), n=1, cutoff=0.6)
        if near:
            return plain[near[0]]
    return "—"
