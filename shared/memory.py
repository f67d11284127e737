"""How seldom a process that works in batches looks for garbage."""

import gc
from typing import Final

_NEW_OBJECTS: Final = 500_000


def settle_memory() -> None:
    """What was loaded so far lives as long as the process: never look at it again for garbage, and seldom at the rest.

    A batch keeps some hundred thousand objects alive until it is done, and few of them in cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
