"""The command that starts a scenario."""

import re
import sys
from pathlib import Path

import click

from planner.cli.speaking import LANGUAGE, guard, spoken_in
from planner.model.scenario import Language
from planner.report.plain import plain
from planner.report.words import say
from planner.run.starting import start_scenario

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d)")


@click.command()
@click.argument("name")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path(),
    help="where scenarios/ and data/ stand; default: here",
)  # fmt: skip
@LANGUAGE
def new(name: str, folder: Path, language: str | None) -> None:
    """Write a scenario and empty tables to fill in; nothing is written over 新建方案和空表."""
    spoken = spoken_in(language, "zh")
    _refuse(name, spoken)

    def work() -> int:
        started = start_scenario(name, folder)
        for key, paths in (("new.written", started.written), ("new.kept", started.kept)):
            for path in paths:
                print(say(key, spoken, path=path))
        streets = started.data / "streets.osm.pbf"
        print(say("new.next", spoken, streets=streets, scenario=started.scenario))
        return 0

    sys.exit(guard(work, spoken, as_json=False))


def _refuse(name: str, language: Language) -> None:
    if _RESERVED.fullmatch(name):
        raise click.UsageError(say("new.reserved_name", language, name=name))
    if not _NAME.fullmatch(name):
        raise click.UsageError(say("new.bad_name", language, name=plain(name)))
