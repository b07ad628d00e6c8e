"""What looks like the number of one person, so that it is refused and never repeated (law 9)."""

import re
import unicodedata
from datetime import date

_IDENTITY = re.compile(r"(?<![\d.])[1-9]\d{16}[\dXx](?![\d])")
_CUT_SHORT = re.compile(r"(?<![\d.])[1-9]\.\d{10,17}[eE]\+?17(?!\d)")
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?![\d])(?!\.\d)")
_ANY = re.compile("|".join(f"(?:{form.pattern})" for form in (_MOBILE, _IDENTITY, _CUT_SHORT)))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = range(11, 83)
HIDDEN = "***"


def _is_identity(number: str) -> bool:
    """Return whether 18 characters are an identity number: place, birthday and check digit."""
    if not _begins_as_identity(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17].upper()


def _begins_as_identity(number: str) -> bool:
    if int(number[:2]) not in _PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return date(1880, 1, 1) <= born < date(2100, 1, 1)


def _is_cut_identity(number: str) -> bool:
    """Return whether a number in powers of ten is an identity number Excel has cut short."""
    digits = number.lower().split("e", maxsplit=1)[0].replace(".", "").ljust(18, "0")
    return _begins_as_identity(digits)


def personal_kind(text: str) -> str:
    """Return ``identity`` or ``mobile`` where a text holds such a number, '' where none."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not _ANY.search(plain):
        return ""
    if any(_is_identity(m[0]) for m in _IDENTITY.finditer(plain)):
        return "identity"
    if any(_is_cut_identity(m[0]) for m in _CUT_SHORT.finditer(plain)):
        return "identity"
    return "mobile" if _MOBILE.search(plain) else ""


def without_personal(text: str) -> str:
    """Return a text with every such number hidden; other texts come back as they are.

    An identity number is hidden even where its check digit is wrong: a slip of the pen, or of
    Excel, still tells who is meant.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not _ANY.search(plain):
        return text
    hidden = _IDENTITY.sub(lambda m: HIDDEN if _begins_as_identity(m[0]) else m[0], plain)
    hidden = _CUT_SHORT.sub(lambda m: HIDDEN if _is_cut_identity(m[0]) else m[0], hidden)
    hidden = _MOBILE.sub(HIDDEN, hidden)
    return text if hidden == plain else hidden
