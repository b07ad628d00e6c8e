"""Read back what `packing.py` packs, written anew: the oracle of its tests."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from typing import Any


def page_data(html: str) -> dict[str, Any]:
    """Return all values of a page, the packed lists included."""
    return read_lists(island(html, "planner-data"), island(html, "planner-columns"))


def island(html: str, name: str) -> Any:
    found = re.search(
        rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL
    )
    assert found, name
    return json.loads(found.group(1))


def read_lists(left: dict[str, Any], island: dict[str, Any]) -> dict[str, Any]:
    """Return the document that `pack_lists` was given."""
    data, start = gzip.decompress(base64.b64decode(island["gzip"])), 0
    document: dict[str, Any] = json.loads(json.dumps(left))
    for path, code, digits, count, size, least in island["columns"]:
        values = _unpacked(code, digits, count, data[start : start + size], least)
        holder: Any = document
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = values
        start += size
    return document


def _unpacked(code: str, digits: int, count: int, data: bytes, least: int) -> list[Any]:
    if code == "text":
        return data.decode().split("\n")
    numbers = _read_varints(data)
    if code == "serial":
        size = next(numbers)
        head = 1 + max(0, size.bit_length() - 1) // 7
        start, told, last = data[head : head + size].decode(), [], 0
        for number in _read_varints(data[head + size :]):
            last += -(number + 1) // 2 if number % 2 else number // 2
            told.append(f"{start}{last:0{digits}d}")
        return told
    if code == "word":
        size = next(numbers)
        head = 1 + max(0, size.bit_length() - 1) // 7
        lines = data[head : head + size].decode().split("\n")
        return [lines[i] for i in _read_varints(data[head + size :])]
    values: list[Any] = []
    last = 0
    for number in numbers:
        if code == "number" and number == 0:
            values.append(None)
            continue
        if code == "steps":
            last += -(number + 1) // 2 if number % 2 else number // 2
        else:
            last = number - 1 + least
        told = last / 10**digits
        values.append(int(told) if told.is_integer() else told)
    assert len(values) == count
    return values


def _read_varints(data: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0
