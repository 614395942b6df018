"""A value that its model refused, as a finding at its word in the file.

Pydantic's own sentences are not used: they quote values, and they speak of Python.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mapping import link
from mapping.findings import Findings
from mapping.grammar import OBJECTS, OWNER_FIELDS, PROJECTS, from_models, keys_at
from mapping.nearest import nearest
from mapping.place import Path, Place

_SECRETS = re.compile(r"passw|secret|token|api_?key|credential|mot_?de_?passe", re.IGNORECASE)

MAPPING: Final = "a group of keys"
LIST: Final = "a list"
TEXT: Final = "a text"
WHOLE: Final = "a whole number"
DAY: Final = "a day"
DURATION: Final = "a duration"
WORD: Final = "one known word"
VALUE: Final = "a text, a whole number, true or false"
NAME: Final = "a name: small letters, digits, - and _, beginning with a letter, at most 64"
LABEL: Final = "a label: small letters, digits and _, beginning with a letter, at most 32"
CRM_FIELD: Final = "the name of a CRM field: letters, digits and _, at most 64"
DIALER_FIELD: Final = "the name of a dialer field: letters, digits, _, . and -, at most 64"
COUNTRY: Final = "a country: two capital letters"
SHORT: Final = "short"
LONG: Final = "long"
#: Sentences of this module that are arguments of findings.
TERMS: Final = (
    MAPPING, LIST, TEXT, WHOLE, DAY, DURATION, WORD, VALUE, NAME, LABEL, CRM_FIELD, DIALER_FIELD, COUNTRY, SHORT, LONG,
)  # fmt: skip

_WANTED: Final = {
    "model_type": (MAPPING, "{…}"),
    "model_attributes_type": (MAPPING, "{…}"),
    "dict_type": (MAPPING, "{…}"),
    "list_type": (LIST, "[…]"),
    "string_type": (TEXT, '"…"'),
    "string_pattern_mismatch": (TEXT, '"…"'),
    "string_too_short": (TEXT, '"…"'),
    "string_too_long": (TEXT, '"…"'),
    "enum": (WORD, "…"),
    "not_whole": (WHOLE, "500"),
    "day_form": (DAY, "2026-11-20"),
    "duration_form": (DURATION, "2d"),
    "int_type": (VALUE, "…"),
    "bool_type": (VALUE, "…"),
}
_FORMS: Final = {
    link.NAME_PATTERN: (NAME, "t4-industrie"),
    link.LABEL_PATTERN: (LABEL, "reachability"),
    link.FIELD_NAME_PATTERN: (CRM_FIELD, "first_name"),
    link.DIALER_FIELD_PATTERN: (DIALER_FIELD, "phone"),
    link.COUNTRY_PATTERN: (COUNTRY, "FR"),
}
#: Words that people write for a key -> the key.
_ALSO_WRITTEN: Final = {"source": "from", "target": "to", "type": "as", "shape": "as", "means": "is", "result": "is"}
#: Parts whose entries are mostly one word: under which key it belongs.
_FIRST_KEYS: Final = {"profiles": "role", "perimeter": "model", "dispositions": "is"}
_PATHS: Final = (link.FIELD_PATH_PATTERN, link.OWNER_PATH_PATTERN)


class Refusal(NamedTuple):
    """One refused value: what pydantic says of it, brought back to the file."""

    kind: str
    #: The path in the file as far as it exists, without the key that is missing.
    path: Path
    place: Place
    #: Whether it is the key that was refused.
    of_key: bool
    #: What stands there.
    value: Any
    context: Mapping[str, Any]
    #: The key that is missing.
    lacks: str = ""

    @property
    def word(self) -> str:
        """What was written, where it is one word."""
        if self.of_key:
            return str(self.path[-1])
        return self.value if isinstance(self.value, str) else str(self.path[-1]) if self.path else ""


def refusal_of(error: Mapping[str, Any], tree: Any, root: Place) -> Refusal:
    """Bring an error of pydantic's back to the file."""
    loc = _as_written(from_models(tuple(error["loc"])), tree)
    kind, context = error["type"], error.get("ctx", {})
    of_key = kind == "extra_forbidden" or (bool(loc) and loc[-1] == "[key]")
    steps = list(root.walk(loc))
    path = loc[: len(steps) - 1]
    lacks = str(loc[-1]) if kind == "missing" else ""
    value = tree
    for part in path:
        value = value[part]
    return Refusal(kind, path, steps[-1], of_key, value, context, lacks)


