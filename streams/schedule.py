"""When a command is tried again: patient, polite, and in the end given up.

Pure: chance comes in as an argument, and what comes out is a number of seconds, or None when it is
time to park the command and let a person look.
"""

import math

STEPS_SECONDS = (2, 10, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)
TAIL_SECONDS = 28_800
HORIZON_SECONDS = 72 * 3_600
RETRY_AFTER_CAP_SECONDS = 24 * 3_600
FLOOR_SECONDS = 1.0

#: How many waits fit before the horizon: the steps, and then every eight hours.
WAITS = len(STEPS_SECONDS) + (HORIZON_SECONDS - sum(STEPS_SECONDS)) // TAIL_SECONDS
#: An answer that nobody could read is not asked for again in two seconds: it starts at ten minutes.
SLOW_START = STEPS_SECONDS.index(600)


def step(attempts: int) -> int | None:
    """The longest wait after so many attempts, or None when they are used up."""
    if attempts < 1:
        return STEPS_SECONDS[0]
    if attempts > WAITS:
        return None
    return STEPS_SECONDS[attempts - 1] if attempts <= len(STEPS_SECONDS) else TAIL_SECONDS


def polite(retry_after: float) -> float:
    """What the other side asked for: never negative, never beyond a day, never nonsense."""
    if math.isnan(retry_after):
        return 0.0
    return min(max(retry_after, 0.0), float(RETRY_AFTER_CAP_SECONDS))


def wait(attempts: int, *, chance: float, retry_after: float = 0.0) -> float | None:
    """Seconds to wait after `attempts` failures: full jitter, which `retry_after` may only lengthen.

    `chance` is drawn from [0, 1) by the caller.
    """
    longest = step(attempts)
    if longest is None:
        return None
    return max(FLOOR_SECONDS, longest * chance, polite(retry_after))


def wait_slowly(attempts: int, *, chance: float) -> float | None:
    """The same for an answer that could not be read: few attempts, far apart."""
    return wait(attempts + SLOW_START, chance=chance)
