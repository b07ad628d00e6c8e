"""CPU seconds, and the one line a measure prints."""

import ctypes
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Line:
    """What a measure found; `ratio` is how many times faster, or how many times as much."""

    id: str
    ours: float | None
    peer: float | None
    peer_name: str
    ratio: float | None
    unit: str
    equal: bool
    note: str

    def as_json(self) -> str:
        rounded = {
            name: float(f"{value:.4g}") if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return json.dumps(rounded, ensure_ascii=False, allow_nan=False)

    def with_note(self, text: str) -> "Line":
        return replace(self, note="; ".join(part for part in (self.note, text) if part))


def times_faster(name: str, ours: float, peer: float, peer_name: str, *, equal: bool) -> Line:
    """Return the line of a measure where the peer's seconds are divided by ours."""
    return Line(name, ours, peer, peer_name, peer / ours, "CPU s", bool(equal), "")


def times_as_much(name: str, ours: float, peer: float, peer_name: str, *, equal: bool) -> Line:
    """Return the line of a measure where ours is divided by the peer's."""
    return Line(name, ours, peer, peer_name, ours / peer, "CPU s", bool(equal), "")


def missing(
    name: str, peer_name: str, why: str, *, ours: float | None = None, unit: str = "CPU s"
) -> Line:
    """Return the line of a comparison that could not be made: never a win."""
    return Line(name, ours, None, peer_name, None, unit, False, why)


class Timed(NamedTuple):
    """CPU seconds of all threads, seconds on the clock, what came back."""

    cpu: float
    wall: float
    result: Any


def peak_gb() -> float:
    """Return the most memory this process ever held.

    Linux hands `ru_maxrss` down from the parent that started it, the status file does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


TURNS, TURN_S = 3, 0.5


def timed(work: Callable[[], Any]) -> Timed:
    """Run `work` once."""
    clock, busy = time.perf_counter(), time.process_time()
    result = work()
    return Timed(time.process_time() - busy, time.perf_counter() - clock, result)


def raced(ours: Callable[[], Any], peer: Callable[[], Any]) -> tuple[Timed, Timed]:
    """Run both in three turns, each for at least half a second, and keep the best of each.

    In turns, so that what else the machine does falls on both; for half a second, so that neither
    pays for the caches the other has filled.
    """
    best = [Timed(float("inf"), float("inf"), None)] * 2
    gc.collect()
    for _ in range(TURNS):
        for side, work in enumerate((ours, peer)):
            spent = 0.0
            while spent < TURN_S:
                cpu, wall, _ = best[side]
                best[side] = Timed(cpu, wall, None)  # the last answer goes before the next comes
                now = timed(work)
                best[side] = Timed(min(cpu, now.cpu), min(wall, now.wall), now.result)
                spent += now.wall
    return best[0], best[1]


@contextmanager
def chatter_on_stderr() -> Iterator[None]:
    """Send what a library's compiled part prints to stderr, for stdout holds JSON only."""
    library = ctypes.CDLL(None)
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        library.fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
