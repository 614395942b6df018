"""What `docs/performance.md` says whatever the figures are."""

HEAD = """
# Performance

Written by `make bench` from what it saw, and not by hand: do not edit.{form}

Seen on {cores} cores ({cpu}), {memory_gib} GiB of memory, Linux {kernel}, Python {python}. The broker, the worker
that is measured and whoever measures share these cores: figures of different machines, or of different days, are not
to be compared; ratios within one run are.
"""

METHOD = """
## How it was measured

One real Apache Kafka broker of our own, one node, a record acknowledged when it is in its log (Kafka's default: not
synced one by one); two partitions, no compression. The same CRM records for all: a contact with its account,
opportunity and owner, 22 fields, of which 9 may leave.

- **Écluse** is the carrier of a Kafka worker with everything on: it reads sealed events, opens them, decides (both
  gates), seals decision and command, and writes them and its position in one transaction. The keys are in a real
  database. What a worker does besides, before and after, is not in it.
- **The peers** have the smaller job that one would write by hand: parse with orjson, pick nine fields by name, bring
  two telephone numbers into E.164, build the dialer's record, dump. No second gate, no decision kept, no encryption.
  Their own batching is set for speed, they look for garbage as seldom as Écluse does, and where a library lets go of
  its guarantee by default, it may.
- **Kafka Connect** parses the same JSON and applies Flatten, ReplaceField and MaskField. Its sink is a file that
  keeps nothing: with its own jars there is no honest way from topic to topic (MirrorMaker hands on bytes, which no
  transform of Connect's can parse), so it is spared the writing of a result. Its heap is fixed, and its collector the
  one that is made for throughput.

The topic is full before the worker starts. The clock and the CPU count from the moment its first record is taken up
to the last record that can be read by a consumer of committed records; start-up is not counted. Of Kafka Connect,
where that moment cannot be seen, the first quarter is left out, in which a JVM warms up. CPU is user and system time
of the worker's processes, from the kernel. A figure counts only if every record came out, and none twice; of each
contender's results the first hundred records are compared with what they have to be (Kafka Connect's are only
counted). Contenders take turns, round by round, and the median is shown. Two workers meet at an empty topic, and are
frozen while it fills, so that both begin at once. With 1,000 tenants, no two events of one tenant stand together:
what costs Écluse most.
"""

LIMITS = """
## What this does not say

- It is one stage of the way. Reading a CRM, keeping decisions in PostgreSQL and delivering to a dialer come before
  and after, and a dialer's own pace is nearly always the slowest of all.
- One broker on the same machine has no network and no replicas: latency and throughput of a cluster are others.
- The peers do more than this job shows of them: windows, joins, state. Nothing here says that they do that slowly.
- The projection of the peers is ours. It is in `bench/peers/`, a file each, with every setting: better ones are
  welcome.
"""

RUN_IT = """
## Run it

```bash
make bench                        # all of it, about twenty-five minutes; writes this page
make bench QUICK=1                # under five minutes, once the peers are installed; writes no page
make bench JSON=figures.json      # the figures as JSON as well
make bench ONLY=memory            # memory under ten minutes of load; adds to this page
make bench ONLY=core              # or ONLY=embedded, ONLY=kafka
```

The first time it installs each peer into an environment of its own, from locks with hashes, and fetches Kafka from
Maven Central (Java 17 and Maven come from the system's packages). A peer that cannot be installed is named above with
the reason.
"""
