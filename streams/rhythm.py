"""The interpreter's own pace, for a process that decides: how seldom it looks for garbage."""

import gc
from typing import Final

#: Containers made before the young are looked through, young collections before the middle, and those before the old.
#: Batches of tuples hold no cycles, and looking through them took a fifth of the time.
COLLECTING: Final = (50_000, 20, 50)


def keep_pace() -> None:
    """Set it, once all is loaded: what is there by then is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)
