"""Every sentence a reader sees, in Chinese and English.

The sentences stand in the TOML files beside this module, one table per sentence::

    ["finding.households.negative.what"]
    zh = "户数为负:{found}"
    en = "Negative number of households: {found}"

`say` fills the braces. Nothing here decides anything.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from planner.model.finding import Finding
from planner.model.scenario import Language


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by key and language.

    Raises
    ------
    ValueError
        If a key stands in two files or lacks a language.
    """
    words: dict[str, dict[str, str]] = {}
    for entry in sorted(resources.files(__package__).iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".toml"):
            continue
        for key, texts in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            if key in words:
                raise ValueError(f"{key} stands in two files")
            if set(texts) != {"zh", "en"}:
                raise ValueError(f"{key} must have zh and en, has {sorted(texts)}")
            words[key] = texts
    return words


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def say(key: str, language: Language, **values: object) -> str:
    """Return the sentence `key` with its braces filled.

    Raises
    ------
    KeyError
        If there is no such sentence.
    """
    return all_words()[key][language].format_map(_Gaps({k: str(v) for k, v in values.items()}))


def _values(finding: Finding) -> dict[str, object]:
    fields = ("source", "layer", "row", "column", "found", "expected", "unit", "lon", "lat")
    values: dict[str, object] = {name: getattr(finding, name) for name in fields}
    values.update(finding.values)
    return values


def what_is_wrong(finding: Finding, language: Language) -> str:
    """Return what was found, in words."""
    return say(f"finding.{finding.rule}.what", language, **_values(finding))


def what_to_do(finding: Finding, language: Language) -> str:
    """Return what to do about it, in words."""
    return say(f"finding.{finding.rule}.do", language, **_values(finding))
