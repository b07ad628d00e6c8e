"""What all commands share: options, progress, findings on stderr, exit codes."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import cast

import click
from tqdm import tqdm

from planner.errors import PlannerError
from planner.model.finding import Finding
from planner.model.scenario import Language
from planner.report.terminal import findings_table
from planner.report.words import say
from planner.run import Progress

LANGUAGE = click.option(
    "--language", type=click.Choice(["zh", "en"]), default=None, help="zh or en"
)
JSON = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")


def err(text: str) -> None:
    """Print to stderr."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def bar(language: Language) -> Iterator[Progress]:
    """Show what is going on where somebody watches; stay silent in a pipe."""
    with tqdm(disable=not sys.stderr.isatty(), bar_format="{desc} {bar:30} {elapsed}") as bar:
        last = [0.0]

        def show(stage: str, done: int, total: int) -> None:
            if monotonic() - last[0] < 0.1 and 0 < done < total:
                return
            last[0] = monotonic()
            bar.total = total or 1
            bar.n = done
            bar.set_description_str(say(f"terminal.stage.{stage}", language))

        yield show


@contextmanager
def end_early(language: Language, show: Progress) -> Iterator[tuple[Progress, Callable[[], bool]]]:
    """Let a first Ctrl-C end the search for sites, and only that; any other ends the run."""
    at, asked = [""], [False]

    def told(stage: str, done: int, total: int) -> None:
        at[0] = stage
        show(stage, done, total)

    def interrupt(_number: int, _frame: object) -> None:
        if at[0] != "siting" or asked[0]:
            raise KeyboardInterrupt
        asked[0] = True
        err(say("terminal.ending_early", language))

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield told, lambda: not asked[0]
    finally:
        signal.signal(signal.SIGINT, before)


def spoken_in(asked: str | None, fallback: Language) -> Language:
    """Return the language asked for, or that of the scenario."""
    return cast("Language", asked) if asked else fallback


def report(findings: tuple[Finding, ...], language: Language) -> None:
    """Print findings to stderr."""
    if findings:
        err(findings_table(findings, language))


def guard(work: Callable[[], int], language: Language, *, as_json: bool) -> int:
    """Return the exit code of some work, its errors told in words."""
    try:
        return work()
    except PlannerError as error:
        findings: tuple[Finding, ...] = getattr(error, "findings", ())
        report(findings, language)
        if findings:  # they tell it in words; the message is for a log
            err(say("terminal.stopped_listed", language))
        else:
            err(say("terminal.stopped", language, reason=str(error)))
        if as_json:
            rules = [
                {"rule": f.rule, "severity": f.severity.value, "source": f.source,
                 "layer": f.layer, "row": f.row, "column": f.column, "found": f.found}
                for f in findings
            ]  # fmt: skip
            print(json.dumps({"error": str(error), "findings": rules}, ensure_ascii=False))
        return error.exit_code
