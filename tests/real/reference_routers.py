"""Two routers that others wrote, asked for walking distances on the same extract.

OSRM comes with the wheels of osrm-bindings, Valhalla with those of pyvalhalla. A router is found
where its package is installed, or in the folder of an unpacked wheel named by OSRM_WHEEL or
PYVALHALLA_WHEEL (README.md beside this file). Everything it makes stands in the folder it is given.
"""

import http.client
import importlib.util
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

SPEED_KMH = 3.24  # 0.9 m/s; slow, so that a tenth of a second is nine centimetres
HOST = "127.0.0.1"
AT_ONCE = 90  # places in one question to OSRM
LEVEL_METRES = (111_320.0, 110_950.0)  # a degree at the equator and of latitude, for small offsets


class Walks(NamedTuple):
    """What a router says of walks from each of n sources to each of m targets.

    `metres` and `seconds` are NaN where there is no way, shape (n, m); `off_m` is how far from
    where it was told each place the router put it, sources first, shape (n + m,).
    """

    metres: np.ndarray
    seconds: np.ndarray
    off_m: np.ndarray


def _home(variable, package, program):
    """Return the folder that holds `package` with `program`, or None."""
    spec = None if os.environ.get(variable) else importlib.util.find_spec(package)
    named = os.environ.get(variable) or (spec and spec.origin and Path(spec.origin).parents[1])
    if not named or not (Path(named) / package / "bin" / program).is_file():
        return None
    return Path(named)


def find_osrm():
    """Return the folder OSRM's package stands in, None where there is none."""
    return _home("OSRM_WHEEL", "osrm", "osrm-routed")


def find_valhalla():
    """Return the folder Valhalla's package stands in, None where there is none with programs."""
    return _home("PYVALHALLA_WHEEL", "valhalla", "valhalla_service")


def _program(folder, path):
    """Return a program that may be run; unpacking a wheel loses that right."""
    if os.access(path, os.X_OK):
        return str(path)
    copy = folder / path.name
    if not copy.exists():
        shutil.copy(path, copy)
        copy.chmod(0o755)
    return str(copy)


def _off_m(asked, placed):
    step = (np.asarray(placed) - asked) * LEVEL_METRES
    return np.hypot(step[:, 0] * np.cos(np.radians(asked[:, 1])), step[:, 1])


def _numbers(table):
    return np.array([[math.nan if x is None else x for x in row] for row in table], np.float64)


# OSRM ------------------------------------------------------------------------------------------


class Osrm:
    """A running server of OSRM."""

    def __init__(self, port):
        self._port = port

    def walks(self, sources, targets):
        """Return the walks from `sources` to `targets`, degrees of shape (n, 2) and (m, 2)."""
        step = AT_ONCE - len(targets)
        parts = [self._ask(sources[i : i + step], targets) for i in range(0, len(sources), step)]
        off = [part.off_m[: -len(targets)] for part in parts] + [parts[0].off_m[-len(targets) :]]
        return Walks(
            np.concatenate([part.metres for part in parts]),
            np.concatenate([part.seconds for part in parts]),
            np.concatenate(off),
        )

    def _ask(self, sources, targets):
        places = np.concatenate([sources, targets])
        text = ";".join(f"{lon:.7f},{lat:.7f}" for lon, lat in places)
        first, last = range(len(sources)), range(len(sources), len(places))
        answer = self._get(
            f"/table/v1/foot/{text}?annotations=distance,duration"
            f"&sources={';'.join(map(str, first))}&destinations={';'.join(map(str, last))}"
        )
        put = [way["location"] for way in answer["sources"] + answer["destinations"]]
        off = _off_m(places, put)
        return Walks(_numbers(answer["distances"]), _numbers(answer["durations"]), off)

    def _get(self, path):
        with closing(http.client.HTTPConnection(HOST, self._port, timeout=60)) as line:
            line.request("GET", path)
            reply = line.getresponse()
            body = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"OSRM says {reply.status}: {body[:200]!r}")
        return json.loads(body)


