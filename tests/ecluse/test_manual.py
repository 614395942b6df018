"""docs/cli.md shows the help that the verbs print, all of it, and settings as they are."""

import re

from pydantic import BaseModel

from ecluse import manual
from ecluse.settings import Intervals, Kafka, Settings


def test_every_help_block_is_what_the_verb_prints() -> None:
    page = manual.PAGE.read_text(encoding="utf-8")
    assert manual.filled(page) == page, "run python -m ecluse.manual"


def test_no_verb_is_left_out() -> None:
    shown = re.findall(r"<!-- help ([a-z ]+) -->", manual.PAGE.read_text(encoding="utf-8"))
    assert shown == list(manual.names())


def test_every_setting_is_explained_with_its_default() -> None:
    page = manual.PAGE.read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z._]+)` \| (.+?) \|", page, flags=re.MULTILINE))
    nested: dict[str, type[BaseModel]] = {"intervals": Intervals, "kafka": Kafka}
    names = {name for name in Settings.model_fields if name not in nested}
    assert set(told) == names | {f"{part}.{name}" for part, model in nested.items() for name in model.model_fields}
    for name in ("database", "key", "runtime", "country", "listen", "links", "people"):
        assert told[name] == f"`{Settings.model_fields[name].default}`"
