"""Text from files as it may be shown: no control characters, no hidden direction marks."""

import math
import re
from dataclasses import replace

from planner.model.finding import Finding
from planner.model.scenario import Language
from planner.report.suppression import is_small
from planner.report.words import all_words, what_is_wrong, what_to_do

# C0 and C1 controls, zero-width and bidirectional marks, line separators, lone surrogates
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_COUNTED = ("people", "older", "reached")


def plain(text: str) -> str:
    """Return `text` with characters that cannot be seen made visible as U+FFFD."""
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def finding_words(finding: Finding, language: Language) -> tuple[str, str]:
    """Return what was found and what to do about it, fit to be shown.

    A rule without wording is told by its id and values: a missing sentence must not cost the
    planner the result of a run.
    """
    if f"finding.{finding.rule}.what" not in all_words():
        told = " ".join(f"{k}={v}" for k, v in (("found", finding.found), *finding.values) if v)
        return plain(f"{finding.rule} {told}".strip()), ""
    return plain(what_is_wrong(finding, language)), plain(what_to_do(finding, language))


def without_small_counts(finding: Finding, least: int) -> Finding:
    """Return the finding with counts of people that are too small replaced by ``<least``."""
    tells_people = finding.rule.startswith("households.") or "older" in finding.column
    found = _guarded(finding.found, least) if tells_people else finding.found
    values = tuple(
        (key, _guarded(value, least) if key in _COUNTED else value) for key, value in finding.values
    )
    if found == finding.found and values == finding.values:
        return finding
    return replace(finding, found=found, values=values)


def _guarded(text: str, least: int) -> str:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return text
    return f"<{least}" if math.isfinite(value) and is_small(value, least) else text
