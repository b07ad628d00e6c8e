"""The command that fetches streets from OpenStreetMap."""

import sys
from pathlib import Path
from typing import Any

import click

from planner.cli.speaking import LANGUAGE, bar, guard, spoken_in
from planner.report.words import say
from planner.store.fetch import Wanted, bbox_from, fetch_streets
from planner.store.overpass import Service


@click.command()
@click.argument("place")
@click.option("--bbox", help="west,south,east,north in degrees, instead of the outline of PLACE")
@click.option("--out", type=click.Path(path_type=Path), default=Path("data"), help="folder data")
@click.option("--facilities", is_flag=True, help="facilities as well")
@click.option("--fresh", is_flag=True, help="ask again for what was asked before")
@click.option("--endpoint", envvar="PLANNER_OVERPASS", default="", help="address of Overpass")
@click.option("--places", envvar="PLANNER_NOMINATIM", default="", help="address of Nominatim")
@click.option("--contact", envvar="PLANNER_CONTACT", default="", help="your e-mail, for the server")
@LANGUAGE
def fetch(place: str, out: Path, bbox: str | None, language: str | None, **how: Any) -> None:  # noqa: ANN401  click's
    """Fetch streets (and facilities) of a place from OpenStreetMap 获取 OSM 路网."""
    spoken = spoken_in(language, "zh")

    def work() -> int:
        wanted = Wanted(
            place=place,
            bbox=None if bbox is None else bbox_from(bbox),
            facilities=how["facilities"],
            fresh=how["fresh"],
        )
        service = Service(overpass=how["endpoint"], nominatim=how["places"], contact=how["contact"])
        with bar(spoken) as show:
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

    sys.exit(guard(work, spoken, as_json=False))
