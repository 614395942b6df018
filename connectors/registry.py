"""Connectors by name: those that come along, and third parties' by entry point.

A third party's package announces its connector so, and the name is what a link file says:

    [project.entry-points."ecluse.connectors"]
    acme = "acme_ecluse:CONNECTOR"

A connector that comes along cannot be replaced: its name is looked up here first.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points

from connectors.faults import Misconfigured
from connectors.port import Connector

GROUP = "ecluse.connectors"

#: Name -> module, imported when somebody asks for it.
BUILT_IN = {
    "csv": "connectors.csv_folder",
    "jobphoning": "connectors.jobphoning",
    "open_dialer": "connectors.open_dialer",
    "sandbox_crm": "connectors.sandbox_crm",
    "tryton": "connectors.tryton",
}


def names() -> Sequence[str]:
    """Every name that `connector` knows, sorted."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def connector(name: str) -> Connector:
    """The connector of that name. Raises Misconfigured: `unknown_connector`, or `broken_connector`."""
    if name in BUILT_IN:
        found = getattr(import_module(BUILT_IN[name]), "CONNECTOR", None)
    else:
        points = list(entry_points(group=GROUP, name=name))
        if not points:
            raise Misconfigured("unknown_connector")
        try:
            found = points[0].load()
        except Exception:  # noqa: BLE001 - whatever a stranger's module raises, it is that connector that is broken
            raise Misconfigured("broken_connector") from None
    if not isinstance(found, Connector) or found.name != name:
        raise Misconfigured("broken_connector")
    return found
