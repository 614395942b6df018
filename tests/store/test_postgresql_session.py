"""A process that froze inside a transaction holds up the others for a while, and not for ever."""

import pytest
from sqlalchemy import text

from store.database import Database
from store.safety import FROZEN_SECONDS, READING_SECONDS
from tests.store.stories import KEK

SHOWN = text("SELECT setting FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")


@pytest.mark.parametrize(("writer", "seconds"), [(True, FROZEN_SECONDS), (False, READING_SECONDS)])
def test_postgresql_ends_a_transaction_that_says_nothing(fresh_database: str, *, writer: bool, seconds: int) -> None:
    database = Database.open(fresh_database, kek=KEK)
    try:
        if writer:
            said = database.writer.write_now(lambda conn: conn.execute(SHOWN).scalar_one())
        else:
            with database.read() as conn:
                said = conn.execute(SHOWN).scalar_one()
    finally:
        database.close()
    assert int(said) == seconds * 1000
