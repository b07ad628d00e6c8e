"""Rows of a text file, its encoding and delimiter found out strictly."""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.grids import Grid
from planner.store.reading import about

_GUESSED = ("utf-8-sig", "gb18030")
_LONG = re.compile("[\u0800-\U0010ffff]")
_DELIMITERS = ",\t;|"
_BLOCK = 1 << 20
_LOOKED_AT = 30


class BrokenText(Exception):  # noqa: N818  told as a finding, never shown as an error
    """A text file that stops being a table.

    Parameters
    ----------
    row
        The row it happens in.
    reason
        What the reader says.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


def read_text(file: InputFile, path: Path) -> Grid | Finding:
    """Return the rows of a text file, or why there are none.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The file on disk.

    Returns
    -------
    Grid or Finding
        Its rows are read as they are asked for, and may raise `BrokenText`.
    """
    trials = _trials(file, path)
    encoding = next((e for e in trials if _is_encoded(path, e)), None)
    if encoding is None:
        return about(file, "file.encoding", found=", ".join(trials))
    if trials == _GUESSED and encoding == trials[0] and _may_be_gbk(path):
        return about(file, "sheet.which_encoding", found="utf-8, gb18030")
    with path.open(encoding=encoding, newline="") as stream:
        lines = list(islice(stream, _LOOKED_AT))
    delimiter = max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines))
    with path.open("rb") as raw:
        marked = raw.read(3) == codecs.BOM_UTF8
    noted = "utf-8" if encoding == "utf-8-sig" and not marked else encoding
    return Grid(
        name="",
        rows=_records(path, encoding, delimiter),
        notes=(("encoding", noted),),
        ragged=True,
    )


def _trials(file: InputFile, path: Path) -> tuple[str, ...]:
    if file.encoding is not None:
        return (file.encoding,)
    with path.open("rb") as raw:
        head = raw.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    odd, even = head[1::2].count(0), head[::2].count(0)
    if 10 * (odd + even) > len(head):  # every comma and digit has one in utf-16, no other text
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return _GUESSED


def _may_be_gbk(path: Path) -> bool:
    """Return whether text that is valid utf-8 may as well be a few letters in GBK.

    Chinese in utf-8 has three bytes a letter; text with pairs of bytes only, such as 前 in GBK,
    can be both.
    """
    paired = False
    with path.open(encoding="utf-8-sig") as stream:
        while block := stream.read(_BLOCK):
            if _LONG.search(block):
                return False
            paired = paired or not block.isascii()
    with path.open("rb") as raw:
        marked = raw.read(3) == codecs.BOM_UTF8
    return paired and not marked and _is_encoded(path, "gb18030")


def _is_encoded(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        with path.open("rb") as raw:
            while block := raw.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except (UnicodeError, LookupError, TypeError):
        return False
    return True


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    row = 0
    with path.open(encoding=encoding, newline="") as stream:
        try:
            for record in csv.reader(stream, delimiter=delimiter, strict=True):
                row += 1
                yield record
        except (csv.Error, UnicodeError) as error:
            raise BrokenText(row + 1, str(error)) from error
