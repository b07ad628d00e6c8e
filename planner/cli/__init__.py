"""Words on a terminal and exit codes; the only room that prints."""

import sys

import click

from planner.cli import checking, fetching, running, starting

COMMANDS = (
    running.run,
    running.compare,
    checking.check,
    starting.new,
    running.why,
    running.paper,
    fetching.fetch,
    running.standards,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="facility-coverage-planner")
def cli() -> None:
    """Facility-coverage planner 设施覆盖规划工具."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line; an office console that cannot show a character shows '?'."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    cli()
