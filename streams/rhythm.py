"""How often the interpreter looks for garbage: batches of tuples hold no cycles, and looking through them costs."""

import gc
from typing import Final

#: Containers made before the young are looked through, young collections before the middle, and those before the old.
THRESHOLDS: Final = (50_000, 20, 50)


def collect_seldom() -> None:
    """For a process that decides: measured, a fifth of its time. What was loaded by now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
