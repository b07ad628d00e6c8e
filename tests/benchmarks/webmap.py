"""The map page beside other makers of maps, in a browser without a graphics card.

One JSON object per line on stdout; README.md says how to read it.
"""

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measuring import Line, missing
from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright
from webmap_pages import MAKERS, NotHereError, Things, make_things
from webmap_whatif import whatif_line

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--enable-precise-memory-info"]  # fmt: skip
VIEW = {"width": 1366, "height": 768}
PATIENCE_S = float(os.environ.get("PATIENCE_S", "60"))
RIGHT = 0.98  # share of the sampled things that must have colour
WATCH = """
    window.frames_seen = []; let before = null;
    const other = () => !window.Planner && !window.maplibregl && document.readyState === 'complete';
    const isReady = () => document.body &&
        (document.body.classList.contains('ready') || window.drawn || other());
    (function frame(now) {
        if (!window.ready_at && isReady()) {
            window.ready_at = -1;
            requestAnimationFrame(() => setTimeout(() => { window.ready_at = performance.now(); }));
        }
        if (before !== null) { window.frames_seen.push(now - before); }
        before = now; requestAnimationFrame(frame);
    })(null);
"""
SPOTS = """places => {
    const map = Planner_map(); const box = map.getContainer().getBoundingClientRect();
    return places.map(p => { const q = map.latLngToContainerPoint([p[1], p[0]]);
        return [q.x + box.left, q.y + box.top, q.x, q.y, box.width, box.height]; });
}""".replace("Planner_map()", "(window.Planner ? Planner.map : find_map())")
BARE = """() => { if (!window.Planner) { return; } const S = Planner.state;
    Object.keys(S.on).forEach(k => { S.on[k] = false; });
    Object.keys(S.rings).forEach(k => { S.rings[k] = false; });
    S.mode = MODE; S.on.areas = S.mode !== 'none';
    Object.keys(S.kinds).forEach(k => { S.kinds[k] = S.mode === 'none'; });
    Planner.shapes.counties.features = 0; Planner.show(); }"""
EVERY_KIND = """() => { if (!window.Planner) { return; } const S = Planner.state;
    Object.keys(S.kinds).forEach(k => { S.kinds[k] = true; }); Planner.show(); }"""


class NotOpenError(Exception):
    """A page that draws nothing in the time a person would wait."""


@dataclass(frozen=True)
class Seen:
    """What one page took."""

    size_mb: float
    ready_s: float
    pan_ms: float
    zoom_ms: float
    heap_mb: float
    painted: float
    note: str

    @property
    def longest_ms(self) -> float:
        return max(self.pan_ms, self.zoom_ms)


def watch_page(browser: Browser, html: str, things: Things, shot: Path | None) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport=VIEW, offline=True)
        context.set_default_timeout(PATIENCE_S * 1000)
        try:
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(path.as_uri(), wait_until="commit")
            ready = ready_s(page)
            page.evaluate(EVERY_KIND)
            page.wait_for_timeout(500)
            pan, zoom = pan_ms(page), zoom_ms(page)
            heap = heap_mb(page)
            if shot:
                page.screenshot(path=shot)
            share, note = painted(page, things)
            return Seen(len(html.encode()) / 1e6, ready, pan, zoom, heap, share, note)
        finally:
            context.close()


def ready_s(page: Page) -> float:
    """Wait for the first frame after everything is drawn; polled, as the policy bans strings."""
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end:
        at = page.evaluate("window.ready_at || 0")
        if at > 0:
            return float(at) / 1000
        page.wait_for_timeout(100)
    raise NotOpenError(f"not open after {PATIENCE_S:.0f} s")


def middle(page: Page) -> tuple[float, float]:
    x, y = page.evaluate(
        "() => { const b = (window.Planner ? Planner.map : find_map()).getContainer()"
        ".getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; }"
    )
    return float(x), float(y)


def longest(page: Page, work: Callable[[], None]) -> float:
    page.evaluate("window.frames_seen.length = 0")
    work()
    page.wait_for_timeout(700)
    return float(page.evaluate("Math.max(...window.frames_seen)"))


def pan_ms(page: Page) -> float:
    x, y = middle(page)

    def drag() -> None:
        page.mouse.move(x - 120, y)
        page.mouse.down()
        for step in range(24):
            page.mouse.move(x - 120 + 10 * (step + 1), y + step)
            page.wait_for_timeout(16)
        page.mouse.up()

    return longest(page, drag)


def zoom_ms(page: Page) -> float:
    x, y = middle(page)

    def wheel() -> None:
        page.mouse.move(x, y)
        for turn in (120, 120, -120, -120, 120):  # two levels out and back: everything in view
            page.mouse.wheel(0, turn)
            page.wait_for_timeout(400)

    return longest(page, wheel)


