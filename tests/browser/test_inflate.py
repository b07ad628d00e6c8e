"""The page's own inflate against zlib, and its columns against what was packed."""

import base64
import gzip
import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from big_outcome import big_outcome
from packed import page_data

from planner.report.published import publish
from planner.report.webmap import draw_map

pytestmark = pytest.mark.browser


PACKERS = ((9, 0), (1, 0), (0, 0), (6, zlib.Z_HUFFMAN_ONLY), (6, zlib.Z_FIXED))


def samples():
    rng = np.random.default_rng(4)
    words = ["养老", "服务", "station", "社区", "平山区", "0123456789"]
    text = " ".join(rng.choice(words, 30_000)).encode()
    return {
        "one byte": b"x",
        "text": text,
        "noise": rng.bytes(150_000),
        "runs": b"a" * 200_000 + b"ab" * 5_000,
        "all bytes": bytes(range(256)) * 40,
        "geometric": rng.geometric(0.02, 80_000).astype(np.uint8).tobytes(),
    }


def zipped(data, level, strategy):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    body = packer.compress(data) + packer.flush()
    head = gzip.compress(b"", mtime=0)[:10]
    tail = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return head + body + tail


@pytest.fixture(scope="module")
def crowd():
    return big_outcome(points=3000, communities=200)


@pytest.fixture
def page(tmp_path, open_page, crowd):
    path = Path(tmp_path) / "map.html"
    path.write_text(draw_map(crowd, publish(crowd), language="zh"), encoding="utf-8")
    opened, watched = open_page(path)
    yield opened
    assert watched.all() == []


def told(page, data):
    return base64.b64decode(
        page.evaluate(
            "t => { const b = Planner.unzip(t); let s = '';"
            "for (let i = 0; i < b.length; i += 9000) {"
            "s += String.fromCharCode.apply(null, b.subarray(i, i + 9000)); } return btoa(s); }",
            base64.b64encode(data).decode(),
        )
    )


def test_inflate_agrees_with_zlib(page):
    for data in samples().values():
        for level, strategy in (
            (9, 0),
            (1, 0),
            (0, 0),
            (6, zlib.Z_HUFFMAN_ONLY),
            (6, zlib.Z_FIXED),
        ):
            assert told(page, zipped(data, level, strategy)) == data


def test_damage_is_never_read(page):
    rng = np.random.default_rng(5)
    whole = bytearray(zipped(samples()["text"][:3000], 9, 0))
    for _ in range(150):
        odd = bytearray(whole)
        odd[int(rng.integers(10, len(odd)))] ^= int(rng.integers(1, 256))
        text = base64.b64encode(bytes(odd[: int(rng.integers(30, len(odd) + 1))])).decode()
        assert page.evaluate(
            "t => { try { Planner.unzip(t); return false; } catch (e) { return true; } }", text
        )


def test_columns_in_the_page_are_what_was_packed(page, crowd):
    wanted = page_data(draw_map(crowd, publish(crowd), language="zh"))
    text = page.evaluate(
        "() => JSON.stringify(Planner.data,"
        " (k, v) => (v instanceof Float64Array ? Array.from(v) : v))"
    )
    seen = json.load(io.StringIO(text))
    for name in ("communities", "facilities", "demand", "counties"):
        assert seen[name] == wanted[name]
    for language in ("zh", "en"):
        listed = wanted["words"]
        assert seen["words"][language] == dict(zip(listed["key"], listed[language], strict=True))


def test_many_points_are_painted_and_answer(page):
    count = """() => { const c = document.querySelectorAll('.leaflet-pane canvas')[1];
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) { n += d[i] > 0; } return n; }"""
    page.evaluate(
        "() => { const S = Planner.state; S.on.labels = S.on.sites = false;"
        "Object.keys(S.rings).forEach(k => { S.rings[k] = false; });"
        "Object.keys(S.kinds).forEach(k => { S.kinds[k] = true; }); Planner.show(); }"
    )
    assert page.evaluate(count) > 15_000
    page.evaluate("() => { Planner.state.kinds.institution = false; Planner.show(); }")
    fewer = page.evaluate(count)
    assert fewer > 10_000
    name = page.evaluate(
        "() => { const f = Planner.data.facilities, i = f.kind.indexOf('elderly_station');"
        "Planner.map.setView([f.lat[i], f.lon[i]], 16, {animate: false});"
        "const at = Planner.worldAt(Planner.map, L.latLng(f.lat[i], f.lon[i]));"
        "const found = Planner.pointAt(Planner.places.facilities, at, 9, () => true);"
        "return [f.name[i], Planner.nameOf({what: 'facility', at: found})]; }"
    )
    assert name[0] == name[1]
