"""The JSON Schema of link files (2020-12), made from the models: what editors complete and underline by.

A schema sees one value at a time. What only shows side by side is the reader's (`mapping.checks`).
Committed as docs/schema/link.schema.json; run this module to print it.
"""

from typing import Any, Final

from mapping import durations
from mapping.link import Appointments, Link
from mapping.people_checks import ROLES_MAX
from mapping.sharing import NAME_PATTERN, SHARED_KEYS, USED_MAX

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER: Final = "urn:ecluse:link-file:1"
PROJECT: Final = (
    "A campaign: the records whose fields have one of the listed values, from a day to a day, both included. "
    "Each condition is object.field: [values]; it stands beside `starts` and `ends`."
)
USE: Final = "Shared files that this link uses, such as roles/standard: what they say counts as said here."


def link_schema() -> dict[str, Any]:
    """The schema of a link file, as the file is written."""
    schema = Link.model_json_schema(by_alias=True, mode="validation")
    _plain(schema)
    parts, properties = schema["$defs"], schema["properties"]
    project = parts["Project"]
    project["patternProperties"] = project["properties"].pop("where")["patternProperties"]
    project["description"] = PROJECT
    _rules(parts["Role"]["properties"]["masks"])
    parts["Appointments"]["properties"]["expire_after"]["default"] = durations.write(Appointments().expire_after)
    properties["roles"]["maxProperties"] = ROLES_MAX
    name = {"type": "string", "pattern": NAME_PATTERN}
    many = {"type": "array", "items": name, "maxItems": USED_MAX}
    properties["use"] = {"anyOf": [name, many], "description": USE}
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        **schema,
        "required": [key for key in schema["required"] if key not in SHARED_KEYS],
        "if": {"not": {"required": ["use"]}},
        "then": {"required": [key for key in schema["required"] if key in SHARED_KEYS]},
    }


def _rules(masks: dict[str, Any]) -> None:
    """One mask may stand for a rule, and one rule for a list of them."""
    (of_label,) = masks["additionalProperties"]["patternProperties"].values()
    one = {"anyOf": [{"$ref": "#/$defs/Mask"}, of_label["items"]]}
    several = {**of_label, "items": one}
    of_label.clear()
    of_label["anyOf"] = [*one["anyOf"], several]


def _plain(node: Any) -> None:
    """Take out what pydantic adds for Python's sake, and say what only this file's reader knows."""
    if isinstance(node, list):
        for one in node:
            _plain(one)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        del node["title"]
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if node.get("default") in ({}, None):
        node.pop("default", None)
    for key, one in list(node.items()):
        _plain(one)
        if key in ("anyOf", "items", "additionalProperties", "reason", "decided_by"):
            _as_written(one)


def _as_written(node: Any) -> None:
    """Where any text is due, a bare number or truth value is taken as it is written."""
    for one in node if isinstance(node, list) else [node]:
        kinds = {str(other.get("type")) for other in node} if isinstance(node, list) else set()
        if isinstance(one, dict) and one.get("type") == "string" and not {"pattern", "enum"} & one.keys():
            one["type"] = "string" if "integer" in kinds else ["string", "number", "boolean"]


if __name__ == "__main__":
    import json

    print(json.dumps(link_schema(), indent=2, ensure_ascii=False))  # noqa: T201 - this is what it is run for