def heap_mb(page: Page) -> float:
    tool = page.context.new_cdp_session(page)
    tool.send("HeapProfiler.collectGarbage")
    told = tool.send("Runtime.getHeapUsage")
    return float(told["usedSize"]) / 1e6


def painted(page: Page, things: Things) -> tuple[float, str]:
    """Return the share of sampled things that have colour where they must stand.

    Where no point is near, nothing may be painted: a page that is one colour fails.
    """
    rng = np.random.default_rng(9)
    found, notes = [], []
    for kind, table in (("areas", things.areas), ("points", things.points)):
        if not len(table):
            continue
        page.evaluate(BARE.replace("MODE", "'share'" if kind == "areas" else "'none'"))
        page.wait_for_timeout(600)
        pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
        if kind == "areas":
            inside = table.geometry.representative_point()
            places = np.column_stack([inside.x, inside.y])
        else:
            places = table.geometry.get_coordinates().to_numpy()
        spots = np.array(page.evaluate(SPOTS, places.tolist()))
        within = (spots[:, 2:4] > 12).all(axis=1) & (spots[:, 2:4] < spots[:, 4:6] - 12).all(axis=1)
        whole = np.rint(spots[:, :2]).astype(int)
        ground = np.array([255, 255, 255]) if kind == "areas" else most_usual(pixels, spots)
        coloured = (np.abs(pixels - ground).max(axis=2) > 40).astype(int)
        chosen = rng.permutation(np.flatnonzero(within))[:2000]
        hits = np.mean([near(coloured, *whole[i], 2) for i in chosen]) if len(chosen) else 0.0
        found.append(float(hits))
        notes.append(f"{hits:.3f} of {len(chosen)} {kind} in view painted")
        if kind == "points" and not len(things.areas):
            away = false_paint(coloured, whole[within], spots[0], rng)
            notes.append(f"{away:.3f} painted where none is")
            found.append(1 - max(0.0, away - 0.05))
    return min(found, default=1.0), ", ".join(notes) or "nothing but the small town to paint"


def most_usual(pixels: np.ndarray, spots: np.ndarray) -> np.ndarray:
    x, y = (spots[0, :2] - spots[0, 2:4]).astype(int)
    wide, tall = spots[0, 4:6].astype(int)
    part = pixels[y : y + tall, x : x + wide].reshape(-1, 3)
    colours, counts = np.unique(part, axis=0, return_counts=True)
    light = colours.min(axis=1) > 200  # the ground is light on every page
    return np.asarray(colours[light][counts[light].argmax()] if light.any() else [255, 255, 255])


def near(coloured: np.ndarray, x: int, y: int, reach: int) -> bool:
    return bool(coloured[y - reach : y + reach + 1, x - reach : x + reach + 1].any())


def false_paint(
    coloured: np.ndarray, whole: np.ndarray, spot: np.ndarray, rng: np.random.Generator
) -> float:
    taken = np.zeros_like(coloured)
    x, y = np.clip(whole.T, 0, np.array(coloured.shape[::-1])[:, None] - 1)
    taken[y, x] = 1
    left, top = (spot[:2] - spot[2:4]).astype(int)
    wide, tall = spot[4:6].astype(int)
    tries = np.column_stack(
        [
            rng.integers(left + 90, left + wide - 90, 4000),
            rng.integers(top + 90, top + tall - 90, 4000),
        ]
    )
    free = [(a, b) for a, b in tries if not near(taken, a, b, 9)]
    return float(np.mean([coloured[b, a] for a, b in free])) if free else 0.0


# ---- the lines


def told(things_name: str, seen: Seen) -> str:
    return (
        f"{things_name}: {seen.size_mb:.2f} MB, ready {seen.ready_s:.2f} s, longest frame pan "
        f"{seen.pan_ms:.0f} ms, zoom {seen.zoom_ms:.0f} ms, heap {seen.heap_mb:.0f} MB, {seen.note}"
    )


