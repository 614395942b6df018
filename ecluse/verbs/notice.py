"""`ecluse notice`: one page for the people of a role, written from the link file."""

from pathlib import Path

import click

from ecluse import i18n
from ecluse.command import argument, option, output_option, verb
from ecluse.i18n import N_, _
from ecluse.links import find_one, policy_of
from ecluse.notice import notice, words
from ecluse.terminal import answer, answer_json, visible
from mapping.nearest import nearest


@verb(
    "notice",
    N_(
        "One page for the people of a role, in words that they use: what they see, what they may do, what never, "
        "whom to ask. At most 300 words, written from the link file."
        "\n\nLINK is a file, or the name of a link of the working folder."
    ),
    examples=("ecluse notice nord contributor", "ecluse notice links/nord.yaml validator --lang fr > notice.md"),
)
@argument("link", metavar=N_("LINK"))
@argument("role", metavar=N_("ROLE"))
@option("--lang", type=click.Choice(i18n.LANGUAGES), help=N_("The language of the notice, if not the one in force."))
@output_option()
@click.pass_obj
def command(folder: Path, link: str, role: str, lang: str | None, output: str) -> int:
    policy = policy_of(find_one(link, folder), folder)
    if role not in policy.source.roles:
        message = _('no role "{name}" in this link.', name=role)
        near = nearest(role, policy.source.roles)
        message += " " + (_('Did you mean "{word}"?', word=near) if near else ", ".join(policy.source.roles))
        raise click.BadParameter(message, param_hint="ROLE")
    if lang:
        i18n.speak(lang)
    lines = notice(policy, role)
    if output == "json":
        body = {"link": policy.link, "role": role, "revision": policy.revision, "language": i18n.language()}
        answer_json("notice", {**body, "words": words(lines), "text": "\n".join(lines)})
    else:
        for line in lines:
            answer(visible(line))
    return 0
