"""What stands in an old workbook (.xls) beside its values: cells of errors, and damage.

Only the frame of the format is walked through, to know what the reader of values leaves out and
that it will not run wild on a damaged file.

References
----------
[MS-CFB] Compound File Binary File Format; [MS-XLS] Excel Binary File Format.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_FREE = 0xFFFFFFFA  # this and above is no sector
_ENTRY = 128  # bytes
_BOUND, _SST, _DIMENSIONS, _BOF, _ERROR, _FORMULA = 0x85, 0xFC, 0x200, 0x809, 0x205, 0x06
_CELLS = (0x203, 0xFD, 0x27E, 0xBD, 0x204, _ERROR, _FORMULA, 0xBE, 0x201, 0xD6)
_ROWS, _COLUMNS = 65536, 256
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}


class DamagedWorkbookError(ValueError):
    """An old workbook whose frame does not hold."""


class Valueless(NamedTuple):
    """A cell that has no value; row and column count from 1."""

    sheet: str
    row: int
    column: int
    text: str


def valueless_cells(raw: bytes) -> tuple[Valueless, ...]:
    """Return the cells of an old workbook that hold an error instead of a value.

    Parameters
    ----------
    raw
        The whole file.

    Raises
    ------
    DamagedWorkbookError
        If the file is damaged.
    """
    try:
        return tuple(_walk(_stream(raw)))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise DamagedWorkbookError(str(error)) from error


def _stream(raw: bytes) -> bytes:
    """Return the stream of the workbook out of the compound file."""
    if not raw.startswith(MAGIC):
        raise DamagedWorkbookError("no compound file")
    shift, small_shift = struct.unpack_from("<HH", raw, 30)
    if shift not in (9, 12) or small_shift > shift:
        raise DamagedWorkbookError("size of sectors")
    first_entry, cutoff, first_small = struct.unpack_from("<I4xII", raw, 48)
    table = _table(raw, shift)

    def chained(first: int) -> bytes:
        return b"".join(raw[(s + 1) << shift : (s + 2) << shift] for s in _chain(first, table))

    entries = chained(first_entry)
    root_start = struct.unpack_from("<I", entries, 116)[0]
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        name = entries[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le")
        if name in ("Workbook", "Book"):
            start, total = struct.unpack_from("<II", entries, at + 116)
            if total >= cutoff:
                return chained(start)[:total]
            links = chained(first_small)
            small = struct.unpack(f"<{len(links) // 4}I", links)
            box, step = chained(root_start), 1 << small_shift
            parts = [box[s * step : (s + 1) * step] for s in _chain(start, small)]
            return b"".join(parts)[:total]
    raise DamagedWorkbookError("no workbook inside")


def _table(raw: bytes, shift: int) -> list[int]:
    """Return the next sector of every sector."""
    per_sector = (1 << shift) // 4
    (next_list,) = struct.unpack_from("<I", raw, 68)
    listed = list(struct.unpack_from("<109I", raw, 76))
    for _ in range(len(raw) >> shift):
        if next_list >= _FREE:
            break
        more = struct.unpack_from(f"<{per_sector}I", raw, (next_list + 1) << shift)
        listed += more[:-1]
        next_list = more[-1]
    table: list[int] = []
    for sector in listed:
        if sector < _FREE:
            table += struct.unpack_from(f"<{per_sector}I", raw, (sector + 1) << shift)
    return table


def _chain(first: int, table: list[int] | tuple[int, ...]) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if first >= _FREE:
            return
        if first >= len(table):
            raise DamagedWorkbookError("chain of sectors")
        yield first
        first = table[first]
    raise DamagedWorkbookError("chain of sectors without end")


def _walk(stream: bytes) -> Iterator[Valueless]:
    names: dict[int, str] = {}
    sheet, at = "", 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if len(body) < length:
            raise DamagedWorkbookError("record beyond the end")
        if kind == _BOUND:
            names[struct.unpack_from("<I", body)[0]] = _name(body[6:])
        elif kind == _BOF:
            sheet = names.get(at, "")
        elif kind == _SST and struct.unpack_from("<I", body, 4)[0] > len(stream):
            raise DamagedWorkbookError("number of texts")
        elif kind == _DIMENSIONS and length >= 14:
            _, rows, _, columns = struct.unpack_from("<IIHH", body)
            if rows > _ROWS or columns > _COLUMNS:
                raise DamagedWorkbookError("size of the sheet")
        elif kind in _CELLS:
            yield from _cell(kind, body, sheet)
        at += 4 + length


def _cell(kind: int, body: bytes, sheet: str) -> Iterator[Valueless]:
    row, column = struct.unpack_from("<HH", body)
    if column >= _COLUMNS:
        raise DamagedWorkbookError("column of a cell")
    place = sheet, row + 1, column + 1
    if kind == _ERROR and body[7]:
        yield Valueless(*place, _ERRORS.get(body[6], "#N/A"))
    elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
        yield Valueless(*place, _ERRORS.get(body[8], "#N/A"))


def _name(body: bytes) -> str:
    count, wide = body[0], body[1] & 1
    text = body[2 : 2 + count * (1 + wide)]
    return text.decode("utf-16-le" if wide else "latin-1")
