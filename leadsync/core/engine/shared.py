"""What all lanes of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.config import Config
    from leadsync.core.engine.calling_many import ManyCaller
    from leadsync.core.engine.events import Event
    from leadsync.core.engine.hold_ups import HoldUps
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.settling import Settler
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.redaction import Redactor
    from leadsync.core.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts of a run.

    Attributes:
        width: requests that may be in flight at once.
        waits: the run goes on while late answers are missing.
        collects_only: only late answers are fetched; nothing new is asked.
        follows: late answers may lead to further questions about their leads.
    """

    run_id: int
    holder: str
    width: int
    store: Store
    config: Config
    thread: StoreThread
    caller: ManyCaller
    settler: Settler
    redactor: Redactor
    pace: Pace
    stop: StopSignal
    hold_ups: HoldUps
    on_event: Callable[[Event], None]
    waits: bool = True
    collects_only: bool = False
    follows: bool = True
