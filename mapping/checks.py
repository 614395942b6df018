"""The side-by-side checks: what only shows when the values of a link file are looked at together.

Each check names the parts it draws conclusions from. Where one of these is not whole, because
something under it was refused, the check is left out: what is absent there may only be misspelt.
"""

from collections.abc import Callable
from typing import Final

from mapping import (
    exception_checks,
    label_checks,
    label_warnings,
    mask_checks,
    people_checks,
    rights_checks,
    word_checks,
)
from mapping.findings import Finding, Findings
from mapping.link import Link
from mapping.place import Place
from mapping.scene import Around, Scene

Check = Callable[[Scene], None]

#: In this order: the first one finds misspelt labels, which the flow of labels then takes for what was meant.
CHECKS: Final[tuple[tuple[Check, frozenset[str]], ...]] = tuple(
    (check, frozenset(needs.split()))
    for check, needs in (
        (label_checks.labels_that_roles_read, "labels"),
        (label_checks.flow_of_labels, "labels roles profiles"),
        (label_checks.fields_without_label, "labels"),
        (label_checks.mandatory_fields, "labels"),
        (label_warnings.labels_that_go_nowhere, "labels fields"),
        (label_warnings.reserved_labels, "roles"),
        (label_warnings.unlabelled_conditions, "labels"),
        (mask_checks.masks_and_reads, "roles"),
        (mask_checks.masks_are_whole, "roles"),
        (mask_checks.lines_of_masked_fields, "labels roles profiles"),
        (mask_checks.parts_that_differ, "labels roles profiles"),
        (mask_checks.conditions_that_tell, "labels roles"),
        (people_checks.number_of_roles, ""),
        (people_checks.roles_that_extend, "roles"),
        (people_checks.roles_in_use, "roles"),
        (people_checks.words_twice, ""),
        (rights_checks.actions_of_things, ""),
        (rights_checks.read_and_may, "roles"),
        (rights_checks.write_and_may, "roles"),
        (rights_checks.too_much_for_callers, "roles"),
        (rights_checks.approval_apart, "roles"),
        (exception_checks.exceptions_counted, "exceptions revision"),
        (exception_checks.exceptions_themselves, "exceptions revision"),
        (people_checks.roles_of_profiles, "roles"),
        (people_checks.perimeters_of_profiles, "perimeter"),
        (people_checks.model_and_its_risk, "perimeter"),
        (people_checks.campaigns, "perimeter"),
        (people_checks.decisions_of_managers, "roles profiles"),
        (word_checks.fields_once, ""),
        (word_checks.tables_give_text, ""),
        (word_checks.free_text_is_screened, ""),
        (word_checks.something_to_call, "fields"),
        (word_checks.call_results, ""),
        (word_checks.proposals, "roles profiles"),
        (word_checks.statuses, "statuses"),
        (word_checks.country, "country"),
        (word_checks.both_sides, ""),
    )
)


def check_link(
    link: Link, marks: Place | None = None, *, views: bool, around: Around | None = None
) -> tuple[Finding, ...]:
    """Check a link as a whole. `marks` is `Reading.marks`; `views`, whether the dialer tells profiles apart."""
    findings = Findings()
    run_checks(Scene(link, marks or Place(), views, findings, around=around or Around()))
    return findings.sorted()


def run_checks(scene: Scene) -> None:
    """Run every check whose parts are whole."""
    for check, needs in CHECKS:
        if scene.findings.full:
            return
        if not needs & scene.hurt:
            check(scene)


__all__ = ["CHECKS", "check_link", "run_checks"]
