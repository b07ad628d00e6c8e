"""The command that tells all that is wrong with scenarios and files."""

import sys
from pathlib import Path

import click

from planner.cli.speaking import LANGUAGE, bar, guard, report, spoken_in
from planner.model.finding import Severity
from planner.report.words import say
from planner.run import check_inputs
from planner.store.scenario import read_scenario


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@LANGUAGE
def check(scenario: Path, language: str | None) -> None:
    """Read every input and tell all that is wrong, without a run 检查数据."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = spoken_in(language, asked.language)
        with bar(spoken) as show:
            findings = check_inputs(asked, progress=show)
        report(findings, spoken)
        errors = sum(f.severity is Severity.ERROR for f in findings)
        print(say("terminal.checked", spoken, errors=errors, others=len(findings) - errors))
        return 3 if errors else 0

    sys.exit(guard(work, spoken_in(language, "zh"), as_json=False))
