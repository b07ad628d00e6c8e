"""Everything wrong at once: with a scenario, its files and how they fit, or with loose files."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.analysis import joining
from planner.analysis.attaching import NO_DOORS, audit_attachment
from planner.analysis.carrying import build_ways, settle
from planner.analysis.changes import overlay_changes
from planner.analysis.entrances import join_entrances
from planner.analysis.walk import state_assumptions
from planner.errors import InputError, ScenarioError
from planner.model.checked import Checked, CheckedFile
from planner.model.finding import Finding, Severity
from planner.model.provenance import Source
from planner.model.scenario import InputFile, Scenario
from planner.model.sites import FacilityKind
from planner.model.standard import Standards
from planner.run.diary import Diary, Progress, silent
from planner.run.loading import attach_inputs, find_datum, note_names, unit_list
from planner.standards import read_standards
from planner.store.correcting import plan_corrections
from planner.store.crs import Window
from planner.store.inputs import Inputs, Part, UnusableInputs, read_inputs, without_faulty_rows
from planner.store.layers import is_layer
from planner.store.loose import files_in, read_loose, widest
from planner.store.reading import about, shown_path
from planner.store.salvage import named_files, salvage, with_files
from planner.store.scenario import read_scenario

_FIRST = ("communities", "counties")  # they tell where the others should lie


def check_inputs(scenario: Scenario, *, progress: Progress = silent) -> tuple[Finding, ...]:
    """Read every input of a scenario and return what was found, without computing a result.

    A file that cannot be used does not keep the others from being joined and attached.

    Parameters
    ----------
    scenario
        What to read.
    progress
        Called with (stage, done, total).
    """
    return _check_inputs(scenario, progress)[0]


def _check_inputs(
    scenario: Scenario, progress: Progress
) -> tuple[tuple[Finding, ...], tuple[Source, ...]]:
    diary, standards = Diary(progress), read_standards()
    inputs: Inputs | None = None
    with diary.stage("read"):
        try:
            inputs = read_inputs(scenario, diary.counter("read"))
            diary.note(inputs.findings)
        except UnusableInputs as error:
            diary.note(error.findings)
            part = without_faulty_rows(scenario, error.part, error.findings)
        diary.note(find_datum(scenario, inputs or part))
        note_names(scenario, standards, diary)
    sound = not any(f.severity is Severity.ERROR for f in diary.findings)
    try:
        if inputs is not None and sound:
            attach_inputs(scenario, standards, inputs, diary)
        else:
            _fit_together(scenario, standards, inputs or part, diary)
    except InputError as error:
        diary.note(tuple(f for f in error.findings if f not in diary.findings))
    return tuple(dict.fromkeys(diary.findings)), (inputs or part).sources


def _fit_together(
    scenario: Scenario, standards: Standards, part: Part | Inputs, diary: Diary
) -> None:
    """Join and attach what there is, each as far as it can be looked at."""
    facilities, demand = part.facilities, part.demand
    doors = (NO_DOORS, NO_DOORS)
    with diary.stage("join"):
        if part.communities is not None:
            units = unit_list(part)
            if facilities is not None:
                facilities, found = joining.join_communities(facilities, units, table="facilities")
                diary.note(found)
            if demand is not None:
                demand, found = joining.join_communities(demand, units, table="households")
                diary.note(found)
            if part.candidates is not None:
                diary.note(joining.join_communities(part.candidates, units, table="candidates")[1])
    if facilities is None or demand is None or part.ground is None:
        return
    whole = isinstance(part, Inputs) or part.complete
    if part.entrances is not None and whole:
        doors, found = join_entrances(part.entrances, facilities, demand, part.ground)
        diary.note(found)
    if part.network is None or not demand.is_placed().all():
        return
    overlay = None
    if part.street_changes is not None:
        overlay, found = overlay_changes(part.network, part.street_changes)
        diary.note(found)
    with diary.stage("attach"):
        ways, found = build_ways(
            part.network, overlay, part.ground, standards.slope, scenario.walking
        )
        diary.note((*found, *state_assumptions(scenario.walking)))
        kinds: set[FacilityKind] = set()
        for kind in scenario.walking.kinds:
            with suppress(ValueError):  # told as scenario.unknown_name
                kinds.add(FacilityKind(kind))
        serving = facilities.select(
            np.array([i for i, k in enumerate(facilities.kind) if k in kinds], np.intp)
        )
        diary.note(
            audit_attachment(
                ways.after,
                (serving, settle(ways, serving.lonlat, sites=True)),
                (demand, settle(ways, demand.lonlat, doors[1], sites=False)),
                least_count=scenario.sharing.least_count,
            )
        )


def check_scenario(path: Path, *, progress: Progress = silent) -> Checked:
    """Check a scenario file, the files it names, and how they fit together.

    Parameters
    ----------
    path
        The TOML file. Where it is itself at fault, the files it names are read all the same, as
        far as they can be told.
    progress
        Called with (stage, done, total).
    """
    try:
        scenario = read_scenario(path)
    except ScenarioError as error:
        parts = [Checked(subject=path, files=(), findings=error.findings)]
        window: Window | None = None
        named = salvage(path)
        for done, (role, file) in enumerate(named):
            progress("read", done, len(named))
            part, area = _one_file(file, path.parent, role, window, loose=False)
            window = window or area
            parts.append(part)
        return _together(path, parts)
    scenario = with_files(scenario, InputFile.telling_every)
    findings, sources = _check_inputs(scenario, progress)
    named = named_files(scenario)
    rows = {source.path: source.rows for source in sources if source.rows}
    files = [
        CheckedFile(
            source=shown_path(file.path),
            path=scenario.folder / file.path,
            role=role,
            layer=file.layer or "",
            rows=rows.get(shown_path(file.path)),
            data_date=file.data_date,
        )
        for role, file in named
    ]
    planned = []
    for (role, file), at in zip(named, files, strict=True):
        of_file = [f for f in findings if f.source == at.source]
        planned.append(plan_corrections(file, scenario.folder, of_file, {"": role}))
    return Checked(
        subject=path,
        files=tuple(files),
        findings=findings,
        corrections=tuple(plan for plan in planned if plan),
    )


def check_files(
    paths: Sequence[Path],
    *,
    role: str | None = None,
    crs: str | None = None,
    progress: Progress = silent,
) -> tuple[Checked, ...]:
    """Check files without a scenario, or all files of a folder; a TOML file is a scenario.

    Parameters
    ----------
    paths
        Files and folders.
    role
        What to read the files as; `None` to be told by their headers.
    crs
        Coordinate system where a file names none.
    progress
        Called with (stage, done, total).

    Returns
    -------
    tuple of Checked
        One per path, in their order.
    """
    listed = [(path, files_in(path)) for path in paths]
    todo = list(dict.fromkeys(file for _, files in listed for file in files))
    window: Window | None = None
    read: dict[Path, Checked] = {}
    passed: set[Path] = set()
    layers = [file for file in todo if is_layer(file)] if len(todo) > 1 else []
    for file in (*layers, *todo):  # boundaries first: they tell where the others should lie
        if file in read:
            continue
        progress("read", len(read), len(todo))
        if file.suffix.lower() == ".toml":
            read[file] = check_scenario(file, progress=progress)
            continue
        one, area = _one_file(InputFile(path=file, crs=crs).telling_every(), Path(), role, window)
        bounds = any(at.role in _FIRST for at in one.files)
        if bounds or file not in layers or file in passed:
            read[file] = one
        passed.add(file)
        window = widest([window, area]) if bounds else window
    return tuple(_together(path, _once(files, read)) for path, files in listed)


def _once(files: Sequence[Path], read: Mapping[Path, Checked]) -> list[Checked]:
    """Return the results of some files, those a scenario among them names only with it."""
    named = {
        at.path.resolve()
        for file in files
        if file.suffix.lower() == ".toml"
        for at in read[file].files
    }
    return [read[file] for file in files if file.resolve() not in named]


def _together(path: Path, parts: Sequence[Checked]) -> Checked:
    """Return what was found in several files as one result."""
    nothing = () if parts else (about(InputFile(path=path), "check.nothing"),)
    found = (finding for part in parts for finding in part.findings)
    findings = (*nothing, *(map(_milder, found) if path.is_dir() else found))
    return Checked(
        subject=path,
        files=tuple(file for part in parts for file in part.files),
        findings=tuple(dict.fromkeys(findings)),
        corrections=tuple(plan for part in parts for plan in part.corrections),
    )


def _milder(finding: Finding) -> Finding:
    """Return a finding of a folder: a table there that nobody filled in is no error."""
    unfilled = finding.rule == "table.no_rows"
    return replace(finding, severity=Severity.WARNING) if unfilled else finding


def _one_file(
    file: InputFile, folder: Path, role: str | None, window: Window | None, *, loose: bool = True
) -> tuple[Checked, Window | None]:
    """Check one file on its own; the window is that of boundaries."""
    read = read_loose(file, folder, role=role, window=window, loose=loose)
    findings = tuple(finding for one in read for finding in one.findings)
    known = {one.checked.layer: one.checked.role for one in read}
    known.setdefault("", next(iter(known.values())) if len(known) == 1 else "")
    plan = plan_corrections(file, folder, findings, known)
    checked = Checked(
        subject=folder / file.path,
        files=tuple(one.checked for one in read),
        findings=findings,
        corrections=(plan,) if plan else (),
    )
    return checked, widest([one.window for one in read if one.checked.role in _FIRST])