def _as_written(loc: Path, tree: Any) -> Path:
    """Without the steps into a list, or into a rule, that the models see where the file has one rule, or one word."""
    path: list[str | int] = []
    held = tree
    for part in loc:
        if (isinstance(part, int) and not isinstance(held, list)) or (part == "as" and isinstance(held, str)):
            continue
        path.append(part)
        known = part in held if isinstance(held, dict) else isinstance(part, int) and part < len(held)
        held = held[part] if known else None
        if not known:
            return (*path, *loc[loc.index(part) + 1 :])
    return tuple(path)


def report(refusal: Refusal, tree: Mapping[str, Any], findings: Findings) -> None:
    """Say what is wrong, what was expected and what may have been meant."""
    kind = refusal.kind
    if refusal.value is None and not refusal.of_key and kind != "missing":
        wanted = _WANTED.get(kind, (VALUE, ""))[0]
        findings.add("E121", refusal.place, word=refusal.path[-1], wanted=wanted)
    elif isinstance(refusal.value, (dict, list)) and not refusal.of_key and kind in _WANTED:
        _shape(refusal, findings)
    else:
        _REPORTS.get(kind, _shape_only)(refusal, tree, findings)


def _shape(refusal: Refusal, findings: Findings) -> None:
    wanted, example = _WANTED.get(refusal.kind, (VALUE, "…"))
    expected = keys_at(refusal.path)
    guess = ""
    if wanted == MAPPING and expected:
        example = "{" + ", ".join(f"{key}: …" for key in expected[:3]) + "}"
        key = _FIRST_KEYS.get(str(refusal.path[0]))
        if isinstance(refusal.value, str) and key in expected:
            guess = example = f"{{{key}: {refusal.value}}}"
    if wanted == LIST and isinstance(refusal.value, str):
        guess = example = f"[{refusal.value}]"
    findings.add("E114", refusal.place, expected=expected, nearest=guess, wanted=wanted, example=example)


