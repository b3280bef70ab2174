"""The driver of a run: from the queue to settled cells, until it is done, held or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace


class Driver:
    """Drives one run that this process holds."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        *,
        stop: StopSignal,
        on_event: Callable[[Event], None],
        pace: Pace,
    ) -> None:
        """Take a run that this process holds."""
        self._parts = (workspace, run, stop, on_event, pace)

    async def drive(self) -> RunResult:
        """Do the rest of the run."""
        raise NotImplementedError
