"""When a poller asks its CRM again."""

from dataclasses import replace

from connectors.faults import Transient
from streams.embedded import EmbeddedRuntime
from streams.metrics import Operation
from tests.streams.world import LINK, World


async def test_who_could_not_even_ask_waits_no_longer_for_it(sqlite_world: World) -> None:
    """A link that changes hands while its connection is left alone is polled at each change, and asks nobody."""
    world = sqlite_world
    world.prospects(1)
    gear = replace(world.gear(), chance=lambda: 0.999)
    runtime = EmbeddedRuntime([world.link()], gear, folder=world.folder)
    worker = runtime.workers[LINK]
    assert await worker.hold()
    assert worker.lease is not None
    breaks = Transient("connection_lost")
    worker.poller.connection.failed(gear.monotonic(), Operation.PULL, 0.0, breaks)
    for _ in range(8):
        assert await worker.poller.turn(worker.lease) == 0
        assert worker.poller.fault is not None
        assert worker.poller.fault.code == "left_alone"
    assert worker.poller.retry_in == worker.link.poll_seconds
    world.later()
    assert await worker.poller.turn(worker.lease) == 1
    await runtime.release(worker)
