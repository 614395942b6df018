"""What `ecluse init` lays down: a working folder that checks clean, with keys of its own."""

import base64
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, SecretStr

from connectors import registry
from connectors.inlet import Inlet
from ecluse.exports import EXPORTS, FILLED
from ecluse.i18n import N_, _
from mapping.words import Side

#: The example that a new link starts from: beside the package in a clone, inside it in a wheel.
EXAMPLES = (Path(__file__).parent / "examples" / "demo", Path(__file__).parent.parent / "examples" / "demo")
#: The example's profiles that read less than a caller: they need a dialer that tells profiles apart.
SHOWN_APART = re.compile(r"(?<=^  )(quality|sales_direction): \{[^}]*\}", re.MULTILINE)
#: What cases expect of them.
EXPECTED_APART = re.compile(r"^ +(quality|sales_direction): \[[^\]]*\]\n", re.MULTILINE)
PRIVATE = 0o600
PEOPLE_HEAD = "id,profile,team,territory,campaigns,crm_user,starts,ends\n"
IGNORED = "# what a running Écluse leaves here, and what is secret\n*.db\n*.db-shm\n*.db-wal\n*.key\nsecrets/\n"
KEY_COMMENT = N_("wraps the keys of all data: whoever has it can read the database; keep a copy elsewhere")


class Answers(NamedTuple):
    """What `init` asks."""

    link: str = "nord"
    crm: str = "csv"
    dialer: str = "open_dialer"
    language: str = "fr"
    country: str = "FR"


class File(NamedTuple):
    """One file to lay down."""

    name: str
    text: str
    private: bool = False


def example() -> Path:
    """The folder of the example link."""
    return next(folder for folder in EXAMPLES if folder.is_dir())


def files(answers: Answers, today: date) -> Iterator[File]:
    """Everything of a working folder, in the order in which a reader should meet it."""
    yield File("ecluse.yaml", _settings(answers))
    made: dict[str, str] = {}
    yield File("connections.yaml", connections(answers, made))
    yield File(f"links/{answers.link}.yaml", link(answers, today))
    yield File("people.csv", PEOPLE_HEAD)
    if answers.crm == "csv":
        for name, rows in EXPORTS.items():
            yield File(name, rows)
    for path in sorted((example() / "cases").glob("*.yaml")):
        yield File(f"cases/{path.name}", cases(answers, path.read_text(encoding="utf-8")))
    yield File(".gitignore", IGNORED)
    yield File("ecluse.key", secrets.token_hex(32) + "\n", private=True)
    for name, secret in made.items():
        yield File(name, secret + "\n", private=True)


def lay_down(folder: Path, file: File) -> bool:
    """Write a file, unless there is one: what somebody wrote is never overwritten. Whether it was written."""
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = PRIVATE if file.private else 0o644
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(file.text)
    return True


def link(answers: Answers, today: date) -> str:
    """The example link, with the answers put in."""
    text = (example() / "link.yaml").read_text(encoding="utf-8")
    _head, _mark, body = text.partition("\nlink: ")
    body = "link: " + body
    body = re.sub(r"^link: .*$", f"link: {answers.link}", body, count=1, flags=re.MULTILINE)
    for side, connector in (("crm", answers.crm), ("dialer", answers.dialer)):
        there = f"{side + ':':<7} {{connector: {connector}, connection: {side}-{answers.link}}}"
        body = re.sub(rf"^{side}: .*?\}}", there, body, count=1, flags=re.MULTILINE)
    body = re.sub(r"date: [0-9-]{10}", f"date: {today.isoformat()}", body, count=1)
    body = re.sub(r"^country: \w+", f"country: {answers.country}", body, count=1, flags=re.MULTILINE)
    if not registry.connector(answers.dialer).views:
        why = _("this dialer shows everybody the same: who may read less would hide it from all")
        body = SHOWN_APART.sub(r"# \g<0>", body)
        body = re.sub(r"^  # (?=quality: )", f"  # {why}\n\\g<0>", body, count=1, flags=re.MULTILINE)
    lead = _("One CRM joined to one dialer: who may see what on the dialer's side, and what may come back.")
    return f"# {lead}\n# ecluse check links/{answers.link}.yaml\n\n{body}"