@contextmanager
def osrm_on(home, extract, folder):
    """Build OSRM's graph of an extract in `folder` and serve it; the server ends with the block."""
    package = home / "osrm"
    shutil.copytree(package / "share" / "profiles", folder / "profiles")
    profile = folder / "profiles" / "foot.lua"
    profile.write_text(_pure_distance(profile.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(extract, folder / "streets.osm.pbf")
    for name, rest in (
        ("osrm-extract", ["-p", str(profile), "streets.osm.pbf"]),
        ("osrm-partition", ["streets.osrm"]),
        ("osrm-customize", ["streets.osrm"]),
    ):
        _run([_program(folder, package / "bin" / name), "--threads", "2", *rest], folder)
    port = _free_port()
    server = subprocess.Popen(
        [
            _program(folder, package / "bin" / "osrm-routed"),
            *("--algorithm", "mld", "--ip", HOST, "--port", str(port), "--threads", "1"),
            str(folder / "streets.osrm"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port)
        yield Osrm(port)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _pure_distance(profile):
    """Return OSRM's profile for walkers with one speed everywhere and no penalties."""
    for old, new in (
        ("local walking_speed = 5", f"local walking_speed = {SPEED_KMH}"),
        ("traffic_signal_penalty        = 2,", "traffic_signal_penalty = 0,"),
        ("u_turn_penalty                = 2,", "u_turn_penalty = 0,"),
        ("ferry = 5", f"ferry = {SPEED_KMH}"),
        ("walking_speed*0.75", "walking_speed"),
        ("walking_speed*0.5", "walking_speed"),
    ):
        if old not in profile:
            raise ValueError(f"this version of OSRM's foot.lua does not hold {old!r}")
        profile = profile.replace(old, new)
    return profile


def _run(command, folder, env=None):
    done = subprocess.run(
        command, cwd=folder, env=env, check=False, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-400:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {said}")
    return done.stdout


def _free_port():
    with closing(socket.socket()) as door:
        door.bind((HOST, 0))
        return door.getsockname()[1]


def _wait_for(server, port):
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"osrm-routed ended with {server.returncode}")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("osrm-routed does not answer")


# Valhalla --------------------------------------------------------------------------------------


class Valhalla:
    """Tiles of Valhalla; every question is one short run of its program, no server."""

    def __init__(self, home, folder, *, shortest):
        self._folder = folder
        self._program = _program(folder, home / "valhalla" / "bin" / "valhalla_service")
        self._env = _libraries(home)
        self._shortest = shortest

    def walks(self, sources, targets):
        """Return the walks from `sources` to `targets`, degrees of shape (n, 2) and (m, 2)."""
        question = {
            "sources": _locations(sources),
            "targets": _locations(targets),
            "costing": "pedestrian",
            "costing_options": {"pedestrian": _pedestrian(shortest=self._shortest)},
        }
        path = self._folder / "question.json"
        path.write_text(json.dumps(question), encoding="utf-8")
        command = [self._program, "valhalla.json", "sources_to_targets", path.name]
        answer = json.loads(_run(command, self._folder, self._env))
        table = answer["sources_to_targets"]
        put = [[place["lon"], place["lat"]] for place in answer["sources"] + answer["targets"]]
        return Walks(
            _numbers([[to["distance"] for to in row] for row in table]) * 1000.0,
            _numbers([[to["time"] for to in row] for row in table]),
            _off_m(np.concatenate([sources, targets]), put),
        )


def valhalla_on(home, extract, folder, *, elevation=None):
    """Build Valhalla's tiles of an extract in `folder`.

    With a folder of `elevation` the ways know their slope, and it looks for the quickest way;
    without, for the shortest.
    """
    config = _config(home)
    (folder / "tiles").mkdir()
    config["mjolnir"].update(tile_dir=str(folder / "tiles"), tile_extract="")
    config["mjolnir"].update(admin="", timezone="", landmarks="", traffic_extract="")
    config["additional_data"]["elevation"] = str(elevation or "")
    config["loki"]["service_defaults"].update(minimum_reachability=0, node_snap_tolerance=0)
    # its other way of counting a table goes wrong between two places on one edge
    config["thor"]["source_to_target_algorithm"] = "costmatrix"
    config["service_limits"]["pedestrian"]["max_matrix_location_pairs"] = 1_000_000
    (folder / "valhalla.json").write_text(json.dumps(config), encoding="utf-8")
    builder = _program(folder, home / "valhalla" / "bin" / "valhalla_build_tiles")
    _run([builder, "--config", "valhalla.json", str(extract)], folder, _libraries(home))
    return Valhalla(home, folder, shortest=elevation is None)


def _libraries(home):
    return {**os.environ, "LD_LIBRARY_PATH": str(home / "pyvalhalla.libs")}


def _config(home):
    """Return the settings Valhalla ships; its package itself may be for another Python."""
    path = home / "valhalla" / "valhalla_build_config.py"
    spec = importlib.util.spec_from_file_location("valhalla_settings", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return _set_only(module.config, module.Optional)


def _set_only(settings, unset):
    return {
        key: _set_only(value, unset) if isinstance(value, dict) else value
        for key, value in settings.items()
        if not isinstance(value, unset)
    }


def _locations(lonlat):
    return [{"lon": round(lon, 7), "lat": round(lat, 7)} for lon, lat in lonlat.tolist()]


def _pedestrian(*, shortest):
    """Return one speed everywhere and no penalties."""
    even = ("walkway_factor", "sidewalk_factor", "alley_factor", "driveway_factor")
    none = (
        "step_penalty",
        "elevator_penalty",
        "destination_only_penalty",
        "maneuver_penalty",
        "gate_penalty",
        "gate_cost",
        "service_penalty",
        "private_access_penalty",
    )
    return {
        "walking_speed": SPEED_KMH,
        "shortest": shortest,
        "max_hiking_difficulty": 6,
        **dict.fromkeys(even, 1.0),
        **dict.fromkeys(none, 0),
    }
