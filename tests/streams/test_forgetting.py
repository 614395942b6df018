"""What has had its time is forgotten by the runtime itself: nobody has to remember to."""

from sqlalchemy import text

from tests.streams.world import TENANT, World

OLD = text("INSERT INTO data_keys VALUES (:tenant, 1001, 'event', :wrapped, 1, NULL)")
DROPPED = text("SELECT shredded_at IS NOT NULL FROM data_keys WHERE tenant = :tenant AND key_id = 1001")


async def test_a_running_link_drops_the_keys_of_days_that_are_over(sqlite_world: World) -> None:
    database = sqlite_world.database
    database.writer.write_now(lambda conn: conn.execute(OLD, {"tenant": TENANT, "wrapped": b"w"}))
    runtime = sqlite_world.runtime()

    def dropped() -> bool:
        with database.read() as conn:
            return bool(conn.execute(DROPPED, {"tenant": TENANT}).scalar_one())

    await runtime.start()
    await sqlite_world.until(dropped)

    assert await runtime.stop()
