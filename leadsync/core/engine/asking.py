"""Asking an enricher: what it raises ends the jobs that it was asked about."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Held, HeldWhy, Invalid
from leadsync.core.errors import AccessError, InputError
from leadsync.core.templates import BlankInput

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from leadsync.core.engine.outcomes import Outcome

logger = logging.getLogger(__name__)


class Asked(Protocol):
    """Jobs that outcomes are due for."""

    def end(self, outcome: Outcome) -> None:
        """Give this outcome to every job that has none."""
        ...

    def skip_rest(self, blank_field: str) -> None:
        """Leave every job that has no outcome unasked."""
        ...


async def ask(asking: Awaitable[None], asked: Asked, who: str) -> None:
    """Await what a kind does about its jobs; each has an outcome afterwards.

    Args:
        asking: `Enricher.run` or `LateAnswers.poll`.
        asked: its jobs.
        who: what the log calls it.
    """
    try:
        await asking
    except CallFailed as failure:
        asked.end(failure.outcome)
    except BlankInput as blank:
        asked.skip_rest(blank.field)
    except AccessError as error:
        words = [error.message, *([error.next_step] if error.next_step else [])]
        asked.end(Held(HeldWhy.AUTH, "; ".join(words)))
    except InputError as error:
        asked.end(Invalid(error.message))
    except Exception as error:
        logger.exception("%s broke", who)
        asked.end(Invalid(f"the enricher broke ({type(error).__name__}); the log says more"))
    asked.end(Invalid("the enricher handed in no outcome"))
