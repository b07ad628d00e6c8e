"""Finished chunks on disk, so that long work goes on where it was ended.

A folder holds one subfolder for each set of inputs, named by their hash. While work is on, every
finished chunk stands in it as two files; when it is done, the columns of the result take their
place and are mapped into memory from then on.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.kernel.chunks import Rows


def hash_inputs(arrays: Iterable[NDArray[Any]], *words: object) -> str:
    """Return a name for inputs: equal for equal arrays and words, 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(words).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array so that the file is there whole or not at all."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.save(file, array)
    os.replace(unfinished, path)  # noqa: PTH105 - replaces a file on Windows too


def read_columns(folder: Path, names: Iterable[str]) -> list[NDArray[Any]] | None:
    """Return the columns of a finished result, mapped read-only, or `None` where one is missing."""
    paths = [folder / f"{name}.npy" for name in names]
    if not all(path.exists() for path in paths):
        return None
    return [np.load(path, mmap_mode="r").view(np.ndarray) for path in paths]


def read_chunk(folder: Path, first: int) -> Rows | None:
    """Return the chunk that begins with row `first`, or `None` where it is not finished."""
    ends, columns = _paths(folder, first)
    if not ends.exists():
        return None
    return Rows(np.load(ends), np.load(columns, mmap_mode="r"))


def write_chunk(folder: Path, first: int, rows: Rows) -> None:
    """Write the chunk that begins with row `first`; it counts once its ends are there."""
    ends, columns = _paths(folder, first)
    write_array(columns, rows.columns)
    write_array(ends, rows.ends)


def drop_chunks(folder: Path) -> None:
    """Remove chunks that have become a result."""
    for pattern in ("ends-*.npy", "rows-*.npy", "*.part"):
        for path in folder.glob(pattern):
            path.unlink()


def _paths(folder: Path, first: int) -> tuple[Path, Path]:
    return folder / f"ends-{first:09d}.npy", folder / f"rows-{first:09d}.npy"
