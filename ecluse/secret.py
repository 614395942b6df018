"""Secrets, by reference only: `file:PATH`, or `env:NAME` as second best. Their values stay in here and in who asked."""

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

FORM = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"
Reference = Annotated[str, Field(pattern=FORM)]

KEY_BYTES = 32
MASK = "••••••"


class SecretError(Exception):
    """A secret cannot be had. `code` says why, `reference` where it should be; never what it is."""

    def __init__(self, code: str, reference: str) -> None:
        self.code = code
        self.reference = reference
        super().__init__(f"{code}: {reference}")


def is_reference(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(FORM, value) is not None


def resolve(reference: str, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The secret that a reference names. A file's last line break is not part of it."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not environment.get(name):
            raise SecretError("variable_not_set", reference)
        return environment[name]
    try:
        text = (folder / name).expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SecretError("no_such_file", reference) from None
    except (OSError, UnicodeDecodeError):
        raise SecretError("unreadable_file", reference) from None
    if not text.strip():
        raise SecretError("empty", reference)
    return text.rstrip("\r\n")


def resolve_key(reference: str, folder: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """A 32-byte key, written in hexadecimal or in base64."""
    text = resolve(reference, folder, environment).strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise SecretError("not_a_key", reference) from None
    if len(key) != KEY_BYTES:
        raise SecretError("not_a_key", reference)
    return key


def too_open(reference: str, folder: Path) -> bool:
    """Whether others than its owner may read the file that holds a secret."""
    kind, _, name = reference.partition(":")
    if kind != "file" or os.name != "posix":
        return False
    try:
        return bool(stat.S_IMODE((folder / name).expanduser().stat().st_mode) & 0o077)
    except OSError:
        return False
