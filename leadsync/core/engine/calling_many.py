"""Many requests that one HTTP request carries: each is a call of its own, with its own answer."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.calling import EQUAL_FAILED, SENDS_OF_A_LOST_CALL, Caller, is_kept
from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.outcomes import Unknown
from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.unanswered import what_broke

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from leadsync.core.engine.enricher import Answers, CallRequest
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.engine.payer import Payer
    from leadsync.core.engine.turns import Turns
    from leadsync.core.models import Call

    SendMany = Callable[[Sequence[int]], Awaitable[Answers]]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Open:
    """A request that waits for its answer.

    Attributes:
        place: among the requests that were given.
        answer: who waits for it, other batches among them.
    """

    place: int
    lead_ids: tuple[int, ...]
    request: CallRequest
    key: str
    answer: asyncio.Future[Answer]


class ManyCaller(Caller):
    """A caller that sends several requests as one, too."""

    async def call_each(
        self,
        payer: Payer,
        lead_ids: Sequence[int],
        requests: Sequence[CallRequest],
        send: SendMany,
    ) -> list[Answer | Outcome]:
        """The answer to each request, or what came of it; see `enricher.Context.call_each`.

        Args:
            payer: who pays, and says whether anything may be sent.
            lead_ids: whom each request is about.
            requests: of one provider and one limit, all cacheable.
            send: sends those at these places as one.
        """
        payer.check()
        keys = [request_hash(request) for request in requests]
        shared = {key: self._shared[key] for key in keys if key in self._shared}
        mine = self._open_each(lead_ids, requests, keys)
        try:
            waiting = await self._find_each(mine)
            await self._send_all(payer, waiting, send)
        except CallFailed as failure:
            _fail(mine, failure)
        finally:
            _fail(mine, CallFailed(EQUAL_FAILED))
            for item in mine:
                del self._shared[item.key]
        own = {item.place for item in mine}
        futures = shared | {item.key: item.answer for item in mine}
        return [await _seen(futures[key], is_own=place in own) for place, key in enumerate(keys)]

    def _open_each(
        self, lead_ids: Sequence[int], requests: Sequence[CallRequest], keys: Sequence[str]
    ) -> list[_Open]:
        """The requests that nobody waits for yet, equal ones once; from now on others share them."""
        leads: dict[str, list[int]] = {}
        for lead_id, key in zip(lead_ids, keys, strict=True):
            leads.setdefault(key, []).append(lead_id)
        mine: list[_Open] = []
        for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
            assert request.is_cacheable, "what is sent together can serve equal requests"
            if key in self._shared:
                continue
            future = self._shared[key] = asyncio.get_running_loop().create_future()
            mine.append(_Open(place, tuple(leads[key]), request, key, future))
        return mine

    async def _find_each(self, items: Sequence[_Open]) -> list[_Open]:
        """Answer from the cache what it knows; those that are left."""
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(self._find(item.request, item.key)) for item in items]
        for item, look in zip(items, looks, strict=True):
            if (answer := look.result()) is not None:
                item.answer.set_result(answer)
        return [item for item in items if not item.answer.done()]

    async def _send_all(self, payer: Payer, items: Sequence[_Open], send: SendMany) -> None:
        """Send as many at once as there is money for, until all have their answers."""
        rest = list(items)
        while rest:
            is_repeatable = all(item.request.is_repeatable for item in rest)
            sends = SENDS_OF_A_LOST_CALL if is_repeatable else 1
            for number in range(1, sends + 1):
                part, words = await self._send_part(payer, rest, send)
                if not words:
                    break
                if number < sends:
                    await asyncio.sleep(self._pace.backoff.wait_s(number, self._pace.chance))
                    continue
                times = "twice" if sends > 1 else "once"
                detail = f"sent {times} without an answer, maybe billed ({words})"
                _fail(part, CallFailed(Unknown(detail)))
            rest = [item for item in rest if not item.answer.done()]

    async def _send_part(
        self, payer: Payer, items: Sequence[_Open], send: SendMany
    ) -> tuple[Sequence[_Open], str]:
        """Those that were sent together; and where no answer came, what broke.

        Raises:
            CallFailed: nothing was sent.
        """
        request = items[0].request
        turns = self.lines.turns_of(payer, request)
        async with (
            self.lines.limiter_of(request).slot(payer.check) as slot,
            self.lines.place_of(request),
        ):
            part = await _afford(payer, items)
            calls, moment = await self._opened_each(payer, part, turns)
            sent_at = 0.0
            try:
                await turns.begin(moment, payer.check)
                sent_at = self._pace.now()
                self.in_flight |= {c.id: i.request.max_usd_micros for i, c in calls}
                answers = await send([item.place for item in part])
            except CallFailed:
                for item, call in calls:
                    await self._unanswered.give_up(
                        payer, call, item.request, "stopped before it was sent", was_sent=False
                    )
                raise
            except asyncio.CancelledError:
                for item, call in calls:
                    self._unanswered.leave(payer, call, item.request, was_sent=sent_at > 0)
                raise
            except Exception as error:  # noqa: BLE001 - whatever broke, the journal has to say so
                slot.failed(what_broke(error))
                return part, await self._broken_each(payer, calls, error)
            finally:
                for _, call in calls:
                    self.in_flight.pop(call.id, None)
            whole = answers.whole
            slot.heard(whole.status, whole.headers, is_paced=turns.is_paced)
            await self._settle_each(payer, calls, answers.parts)
            await self._heed(turns, request.provider, whole, sent_at)
        return part, ""

    async def _opened_each(
        self, payer: Payer, items: Sequence[_Open], turns: Turns
    ) -> tuple[list[tuple[_Open, Call]], float]:
        """The calls as the journal has them, written at once; and when they are to be sent."""
        try:
            moment = await turns.take(payer.check)
            async with asyncio.TaskGroup() as group:
                opened = [
                    group.create_task(
                        self._journal.open(
                            item.request, item.lead_ids, item.key, column_id=payer.column_id
                        )
                    )
                    for item in items
                ]
        except (asyncio.CancelledError, CallFailed):
            for item in items:
                payer.purse.at(item.request.provider).settle(item.request.max_usd_micros, 0)
            raise
        return [(i, task.result()) for i, task in zip(items, opened, strict=True)], moment

    async def _broken_each(
        self, payer: Payer, calls: Sequence[tuple[_Open, Call]], error: Exception
    ) -> str:
        """Write down for each call that the connection broke; what broke."""
        words, failure = "", None
        for item, call in calls:
            try:
                words = await self._unanswered.broken(payer, call, item.request, error)
            except Exception as raised:  # noqa: BLE001 - of all the same, and the others are to be written down
                failure = raised
        if failure is not None:
            raise failure
        return words

    async def _settle_each(
        self, payer: Payer, calls: Sequence[tuple[_Open, Call]], parts: Sequence[Answer]
    ) -> None:
        """Write down each call's own answer and cost, and hand it to those who wait."""
        async with asyncio.TaskGroup() as group:
            for (item, call), answer in zip(calls, parts, strict=True):
                payer.purse.at(item.request.provider).settle(
                    item.request.max_usd_micros, answer.cost_usd_micros
                )
                self._tally.count_answer(answer)
                saved = self._journal.answer(call, answer, may_reuse=is_kept(answer))
                group.create_task(saved)
        for (item, call), answer in zip(calls, parts, strict=True):
            item.answer.set_result(dataclasses.replace(answer, call_id=call.id))


async def _afford(payer: Payer, items: Sequence[_Open]) -> Sequence[_Open]:
    """As many of the first ones as there is money for; it is reserved.

    Raises:
        CallFailed: there is none for the first.
    """
    number = len(items)
    while True:
        part = items[:number]
        prices = [item.request.max_usd_micros for item in part]
        known = [price for price in prices if price is not None]
        most = sum(known) if len(known) == len(prices) else None
        try:
            first = part[0].request
            await payer.purse.at(first.provider).reserve(first, most, payer.check)
        except CallFailed:
            if number == 1:
                raise
            number //= 2
        else:
            return part


def _fail(items: Sequence[_Open], failure: CallFailed) -> None:
    """Tell those who wait for an answer that is not there that none comes."""
    for item in items:
        if not item.answer.done():
            item.answer.set_exception(failure)
            item.answer.exception()  # perhaps nobody waits for it


async def _seen(answer: asyncio.Future[Answer], *, is_own: bool) -> Answer | Outcome:
    try:
        found = await asyncio.shield(answer)
    except CallFailed as failure:
        return failure.outcome
    if is_own:
        return found
    return dataclasses.replace(found, from_cache=True, units={}, cost_usd_micros=0)
