"""Questions to OpenStreetMap's servers, through OSMnx: the only place that uses the internet.

OSMnx splits large areas, asks and keeps every answer in a folder, so that nothing is asked twice
and a broken fetch goes on where it stopped. It waits 55 seconds again and again where a server is
busy, has no word for an office without internet, and asks a stranger for addresses; hence this
module.
"""

import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import requests
from shapely import MultiPolygon, Polygon

from planner.errors import InputError
from planner.model.finding import Finding, Severity

T = TypeVar("T")
Area = Polygon | MultiPolygon
Progress = Callable[[str, int, int], None]

_PRODUCT = "facility-coverage-planner"
_BUSY = (429, 502, 503, 504)
_LONGEST_S = 300.0
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Whom to ask, and how patiently.

    Parameters
    ----------
    overpass, nominatim
        Addresses of the servers, a mirror in the intranet for example; '' for those OSMnx knows.
    contact
        How the servers' keepers may reach the user; sent with every question.
    tries
        How often a busy server is asked.
    pause_s
        Seconds before the second try; doubled each time, unless the server says how long.
    timeout_s
        Seconds to wait for an answer.
    """

    overpass: str = ""
    nominatim: str = ""
    contact: str = ""
    tries: int = 5
    pause_s: float = 15.0
    timeout_s: int = 180


class _BusyError(Exception):
    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class _RefusedError(Exception):
    pass


class _GarbageError(Exception):
    pass


def fetch_stop(rule: str, **values: str) -> InputError:
    """Return the error that ends a fetch, with its one finding.

    Parameters
    ----------
    rule
        As in `Finding`.
    **values
        ``found``, ``expected`` and whatever else the wording names.
    """
    finding = Finding(
        rule=rule,
        severity=Severity.ERROR,
        found=values.pop("found", ""),
        expected=values.pop("expected", ""),
        values=tuple(sorted(values.items())),
    )
    return InputError("nothing was fetched", (finding,))


def ask_place(place: str, service: Service, folder: Path, progress: Progress) -> Area:
    """Ask for the outline of a place.

    Parameters
    ----------
    place
        Its name.
    service
        Whom to ask.
    folder
        Where answers are kept.
    progress
        Called with (stage, done, total).

    Returns
    -------
    Polygon or MultiPolygon
        A polygon or several, in degrees.

    Raises
    ------
    InputError
        If there is no such place, or no answer.
    """
    import osmnx  # noqa: PLC0415  slow to import

    def work() -> Any:  # noqa: ANN401  a GeoDataFrame
        return osmnx.geocode_to_gdf(place)

    progress("fetch_place", 0, 1)
    address = service.nominatim or osmnx.settings.nominatim_url
    try:
        found = _patiently(work, service, folder, address, progress)
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise fetch_stop("fetch.no_place", found=place) from error
    outline: Area = found.geometry.iloc[0]
    return outline


def ask_streets(area: Area, service: Service, folder: Path, progress: Progress) -> list[Path]:
    """Ask for all ways tagged highway, and their nodes with all tags.

    Parameters
    ----------
    area
        Polygon in degrees.
    service, folder, progress
        As in `ask_place`.

    Returns
    -------
    list of Path
        The answers as Overpass gave them, JSON, in a fixed order.

    Raises
    ------
    InputError
        If there is no answer.
    """
    import osmnx  # noqa: PLC0415

    def work() -> None:
        osmnx.settings.cache_only_mode = True
        try:
            osmnx.graph_from_polygon(area, custom_filter='["highway"]', retain_all=True)
        except InterruptedError:  # how OSMnx says that all answers are in the folder
            return

    progress("fetch_streets", 0, 1)
    address = service.overpass or osmnx.settings.overpass_url
    try:
        _patiently(work, service, folder, address, progress)
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise fetch_stop("fetch.garbage", found=_host(address)) from error
    return sorted(folder.glob("*.json"))


def ask_features(
    area: Area, tags: dict[str, Any], service: Service, folder: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Ask for things with given tags.

    Parameters
    ----------
    area
        Polygon in degrees.
    tags
        Keys and wanted values.
    service, folder, progress
        As in `ask_place`.

    Returns
    -------
    list of dict
        Tags of each thing, with ``element``, ``id`` and ``geometry``; empty if there is none.

    Raises
    ------
    InputError
        If there is no answer.
    """
    import osmnx  # noqa: PLC0415

    def work() -> Any:  # noqa: ANN401  a GeoDataFrame
        return osmnx.features_from_polygon(area, tags)

    progress("fetch_facilities", 0, 1)
    address = service.overpass or osmnx.settings.overpass_url
    try:
        found = _patiently(work, service, folder, address, progress)
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        if any(folder.glob("*.json")):  # an answer came, with nothing in it
            return []
        raise fetch_stop("fetch.garbage", found=_host(address)) from error
    rows: list[dict[str, Any]] = found.reset_index().to_dict("records")
    return rows


