"""Before a link runs: who is who, and which revision; what a start may put in force by itself, and what it may not."""

from collections.abc import Sequence

from connectors.port import PersonRow
from ecluse import approval, logs
from ecluse.approval import Decider, Weighed, account
from ecluse.command import Failure
from ecluse.i18n import _
from ecluse.logs import Action
from ecluse.rulings import compiled
from ecluse.settings import Settings
from ecluse.standing import Standing, compared, not_in_force
from ecluse.terminal import note
from mapping.policy import Policy
from store import people as people_store
from store.database import Database
from store.errors import Violated
from store.register import Live
from store.requests import Track
from streams.rollout import Unfit


def settle(
    policy: Policy,
    text: str,
    database: Database,
    people: Sequence[PersonRow],
    settings: Settings,
    *,
    register_first: bool = False,
) -> Policy:
    """Before a link runs: who is who, and which revision. The policy to run.

    What the file says is put in force if it is new and one person may; a revision that was superseded never comes
    back by a mere start. `register_first`: the file counts only where the register has nothing, for machines that
    are several.
    """
    tenant, link = policy.tenant, policy.link
    mine = [row for row in people if row.profile in policy.profiles]
    if mine:
        database.writer.write_now(lambda conn: people_store.save(conn, database.keys, tenant, link, mine))
    standing, live = compared(policy, database)
    if live is None or (standing is Standing.NEW and not register_first):
        overtaken = _put(policy, text, database, settings, live)
        if overtaken is None:
            return policy
        standing, live = overtaken
    if standing is Standing.IN_FORCE:
        return policy
    logs.say(Action.FILE_NOT_IN_FORCE, "warning", link=link, revision=live.revision, code=standing.value)
    note(not_in_force(link, live, policy.revision))
    try:
        return compiled(live)
    except Unfit as unfit:
        raise Failure(
            _(
                "{link}: revision {revision} of the register cannot run here: {code}.",
                link=link, revision=live.revision, code=unfit.obstacle.value,
            )
        ) from None  # fmt: skip


def _put(
    policy: Policy, text: str, database: Database, settings: Settings, before: Live | None
) -> tuple[Standing, Live] | None:
    """None once it is in force; what counts instead, where it takes more than a start or another was quicker."""
    weighed = approval.weigh(policy, text, database, settings)
    if _takes_more(weighed):
        if before is None:
            raise Failure(
                _(
                    "{link}: nothing of it is in force, and a new link takes two people: "
                    "`ecluse apply {link} --as NAME`, then `ecluse register approve {link}`.",
                    link=policy.link,
                )
            )
        return Standing.NEW, before
    who = Decider(account(), account(), weighed.motive.reason)
    try:
        database.writer.write_now(lambda conn: approval.ask(conn, weighed, who))
    except Violated:
        standing, live = compared(policy, database)
        if live is None or live.number == weighed.after:
            raise
        return standing, live
    return None


def _takes_more(weighed: Weighed) -> bool:
    return weighed.track is Track.REGULATED or weighed.held
