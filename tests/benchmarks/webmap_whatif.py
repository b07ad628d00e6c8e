"""How long the page takes to add up another choice of sites."""

import sys
from pathlib import Path

import numpy as np
from measuring import Line
from playwright.sync_api import Browser
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))

from pattern_outcome import random_town

from planner.kernel.patterns import group_patterns
from planner.kernel.runs import runs_from_pairs
from planner.report.published import publish
from planner.report.webmap import draw_map

POINTS, SITES, NEW, DISTRICTS, CHOICES = 100_000, 500, 10, 6, 40
BAR_MS = 50.0
LOAD = """rows => { const W = Planner.whatif, given = Planner.data.whatif;
    given.rows = rows.at.length;
    given.districts = Array.from({length: rows.districts}, (_, i) => 'd' + i);
    given.serving = Array.from({length: rows.standing}, (_, i) => i);
    given.picks = Array.from({length: rows.picks}, () => ({site: 0, community: 0}));
    W.rows = {at: Uint16Array.from(rows.at), people: Float64Array.from(rows.people),
        start: Uint32Array.from(rows.start), site: Uint32Array.from(rows.site)}; }"""
TIME = """states => states.map(state => { const begin = performance.now();
    const found = Planner.whatif.figures(state);
    return [performance.now() - begin, found.people.map(p => p.reached)]; })"""


def whatif_line(browser: Browser, folder: Path) -> Line:
    """Time the figures of random choices in the browser, and hold them against plain sums."""
    rng = np.random.default_rng(7)
    place, site = rng.random((POINTS, 2)), rng.random((SITES, 2))
    near = cKDTree(site).query_ball_point(place, 0.1)
    point = np.repeat(np.arange(POINTS), [len(found) for found in near])
    which = np.concatenate([np.array(found, np.int64) for found in near])
    order = np.lexsort((point, which))
    start = np.searchsorted(which[order], np.arange(SITES + 1)).astype(np.int64)
    every = np.arange(POINTS, dtype=np.int32)
    runs = runs_from_pairs(start, point[order].astype(np.int32), every)
    weight = rng.integers(1, 60, POINTS).astype(float)
    district = (place[:, 0] * DISTRICTS).astype(np.intp)
    rows = group_patterns(runs, weight, district)
    path = folder / "map.html"
    outcome = random_town(0, most=40)[0]
    path.write_text(draw_map(outcome, publish(outcome), language="zh"), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("Planner.whatif && Planner.whatif.ready")
    sizes = {"districts": DISTRICTS, "standing": SITES - NEW, "picks": NEW}
    columns = {"at": rows.group, "people": rows.weight, "start": rows.start, "site": rows.site}
    page.evaluate(LOAD, {**sizes, **{name: part.tolist() for name, part in columns.items()}})
    chosen = rng.random((CHOICES, SITES)) < rng.uniform(0.02, 0.9, (CHOICES, 1))
    states = [
        {"kept": row[: SITES - NEW].tolist(), "built": row[SITES - NEW :].tolist()}
        for row in chosen
    ]
    told = page.evaluate(TIME, states)
    context.close()
    right = all(
        reached == _plain(rows, row) for (_, reached), row in zip(told, chosen, strict=True)
    )
    spent = np.array([one[0] for one in told])
    note = (
        f"bar <= {BAR_MS:g} ms: {'met' if spent.max() <= BAR_MS else 'MISSED'}; {POINTS:,} points, "
        f"{SITES} sites, {len(which):,} pairs, {len(rows.group):,} rows; median "
        f"{np.median(spent):.1f} ms of {CHOICES} choices, each equal to the plain sum: {right}"
    )
    worst = float(spent.max())
    return Line("whatif_ms", worst, BAR_MS, "bar", worst / BAR_MS, "ms", right, note)


def _plain(rows, chosen: np.ndarray) -> list[float]:
    hit = np.logical_or.reduceat(chosen[rows.site], rows.start[:-1][np.diff(rows.start) > 0])
    reached = np.zeros(len(rows.group), bool)
    reached[np.diff(rows.start) > 0] = hit
    return np.bincount(rows.group, rows.weight * reached, DISTRICTS).tolist()
