"""Numbers and places of all nodes of an ``.osm.pbf``, block by block, as arrays.

osmium hands nodes out one by one, which is slow, or keeps them all in an index, which grows with
the extract. Here only one block (some 8,000 nodes) is in memory at a time.

References
----------
"PBF Format", OpenStreetMap wiki; zigzag and varint encoding, Protocol Buffers documentation.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_HEAD, _MOST_BLOB = 64 << 10, 32 << 20  # bytes, as the format allows
_PER_UNIT = 100  # nanodegrees in the 1e-7 degree that osmium counts in
_PLAIN = {"OsmSchema-V0.6", "DenseNodes"}

Nodes = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class UnusualError(Exception):
    """Sound, but packed in a way this module does not read; osmium can write it anew."""


class DamagedError(Exception):
    """The file ends too early or makes no sense."""


class Header(NamedTuple):
    """Features an extract declares."""

    required: frozenset[str]
    optional: frozenset[str]


def read_header(path: Path) -> Header:
    """Read what an extract says of itself.

    Raises
    ------
    UnusualError, DamagedError
        As the classes say.
    """
    with path.open("rb") as stream:
        for kind, body in _blobs(stream):
            if kind != "OSMHeader":
                break
            told: dict[int, set[str]] = {4: set(), 5: set()}
            for number, value in _fields(body):
                if number in told and isinstance(value, memoryview):
                    told[number].add(bytes(value).decode("utf-8", "replace"))
            return Header(frozenset(told[4]), frozenset(told[5]))
    raise DamagedError("no header")


def node_blocks(path: Path) -> Iterator[Nodes]:
    """Read the nodes of an extract.

    Parameters
    ----------
    path
        An ``.osm.pbf``.

    Yields
    ------
    tuple
        Number, and place in 1e-7 degrees (x east, y north), of the nodes of one block, int64,
        shape (n,) each.

    Raises
    ------
    UnusualError, DamagedError
        As the classes say.
    """
    header = read_header(path)
    if header.required - _PLAIN:
        raise UnusualError(", ".join(sorted(header.required - _PLAIN)))
    is_sorted = "Sort.Type_then_ID" in header.optional
    with path.open("rb") as stream:
        for kind, body in _blobs(stream):
            if kind != "OSMData":
                continue
            nodes, others = _block(body)
            yield from nodes
            if is_sorted and others:
                return


def _blobs(stream: BinaryIO) -> Iterator[tuple[str, memoryview]]:
    while size := stream.read(4):
        if len(size) < 4 or (head_size := struct.unpack(">I", size)[0]) > _MOST_HEAD:
            raise DamagedError("no OSM PBF block where one should begin")
        kind, body_size = "", -1
        for number, value in _fields(memoryview(_exactly(stream, head_size))):
            if number == 1 and isinstance(value, memoryview):
                kind = bytes(value).decode("utf-8", "replace")
            if number == 3 and isinstance(value, int):
                body_size = value
        if not 0 <= body_size <= _MOST_BLOB:
            raise DamagedError("no OSM PBF block where one should begin")
        yield kind, _unpacked(memoryview(_exactly(stream, body_size)))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise DamagedError("the file ends in the middle of a block")
    return data


def _unpacked(blob: memoryview) -> memoryview:
    for number, value in _fields(blob):
        if number == 1 and isinstance(value, memoryview):
            return value
        if number == 3 and isinstance(value, memoryview):
            unpack = zlib.decompressobj()
            try:
                data = unpack.decompress(value, _MOST_BLOB)
            except zlib.error as error:
                raise DamagedError("a block cannot be unpacked") from error
            if not unpack.eof:
                raise DamagedError("a block cannot be unpacked")
            return memoryview(data)
        if number in {4, 5, 6, 7}:
            raise UnusualError("compression")
    raise DamagedError("an empty block")


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of the fields of a message."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(wire, -1)
        if wire == 2:
            size, at = _varint(data, at)
        if size < 0 or at + size > end:
            raise DamagedError("a block makes no sense")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise DamagedError("a block makes no sense")


def _block(data: memoryview) -> tuple[list[Nodes], bool]:
    """Return the nodes of each group of a block, and whether it holds anything else."""
    about = {17: 100, 19: 0, 20: 0}  # granularity, offsets of latitude and longitude
    groups: list[memoryview] = []
    for number, value in _fields(data):
        if number == 2 and isinstance(value, memoryview):
            groups.append(value)
        elif number in about and isinstance(value, int):
            about[number] = value - (1 << 64) if value >> 63 else value
    nodes: list[Nodes] = []
    others = False
    for group in groups:
        for number, value in _fields(group):
            if number == 1:
                raise UnusualError("nodes one by one")
            if number == 2 and isinstance(value, memoryview):
                nodes.append(_dense(value, about[17], about[20], about[19]))
            others |= number in {3, 4}
    return nodes, others


def _dense(data: memoryview, granularity: int, x_0: int, y_0: int) -> Nodes:
    columns = dict.fromkeys((1, 8, 9), np.empty(0, np.int64))
    for number, value in _fields(data):
        if number in columns and isinstance(value, memoryview):
            columns[number] = np.cumsum(_numbers(value))
    ref, lat, lon = (columns[number] for number in (1, 8, 9))
    if not len(ref) == len(lat) == len(lon):
        raise DamagedError("nodes without a place")
    return ref, _units(lon * granularity + x_0), _units(lat * granularity + y_0)


def _units(nano: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 1e-7 degrees, cut towards zero as osmium does."""
    whole: NDArray[np.int64] = np.sign(nano) * (np.abs(nano) // _PER_UNIT)
    return whole


def _numbers(data: memoryview) -> NDArray[np.int64]:
    """Return the zigzag numbers of a packed field."""
    raw = np.frombuffer(data, np.uint8)
    last = np.flatnonzero(raw < 128)
    if len(raw) and raw[-1] >= 128:
        raise DamagedError("a block makes no sense")
    first = np.concatenate([[0], last[:-1] + 1])[: len(last)]
    size = last - first + 1
    value = np.zeros(len(last), np.uint64)
    for k in range(int(size.max(initial=0))):
        if k > 9:
            raise DamagedError("a block makes no sense")
        more = np.flatnonzero(size > k)
        value[more] |= (raw[first[more] + k].astype(np.uint64) & np.uint64(127)) << np.uint64(7 * k)
    half = (value >> np.uint64(1)).astype(np.int64)
    return half ^ -(value & np.uint64(1)).astype(np.int64)
