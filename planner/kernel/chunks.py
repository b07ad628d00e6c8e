"""Long work in chunks: in turn or side by side, with progress, and always the same result."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import Lanes, new_lanes

T = TypeVar("T")


class Rows(NamedTuple):
    """The ends of some rows, int64, shape (r,), and their two columns, int32, shape (2, k)."""

    ends: NDArray[np.int64]
    columns: NDArray[np.int32]


Progress = Callable[[int, int], None]
_ROOM = 1 << 20  # entries written before more room is taken


def in_chunks(
    count: int,
    chunk: int,
    work: Callable[[int, int], T],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Iterator[T]:
    """Yield ``work(first, last)`` for stretches of 0..count, in order.

    Parameters
    ----------
    count
        Number of rows.
    chunk
        Rows of one stretch.
    work
        Called from several threads at once where `threads` is above 1.
    threads
        Stretches in hand at the same time; at most one more waits to be fetched.
    progress
        Called with (rows done, rows) before each stretch is yielded; whatever it raises ends the
        work.

    Raises
    ------
    ValueError
        If `chunk` or `threads` is below 1.
    """
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}; expected at least 1")
    if threads < 1:
        raise ValueError(f"threads is {threads}; expected at least 1")
    stretches = [(first, min(first + chunk, count)) for first in range(0, count, chunk)]
    done = _in_turn(stretches, work) if threads == 1 else _side_by_side(stretches, work, threads)
    for (_, last), result in zip(stretches, done, strict=True):
        if progress is not None:
            progress(last, count)
        yield result


def _in_turn(stretches: list[tuple[int, int]], work: Callable[[int, int], T]) -> Iterator[T]:
    for first, last in stretches:
        yield work(first, last)


def _side_by_side(
    stretches: list[tuple[int, int]], work: Callable[[int, int], T], threads: int
) -> Iterator[T]:
    pool = ThreadPoolExecutor(threads)
    try:
        waiting: deque[Future[T]] = deque()
        for first, last in stretches:
            waiting.append(pool.submit(work, first, last))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(slots=True)
class Desk:
    """What one thread works with.

    Parameters
    ----------
    lanes
        Memory for searches.
    room
        Two columns to write in, int32, shape (2, k); what is written stays.
    used
        Entries written.
    """

    lanes: Lanes
    room: NDArray[np.int32]
    used: int = 0


class Desks(Generic[T]):
    """Desks for as many threads as ask at once.

    Parameters
    ----------
    make
        Returns a new desk.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._free: list[T] = []

    @contextmanager
    def one(self) -> Iterator[T]:
        """Lend a desk nobody else has; after an exception it is not used again."""
        try:
            desk = self._free.pop()
        except IndexError:
            desk = self._make()
        yield desk
        self._free.append(desk)


def new_desk(node_count: int) -> Desk:
    """Return a desk for searches on so many nodes."""
    return Desk(new_lanes(node_count), np.empty((2, _ROOM), np.int32))


def write_rows(
    desk: Desk,
    rows: NDArray[np.int64],
    write: Callable[[NDArray[np.int64], NDArray[np.int32]], NDArray[np.int64]],
) -> Rows:
    """Return the ends of all rows and the two columns written for them.

    ``write(rows, room)`` returns the ends of the rows that fitted into `room`; the others are
    asked for again with more of it.
    """
    ends = np.empty(len(rows), np.int64)
    done = size = 0
    while True:
        room = desk.room[:, desk.used + size :]
        wrote = write(rows[done:], room)
        ends[done : done + len(wrote)] = size + wrote
        done += len(wrote)
        if done == len(rows):
            break
        size = int(ends[done - 1]) if done else 0
        wider = np.empty((2, max(_ROOM, 2 * (size + room.shape[1]))), np.int32)
        wider[:, :size] = desk.room[:, desk.used : desk.used + size]
        desk.room, desk.used = wider, 0
    first, desk.used = desk.used, desk.used + int(ends[-1])
    return Rows(ends, desk.room[:, first : desk.used])