def _shape_only(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
    _shape(refusal, findings)


def _unknown_key(refusal: Refusal, tree: Mapping[str, Any], findings: Findings) -> None:
    word, parent = refusal.word, refusal.path[:-1]
    if _SECRETS.search(word):
        findings.add("E128", refusal.place.name, path=refusal.path, word=word)
        return
    known = keys_at(parent)
    guess = _near_key(word, known)
    if parent[:2] == PROJECTS:
        guess = guess or next((path for path in labelled(tree) if path.endswith(f".{word}")), "")
        known = (*known, "object.field")
    findings.add(
        "E110", refusal.place.name, path=refusal.path, expected=known, nearest=guess, word=word, known=", ".join(known)
    )


def _near_key(word: str, known: tuple[str, ...]) -> str:
    longer = [key for key in known if len(word) > 3 and key.startswith(word)]
    also = _ALSO_WRITTEN.get(word, "")
    return longer[0] if len(longer) == 1 else also if also in known else nearest(word, known)


def _missing(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
    held = refusal.value if isinstance(refusal.value, dict) else {}
    known = keys_at(refusal.path)
    if any(_near_key(key, known) == refusal.lacks for key in held if key not in known):
        return  # the misspelt key has been reported, with this one as the right word
    place = refusal.place
    span = place.key or place.first().name
    code = "E123" if refusal.path == ("revision",) else "E111"
    findings.add(code, span, path=(*refusal.path, refusal.lacks), word=refusal.lacks)


def _enum(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
    expected = tuple(re.findall(r"'([^']*)'", str(refusal.context.get("expected", ""))))
    span = refusal.place.name if refusal.of_key else refusal.place.word
    findings.add(
        "E113", span, path=refusal.path, expected=expected, nearest=nearest(refusal.word, expected),
        word=refusal.word, known=", ".join(expected),
    )  # fmt: skip


def _pattern(refusal: Refusal, tree: Mapping[str, Any], findings: Findings) -> None:
    pattern = refusal.context.get("pattern", "")
    span = refusal.place.name if refusal.of_key else refusal.place.word
    if pattern in _PATHS:
        owner = OWNER_FIELDS if pattern == link.OWNER_PATH_PATTERN else ()
        known = ", ".join((*OBJECTS, *owner))
        guess = _near_field(refusal.word, (*labelled(tree), *owner))
        findings.add("E122", span, path=refusal.path, nearest=guess, word=refusal.word, known=known)
        return
    wanted, example = _FORMS[pattern]
    guess = refusal.word.upper() if pattern == link.COUNTRY_PATTERN else _plain_name(refusal.word)
    guess = guess if re.match(pattern, guess) else ""
    findings.add(
        "E115", span, path=refusal.path, nearest=guess, word=refusal.word, wanted=wanted, example=guess or example
    )


def _length(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
    short = refusal.kind == "string_too_short"
    least, most = _BOUNDS.get(str(refusal.path[-1]), (1, 120)) if refusal.path else (1, 120)
    span = refusal.place.name if refusal.of_key else refusal.place.word
    findings.add("E120", span, path=refusal.path, what=SHORT if short else LONG, least=least, most=most)


_BOUNDS: Final = {"reason": (3, 500), "decided_by": (2, 120)}
#: Of whole numbers; others have none that anybody meets.
_NUMBERS: Final = {"max": ("1", "10,000"), "at": ("1", "500")}


def _number(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
    bounds = _NUMBERS.get(str(refusal.path[-1]))
    if bounds is None:
        findings.add("E115", refusal.place, path=refusal.path, word=refusal.word, wanted=WHOLE, example="500")
    else:
        findings.add("E119", refusal.place, path=refusal.path, word=refusal.word, least=bounds[0], most=bounds[1])


def _simple(code: str, **args: str) -> Callable[[Refusal, Mapping[str, Any], Findings], None]:
    def add(refusal: Refusal, _tree: Mapping[str, Any], findings: Findings) -> None:
        guess = f'"{refusal.word}"' if code == "E118" else ""
        findings.add(
            code, refusal.place, path=refusal.path, expected=(), notes=(), nearest=guess, word=refusal.word, **args
        )

    return add


_REPORTS: Final[Mapping[str, Callable[[Refusal, Mapping[str, Any], Findings], None]]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "enum": _enum,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _length,
    "string_too_long": _length,
    "too_short": _simple("E125"),
    "ambiguous_number": _simple("E118"),
    "not_whole": _number,
    "greater_than_equal": _number,
    "less_than_equal": _number,
    "day_form": _simple("E116"),
    "no_such_day": _simple("E116"),
    "duration_form": _simple("E117"),
}


def labelled(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that `labels` names, as object.field, whatever else is wrong with the file."""
    labels = tree.get("labels")
    if not isinstance(labels, dict):
        return ()
    return tuple(f"{item}.{name}" for item, held in labels.items() if isinstance(held, dict) for name in held)


def _near_field(word: str, known: tuple[str, ...]) -> str:
    """The field that was meant: the right object before it, or the right object in its place."""
    name = word.rpartition(".")[2]
    return next((path for path in known if path.endswith(f".{name}")), "") or nearest(word, known)


def _plain_name(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.strip().lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_-]+", "-", bare).strip("-")


__all__ = ["MAPPING", "TERMS", "Refusal", "labelled", "refusal_of", "report"]
