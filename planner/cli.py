"""Words on a terminal and exit codes; the only room that prints."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, cast

import click
from tqdm import tqdm

from planner.errors import PlannerError
from planner.model.finding import Finding, Severity
from planner.model.scenario import Language
from planner.report.explained import explanation_text, write_route
from planner.report.headline import headline, standards_table
from planner.report.paper import write_paper
from planner.report.summary import summary_document
from planner.report.terminal import findings_table
from planner.report.words import say
from planner.report.writing import write_comparison, write_outcome
from planner.run import Progress, check_inputs, explain, run_scenario, run_scenarios
from planner.standards import read_standards
from planner.store.fetch import Wanted, bbox_from, fetch_streets
from planner.store.overpass import Service
from planner.store.scenario import read_scenario

_LANGUAGE = click.option(
    "--language", type=click.Choice(["zh", "en"]), default=None, help="zh or en"
)
_JSON = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")


def _err(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _bar(language: Language) -> Iterator[Progress]:
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
def _end_early(language: Language, show: Progress) -> Iterator[tuple[Progress, Callable[[], bool]]]:
    """Let a first Ctrl-C end the search for sites, and only that; any other ends the run."""
    at, asked = [""], [False]

    def told(stage: str, done: int, total: int) -> None:
        at[0] = stage
        show(stage, done, total)

    def interrupt(_number: int, _frame: object) -> None:
        if at[0] != "siting" or asked[0]:
            raise KeyboardInterrupt
        asked[0] = True
        _err(say("terminal.ending_early", language))

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield told, lambda: not asked[0]
    finally:
        signal.signal(signal.SIGINT, before)


def _language(asked: str | None, fallback: Language) -> Language:
    return cast("Language", asked) if asked else fallback


def _report(findings: tuple[Finding, ...], language: Language) -> None:
    if findings:
        _err(findings_table(findings, language))


def _guard(work: Callable[[], int], language: Language, *, as_json: bool) -> int:
    try:
        return work()
    except PlannerError as error:
        findings: tuple[Finding, ...] = getattr(error, "findings", ())
        _report(findings, language)
        _err(say("terminal.stopped", language, reason=str(error)))
        if as_json:
            rules = [
                {"rule": f.rule, "severity": f.severity.value, "source": f.source,
                 "layer": f.layer, "row": f.row, "column": f.column, "found": f.found}
                for f in findings
            ]  # fmt: skip
            print(json.dumps({"error": str(error), "findings": rules}, ensure_ascii=False))
        return error.exit_code


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="facility-coverage-planner")
def cli() -> None:
    """Facility-coverage planner 设施覆盖规划工具."""


@cli.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=None, help="result folder")
@_LANGUAGE
@_JSON
def run(scenario: Path, out: Path | None, language: str | None, *, as_json: bool) -> None:
    """Run a scenario and write its maps, tables and summary 运行方案."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = _language(language, asked.language)
        folder = out or _maps_folder(scenario) / asked.name
        start = monotonic()
        with _bar(spoken) as bar, _end_early(spoken, bar) as (show, go_on):
            outcome = run_scenario(asked, progress=show, go_on=go_on)
            show("write", 0, 0)
            write_outcome(outcome, folder, language=spoken)
        _report(outcome.findings, spoken)
        if as_json:
            print(json.dumps(summary_document(outcome), ensure_ascii=False))
        else:
            print(headline(outcome, spoken))
            print(say("terminal.written", spoken, path=folder / "map.html",
                      seconds=f"{monotonic() - start:.1f}"))  # fmt: skip
        return 0

    sys.exit(_guard(work, _language(language, "zh"), as_json=as_json))


@cli.command()
@click.argument("scenarios", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="HTML file"
)
@_LANGUAGE
def compare(scenarios: tuple[Path, ...], out: Path | None, language: str | None) -> None:
    """Run two to four scenarios and write one page that compares them 比较方案."""
    if not 2 <= len(scenarios) <= 4:
        raise click.UsageError(say("terminal.compare.two_to_four", _language(language, "zh")))

    def work() -> int:
        asked = [read_scenario(path) for path in scenarios]
        spoken = _language(language, asked[0].language)
        name = "compare_" + "_".join(one.name for one in asked)
        path = out or _maps_folder(scenarios[0]) / f"{name[:120]}.html"
        start = monotonic()
        with _bar(spoken) as show:
            outcomes = run_scenarios(asked, progress=show)
            show("write", 0, 0)
            write_comparison(outcomes, path, language=spoken)
        for outcome in outcomes:
            _report(outcome.findings, spoken)
            print(f"[{outcome.scenario.name}]")
            print(headline(outcome, spoken))
        print(say("terminal.written", spoken, path=path, seconds=f"{monotonic() - start:.1f}"))
        return 0

    sys.exit(_guard(work, _language(language, "zh"), as_json=False))


