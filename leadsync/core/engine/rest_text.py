"""What is left of a run that was held or stopped, and what it may cost, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.plan_text import show_range, show_spent
from leadsync.core.money import show_usd
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Run


def rest_lines(run: Run, left: int) -> Iterator[str]:
    """What resuming a run would do: its cells, their price as its plan knew it, its cap.

    Args:
        run: as the store has it.
        left: its cells that are not settled.
    """
    low, high = price_of_rest(run, left)
    yield f"{plural(left, 'cell')} left of {run.planned:,}"
    yield f"  they cost {show_range(low, high)}, by the prices of its plan"
    cap: int | None = run.caps.get("usdMicros")
    spent = show_spent(run)
    if cap is None:
        yield f"  no cap; {spent} spent so far"
    else:
        yield f"  cap {show_usd(cap)} for all of the run; {spent} of it spent so far"


def price_of_rest(run: Run, left: int) -> tuple[int, int | None]:
    """The least and the most that the rest costs: its share of what the plan found.

    The most is that of cells none of which the cache serves: as many as were to be asked.
    """
    low: int = run.estimate.get("minUsdMicros", 0)
    high: int | None = run.estimate.get("maxUsdMicros")
    cells: int = max(1, run.planned)
    to_ask: int = max(1, run.estimate.get("run", cells))
    most = None if high is None else -(-high * min(left, to_ask) // to_ask)
    return low * left // cells, most