def _patiently(
    work: Callable[[], T], service: Service, folder: Path, address: str, progress: Progress
) -> T:
    """Do `work` with OSMnx, again where the server is busy."""
    _knock(address)
    why, pause = "", service.pause_s
    for turn in range(service.tries):
        if turn:
            progress("fetch_wait", turn, service.tries)
            time.sleep(min(pause, _LONGEST_S))
            pause = service.pause_s * 2**turn
        try:
            with _osmnx_settings(service, folder):
                return work()
        except _BusyError as busy:
            why = str(busy)
            pause = pause if busy.after_s is None else busy.after_s
        except requests.exceptions.ReadTimeout:
            why = "timeout"
        except (requests.exceptions.ChunkedEncodingError, json.JSONDecodeError) as error:
            why = type(error).__name__  # an answer or a kept one broke off
            shutil.rmtree(folder, ignore_errors=True)
        except requests.exceptions.RequestException as error:
            raise fetch_stop("fetch.offline", found=_host(address)) from error
        except _RefusedError as error:
            raise fetch_stop("fetch.refused", found=_host(address), status=str(error)) from error
        except _GarbageError as error:
            raise fetch_stop("fetch.garbage", found=_host(address)) from error
    raise fetch_stop("fetch.busy", found=_host(address), tries=str(service.tries), why=why)


def _host(address: str) -> str:
    return urlsplit(address).netloc or address


def _knock(address: str) -> None:
    """Find out in seconds, not minutes, that there is no internet; a proxy is left to answer."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return
    try:
        port = parts.port or (80 if parts.scheme == "http" else 443)
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise fetch_stop("fetch.offline", found=_host(address)) from error


def _judge(response: requests.Response, **_: object) -> None:
    """Stop an answer OSMnx would wait on or take as it is."""
    if response.status_code in _BUSY:
        after = response.headers.get("Retry-After", "")
        raise _BusyError(str(response.status_code), float(after) if after.isdigit() else None)
    if not response.ok:
        raise _RefusedError(str(response.status_code))
    body = response.content.strip()
    if body[:1] not in (b"{", b"[") or body[-1:] not in (b"}", b"]"):
        raise _GarbageError
    if b'"remark"' in body[-2000:] and b"error" in body[-2000:]:
        raise _BusyError("remark")  # Overpass ran out of time or memory and says so in passing


@contextmanager
def _osmnx_settings(service: Service, folder: Path) -> Iterator[None]:
    from osmnx import settings  # noqa: PLC0415

    agent = f"{_PRODUCT} ({service.contact})" if service.contact else _PRODUCT
    wanted: dict[str, Any] = {
        "cache_folder": folder,
        "use_cache": True,
        "cache_only_mode": False,
        "doh_url_template": None,
        "http_user_agent": agent,
        "http_referer": _PRODUCT,
        "http_accept_language": "zh,en",
        "overpass_rate_limit": False,
        "requests_timeout": service.timeout_s,
        "requests_kwargs": {"hooks": {"response": _judge}},
    }
    if service.overpass:
        wanted["overpass_url"] = service.overpass.removesuffix("/").removesuffix("/interpreter")
    if service.nominatim:
        wanted["nominatim_url"] = service.nominatim.removesuffix("/").removesuffix("/search")
    before = {name: getattr(settings, name) for name in wanted}
    resolve = socket.getaddrinfo  # OSMnx puts its own in place
    try:
        for name, value in wanted.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolve
