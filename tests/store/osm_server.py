"""A server on this machine that answers as Overpass and Nominatim do, from an extract."""

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import osmium
import shapely

STAMP = "2026-05-01T00:00:00Z"


@dataclass
class Server:
    """What it answers, and what it was asked."""

    url: str
    extract: str
    place: dict | None = None
    replies: list = field(default_factory=list)  # for the next questions: status or (status, body)
    asked: list = field(default_factory=list)  # (path, user agent)


def elements(path, area, wanted):
    """Return what ``(KIND WANTED (poly); >;); out;`` gives, in the order Overpass gives it."""
    places = {
        node.id: (node.location.lon, node.location.lat, dict(node.tags))
        for node in osmium.FileProcessor(path, osmium.osm.NODE)
    }
    shapely.prepare(area)
    inside = {
        ref
        for ref, (x, y, _) in places.items()
        if shapely.contains_xy(area, x, y)
    }  # fmt: skip
    ways, needed = [], set()
    for way in osmium.FileProcessor(path, osmium.osm.WAY):
        refs, tags = [node.ref for node in way.nodes], dict(way.tags)
        if wanted(tags) and inside.intersection(refs):
            ways.append({"type": "way", "id": way.id, "nodes": refs, "tags": tags})
            needed.update(refs)
    single = {ref for ref in inside if wanted(places[ref][2])}
    nodes = [
        {"type": "node", "id": ref, "lat": y, "lon": x} | ({"tags": tags} if tags else {})
        for ref, (x, y, tags) in sorted(places.items())
        if ref in needed or ref in single
    ]
    return nodes + ways


def answer(path, query):
    """Return Overpass's answer to one of OSMnx's two kinds of query."""
    numbers = re.search(r"poly:'([^']+)'", query)[1].split()
    corners = [(float(x), float(y)) for y, x in zip(numbers[::2], numbers[1::2], strict=True)]
    area = shapely.Polygon(corners)
    if 'way["highway"]' in query:
        found = elements(path, area, lambda tags: "highway" in tags)
    else:
        pairs = set(re.findall(r"\['([\w:]+)'='(\w+)'\]", query))
        found = elements(path, area, lambda tags: any(tags.get(k) == v for k, v in pairs))
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": STAMP}, "elements": found}


class _Handler(BaseHTTPRequestHandler):
    state: Server

    def log_message(self, *_):
        pass

    def _send(self, status, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _reply(self, usual):
        state = self.state
        state.asked.append((urlsplit(self.path).path, self.headers["User-Agent"]))
        reply = state.replies.pop(0) if state.replies else (200, None)
        status, body = reply if isinstance(reply, tuple) else (reply, b"busy")
        self._send(status, usual() if body is None else body)

    def do_GET(self):
        self._reply(lambda: [self.state.place] if self.state.place else [])

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(text)["data"][0]
        self._reply(lambda: answer(self.state.extract, query))


def place_of(name, outline):
    """Return what Nominatim says of a place."""
    west, south, east, north = outline.bounds
    return {
        "place_id": 1, "osm_type": "relation", "osm_id": 1, "lat": str((south + north) / 2),
        "lon": str((west + east) / 2), "class": "boundary", "type": "administrative",
        "importance": 0.5, "display_name": name, "name": name,
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": shapely.geometry.mapping(outline),
    }  # fmt: skip


@contextmanager
def osm_server(extract):
    """Serve `extract` on a free port until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.state = Server(f"http://127.0.0.1:{server.server_address[1]}/api", str(extract))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield handler.state
        finally:
            server.shutdown()
            thread.join()
