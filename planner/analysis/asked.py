"""What a scenario asks for by name, checked against what there is."""

from planner.model.finding import Finding, Severity
from planner.model.scenario import Scenario
from planner.model.sites import FacilityKind
from planner.model.standard import Standards


def find_unknown_names(scenario: Scenario, standards: Standards) -> tuple[Finding, ...]:
    """Find walking groups and facility kinds that nobody defined."""
    groups = [group.id for group in standards.groups]
    kinds = [kind.value for kind in FacilityKind]
    asked = [("walking.group", scenario.walking.group, groups)]
    asked += [("walking.compare", group, groups) for group in scenario.walking.compare]
    asked += [("walking.kinds", kind, kinds) for kind in scenario.walking.kinds]
    return tuple(
        Finding(
            rule="scenario.unknown_name",
            severity=Severity.ERROR,
            column=key,
            found=name,
            expected=", ".join(known),
        )
        for key, name, known in asked
        if name not in known
    )
