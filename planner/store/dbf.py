"""The texts of a Shapefile: its encoding, and headers cut off after ten bytes."""

import codecs
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.reading import about

AS_BYTES = "ISO-8859-1"  # every byte is a letter: nothing is lost before the encoding is known

_NAME_BYTES = 10
_SHX_HEAD, _SHX_RECORD = 100, 8  # bytes
_MARKS = {0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950", 0x7B: "cp932", 0x03: "cp1252"}
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030"}


def encodings_of(path: Path, declared: str | None) -> tuple[str, ...]:
    """Return the encodings to try on a Shapefile, each strictly, in order.

    Parameters
    ----------
    path
        The ``.shp`` file.
    declared
        Encoding the scenario names; then it is the only one.

    Returns
    -------
    tuple
        What the ``.cpg`` says, what the mark in the ``.dbf`` says, utf-8, gb18030.
    """
    if declared is not None:
        return (declared,)
    trials: list[str] = []
    for part in path.parent.iterdir():
        if part.stem != path.stem:
            continue
        if part.suffix.lower() == ".cpg":
            trials.insert(0, _codec(part.read_bytes()[:40].decode(AS_BYTES)))
        elif part.suffix.lower() == ".dbf":
            head = part.read_bytes()[:30]
            trials.append(_MARKS.get(head[29], "") if len(head) == 30 else "")
    return tuple(dict.fromkeys(t for t in (*trials, "utf-8", "gb18030") if t))


def missing_parts(file: InputFile, path: Path) -> tuple[Finding, ...]:
    """Return what is missing beside a ``.shp``, or does not belong to it.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The ``.shp`` file.
    """
    parts = {
        part.suffix.lower(): part
        for part in path.parent.iterdir()
        if part.stem.casefold() == path.stem.casefold()
    }
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in parts]
    if missing:
        return (about(file, "layer.missing_part", found=", ".join(missing)),)
    shapes = max(parts[".shx"].stat().st_size - _SHX_HEAD, 0) // _SHX_RECORD
    with parts[".dbf"].open("rb") as stream:
        rows = int.from_bytes(stream.read(8)[4:], "little")
    if shapes != rows:
        found, expected = str(rows), str(shapes)
        return (about(file, "layer.parts_differ", found=found, expected=expected),)
    return ()


def _codec(text: str) -> str:
    """Return Python's name of what a ``.cpg`` says, '' if it says nothing known."""
    word = text.strip().casefold().removeprefix("oem ").removeprefix("ansi ")
    try:
        name = codecs.lookup(f"cp{word}" if word.isdigit() else word).name
    except LookupError:
        return ""
    return _WIDER.get(name, name)


def decode_name(name: str, encoding: str) -> tuple[str, bool]:
    """Return a header, and whether it may be the beginning of a longer one.

    Raises
    ------
    UnicodeDecodeError
        If it is not in this encoding; half a letter at the cut is not a fault.
    """
    raw = name.encode(AS_BYTES)
    full = len(raw) >= _NAME_BYTES
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    return decoder.decode(raw, final=not full), full


def decode_column(values: Sequence[object], encoding: str) -> NDArray[np.object_]:
    """Return a column with its texts decoded, shape (n,).

    Raises
    ------
    UnicodeDecodeError
        If a text is not in this encoding.
    """
    column = np.empty(len(values), object)
    for i, value in enumerate(values):
        text = isinstance(value, str)
        column[i] = str(value).encode(AS_BYTES).decode(encoding) if text else value
    return column
