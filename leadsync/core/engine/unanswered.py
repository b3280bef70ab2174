"""Requests to which no answer came: what the journal says of them, and what they may have cost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeGuard

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.core.errors import AccessError

if TYPE_CHECKING:
    import httpx2

    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.journal import Journal
    from leadsync.core.engine.payer import Payer
    from leadsync.core.models import Call

logger = logging.getLogger(__name__)


class Unanswered:
    """Writes down requests that were given up, and gives back what was not spent."""

    def __init__(self, journal: Journal) -> None:
        """Take the journal of the run."""
        self._journal = journal

    def leave(self, payer: Payer, call: Call, request: CallRequest, *, was_sent: bool) -> None:
        """The run is left at once."""
        if was_sent:
            payer.purse.at(request.provider).lose(request.max_usd_micros)
            self._journal.lose_soon(call, "stopped while its answer was awaited")
        else:
            payer.purse.at(request.provider).settle(request.max_usd_micros, 0)
            self._journal.lose_soon(call, "stopped before it was sent", was_sent=False)

    async def broken(self, payer: Payer, call: Call, request: CallRequest, error: Exception) -> str:
        """Write down a connection that broke after the request was sent; what broke.

        Raises:
            CallFailed: nothing was sent; it may work later.
        """
        from leadsync.core.engine.http_client import was_sent

        if isinstance(error, AccessError):  # a key is missing: that is seen before anything leaves
            await self.give_up(payer, call, request, error.message, was_sent=False)
            raise error
        words = f"{type(error).__name__}: {error}"[:200]
        if not is_of_connection(error):
            await self.give_up(payer, call, request, words, was_sent=True)
            raise error
        if was_sent(error):
            await self.give_up(payer, call, request, words, was_sent=True)
            logger.warning("call %d: no answer: %s", call.id, words)
            return words
        await self.give_up(payer, call, request, words, was_sent=False)
        payer.check()  # a stop is no trouble of the provider
        raise CallFailed(unreached(request, error)) from error

    async def give_up(
        self, payer: Payer, call: Call, request: CallRequest, why: str, *, was_sent: bool
    ) -> None:
        """Write down why no answer is awaited any more."""
        if was_sent:
            payer.purse.at(request.provider).lose(request.max_usd_micros)
        else:
            payer.purse.at(request.provider).settle(request.max_usd_micros, 0)
        await self._journal.lose(call, why, was_sent=was_sent)


def is_of_connection(error: Exception) -> TypeGuard[httpx2.HTTPError]:
    """Whether the connection broke, and not our own code."""
    import httpx2

    return isinstance(error, httpx2.HTTPError)


def unreached(request: CallRequest, error: Exception) -> Retry:
    """The outcome where nothing was sent."""
    return Retry(RetryWhy.TRANSIENT, f"{request.provider} cannot be reached: {what_broke(error)}")


def what_broke(error: Exception) -> str:
    """What kind of trouble a connection had, and with which host: no path, which may hold a key."""
    kind = type(error).__name__
    if not is_of_connection(error):
        return kind
    try:
        url = error.request.url
    except RuntimeError:  # it broke before there was a request
        return kind
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return f"{kind} at {url.host}:{port}"
