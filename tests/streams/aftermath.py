"""What a test looks at when all is over: what was parked, what is in doubt, what each record was sent."""

from mapping.words import Object
from store import quarantine
from store.quarantine import Parked
from tests.streams.world import LINK, TENANT, World


def parked(world: World) -> list[Parked]:
    with world.database.read() as conn:
        return list(quarantine.listing(conn, TENANT, LINK))


def replay(world: World, seq: int) -> None:
    """What somebody does who has mended the cause."""
    world.database.writer.write_now(
        lambda conn: quarantine.take_for_replay(conn, world.database.keys, TENANT, LINK, seq)
    )


def in_doubt(world: World) -> int:
    """How many commands may have left, with no answer yet."""
    with world.database.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM outbox WHERE state = 'started'").scalar_one())


def names_sent(world: World, record: str) -> list[str]:
    """Under which names the dialer was sent a record, in that order."""
    return [order.body["fields"]["name"] for order in world.dialer.seen[record]]


def check_no_record_went_back(world: World) -> None:
    """For names that grow with each change: none was overtaken by one before it, and the last is the CRM's."""
    for record in world.dialer.seen:
        _, *changes = names = names_sent(world, record)
        assert changes == sorted(changes), "an older state overtook a newer one"
        assert names[-1] == world.crm.rows[Object.CONTACT, record.partition("/")[2]].fields["name"]
