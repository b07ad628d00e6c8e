"""What a run keeps as it goes: findings, and the seconds and memory of every stage."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import psutil

from planner.errors import InputError
from planner.model.finding import Finding, Severity
from planner.model.provenance import Stage

Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


def _peak_memory_mb() -> float:
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource  # noqa: PLC0415  (not on Windows)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


@dataclass
class Diary:
    """Findings, and the seconds and memory of every stage, in the order they came."""

    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the seconds of what is done inside."""
        self.progress(name, 0, 0)
        start = perf_counter()
        yield
        seconds = perf_counter() - start
        self.stages.append(Stage(name=name, seconds=seconds, peak_memory_mb=_peak_memory_mb()))

    def note(self, findings: tuple[Finding, ...]) -> None:
        """Keep findings."""
        self.findings.extend(findings)

    def stop_on_errors(self) -> None:
        """Raise InputError with all findings if one of them is an error."""
        if any(f.severity is Severity.ERROR for f in self.findings):
            raise InputError("the inputs cannot be used", self.findings)

    def counter(self, name: str) -> Callable[[int, int], None]:
        """Return what a stage reports its progress to."""
        return lambda done, total: self.progress(name, done, total)
