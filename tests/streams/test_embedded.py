"""What only the embedded runtime promises. What both do is in `conformance/`.

A lease kept from one drain to the next is its alone: a process that is the only one need not give its links
back in between. A Kafka worker leaves its groups after a drain, and its links with them.
"""

from tests.streams.world import LINK, World


async def test_a_second_runtime_waits_for_the_lease(world: World) -> None:
    world.prospects(1)
    first, second = world.runtime(), world.runtime()
    assert await first.workers[LINK].hold()
    assert not await second.workers[LINK].hold()
    await first.drain()
    await first.workers[LINK].release()
    assert await second.workers[LINK].hold()
