"""Which column of a file means which field: the schema in ``columns.toml``, applied."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from planner.model.finding import Finding

_BRACKETED = re.compile(r"^(?P<stem>.+?)[(\[【<](?P<inside>[^)\]】>]*)[)\]】>]$")
_YEARLY = re.compile(
    r"^(?:(?P<before>.+?)[(]?(?P<last>20\d\d)年?[)]?|(?P<first>20\d\d)年?(?P<behind>.+))$"
)
_SEPARATORS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a table.

    Parameters
    ----------
    name
        Name of the field in the planner.
    type
        ``text``, ``code``, ``number``, ``date``, or the name of a list of kinds.
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


def tables_of_schema() -> tuple[str, ...]:
    """Return the names of all tables of the schema."""
    return tuple(
        name
        for name, fields in _sheet().items()
        if all(isinstance(f, Mapping) and {"type", "headers"} <= set(f) for f in fields.values())
    )


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
    """Return normalised word -> kind for a list of kinds, the kinds' own names included.

    A type that is no list, such as ``date``, has no words.
    """
    words: dict[str, str] = {}
    for kind, synonyms in _sheet()["values"].get(name, {}).items():
        for word in (kind, *synonyms):
            words[normal(word)] = kind
    return words


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """Return `text` without what does not matter: width, case, spaces, underscores."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=8192)
def looks_personal(header: str) -> bool:
    """Return whether a header looks like data about one person (law 9)."""
    plain = normal(header)
    personal = _sheet()["personal"]
    return plain in personal["exact"] or any(word in plain for word in personal["words"])


def match_columns(
    table: str,
    headers: Sequence[str],
    declared: Mapping[str, str],
    fault: Callable[..., Finding],
    *,
    cut: Collection[int] = (),
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
    fault
        Makes a finding about the header row from a rule and values.
    cut
        Positions of headers that may be the beginning of a longer one; such a header counts
        where only one field begins like it.

    Returns
    -------
    Matched
        Positions of the fields and all findings.
    """
    at, findings = _declared(table, headers, declared, fault)
    listed = _listed(headers)
    begun = {i: field for i in cut if (field := _begun(table, normal(headers[i])))}
    open_ = {i: h for i, h in enumerate(headers) if i not in at.values() and not looks_personal(h)}
    for entry in fields_of(table):
        if entry.name in declared:
            continue
        places, odd = _places(entry, open_, begun)
        if len(places) == 1:
            at[entry.name] = places[0]
        elif places:
            found = _listed([headers[i] for i in places])
            findings.append(fault("columns.ambiguous", found=found, field=entry.name))
        elif odd is not None:
            found, expected = headers[odd], " / ".join(units_of(entry))
            findings.append(fault("columns.unit", column=found, found=found, expected=expected))
        elif entry.required:
            expected = " / ".join((*entry.headers[:4], *entry.fallback[-1:]))
            nearest = _nearest(entry, headers)
            findings.append(
                fault(
                    "columns.missing",
                    found=listed,
                    expected=expected,
                    nearest=nearest,
                    field=entry.name,
                )
            )
    personal = tuple(h for h in headers if looks_personal(h))
    return Matched(at, tuple(findings), personal)


def _declared(
    table: str, headers: Sequence[str], declared: Mapping[str, str], fault: Callable[..., Finding]
) -> tuple[dict[str, int], list[Finding]]:
    """Return the columns the scenario names itself."""
    names = [f.name for f in fields_of(table)]
    at: dict[str, int] = {}
    findings: list[Finding] = []
    for name, header in declared.items():
        places = [i for i, h in enumerate(headers) if normal(h) == normal(header)]
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            expected = near[0] if near else ", ".join(names)
            findings.append(fault("columns.unknown_field", found=name, expected=expected))
        elif looks_personal(header):
            findings.append(fault("columns.personal", column=header, found=header, field=name))
        elif len(places) == 1:
            at[name] = places[0]
        elif places:
            found = _listed([headers[i] for i in places])
            findings.append(fault("columns.ambiguous", found=found, field=name))
        else:
            found = _listed(headers)
            findings.append(
                fault("columns.header_not_found", found=found, expected=header, field=name)
            )
    return at, findings


def year_columns(table: str, name: str, headers: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return year and position of every column of a field with a year behind or before its header.

    ``60岁以上人口_2035``, ``2035年60岁以上人口`` and ``older_2035`` all mean 2035.
    """
    entry = next(f for f in fields_of(table) if f.name == name)
    wanted = {normal(h) for h in (*entry.headers, *entry.fallback)}
    found = []
    for i, header in enumerate(headers):
        match = _YEARLY.match(normal(header))
        if match and (match["before"] or match["behind"]) in wanted:
            found.append((int(match["last"] or match["first"]), i))
    return tuple(sorted(found))


def yearly(table: str, headers: Sequence[str]) -> dict[int, Field]:
    """Return position -> field of every column of numbers that is of a year."""
    if not table:
        return {}
    numbers = [entry for entry in fields_of(table) if entry.type == "number"]
    return {i: e for e in numbers for _, i in year_columns(table, e.name, headers)}


def units_of(entry: Field) -> tuple[str, ...]:
    """Return the units a header of this field may state."""
    return tuple(_sheet()["units"].get(entry.unit, ()))


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(h for h in headers if h)


def _begun(table: str, plain: str) -> str:
    """Return the one field whose headers begin with a cut-off header, '' if there is not one."""
    fields = [
        entry.name
        for entry in fields_of(table)
        for header in (*entry.headers, *entry.fallback)
        if len(plain) > 1 and normal(header).startswith(plain)
    ]
    return fields[0] if len(set(fields)) == 1 else ""


@cache
def _wanted(entry: Field) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """Return what the headers of a field, its fallback and its units are, compared."""
    tiers = (frozenset(map(normal, tier)) for tier in (entry.headers, entry.fallback))
    return tuple(tiers), frozenset(map(normal, units_of(entry)))


@lru_cache(maxsize=8192)
def _unbracketed(plain: str) -> tuple[str | None, str]:
    """Return a header without the brackets at its end, and what stands in them."""
    split = _BRACKETED.match(plain)
    return (split["stem"], split["inside"]) if split else (None, "")


def _places(
    entry: Field, headers: Mapping[int, str], begun: Mapping[int, str]
) -> tuple[list[int], int | None]:
    """Return the columns that mean this field, and one with an unknown unit."""
    odd: int | None = None
    tiers, units = _wanted(entry)
    places = []
    for tier, wanted in zip((entry.headers, entry.fallback), tiers, strict=True):
        for i, header in headers.items():
            plain = normal(header)
            stem, inside = _unbracketed(plain)
            if plain in wanted:
                places.append(i)
            elif stem in wanted:
                if entry.type != "number" or not inside or inside in units:
                    places.append(i)
                else:
                    odd = i
        if not places and tier is entry.headers:
            places = [i for i in headers if begun.get(i) == entry.name]
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
