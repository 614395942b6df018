"""The verbs of `ecluse`, by the task they serve: what the help shows before any of them is read."""

from typing import NamedTuple

from ecluse.i18n import N_


class Section(NamedTuple):
    """A task, and the verbs that serve it."""

    title: str
    verbs: dict[str, str]


SECTIONS = (
    Section(
        N_("Begin"),
        {
            "demo": N_("The main job from end to end, on a sandbox CRM and dialer, in under a minute."),
            "init": N_("Lay down a working folder to start from."),
            "doctor": N_("What is in force here, from where, and what is wrong with it."),
        },
    ),
    Section(
        N_("Write a link and trust it"),
        {
            "packs": N_("Labels of known CRMs and sets of roles, ready to be used in a link file."),
            "check": N_("Find everything that is wrong with link files, offline."),
            "test": N_("Run the cases of links: who sees what, what becomes of what a caller says."),
            "plan": N_("What a change would do, tried on recent real events; changes nothing."),
            "advise": N_("Which permission model fits, from a few answers."),
            "matrix": N_("Who may see and do what, as one table to hand over."),
            "notice": N_("One page for the people of a role, in words that they use."),
            "apply": N_("Put what a link file says in force, everywhere, without a restart."),
            "register": N_("Every revision and who decided it: look, compare, approve, roll back, export."),
            "pipe": N_("Decide events from stdin, one decision a line on stdout."),
            "view": N_("Exactly what a profile sees of a record."),
            "explain": N_("Why a record or a field went out, or did not."),
        },
    ),
    Section(
        N_("Run it"),
        {
            "run": N_("The middleware: both directions, web server included."),
            "status": N_("Received = delivered + withheld + held + refused + quarantined + in flight."),
            "appointments": N_("List, validate and reject what waits for a manager."),
            "quarantine": N_("List, look at, replay and discard what could not be decided."),
        },
    ),
)

VERBS = {name: summary for section in SECTIONS for name, summary in section.verbs.items()}
SEE_ALSO = N_("`ecluse help VERB` shows a verb's options and examples.")
