"""`ecluse packs`: the packs that come with Écluse, for `use:` in link files."""

import click

from ecluse.command import VerbGroup, argument, output_option, verb
from ecluse.i18n import N_, _, ngettext
from ecluse.shipped import Pack, packs
from ecluse.terminal import answer, answer_json, suggest, table
from mapping.nearest import nearest
from mapping.sharing import PACKS

command = VerbGroup("packs", help=N_("Labels of known CRMs and sets of roles, ready to be used in a link file."))


@verb("ls", N_("List the packs, and what each holds."), examples=("ecluse packs ls", "ecluse packs ls --output json"))
@output_option()
def ls(output: str) -> int:
    if output == "json":
        answer_json("packs", {"packs": [_as_json(pack) for pack in packs()]})
        return 0
    table([(pack.name, holds(pack)) for pack in packs()], (_("pack"), _("holds")))
    suggest(f"ecluse packs show {packs()[0].name.removeprefix(PACKS)}")
    return 0


@verb(
    "show",
    N_(
        "Show a pack as it is shipped."
        "\n\nA link file adds fields to a pack and changes none. Where a pack does not fit, keep a copy of it under "
        "another name in the working folder, and use that."
    ),
    examples=("ecluse packs show salesforce", "ecluse packs show salesforce > labels/crm.yaml"),
)
@argument("name", metavar=N_("NAME"))
@output_option()
def show(name: str, output: str) -> int:
    pack = _named(name)
    if output == "json":
        answer_json("packs-show", {**_as_json(pack), "text": pack.text})
        return 0
    answer(pack.text.rstrip("\n"))
    return 0


def holds(pack: Pack) -> str:
    """What a pack holds, in a line."""
    if pack.roles:
        return ngettext("{n} role: {roles}", "{n} roles: {roles}", len(pack.roles), roles=", ".join(pack.roles))
    fields = ngettext("{n} field labelled", "{n} fields labelled", len(pack.labels))
    return fields + ", " + ngettext("{n} of them reserved", "{n} of them reserved", len(pack.reserved))


def _named(name: str) -> Pack:
    known = {pack.name: pack for pack in packs()}
    word = name if name.startswith(PACKS) else PACKS + name
    if word in known:
        return known[word]
    message = _('there is no pack "{name}".', name=name)
    if near := nearest(word, known):
        message += " " + _('Did you mean "{word}"?', word=near.removeprefix(PACKS))
    raise click.BadParameter(message, param_hint=_("NAME"))


def _as_json(pack: Pack) -> dict[str, object]:
    labels: dict[str, dict[str, str]] = {}
    for (item, field), label in pack.labels.items():
        labels.setdefault(item, {})[field] = label
    mandatory = {item: [name for of, name in sorted(pack.mandatory) if of == item] for item in labels}
    return {"pack": pack.name, "title": pack.title, "labels": labels, "mandatory": mandatory, "roles": list(pack.roles)}


command.add_command(ls)
command.add_command(show)
