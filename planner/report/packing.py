"""Numbers made small for the page: groups of seven bits, gzip, base64 (read by unpack.js)."""

import base64
import gzip

import numpy as np
from numpy.typing import NDArray


def zipped(data: bytes) -> str:
    """Return bytes as text, the same every time (law 10)."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


def varints(numbers: NDArray[np.int64]) -> bytes:
    """Code whole numbers as groups of seven bits, the low ones first."""
    values = numbers.astype(np.uint64)
    length = np.ones(len(values), np.int64)
    for bits in range(7, 63, 7):
        length += values >= np.uint64(1 << bits)
    ends = np.cumsum(length)
    out = np.zeros(int(ends[-1]), np.uint8)
    starts = ends - length
    for byte in range(int(length.max())):
        more = length > byte
        group = (values[more] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        flag = np.where(length[more] > byte + 1, np.uint64(0x80), np.uint64(0))
        out[starts[more] + byte] = (group | flag).astype(np.uint8)
    return out.tobytes()
