"""The interpreter's pace, where it decides: how seldom it looks for garbage, how soon threads take turns."""

import gc
import sys
from typing import Final

#: Containers made before the young are looked through, young collections before the middle, and those before the old.
#: Batches of tuples hold no cycles, and looking through them took a fifth of the time.
COLLECTING: Final = (50_000, 20, 50)
#: The writer lets go of the interpreter for each statement; with Python's 5 ms it then waited longer than it wrote.
SWITCH_SECONDS: Final = 0.0001


def keep_pace() -> None:
    """Set it, once all is loaded: what is there by then is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    sys.setswitchinterval(SWITCH_SECONDS)
