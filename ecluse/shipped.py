"""The packs that come with Écluse: labels for the fields of known CRMs, and sets of roles, to `use:` in link files."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mapping.document import read_document
from mapping.findings import Findings
from mapping.scene import RESERVED_LABELS
from mapping.sharing import PACKS

#: A folder of data: `packs/salesforce` is salesforce.yaml.
FOLDER = Path(__file__).parent / "packs"


class Pack(NamedTuple):
    """One pack: its name as `use` has it, its text as shipped, and what it holds."""

    name: str
    text: str
    tree: Mapping[str, Any]

    @property
    def labels(self) -> dict[tuple[str, str], str]:
        """The label of each (object, field)."""
        held: Mapping[str, Mapping[str, Any]] = self.tree.get("labels", {})
        return {(item, name): str(label) for item, fields in held.items() for name, label in fields.items()}

    @property
    def reserved(self) -> frozenset[tuple[str, str]]:
        """The fields that callers never need."""
        return frozenset(field for field, label in self.labels.items() if label in RESERVED_LABELS)

    @property
    def mandatory(self) -> frozenset[tuple[str, str]]:
        """The fields that must be filled."""
        held: Mapping[str, list[Any]] = self.tree.get("mandatory", {})
        return frozenset((item, str(name)) for item, names in held.items() for name in names)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.tree.get("roles", ()))

    @property
    def title(self) -> str:
        """The first line of its head."""
        return self.text.split("\n", 1)[0].removeprefix("# ")


@cache
def packs() -> tuple[Pack, ...]:
    """All of them, by name."""
    return tuple(_pack(path) for path in sorted(FOLDER.glob("*.yaml")))


def texts() -> dict[str, str]:
    """The text of every pack, by the name that `use` has for it."""
    return {pack.name: pack.text for pack in packs()}


def _pack(path: Path) -> Pack:
    name, text = PACKS + path.stem, path.read_text(encoding="utf-8")
    return Pack(name, text, read_document(text, name, Findings()).tree or {})
