"""Settings of Python's interpreter that suit a run, while it goes on."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

COLLECTIONS = (100_000, 20, 100)
"""Objects made before cycles among the new ones are looked for; how often before older ones are.

A run makes millions of small objects and hardly any cycle. With the usual (700, 10, 10) the search
took 18 % of the processor in a run of free look-ups; with (10,000, 10, 10) it took 14 % of one of
100,000, now 3 %, and the process grew no larger.
"""
SWITCH_S = 0.002
"""How long one thread may keep the interpreter that another waits for, instead of 5 ms.

The store's thread gives it away with each statement and had to wait so long to get it back: a write
that takes 2 ms took 12, and all requests waited for it. With 0.5 ms 100,000 look-ups took 1 s more.
"""


@contextlib.contextmanager
def suited_to_runs() -> Generator[None]:
    """Collect garbage less often, change threads more often; afterwards as before."""
    thresholds, switch_s = gc.get_threshold(), sys.getswitchinterval()
    if thresholds[0]:  # nobody switched it off
        gc.set_threshold(*map(max, thresholds, COLLECTIONS))
    sys.setswitchinterval(min(switch_s, SWITCH_S))
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(switch_s)
