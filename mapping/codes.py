"""The codes of findings, each with its sentence and what to do. docs/reference/link-file.md explains them.

Codes are added, never renamed: people write them into their pipelines.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class Severity(StrEnum):
    """An error refuses the file. A warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(NamedTuple):
    """A code's message ids."""

    severity: Severity
    message: str
    remedy: str


_FORM: Final = {
    # The file as YAML.
    "E101": ("this is not YAML: {problem}", "correct the line; a word that holds : # or {{ needs quotes"),
    "E102": ("a tab where only spaces are allowed", "put spaces in its place"),
    "E103": ('the key "{word}" is written twice', "keep one of the two; the first is at {where}"),
    "E104": ('"{word}": a link file has no anchors, aliases or merges', "write the value out here"),
    "E105": ('"{word}": a link file has no tags', "remove the tag; quotes make a text of any word"),
    "E106": ("the file is too {what}: the limit is {limit}", "divide the file; see `use`"),
    "E107": ("a second document begins here", "remove the line, or put the second link into a file of its own"),
    "E108": ("a character that cannot be seen: {character}", "remove it, or write the word again"),
    "E109": ("a key must be one word", "write a name before the colon"),
    # Keys and words.
    "E110": ('unknown key "{word}"', "keys that are known here: {known}"),
    "E111": ('"{word}" is missing', 'add "{word}"'),
    "E112": ('unknown label "{word}"', 'write "{near}", or give the label "{word}" to a field under `labels`'),
    "E113": ('unknown word "{word}"', "use one of: {known}"),
    "E114": ("{wanted} is expected here", "write it like this: {example}"),
    "E115": ('"{word}" is not {wanted}', "write it like this: {example}"),
    "E116": ('"{word}" is not a day of the calendar', "write year-month-day, such as 2026-11-20"),
    "E117": ('"{word}" is not a duration', "write a number and m, h, d or w, such as 30m, 36h, 2d or 1w"),
    "E118": ('"{word}" could be a number or a text', 'write "{word}" in quotes if it is a text'),
    "E119": ('"{word}" is not a whole number from {least} to {most}', "write the number without quotes"),
    "E120": ("this is too {what}", "write {least} to {most} characters"),
    "E121": ('nothing is written after "{word}"', "write {wanted}, or remove the key"),
    "E122": ('"{word}" is not a field of the CRM', "write object.field; the objects are: {known}"),
    "E123": (
        'the revision has no "{word}"',
        "say reason, date and decided_by: a change without them is not made (R087)",
    ),
    "E124": ("{count} roles: a link has at most 8", "merge roles that may nearly do the same (R002)"),
    "E125": ("the list is empty", "name one value at least, or remove the line"),
    "E126": ('"{word}" is used, but there is no such shared file', "correct the name, or add the file"),
    "E127": ('a shared file has no "{word}"', "shared files hold: {known}"),
    "E128": ("a key that holds a secret does not belong here", "put it into connections.yaml, by reference: env:NAME"),
    "E129": ('"{word}" is a pack of Écluse, and {file} has its name', "give the file another name, and `use` that"),
    "E130": (
        '"{word}" is the field "{same}" of a pack, in other letters',
        "remove it; what {same} is stands at {where}",
    ),
}

_MEANING: Final = {
    "E201": (
        'a field labelled "{label}" could reach the profile "{profile}"',
        "remove the line, or have an admin clear {label} for the role {role}",
    ),
    "E202": (
        '"{field}" has no label, so it would never leave',
        "have an admin label it under `labels`, or remove the line",
    ),
    "E203": ('two lines fill the dialer\'s field "{word}"', "keep one of the two; the first is at {where}"),
    "E204": ('the role "{role}" extends "{word}", which is not a role', "use one of: {known}"),
    "E205": ("roles extend each other in a circle: {circle}", "remove one `extends`"),
    "E206": ('the profile "{profile}" has the role "{word}", which is not a role', "use one of: {known}"),
    "E207": (
        'the profile "{profile}" would open nothing: its perimeter is "{word}" and there are no {what}',
        "declare {what} under `perimeter`, or use another perimeter",
    ),
    "E208": ('"{word}" is not a lead status of this link', "add it to `statuses`, or use one of: {known}"),
    "E209": ('the campaign "{campaign}" ends before it starts', "correct `starts` or `ends`"),
    "E210": ("a table of values gives text, so `as: {word}` cannot be kept", "remove `as`, or remove `values`"),
    "E211": ('no connector "{word}" on this side', "use one of: {known}"),
    "E212": ('no connection "{word}"', "add it to connections.yaml, or use one of: {known}"),
    "E213": ('"{word}" means opposed: nobody may call again', "remove `retry_after`"),
    "E214": ('no country "{word}"', "write the ISO 3166 code, such as FR, BE or CH"),
    "E215": ("the model is projects, and there are no projects", "declare projects, or use another model"),
    "E216": (
        'the role "{role}" reads "{word}" as it is, and masked as well',
        "keep it under `read`, or under `masks`",
    ),
    "E217": ('the mask "{word}" needs `{key}`', "write it like this: {example}"),
    "E218": ('`{key}` says nothing to the mask "{word}"', "remove `{key}`, or use the mask {other}"),
    "E219": ("the steps do not rise", "write them from the least to the greatest, each once"),
    "E221": (
        '"{field}" is shown only in part, and `{key}` would change what is left of it',
        "remove `{key}`: masks are for whole values",
    ),
    "E222": (
        'the mask "allow" needs a condition',
        "say under `when` where all of it is shown; to show it always, write the label under `read`",
    ),
    "E220": ("this rule is never reached", "the one before it has no `when`, and so always holds: put it last"),
    "E223": (
        '"{field}" is free text, and would leave as it was written',
        "write `as: screened_text`, or remove the line",
    ),
    "E230": ('"{word}" is nothing that is done with "{thing}"', "use one of: {known}"),
    "E231": (
        'the role "{role}" reads labels of {object}, but may not read {thing}',
        "add `read` to {thing} under `may`, or take {object} from `read`",
    ),
    "E232": ('the exception of "{person}" gives nothing', "say what under `may`, `read` or `write`, or remove it"),
    "E233": (
        'the exception of "{person}" had ended when this revision was decided',
        "remove it, or have a later day decided",
    ),
    "E240": (
        '"{word}" of {object} must be filled, but has no label',
        "label it, so that it is known for what it is, or take it from `mandatory`",
    ),
}

