"""Statistical codes of administrative units: 6 digits county, 3 township, 3 committee.

References
----------
GB/T 2260 (county), GB/T 10114 (township), 统计用区划代码编制规则 (committee).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from planner.model.districts import UnitKind

_DIGITS = re.compile(r"[0-9]+")
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_LENGTHS = (6, 9, 12)
_NONE = "000"


class TownshipKind(StrEnum):
    """What a township is, told by digits 7-9 of a code."""

    STREET = "street"  # 街道, 001-099
    TOWN = "town"  # 镇, 100-199
    RURAL = "rural_township"  # 乡, 200-399
    SIMILAR = "similar"  # 政企合一单位, 类似乡级单位, 400-599
    UNKNOWN = "unknown"  # 600 and above


class CodeFault(StrEnum):
    """Why a text is no code."""

    EMPTY = "empty"
    ROUNDED = "rounded"  # 2.10502E+11: a spreadsheet took it for a number
    LETTERS = "letters"
    LENGTH = "length"
    GAP = "gap"  # 210502000001: a committee without a township


@dataclass(frozen=True, slots=True, order=True)
class UnitCode:
    """A code of 6, 9 or 12 digits, by its parts.

    Parameters
    ----------
    county
        Six digits.
    township
        Three digits, '' for a county.
    committee
        Three digits, '' for a county or a township.

    Raises
    ------
    ValueError
        If the parts do not make a code.
    """

    county: str
    township: str = ""
    committee: str = ""

    def __post_init__(self) -> None:
        if fault := find_code_fault(str(self)):
            raise ValueError(f"{self} is no code: {fault}")

    @classmethod
    def from_text(cls, text: str) -> "UnitCode":
        """Return the code a text says; zeros in place of a part mean that there is none.

        Raises
        ------
        ValueError
            If it is no code; `find_code_fault` says why.
        """
        text = unicodedata.normalize("NFKC", text).strip()
        if fault := find_code_fault(text):
            raise ValueError(f"{text!r} is no code: {fault}")
        parts = [text[6:9], text[9:12]]
        while parts and parts[-1] in {"", _NONE}:
            parts.pop()
        return cls(text[:6], *parts)

    def __str__(self) -> str:
        return self.county + self.township + self.committee

    @property
    def level(self) -> str:
        """Return ``county``, ``township`` or ``committee``."""
        return "committee" if self.committee else "township" if self.township else "county"

    @property
    def parent(self) -> str:
        """Return the code of the unit above: of the township, the county, the city (4 digits)."""
        if self.committee:
            return self.county + self.township
        return self.county if self.township else self.county[:4]

    @property
    def township_kind(self) -> TownshipKind | None:
        """Return what digits 7-9 say, `None` for a county."""
        if not self.township:
            return None
        number = int(self.township)
        kinds = ((100, TownshipKind.STREET), (200, TownshipKind.TOWN), (400, TownshipKind.RURAL),
                 (600, TownshipKind.SIMILAR))  # fmt: skip
        return next((kind for end, kind in kinds if number < end), TownshipKind.UNKNOWN)

    @property
    def kind(self) -> UnitKind:
        """Return what the unit is; of a committee by digits 10-12."""
        if not self.committee:
            return UnitKind.TOWNSHIP if self.township else UnitKind.COUNTY
        number = int(self.committee)
        if number < 200:
            return UnitKind.URBAN
        return UnitKind.RURAL if number < 400 else UnitKind.OTHER

    def padded(self) -> str:
        """Return all twelve digits, zeros where a part is missing."""
        return str(self).ljust(12, "0")


def looks_rounded(text: str) -> bool:
    """Return whether a spreadsheet wrote this code as a number with an exponent."""
    return _ROUNDED.fullmatch(text) is not None


def find_code_fault(text: str) -> CodeFault | None:
    """Return why a text is no code of 6, 9 or 12 digits, `None` where it is one."""
    if not text:
        return CodeFault.EMPTY
    if looks_rounded(text):
        return CodeFault.ROUNDED
    if not _DIGITS.fullmatch(text):
        return CodeFault.LETTERS
    if len(text) not in _LENGTHS:
        return CodeFault.LENGTH
    if text[6:9] == _NONE and text[9:12] not in {"", _NONE}:
        return CodeFault.GAP
    return None


def is_committee(text: str) -> bool:
    """Return whether a text is a whole committee code: twelve digits, no part missing."""
    return find_code_fault(text) is None and len(text) == 12 and text[9:] != _NONE
