"""Appends until it is killed, over and over: `python -m tests.store.appender URL CYCLES SEED`.

The process forks a child for each cycle. The child opens the database, appends through the writer,
and says each key once it was acknowledged; after a random number of them it is killed. Prints all
acknowledged keys as JSON.
"""

import json
import os
import random
import signal
import sys
import threading
from functools import partial
from typing import NoReturn

from mapping.words import Origin, Side
from store import events
from store.database import Database
from store.events import NewEvent
from tests.store.stories import KEK, LINK, TENANT

THREADS = 3


def append_until_killed(url: str, cycle: int, says: int) -> NoReturn:
    database = Database.open(url, kek=KEK)

    def append(name: int) -> None:
        number = 0
        while True:
            key = f"{cycle}-{name}-{number}"
            new = NewEvent(key, Side.CRM, "crm.contact.changed", "contact/1", Origin.LIVE, os.urandom(200))
            database.writer.write_now(
                partial(events.append, keys=database.keys, tenant=TENANT, link=LINK, events=[new])
            )
            os.write(says, f"{key}\n".encode())
            number += 1

    threads = [threading.Thread(target=append, args=(name,), daemon=True) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    while True:
        signal.pause()


def one_life(url: str, cycle: int, lines: int) -> list[str]:
    """Keys acknowledged by a child that is killed after so many of them."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        append_until_killed(url, cycle, says)
    os.close(says)
    heard = b""
    while heard.count(b"\n") < lines:
        heard += os.read(hears, 4096)
    os.kill(child, signal.SIGKILL)
    while more := os.read(hears, 65536):
        heard += more
    os.close(hears)
    os.waitpid(child, 0)
    return heard.decode().split()


def main() -> None:
    url, cycles, chance = sys.argv[1], int(sys.argv[2]), random.Random(int(sys.argv[3]))
    acknowledged = [key for cycle in range(cycles) for key in one_life(url, cycle, chance.randint(1, 25))]
    sys.stdout.write(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
