"""A sheet before its header is found, and the columns it becomes after."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.store.cells import as_text, is_blank, plain_numbers

_BLOCK = 1024
_POOL = 100_000  # texts of a column that are kept once for all rows they stand in

Numbered = tuple[int, Sequence[Any]]


class Merged(NamedTuple):
    """Cells that are one in a spreadsheet; rows and columns count from 1, both ends belong."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows as they stand in a sheet or a text file.

    Parameters
    ----------
    name
        The sheet, '' where the format has none.
    rows
        Records from the first row on; can be walked through once.
    merged
        Merged cells.
    hidden
        Rows a filter or a person has hidden.
    notes
        What the reader decided.
    ragged
        Whether a row may be longer than the header by mistake (text files).
    """

    name: str
    rows: Iterator[Sequence[Any]]
    merged: tuple[Merged, ...] = ()
    hidden: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    ragged: bool = False


@dataclass(slots=True)
class Columns:
    """The columns of a grid as they are gathered.

    Parameters
    ----------
    width
        Number of columns that have a header.
    numeric
        Positions of columns of numbers: plain ones are kept as floats.
    """

    width: int
    numeric: Collection[int]
    rows: list[int] = field(default_factory=list)
    beyond: list[tuple[int, str]] = field(default_factory=list)
    _parts: list[list[NDArray[Any]]] = field(default_factory=list)
    _pools: dict[int, dict[str, str]] = field(default_factory=dict)

    def gather(self, records: Iterable[Numbered]) -> None:
        """Take all records that hold anything."""
        block: list[Sequence[Any]] = []
        for row, record in records:
            if is_empty(record):
                continue
            self.rows.append(row)
            block.append(record)
            if len(block) == _BLOCK:
                self._put(block)
                block = []
        if block:
            self._put(block)

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return the columns, each of shape (n,)."""
        if not self._parts:
            return tuple(np.empty(0, object) for _ in range(self.width))
        return tuple(np.concatenate(parts) for parts in zip(*self._parts, strict=True))

    def _put(self, block: list[Sequence[Any]]) -> None:
        columns: list[Sequence[Any]] = list(zip_longest(*block))
        for cells in columns[self.width :]:
            first = len(self.rows) - len(block)
            self.beyond.extend(
                (first + i, as_text(cell)) for i, cell in enumerate(cells) if not is_blank(cell)
            )
        empty = (None,) * len(block)
        columns = columns[: self.width] + [empty] * (self.width - len(columns))
        self._parts.append([self._packed(cells, j) for j, cells in enumerate(columns)])

    def _packed(self, cells: Sequence[Any], position: int) -> NDArray[Any]:
        if position in self.numeric:
            numbers, odd = plain_numbers(cells)
            if not odd:
                return numbers
        column = np.empty(len(cells), object)
        pool = self._pools.setdefault(position, {})
        if len(pool) > _POOL:  # ids: nothing comes twice
            column[:] = cells
        else:
            column[:] = [pool.setdefault(v, v) if type(v) is str else v for v in cells]
        return column


def is_empty(record: Sequence[Any]) -> bool:
    """Return whether no cell of a record holds anything."""
    if not record:
        return True
    first = record[0]
    if first and type(first) is str and not first.isspace():
        return False
    return all(is_blank(v) for v in record)