def cases(answers: Answers, text: str) -> str:
    """A file of the example's cases, for the link that was asked for."""
    text = re.sub(r"^link: .*$", f"link: {answers.link}", text, count=1, flags=re.MULTILINE)
    return text if registry.connector(answers.dialer).views else EXPECTED_APART.sub("", text)


def connections(answers: Answers, made: dict[str, str]) -> str:
    """Both connections, with every setting that their connectors know; secrets that are ours to choose are `made`."""
    lead = _("Where each system is, and by which secrets. No secret stands here: file:PATH, or env:NAME.")
    parts = [f"# {lead}"]
    for side, connector in ((Side.CRM, answers.crm), (Side.DIALER, answers.dialer)):
        name = f"{side.value}-{answers.link}"
        lines = list(_setting_lines(registry.connector(connector).settings, name, made, "  "))
        parts.append(f"{name}:  # {connector}\n" + ("\n".join(lines) if lines else "  {}"))
    return "\n\n".join(parts) + "\n"


def _setting_lines(model: type[BaseModel], name: str, made: dict[str, str], indent: str) -> Iterator[str]:
    for key, field in model.model_fields.items():
        inner = _inner(field.annotation)
        if inner is not None:
            yield f"{indent}{key}:"
            yield from _setting_lines(inner, name, made, indent + "  ")
            continue
        if field.description:
            yield f"{indent}# {field.description}"
        default = "" if field.is_required() else field.default
        if _is_secret(field.annotation):
            yield f"{indent}{key}: {_reference(model, key, name, made, several=not _is_one(field.annotation))}"
        elif key in FILLED:
            yield f"{indent}{key}: {FILLED[key]}"
        elif field.is_required():
            yield f"{indent}{key}: {_placeholder(key)}"
        else:
            yield f"{indent}# {key}: {_plain(default)}"


def _reference(model: type[BaseModel], key: str, name: str, made: dict[str, str], *, several: bool) -> str:
    """A secret of theirs is named by a variable; one that we choose is made, in a file of its own."""
    ours = issubclass(model, Inlet) or key == "send_secrets"
    if not ours:
        word = f"env:{re.sub(r'[^A-Z0-9]', '_', f'{name}_{key}'.upper())}"
    else:
        path = f"secrets/{name}.{key}"
        signing = key in {"signing_secrets", "send_secrets"}
        token = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() if signing else secrets.token_urlsafe(32)
        made[path] = token
        word = f"file:{path}"
    return f"[{word}]" if several else word


def _inner(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(part) for part in get_args(annotation))


def _is_one(annotation: Any) -> bool:
    return annotation is SecretStr or type(None) in get_args(annotation)


def _placeholder(key: str) -> str:
    known: Mapping[str, str] = {"base_url": "https://crm.example", "folder": "crm", "path": "crm", "database": "crm"}
    return known.get(key, "…")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value) if value not in ("", None) else '""'


def _settings(answers: Answers) -> str:
    rows = (
        ("database", "sqlite:///ecluse.db", _("or PostgreSQL: env:DATABASE_URL")),
        ("key", "file:ecluse.key", _(KEY_COMMENT)),
        ("language", answers.language, _("fr or en: what is printed")),
        ("country", answers.country, _("how national telephone numbers are read")),
        ("listen", "127.0.0.1:8080", _("where dialers and browsers come in")),
        ("approval", "one", _("who may see what is changed by one person: for trying out; two in production")),
        ("people", "people.csv", _("who is who on the dialer's side, where the dialer cannot tell")),
    )
    lead = _("The settings of this installation. A variable wins over a line: ECLUSE_DATABASE, ECLUSE_INTERVALS__POLL.")
    what, often = _("what is in force, and from where"), _("how often the CRM is asked for changes")
    lines = [f"{name + ': ' + value:<32} # {comment}" for name, value, comment in rows]
    return "\n".join([
        f"# {lead}", f"# ecluse doctor: {what}", "", *lines, "", "intervals:", f"  {'poll: 15s':<30} # {often}", "",
    ])  # fmt: skip
