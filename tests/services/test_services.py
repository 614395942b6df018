"""The services that tests lean on stand up, and behave as the tests assume."""

import psycopg
import pytest
import sqlalchemy

from tests.canary import canary
from tests.services.postgres import Postgres, canaries_in
from tests.services.tryton import Tryton


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


def test_an_opportunity_can_be_opened_in_tryton(tryton: Tryton) -> None:
    [party] = tryton.rpc("model.party.party.create", [{"name": "Menuiserie Leroy"}], tryton.context)
    lead = {"party": party, "description": "Oak doors"}
    created = tryton.rpc("model.sale.opportunity.create", [lead], tryton.context)
    fields = ["party.name", "state", "employee", "company"]
    [opportunity] = tryton.rpc("model.sale.opportunity.read", created, fields, tryton.context)
    assert opportunity["state"] == "lead"
    assert opportunity["employee"] == tryton.context["employee"]
    assert opportunity["company"] == tryton.context["company"]
    assert opportunity["party."]["name"] == "Menuiserie Leroy"


@pytest.mark.plants_canaries
def test_a_canary_in_any_table_of_postgresql_is_found(fresh_database: str):
    url = fresh_database.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE notes (id int, body bytea, said text)")
        conn.execute("INSERT INTO notes VALUES (1, %s, 'plain')", [b"bytes"])
        conn.commit()
        assert canaries_in(fresh_database) == []
        conn.execute("INSERT INTO notes VALUES (2, NULL, %s)", [canary("notes")])
        conn.commit()
        assert canaries_in(fresh_database) == ["table notes: as it is"]
        conn.execute("DROP TABLE notes")
