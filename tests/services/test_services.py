"""The services that tests lean on stand up, and behave as the tests assume."""

import sqlalchemy

from tests.services.postgres import Postgres


def test_a_fresh_database_is_empty_and_durable(fresh_database: str) -> None:
    engine = sqlalchemy.create_engine(fresh_database)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        assert connection.scalar(sqlalchemy.text("SHOW fsync")) == "on"
        assert connection.scalar(sqlalchemy.text("SHOW synchronous_commit")) == "on"
    engine.dispose()


def test_what_was_committed_outlives_a_killed_server(postgres: Postgres, fresh_database: str) -> None:
    engine = sqlalchemy.create_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept AS SELECT 1 AS one"))
    engine.dispose()
    postgres.kill()
    postgres.start()
    with engine.begin() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT one FROM kept")) == 1
    engine.dispose()
