"""Random damage to texts: bytes, lines, numbers and special words; the same for the same seed."""

import random
import re

WORDS = [
    b'"', b"'", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\x1a", b"\r", b"\n",
    b"\r\n",
    b",", b"\t", b";", b"<", b">", b"&", b"&amp;", b"&#0;", b"<!--", b"]]>", b"<![CDATA[", b"{",
    b"}",
    b"[", b"]", b"[]", b"{}", b"null", b"true", b"NaN", b"nan", b"inf", b"-inf", b"Infinity", b"-",
    b"-0", b"1e999", b"-1e308", b"1e-320", b"9" * 30, b"2147483648", b"-2147483649", b"0x1F",
    b"1_000",
    b"1.5.5", b"#REF!", b"=cmd|'/C calc'!A0", b"\\", b"\\u0000", b"\\ud800", b"%s", b"{0}", b"../x",
    "合计".encode(), "约500".encode(), "５２１㎡".encode(), "一九八〇年".encode(), "无".encode(),
    "—".encode(), "２".encode(), "²".encode(), "½".encode(), "١٢".encode(), "𠮷".encode(),
    "合计".encode("gb18030"), b"EPSG:4490", b"EPSG:4214", b"EPSG:0", b"+proj=longlat", b"GCJ-02",
    b"2020-13-45", b"0000-00-00", b"2.10502E+11", b"210502001002", b"crs", b"type", b"geometry",
    b"coordinates", b"node", b"way", b"yes", b"no", b"=", b"#", b'"""', b"'''", b"\xa0", b" " * 40,
]  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
WORD = re.compile(rb'"[^"]{1,40}"')


def mutated(texts, number, seed):
    """Yield so many damaged texts; one to three things are done to each."""
    chance = random.Random(seed)  # noqa: S311  a test, not a secret
    for _ in range(number):
        text = chance.choice(texts)
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
            text = chance.choice(WAYS)(text, chance)
        yield text


def _span(text, chance, longest=30):
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + chance.randrange(1, longest))


def flip(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def delete(text, chance):
    start, end = _span(text, chance)
    return text[:start] + text[end:]


def double(text, chance):
    start, end = _span(text, chance, 60)
    return text[:end] + text[start:end] * chance.choice((1, 1, 2, 9)) + text[end:]


def insert(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(WORDS) + text[at:]


def move(text, chance):
    start, end = _span(text, chance)
    rest = text[:start] + text[end:]
    at = chance.randrange(len(rest) + 1)
    return rest[:at] + text[start:end] + rest[at:]


def shuffle(text, chance):
    lines = text.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def drop_line(text, chance):
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def double_line(text, chance):
    lines = text.splitlines(keepends=True)
    if lines:
        lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def truncate(text, chance):
    return text[: chance.randrange(len(text) + 1)]


def _replace(pattern):
    def replace(text, chance):
        found = list(pattern.finditer(text))
        if not found:
            return insert(text, chance)
        one = chance.choice(found)
        return text[: one.start()] + chance.choice(WORDS) + text[one.end() :]

    return replace


def exchange(text, chance):
    found = list(NUMBER.finditer(text))
    if len(found) < 2:
        return flip(text, chance)
    one, other = sorted(chance.sample(found, 2), key=lambda m: m.start())
    between = text[one.end() : other.start()]
    return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]


WAYS = (flip, delete, double, insert, insert, move, shuffle, drop_line, double_line, truncate,
        _replace(NUMBER), _replace(NUMBER), _replace(WORD), exchange)  # fmt: skip
