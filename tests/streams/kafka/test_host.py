"""What of the worker is Faust's."""

from mode import Service

from streams.kafka.host import Host, host
from streams.kafka.settings import Broker


def test_a_worker_that_comes_back_does_not_wait_for_the_one_that_was_killed() -> None:
    """It would, as a member of the same group: until the dead one's session ends, which is a minute with Faust."""
    before, after = (_host() for _ in range(2))
    assert before.conf.id != after.conf.id
    assert before.conf.id.startswith("nord.worker.one.")


def _host() -> Host:
    async def nothing() -> None:
        return

    return host(Broker("localhost:1", prefix="nord", worker="one"), Service(), (), (), nothing)
