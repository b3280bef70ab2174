"""What keeps a run from going on for a moment: causes, each with when the next try is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CAUSES_TOLD = 3
"""More causes at a time are not told; the end of a run tells all."""


class HoldUps:
    """Remembers why cells are asked again later."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin with none; `now` is the clock of the run."""
        self._now = now
        self._next_tries: dict[str, float] = {}

    def note(self, cause: str, next_try: float) -> None:
        """A cell is asked again at that moment, because of this."""
        self._forget_past()
        self._next_tries[cause] = min(next_try, self._next_tries.get(cause, next_try))

    def tell(self, pauses: Iterable[tuple[str, float]]) -> tuple[str, ...]:
        """A few words on each cause; where there is none, on pauses of providers."""
        self._forget_past()
        causes = list(self._next_tries.items()) or list(pauses)
        return tuple(
            f"{cause}, next try in {max(1, round(moment - self._now())):,} s"
            for cause, moment in causes[:CAUSES_TOLD]
        )

    def _forget_past(self) -> None:
        now = self._now()
        self._next_tries = {c: moment for c, moment in self._next_tries.items() if moment > now}
