"""How much is measured: all of it, or as much as five minutes hold."""

from typing import NamedTuple

from bench.kafka_load import TEN_KILOBYTES, Load


class Scale(NamedTuple):
    """`main_seconds`, `whole_seconds`: when no further round, and nothing more, is begun; what is left out is said."""

    quick: bool
    main: Load
    crowd: Load
    #: The peers, for whom a tenant is a field like any other.
    small_crowd: Load
    large: Load
    pair: Load
    rounds: int
    main_seconds: float
    whole_seconds: float
    #: Seconds of load at each rate.
    latency_seconds: dict[int, float]
    waiting: int
    flat_seconds: float


FULL = Scale(
    quick=False,
    main=Load(300_000),
    crowd=Load(300_000, tenants=1_000),
    small_crowd=Load(60_000, tenants=1_000),
    large=Load(30_000, TEN_KILOBYTES),
    pair=Load(100_000),
    rounds=3,
    main_seconds=13 * 60.0,
    whole_seconds=24 * 60.0,
    latency_seconds={50: 25.0, 1_000: 15.0},
    waiting=1_000_000,
    flat_seconds=600.0,
)
QUICK = Scale(
    quick=True,
    main=Load(100_000),
    crowd=Load(100_000, tenants=1_000),
    small_crowd=Load(20_000, tenants=1_000),
    large=Load(5_000, TEN_KILOBYTES),
    pair=Load(50_000),
    rounds=2,
    main_seconds=110.0,
    whole_seconds=230.0,
    latency_seconds={50: 8.0, 1_000: 6.0},
    waiting=200_000,
    flat_seconds=60.0,
)