class Bench:
    """Pages are made and looked at once; the lines share what was seen."""

    def __init__(self, browser: Browser, shots: Path | None, peers: bool) -> None:
        self.browser, self.shots, self.peers = browser, shots, peers
        self.kept: dict[tuple[str, int, int], Seen | str] = {}

    def seen(self, maker: str, things: Things, points: int, areas: int) -> Seen | str:
        key = (maker, points, areas)
        if key not in self.kept:
            self.kept[key] = self.look(maker, things, points, areas)
            found = self.kept[key]
            name = f"{maker}, {points:,} points, {areas:,} polygons"
            print(told(name, found) if isinstance(found, Seen) else f"{name}: {found}",
                  file=sys.stderr, flush=True)  # fmt: skip
        return self.kept[key]

    def look(self, maker: str, things: Things, points: int, areas: int) -> Seen | str:
        try:
            html = MAKERS[maker](things)
            shot = (
                self.shots / f"{maker.replace(' ', '_')}_{points}_{areas}.png"
                if self.shots
                else None
            )
            return watch_page(self.browser, html, things, shot)
        except (NotHereError, NotOpenError) as why:
            return str(why)
        except Error as error:
            return f"failed within {PATIENCE_S:.0f} s: {str(error)[:120]}"

    def lines(self, points: int, areas: int, wanted: list[tuple[str, str, float]]) -> None:
        """Print one line for each wanted (id, attribute, bar), beside every maker."""
        things = make_things(points, areas)
        us = self.seen("planner", things, points, areas)
        makers = [m for m in MAKERS if m != "planner"] if self.peers else []
        others = {m: self.seen(m, things, points, areas) for m in makers}
        for name, what, bar in wanted:
            unit = {"size_mb": "MB", "ready_s": "s", "longest_ms": "ms"}[what]
            if isinstance(us, str):
                print(missing(name, "bar", us, unit=unit).as_json(), flush=True)
                continue
            value = float(getattr(us, what))
            right = us.painted >= RIGHT
            note = f"bar <= {bar:g} {unit}: {'met' if value <= bar else 'MISSED'}; "
            note += told(f"{points:,} points, {areas:,} polygons", us)
            print(
                Line(name, value, bar, "bar", value / bar, unit, right, note).as_json(), flush=True
            )
            for maker, other in others.items():
                print(beside(name, (what, unit, value), maker, other, right).as_json(), flush=True)


def beside(
    name: str, ours: tuple[str, str, float], maker: str, other: Seen | str, right: bool
) -> Line:
    what, unit, value = ours
    if isinstance(other, str):
        return missing(name, maker, other, ours=value, unit=unit)
    theirs = float(getattr(other, what))
    equal = right and other.painted >= RIGHT
    return Line(name, value, theirs, maker, value / theirs, unit, equal, told(maker, other))


MEASURES: dict[str, tuple[int, int, list[tuple[str, str, float]]]] = {
    "empty": (0, 0, [("page_empty_mb", "size_mb", 0.35)]),
    "points_1k": (1_000, 0, [("points_1k_ready_s", "ready_s", 1.2)]),
    "points_10k": (10_000, 0, [("points_10k_ready_s", "ready_s", 1.2),
                              ("points_10k_longest_frame_ms", "longest_ms", 100)]),
    "points_100k": (100_000, 0, [("points_100k_size_mb", "size_mb", 2.0),
                                ("points_100k_ready_s", "ready_s", 1.2),
                                ("points_100k_longest_frame_ms", "longest_ms", 100)]),
    "points_500k": (500_000, 0, [("points_500k_ready_s", "ready_s", 6.0),
                                ("points_500k_longest_frame_ms", "longest_ms", 400)]),
    "polygons_5k": (0, 5_000, [("polygons_5k_size_mb", "size_mb", 1.0),
                              ("polygons_5k_ready_s", "ready_s", 1.2),
                              ("polygons_5k_longest_frame_ms", "longest_ms", 200)]),
    "page": (100_000, 5_000, [("page_size_mb", "size_mb", 3.0),
                             ("page_ready_s", "ready_s", 2.0),
                             ("page_longest_stall_ms", "longest_ms", 150)]),
}  # fmt: skip
WITHOUT_PEERS = {"empty", "points_500k", "page"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=sorted([*MEASURES, "whatif"]),
                        default=[*MEASURES, "whatif"])  # fmt: skip
    parser.add_argument("--alone", action="store_true", help="without the other makers")
    parser.add_argument("--shots", type=Path, help="folder for a picture of every page")
    asked = parser.parse_args(argv)
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((p for n in names if (p := shutil.which(n))), None)
    if chromium is None:
        print("no Chromium on this machine: nothing was measured", file=sys.stderr)
        return 0
    if asked.shots:
        asked.shots.mkdir(parents=True, exist_ok=True)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name in asked.only:
            if name == "whatif":
                with tempfile.TemporaryDirectory() as folder:
                    print(whatif_line(browser, Path(folder)).as_json(), flush=True)
                continue
            points, areas, wanted = MEASURES[name]
            started = time.perf_counter()
            peers = not asked.alone and name not in WITHOUT_PEERS
            Bench(browser, asked.shots, peers).lines(points, areas, wanted)
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
