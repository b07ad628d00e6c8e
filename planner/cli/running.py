"""The commands that run a scenario, explain it or draw it."""

import json
import sys
from pathlib import Path
from time import monotonic

import click

from planner.cli.speaking import JSON, LANGUAGE, bar, end_early, guard, report, spoken_in
from planner.report.explained import explanation_text, write_route
from planner.report.headline import headline, standards_table
from planner.report.paper import write_paper
from planner.report.summary import summary_document
from planner.report.words import say
from planner.report.writing import write_comparison, write_outcome
from planner.run import explain, run_scenario, run_scenarios
from planner.standards import read_standards
from planner.store.scenario import read_scenario


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=None, help="result folder")
@LANGUAGE
@JSON
def run(scenario: Path, out: Path | None, language: str | None, *, as_json: bool) -> None:
    """Run a scenario and write its maps, tables and summary 运行方案."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = spoken_in(language, asked.language)
        folder = out or _maps_folder(scenario) / asked.name
        start = monotonic()
        with bar(spoken) as shown, end_early(spoken, shown) as (show, go_on):
            outcome = run_scenario(asked, progress=show, go_on=go_on)
            show("write", 0, 0)
            write_outcome(outcome, folder, language=spoken)
        report(outcome.findings, spoken)
        if as_json:
            print(json.dumps(summary_document(outcome), ensure_ascii=False))
        else:
            print(headline(outcome, spoken))
            print(say("terminal.written", spoken, path=folder / "map.html",
                      seconds=f"{monotonic() - start:.1f}"))  # fmt: skip
        return 0

    sys.exit(guard(work, spoken_in(language, "zh"), as_json=as_json))


@click.command()
@click.argument("scenarios", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="HTML file"
)
@LANGUAGE
def compare(scenarios: tuple[Path, ...], out: Path | None, language: str | None) -> None:
    """Run two to four scenarios and write one page that compares them 比较方案."""
    if not 2 <= len(scenarios) <= 4:
        raise click.UsageError(say("terminal.compare.two_to_four", spoken_in(language, "zh")))

    def work() -> int:
        asked = [read_scenario(path) for path in scenarios]
        spoken = spoken_in(language, asked[0].language)
        name = "compare_" + "_".join(one.name for one in asked)
        path = out or _maps_folder(scenarios[0]) / f"{name[:120]}.html"
        start = monotonic()
        with bar(spoken) as show:
            outcomes = run_scenarios(asked, progress=show)
            show("write", 0, 0)
            write_comparison(outcomes, path, language=spoken)
        for outcome in outcomes:
            report(outcome.findings, spoken)
            print(f"[{outcome.scenario.name}]")
            print(headline(outcome, spoken))
        print(say("terminal.written", spoken, path=path, seconds=f"{monotonic() - start:.1f}"))
        return 0

    sys.exit(guard(work, spoken_in(language, "zh"), as_json=False))


def _maps_folder(scenario: Path) -> Path:
    """Return ``maps`` beside ``scenarios``, or below the current folder for a loose scenario."""
    home = scenario.resolve().parent
    return home.parent / "maps" if home.name == "scenarios" else Path("maps")


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("point_id")
@LANGUAGE
@click.option(
    "--geojson", type=click.Path(path_type=Path, dir_okay=False), help="file for the route"
)
def why(scenario: Path, point_id: str, language: str | None, geojson: Path | None) -> None:
    """Tell why a demand point is within reach or not 说明某居住点为何未覆盖."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = spoken_in(language, asked.language)
        with bar(spoken) as show:
            told = explain(asked, point_id, progress=show)
        if geojson is not None:
            write_route(told, geojson)
        print(explanation_text(told, spoken, max_access_m=asked.walking.max_access_m))
        return 0

    sys.exit(guard(work, spoken_in(language, "zh"), as_json=False))


@click.command("map")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="A3 sheet as PNG")
@click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), help="A3 sheet and a page per site"
)
@LANGUAGE
def paper(scenario: Path, png: Path | None, pdf: Path | None, language: str | None) -> None:
    """Run a scenario and draw its map on paper; nothing else is written 输出图纸."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = spoken_in(language, asked.language)
        folder = _maps_folder(scenario) / asked.name
        files = [png, pdf] if png or pdf else [folder / "map.png", folder / "map.pdf"]
        with bar(spoken) as show:
            outcome = run_scenario(asked, progress=show)
            show("write", 0, 0)
            for file in filter(None, files):
                write_paper(outcome, file, language=spoken)
        for file in filter(None, files):
            print(say("terminal.paper", spoken, path=file))
        return 0

    sys.exit(guard(work, spoken_in(language, "zh"), as_json=False))


@click.command()
@LANGUAGE
def standards(language: str | None) -> None:
    """List the rules in force with their clauses 列出所用标准."""
    print(standards_table(read_standards(), spoken_in(language, "zh")))
