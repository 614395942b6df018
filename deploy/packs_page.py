#!/usr/bin/env python3
"""Writes the table of docs/packs.md from the packs as they are shipped.

python deploy/packs_page.py           write the table
python deploy/packs_page.py --check   exit 1 where it is out of date
"""

import re
import sys
from pathlib import Path

from ecluse.shipped import Pack, packs
from mapping.words import Object

PAGE = Path(__file__).resolve().parents[1] / "docs" / "packs.md"
_BLOCK = re.compile(r"(<!-- packs -->\n).*?(<!-- end -->)", re.DOTALL)


def table() -> str:
    """One row a pack."""
    rows = [f"| `{pack.name}` | {_title(pack)} | {_held(pack)} |" for pack in sorted(packs(), key=_kind)]
    return "\n".join(["| pack | what it is | holds |", "| --- | --- | --- |", *rows]) + "\n"


def _kind(pack: Pack) -> tuple[bool, str]:
    return bool(pack.roles), pack.name


def _title(pack: Pack) -> str:
    return pack.title.rstrip(".")


def _held(pack: Pack) -> str:
    if pack.roles:
        return f"{len(pack.roles)} roles: " + ", ".join(f"`{role}`" for role in pack.roles)
    fields = [f"{sum(of == item.value for of, _ in pack.labels)} fields of {item.value}" for item in Object]
    return ", ".join(fields) + f"; {len(pack.reserved)} are reserved"


def filled(page: str) -> str:
    """The page with the table as it should be."""
    return _BLOCK.sub(lambda found: f"{found[1]}{table()}{found[2]}", page)


def main(arguments: list[str]) -> int:
    """Write the page, or compare it. Exit code 1: out of date."""
    text = PAGE.read_text("utf-8")
    if "--check" in arguments:
        return 0 if filled(text) == text else 1
    PAGE.write_text(filled(text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