def _maps_folder(scenario: Path) -> Path:
    """Return ``maps`` beside ``scenarios``, or below the current folder for a loose scenario."""
    home = scenario.resolve().parent
    return home.parent / "maps" if home.name == "scenarios" else Path("maps")


@cli.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@_LANGUAGE
def check(scenario: Path, language: str | None) -> None:
    """Read every input and tell all that is wrong, without a run 检查数据."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = _language(language, asked.language)
        with _bar(spoken) as show:
            findings = check_inputs(asked, progress=show)
        _report(findings, spoken)
        errors = sum(f.severity is Severity.ERROR for f in findings)
        print(say("terminal.checked", spoken, errors=errors, others=len(findings) - errors))
        return 3 if errors else 0

    sys.exit(_guard(work, _language(language, "zh"), as_json=False))


@cli.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("point_id")
@_LANGUAGE
@click.option(
    "--geojson", type=click.Path(path_type=Path, dir_okay=False), help="file for the route"
)
def why(scenario: Path, point_id: str, language: str | None, geojson: Path | None) -> None:
    """Tell why a demand point is within reach or not 说明某居住点为何未覆盖."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = _language(language, asked.language)
        with _bar(spoken) as show:
            told = explain(asked, point_id, progress=show)
        if geojson is not None:
            write_route(told, geojson)
        print(explanation_text(told, spoken, max_access_m=asked.walking.max_access_m))
        return 0

    sys.exit(_guard(work, _language(language, "zh"), as_json=False))


@cli.command("map")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="A3 sheet as PNG")
@click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), help="A3 sheet and a page per site"
)
@_LANGUAGE
def paper(scenario: Path, png: Path | None, pdf: Path | None, language: str | None) -> None:
    """Run a scenario and draw its map on paper; nothing else is written 输出图纸."""

    def work() -> int:
        asked = read_scenario(scenario)
        spoken = _language(language, asked.language)
        folder = _maps_folder(scenario) / asked.name
        files = [png, pdf] if png or pdf else [folder / "map.png", folder / "map.pdf"]
        with _bar(spoken) as show:
            outcome = run_scenario(asked, progress=show)
            show("write", 0, 0)
            for file in filter(None, files):
                write_paper(outcome, file, language=spoken)
        for file in filter(None, files):
            print(say("terminal.paper", spoken, path=file))
        return 0

    sys.exit(_guard(work, _language(language, "zh"), as_json=False))


@cli.command()
@click.argument("place")
@click.option("--bbox", help="west,south,east,north in degrees, instead of the outline of PLACE")
@click.option("--out", type=click.Path(path_type=Path), default=Path("data"), help="folder data")
@click.option("--facilities", is_flag=True, help="facilities as well")
@click.option("--fresh", is_flag=True, help="ask again for what was asked before")
@click.option("--endpoint", envvar="PLANNER_OVERPASS", default="", help="address of Overpass")
@click.option("--places", envvar="PLANNER_NOMINATIM", default="", help="address of Nominatim")
@click.option("--contact", envvar="PLANNER_CONTACT", default="", help="your e-mail, for the server")
@_LANGUAGE
def fetch(place: str, out: Path, bbox: str | None, language: str | None, **how: Any) -> None:  # noqa: ANN401  click's
    """Fetch streets (and facilities) of a place from OpenStreetMap 获取 OSM 路网."""
    spoken = _language(language, "zh")

    def work() -> int:
        wanted = Wanted(
            place=place,
            bbox=None if bbox is None else bbox_from(bbox),
            facilities=how["facilities"],
            fresh=how["fresh"],
        )
        service = Service(overpass=how["endpoint"], nominatim=how["places"], contact=how["contact"])
        with _bar(spoken) as show:
            got = fetch_streets(wanted, out, service, show)
        print(say("terminal.fetched.streets", spoken, path=got.streets, ways=got.ways,
                  nodes=got.nodes, date=got.data_date or "—"))  # fmt: skip
        if got.facilities is not None:
            print(say("terminal.fetched.facilities", spoken, path=got.facilities,
                      count=got.facility_count))  # fmt: skip
        elif wanted.facilities:
            print(say("terminal.fetched.no_facilities", spoken))
        print(say("terminal.fetched.source", spoken, path=got.source))
        return 0

    sys.exit(_guard(work, spoken, as_json=False))


@cli.command()
@_LANGUAGE
def standards(language: str | None) -> None:
    """List the rules in force with their clauses 列出所用标准."""
    print(standards_table(read_standards(), _language(language, "zh")))


def main() -> None:
    """Run the command line; an office console that cannot show a character shows '?'."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    cli()
