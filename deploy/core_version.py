#!/usr/bin/env python3
"""Writes into store/core.py which sources of the compiled core this code agrees with.

    python deploy/core_version.py           write it
    python deploy/core_version.py --check   exit 1 where it is out of date

`compiled/build.rs` works out the same when a core is built, from the sources that it is built from.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATE = ROOT / "compiled"
CODE = ROOT / "store" / "core.py"
LINE = re.compile(r'^VERSION: Final = "(.*)"$', re.MULTILINE)

#: FNV-1a, 64 bits: it tells sources apart, and is no seal against whoever wants to deceive.
FIRST, PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1


def worked_out(crate: Path = CRATE) -> str:
    """The crate's version, and a digest of what it is built from."""
    sources = [f"src/{path.name}" for path in (crate / "src").glob("*.rs")]
    digest = FIRST
    for name in ["Cargo.lock", "Cargo.toml", "build.rs", *sorted(sources)]:
        for byte in name.encode() + (crate / name).read_bytes():
            digest = (digest ^ byte) * PRIME & MASK
    version = tomllib.loads((crate / "Cargo.toml").read_text("utf-8"))["package"]["version"]
    return f"{version}+{digest:016x}"


def main(*arguments: str) -> int:
    code, wanted = CODE.read_text("utf-8"), worked_out()
    written = LINE.sub(f'VERSION: Final = "{wanted}"', code)
    if "--check" in arguments:
        if written != code:
            sys.stderr.write(f"store/core.py is out of date, compiled/ is {wanted}: make stamp\n")
        return int(written != code)
    CODE.write_text(written, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
