"""A link file and the files it uses as one text, so that another machine can compile it without the folder.

Kept as written, comments included: what was approved is what can be shown. A file that uses no other
is its own bundle; otherwise the bundle is a JSON object of two keys, which no link file has.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import orjson

_KEYS: Final = frozenset({"link_file", "shared_files"})


class Bundle(NamedTuple):
    """A link file's text, and the texts of those it uses, by the names that it uses them by."""

    text: str
    shared: Mapping[str, str]


def pack(bundle: Bundle) -> str:
    """One text for all of it."""
    if not bundle.shared:
        return bundle.text
    whole = {"link_file": bundle.text, "shared_files": dict(bundle.shared)}
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()


def unpack(text: str) -> Bundle:
    """What was packed; any other text is a link file that uses no other."""
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Bundle(text, {})
    if not isinstance(whole, dict) or whole.keys() != _KEYS:
        return Bundle(text, {})
    return Bundle(whole["link_file"], whole["shared_files"])
