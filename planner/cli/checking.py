"""The command that tells all that is wrong with scenarios and files."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from planner.cli.speaking import JSON, LANGUAGE, bar, err, guard, report, spoken_in
from planner.errors import OutputError, ScenarioError
from planner.model.checked import Checked, CheckedFile, has_errors
from planner.model.finding import Finding, Severity
from planner.model.scenario import Language
from planner.report.corrected import copy_of, write_corrected
from planner.report.findings_book import role_words, write_findings
from planner.report.plain import finding_words, plain
from planner.report.words import say
from planner.run import check_files
from planner.store.loose import FINDINGS, roles
from planner.store.scenario import read_scenario

_BESIDE = "."  # --corrected without a folder


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--as", "role", default=None,
    help="what the files hold, e.g. facilities, where their headers do not tell",
)  # fmt: skip
@click.option("--crs", default=None, help="coordinate system where a file names none")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None,
    help="workbook (.xlsx) or folder for the findings; default: beside the input",
)  # fmt: skip
@click.option(
    "--corrected", type=click.Path(path_type=Path, file_okay=False), default=None,
    is_flag=False, flag_value=_BESIDE,
    help="write corrected copies, beside the originals or into this folder",
)  # fmt: skip
@click.option("--no-book", is_flag=True, help="write no workbook of findings")
@LANGUAGE
@JSON
def check(paths: tuple[Path, ...], language: str | None, *, as_json: bool, **asked: Any) -> None:  # noqa: ANN401
    """Tell all that is wrong with scenarios, files or folders, at once 检查数据."""
    spoken = spoken_in(language, _language_of(paths[0]))
    if asked["role"] is not None and asked["role"] not in roles():
        known = ", ".join(roles())
        text = say("check.terminal.role", spoken, found=plain(asked["role"]), known=known)
        raise click.UsageError(text)

    def work() -> int:
        with bar(spoken) as show:
            checked = check_files(paths, role=asked["role"], crs=asked["crs"], progress=show)
        copies, refused = _copies(checked, asked["corrected"], spoken)
        books = [] if asked["no_book"] else _books(checked, asked["out"], copies, spoken)
        if as_json:
            print(json.dumps(_document(checked, copies, books, spoken), ensure_ascii=False))
        else:
            _tell(checked, copies, spoken, offered=asked["corrected"] is None)
            for book in books:
                print(say("check.terminal.book", spoken, path=book))
            if asked["corrected"] is not None:
                _tell_uncopied(checked, spoken, none=not copies and not refused)
        return 3 if has_errors(checked) or refused else 0

    sys.exit(guard(work, spoken, as_json=as_json))


def _language_of(path: Path) -> Language:
    """Return the language of a scenario, as far as it can be read."""
    try:
        return read_scenario(path).language if path.suffix.lower() == ".toml" else "zh"
    except ScenarioError:
        return "zh"


def _copies(
    checked: Sequence[Checked], folder: Path | None, language: Language
) -> tuple[dict[Path, Path], bool]:
    """Write corrected copies; tell those that are refused."""
    copies: dict[Path, Path] = {}
    refused = False
    if folder is None:
        return copies, refused
    into = None if str(folder) == _BESIDE else folder
    for plan in (plan for one in checked for plan in one.corrections):
        target = copy_of(plan.path, into)
        if plan.path in copies:
            continue
        try:
            write_corrected(plan, target, language=language)
        except OutputError as error:
            report(error.findings, language)
            refused = True
        else:
            copies[plan.path] = target
    return copies, refused


def _books(
    checked: Sequence[Checked], out: Path | None, copies: dict[Path, Path], language: Language
) -> list[Path]:
    """Write the workbooks of findings; one that cannot be written costs nothing else."""
    if out is not None and out.suffix.lower() == ".xlsx":
        todo = [(out, list(checked))]
    else:
        todo = [(_book_of(one.subject, out), [one]) for one in checked]
    written = []
    for path, part in todo:
        try:
            write_findings(part, path, language=language, copies=copies)
            written.append(path)
        except OutputError:
            err(say("check.terminal.no_book", language, path=path))
    return written


def _book_of(subject: Path, out: Path | None) -> Path:
    if subject.is_dir():
        return (out or subject) / f"{subject.resolve().name}{FINDINGS}.xlsx"
    return (out or subject.parent) / f"{subject.stem}{FINDINGS}.xlsx"


def _tell(
    checked: Sequence[Checked], copies: dict[Path, Path], language: Language, *, offered: bool
) -> None:
    findings = tuple(finding for one in checked for finding in one.findings)
    report(findings, language)
    for one in checked:
        for file in one.files:
            print(_file_line(file, language))
        count = sum(len(plan) for plan in one.corrections)
        if count and offered:
            command = f'planner check "{one.subject}" --corrected'
            print(say("check.terminal.offer", language, count=count, command=command))
    sizes = {plan.path: len(plan) for one in checked for plan in one.corrections}
    for path, copy in copies.items():
        print(say("check.terminal.copy", language, path=copy, count=sizes[path]))
    errors = sum(one.count(Severity.ERROR) for one in checked)
    print(say("terminal.checked", language, errors=errors, others=len(findings) - errors))


def _tell_uncopied(checked: Sequence[Checked], language: Language, *, none: bool) -> None:
    """Tell which files have proposals but no copy, or that there is nothing to correct."""
    planned = {plan.source for one in checked for plan in one.corrections}
    files = dict.fromkeys(
        plain(f.source)
        for one in checked
        for f in one.findings
        if f.proposed is not None and f.source not in planned
    )
    if files:
        print(say("check.terminal.not_copied", language, files=", ".join(files)))
    elif none:
        print(say("check.terminal.none", language))


def _file_line(file: CheckedFile, language: Language) -> str:
    name = plain(file.source) + (f" > {plain(file.layer)}" if file.layer else "")
    if not file.role:
        return say("check.terminal.file_unknown", language, file=name)
    role = role_words(file.role, language)
    if file.rows is None:
        return say("check.terminal.file_unread", language, file=name, role=role)
    return say("check.terminal.file", language, file=name, role=role, rows=file.rows)


def _document(
    checked: Sequence[Checked], copies: dict[Path, Path], books: list[Path], language: Language
) -> dict[str, object]:
    return {
        "checked": [
            {"subject": str(one.subject), "files": [_file(file) for file in one.files]}
            for one in checked
        ],
        "counts": {s.value: sum(one.count(s) for one in checked) for s in Severity},
        "findings": [_finding(f, language) for one in checked for f in one.findings],
        "corrections": sum(len(plan) for one in checked for plan in one.corrections),
        "corrected": [str(path) for path in copies.values()],
        "workbooks": [str(path) for path in books],
    }


def _file(file: CheckedFile) -> dict[str, object]:
    return {"file": file.source, "layer": file.layer, "as": file.role, "rows": file.rows}


def _finding(finding: Finding, language: Language) -> dict[str, object]:
    what, to_do = finding_words(finding, language)
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "source": finding.source,
        "layer": finding.layer,
        "row": finding.row,
        "column": finding.column,
        "found": finding.found,
        "expected": finding.expected,
        "unit": finding.unit,
        "lon": finding.lon,
        "lat": finding.lat,
        "what": what,
        "to_do": to_do,
        "proposed": finding.proposed,
    }
