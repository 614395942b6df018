"""The compiled core: whether one is here that agrees with this code. Whoever uses it asks here."""

import os
from enum import StrEnum
from importlib import import_module
from typing import Any, Final

#: Of the core that agrees with this code: the crate's version, and a digest of its sources. `make stamp` writes it.
VERSION: Final = "0.1.0+ea5758cd944b7f3c"


class Use(StrEnum):
    """Who decides, and why not the compiled core."""

    COMPILED = "compiled"
    #: ECLUSE_PURE asks for Python alone.
    ASKED = "asked"
    ABSENT = "absent"
    #: A core is installed that was built from other sources than those that belong to this code.
    OTHER_VERSION = "other_version"


def found() -> tuple[Use, Any]:
    """The core itself, or None; and why."""
    if os.environ.get("ECLUSE_PURE", "") not in {"", "0"}:
        return Use.ASKED, None
    try:
        core = import_module("ecluse_compiled")
    except ImportError:
        return Use.ABSENT, None
    return (Use.COMPILED, core) if getattr(core, "VERSION", "") == VERSION else (Use.OTHER_VERSION, None)
