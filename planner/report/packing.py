"""Numbers and texts packed for the page: whole numbers of variable length, gzip, base64.

`unpack.js` reads them back. The same values give the same bytes (law 10).
"""

import base64
import gzip
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SERIAL = re.compile(r"(.*?)([0-9]+)", re.DOTALL)
_DIGITS = re.compile(r"[0-9]+")
_MOST_SERIAL = 15  # digits of a number that a browser holds exactly
_LEAST_LENGTH = 64  # shorter lists stay readable
_MOST_DIGITS = 6
_EXACT = 2**50
_LEVEL = 9
_Packed = tuple[str, int, bytes, int]


def zigzag(numbers: ArrayLike) -> NDArray[np.int64]:
    """Return whole numbers without a sign: 0, -1, 1, -2 … become 0, 1, 2, 3 …, shape kept."""
    signed = np.asarray(numbers, np.int64)
    return np.where(signed >= 0, signed * 2, -signed * 2 - 1)


def pack_varints(numbers: ArrayLike) -> bytes:
    """Code whole numbers from 0 as groups of seven bits, the low ones first.

    Parameters
    ----------
    numbers
        Whole numbers below 2**63, shape (n,).
    """
    values = np.asarray(numbers).astype(np.uint64)
    if not len(values):
        return b""
    length = np.ones(len(values), np.int64)
    for bits in range(7, 63, 7):
        length += values >= np.uint64(1 << bits)
    ends = np.cumsum(length)
    out = np.zeros(int(ends[-1]), np.uint8)
    starts = ends - length
    for byte in range(int(length.max())):
        more = length > byte
        group = (values[more] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        flag = np.where(length[more] > byte + 1, np.uint64(0x80), np.uint64(0))
        out[starts[more] + byte] = (group | flag).astype(np.uint8)
    return out.tobytes()


def pack_steps(numbers: ArrayLike) -> bytes:
    """Code whole numbers, shape (n,), as the steps from each to the next."""
    return pack_varints(zigzag(np.diff(np.asarray(numbers, np.int64), prepend=0)))


def zip_text(data: bytes) -> str:
    """Return `data` as gzip in base64, without a time stamp."""
    return base64.b64encode(gzip.compress(data, _LEVEL, mtime=0)).decode("ascii")


def pack_lists(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move the long lists of numbers and texts out of a JSON document.

    Parameters
    ----------
    document
        JSON values; it is not changed.

    Returns
    -------
    dict
        The document with an empty list where a long one was.
    dict
        An island for `unpack.js`: ``columns`` of ``[path, code, digits, length, bytes, least]``,
        ``gzip``. Codes: ``number`` (digits after the point, counted from the least one),
        ``steps`` (differences), ``text`` (lines), ``word`` (lines of the different ones, then which
        of them), ``serial`` (a common beginning and numbers of so many digits, as differences).
    """
    columns: list[list[Any]] = []
    parts: list[bytes] = []
    left = _without_lists(document, (), columns, parts)
    return left, {"columns": columns, "gzip": zip_text(b"".join(parts))}


def _without_lists(
    value: Any,  # noqa: ANN401  (JSON)
    path: tuple[str | int, ...],
    columns: list[list[Any]],
    parts: list[bytes],
) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {k: _without_lists(v, (*path, k), columns, parts) for k, v in value.items()}
    if not isinstance(value, list):
        return value
    packed = _packed(value) if len(value) >= _LEAST_LENGTH else None
    if packed is None:
        return [_without_lists(v, (*path, i), columns, parts) for i, v in enumerate(value)]
    code, digits, data, least = packed
    columns.append([list(path), code, digits, len(value), len(data), least])
    parts.append(data)
    return []


def _packed(values: list[Any]) -> _Packed | None:
    if all(isinstance(v, str) and "\n" not in v for v in values):
        return _packed_texts(values)
    if all(v is None or (type(v) in {int, float} and abs(v) < _EXACT) for v in values):
        return _packed_numbers(values)
    return None


def _packed_texts(values: Sequence[str]) -> _Packed:
    """Pack lines; where few differ, their numbers follow; codes in series as numbers."""
    serial = _packed_serial(values)
    if serial is not None:
        return serial
    different = list(dict.fromkeys(values))
    if len(different) * 4 > len(values):
        return "text", 0, "\n".join(values).encode(), 0
    place = {text: i for i, text in enumerate(different)}
    lines = "\n".join(different).encode()
    head = pack_varints([len(lines)])
    return "word", 0, head + lines + pack_varints([place[v] for v in values]), 0


def _packed_serial(values: Sequence[str]) -> _Packed | None:
    """Pack codes that end in a number of the same width after the same beginning."""
    first = _SERIAL.fullmatch(values[0])
    if first is None or any(len(value) != len(values[0]) for value in values):
        return None
    width = min(len(first[2]), _MOST_SERIAL)
    start = values[0][:-width]
    if not all(value.startswith(start) and _DIGITS.fullmatch(value[-width:]) for value in values):
        return None
    head = start.encode()
    numbers = [int(value[-width:]) for value in values]
    return "serial", width, pack_varints([len(head)]) + head + pack_steps(numbers), 0


def _packed_numbers(values: Sequence[float | None]) -> _Packed | None:
    """Pack numbers as counts of the last digit; 0 stands for an absent one."""
    numbers = np.array([math.nan if v is None else v for v in values], np.float64)
    known = np.isfinite(numbers)
    for digits in range(_MOST_DIGITS + 1):
        counts = np.rint(np.where(known, numbers, 0) * 10**digits)
        if (counts / 10**digits == np.where(known, numbers, 0)).all():
            break
    else:
        return None
    if np.abs(counts).max() >= _EXACT:
        return None
    whole = counts.astype(np.int64)
    least = int(whole[known].min(initial=whole[known][0])) if known.any() else 0
    plain = pack_varints(np.where(known, whole - least + 1, 0))
    # an absent number repeats the one before, so that only complete lists go as steps
    steps = pack_steps(whole) if known.all() else plain
    if len(gzip.compress(steps, 6, mtime=0)) < len(gzip.compress(plain, 6, mtime=0)):
        return "steps", digits, steps, 0
    return "number", digits, plain, least