_WARNINGS: Final = {
    "W301": ('no field of {object} carries the label "{word}"', "remove it, or label a field with it"),
    "W302": ("{count} roles: 4 to 8 are usual", "see whether the roles tell apart what people really do (R002)"),
    "W303": (
        '{object} fields labelled "{word}" may be read by {roles}, but none goes out',
        "add a line to `fields` if callers need it: too little shown is a fault as well (R048)",
    ),
    "W304": ('the role "{role}" may read nothing', "give it labels under `read`, or a role to extend"),
    "W305": ('a condition looks at "{word}", which has no label', "label it, so that it is known for what it is"),
    "W306": (
        'the role "{role}" calls and decides nothing, yet reads "{word}"',
        "clear {word} for managers' roles only (R043)",
    ),
    "W307": ('"{word}" proposes {what}, but no profile may', "grant {grant} to a role, or correct `is`"),
    "W308": ("{what} can be proposed, but no profile may decide", "grant {grant} to a manager's role"),
    "W309": ("no telephone number goes out, so nobody can be called", "map a telephone field with `as: e164`"),
    "W310": ('"{word}" stands here twice', "remove one"),
    "W311": ("no field is mapped, so nothing goes out", "add lines to `fields`"),
    "W312": ("no call result is mapped, so every call result waits in quarantine", "add lines to `dispositions`"),
    "W313": ("no call result means opposed, so an opposition cannot be heard", "map the dialer's word for it"),
    "W314": (
        'the campaign "{campaign}" has no conditions, so it takes every record',
        "name the fields and values that make it",
    ),
    "W315": ("no profile is mapped, so nobody sees anything", "add lines to `profiles`"),
    "W316": (
        '"{field}" stays home: this dialer shows everybody the same, and its profiles may see different parts of it',
        "give {profiles} the same mask, or a dialer that tells profiles apart",
    ),
    "W317": (
        'what the role "{role}" sees here tells of "{word}", whose label "{label}" it may not read',
        "look at a field that the role may read, or keep it if that much may be known",
    ),
    "W330": (
        'the role "{role}" writes {grant}, but its `may` does not say so',
        "add {right} under `may`, or take {grant} from `write`",
    ),
    "W331": (
        'the role "{role}" calls and decides nothing, yet may {word} {thing}',
        "leave this to a manager's role (R005, R016)",
    ),
    "W332": (
        'the role "{role}" approves who may do what, and may {word} {thing} itself',
        "keep approval apart from daily work (R011)",
    ),
    "W333": (
        "{count} personal exceptions: more than {most} are not kept in view",
        "make a role of what several persons need (R041)",
    ),
    "W334": (
        'the exception of "{person}" runs for more than a year',
        "make a role of it, or have it decided again earlier (R003)",
    ),
}

_NOTES: Final = {
    "N401": (
        "the open model: weak confidentiality, risk of duplicates and of uncontrolled changes",
        "choose it for a small team that shares everything (R039)",
    ),
    "N402": (
        "the teams model: risk of silos between departments, and reports across teams are harder",
        "give reporting roles a wider perimeter (R040)",
    ),
    "N403": ('"{field}" is not shown to: {profiles}', "nothing to do if this is meant"),
    "N404": (
        'the profile "{profile}" opens all records, although the model is {model}',
        "nothing to do if this is meant",
    ),
    "N405": ('no profile has the role "{role}"', "nothing to do if it is for the CRM's side only"),
    "N430": (
        'until {until}, "{person}" may also: {granted}; decided by {who}',
        "nothing to do: it expires by itself",
    ),
    "N406": ("there are more findings; the first {limit} are shown", "correct these and check again"),
}

CODES: Final[dict[str, Rule]] = {
    code: Rule(severity, message, remedy)
    for table, severity in (
        (_FORM, Severity.ERROR),
        (_MEANING, Severity.ERROR),
        (_WARNINGS, Severity.WARNING),
        (_NOTES, Severity.NOTE),
    )
    for code, (message, remedy) in table.items()
}

__all__ = ["CODES", "Rule", "Severity"]
