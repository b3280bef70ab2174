"""The cap of one server for AI clients: it holds over all runs that are started through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.assistant.reading import is_over
from leadsync.core.engine.journal import most_of
from leadsync.core.engine.results import get_run
from leadsync.core.errors import AccessError, HeldError
from leadsync.core.money import show_usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.workspace import Workspace

READS_ONLY = "this server only reads: it was started without --max-cost"


class Allowance:
    """What may be spent while a server lives. Not for several threads at once."""

    def __init__(self, workspace: Workspace, max_usd_micros: int | None) -> None:
        """Take the cap; None: nothing may be run."""
        self._workspace = workspace
        self._most = max_usd_micros
        self._run_ids: list[int] = []

    @property
    def most(self) -> int:
        """The cap.

        Raises:
            AccessError: there is none, so nothing may be run.
        """
        if self._most is None:
            raise AccessError(
                READS_ONLY, next_step="whoever started it may allow runs: leadsync mcp --max-cost 2"
            )
        return self._most

    @property
    def left(self) -> int:
        """What may still be set aside for a run, in millionths of a dollar.

        Raises:
            AccessError: nothing may be run.
        """
        return max(0, self.most - sum(map(self._charge, self._run_ids)))

    def check(self, max_usd_micros: int | None) -> None:
        """Refuse a run that costs, where nothing is left.

        Raises:
            HeldError: says what took the rest.
        """
        if not self.left and max_usd_micros != 0:
            raise HeldError(
                f"nothing is left of the {show_usd(self.most)} that this server may spend"
                f"{''.join(self._kept())}",
                next_step="ask for a server with a higher --max-cost",
            )

    def charge(self, run_id: int) -> None:
        """Count a run from now on: with its cap until it is over, then with what it has cost."""
        self._run_ids.append(run_id)

    def _kept(self) -> Iterator[str]:
        """What each run that is not over keeps, and who ends it."""
        for run_id in self._run_ids:
            run = get_run(self._workspace, run_id)
            if not is_over(self._workspace, run):
                yield (
                    f"; run {run_id} is {run.state} with cells left and keeps its cap of"
                    f" {show_usd(int(run.caps.get('usdMicros') or 0))} until its rest is done, by a"
                    f" person: leadsync runs resume {run_id}"
                )

    def _charge(self, run_id: int) -> int:
        run = get_run(self._workspace, run_id)
        paid, lost = self._workspace.store.spending(run_id)
        spent = paid + sum(map(most_of, lost))
        if is_over(self._workspace, run):
            return spent
        return max(spent, int(run.caps.get("usdMicros") or 0))
