"""The way of a request: cache, place in flight, budget, journal, sending, and what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.journal import body_of, is_fresh
from leadsync.core.engine.limiter import LONGEST_PAUSE_S, pause_asked
from leadsync.core.engine.outcomes import Retry, RetryWhy, Unknown
from leadsync.core.engine.rate_headers import named_limit
from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.unanswered import Unanswered, is_of_connection, unreached, what_broke
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.journal import Journal
    from leadsync.core.engine.limiter import Slot
    from leadsync.core.engine.outcomes import Json
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.payer import Payer
    from leadsync.core.engine.provider_lines import ProviderLines
    from leadsync.core.engine.tally import Tally
    from leadsync.core.engine.turns import Turns
    from leadsync.core.models import Call

    Send = Callable[[], Awaitable[Answer]]

SENDS_OF_A_LOST_CALL = 2
EQUAL_FAILED = Retry(RetryWhy.TRANSIENT, "an equal request came to nothing")


class Caller:
    """Sends the requests of one run. What all its columns share is here.

    Attributes:
        in_flight: what each request that waits for its answer may cost at most.
        memory: facts about providers that enrichers remember.
        objects: what all batches of an enricher share.
        lines: what the requests to each provider share.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        tally: Tally,
        pace: Pace,
        lines: ProviderLines,
        only_own_answers_of: int | None = None,
    ) -> None:
        """Begin with no provider known.

        `only_own_answers_of` is a run that no answers of other runs may serve.
        """
        self._only_run = only_own_answers_of
        self.in_flight: dict[int, int | None] = {}
        self.memory: dict[str, Json] = {}
        self.objects: dict[str, object] = {}
        self.lines = lines
        self._journal = journal
        self._unanswered = Unanswered(journal)
        self._tally = tally
        self._pace = pace
        self._shared: dict[str, asyncio.Future[Answer]] = {}
        self._unmarked = itertools.count(-1, -1)

    async def call(
        self, payer: Payer, lead_ids: Sequence[int], request: CallRequest, send: Send
    ) -> Answer:
        """The answer to a request; see `enricher.Context.call`.

        Args:
            payer: who pays, and says whether anything may be sent.
            lead_ids: whom it is about.
            request: what is to be sent.
            send: sends it.
        """
        payer.check()
        key = request_hash(request)
        if not request.is_cacheable:
            return await self._send(payer, lead_ids, request, send, key)
        if key in self._shared:
            answer = await asyncio.shield(self._shared[key])
            return dataclasses.replace(answer, from_cache=True, units={}, cost_usd_micros=0)
        shared = self._shared[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._find(request, key) or await self._send(
                payer, lead_ids, request, send, key
            )
        except BaseException as error:
            is_answer = isinstance(error, CallFailed)
            shared.set_exception(error if is_answer else CallFailed(EQUAL_FAILED))
            shared.exception()  # perhaps nobody shares it
            raise
        finally:
            del self._shared[key]
        shared.set_result(answer)
        return answer

    async def known(self, request: CallRequest) -> Answer | None:
        """The answer that the cache has for a request."""
        is_cacheable = request.is_cacheable
        return await self._find(request, request_hash(request)) if is_cacheable else None

    async def received(self, request: CallRequest) -> Answer | None:
        """What came in by itself for a request, as the journal has it."""
        found = await self._journal.find(request_hash(request))
        return found and Answer(200, body_of(found), cost_usd_micros=0, call_id=found.id)

    async def _find(self, request: CallRequest, key: str) -> Answer | None:
        found = await self._journal.find(key)
        if found is None or found.status is None:
            return None
        if self._only_run is not None and found.run_id != self._only_run:
            return None
        if not is_fresh(found, request.max_age_s, self._pace.now()):
            return None
        return Answer(
            found.status, body_of(found), cost_usd_micros=0, call_id=found.id, from_cache=True
        )

    async def _send(
        self, payer: Payer, lead_ids: Sequence[int], request: CallRequest, send: Send, key: str
    ) -> Answer:
        if request.is_harmless:
            return await self._ask(payer, lead_ids, request, send, key)
        sends = SENDS_OF_A_LOST_CALL if request.is_repeatable else 1
        words = ""
        for number in range(1, sends + 1):
            found = await self._send_once(payer, lead_ids, request, send, key)
            if isinstance(found, Answer):
                return found
            words = found
            if number < sends:
                await asyncio.sleep(self._pace.backoff.wait_s(number, self._pace.chance))
        times = "twice" if sends > 1 else "once"
        raise CallFailed(Unknown(f"sent {times} without an answer, maybe billed ({words})"))

    async def _ask(
        self, payer: Payer, lead_ids: Sequence[int], request: CallRequest, send: Send, key: str
    ) -> Answer:
        """The answer to a request that needs no mark before it is sent."""
        turns = self.lines.turns_of(payer, request)
        async with self.lines.limiter_of(request).slot(payer.check) as slot:
            await turns.begin(await turns.take(payer.check), payer.check)
            began, sent_at = now_iso(), self._pace.now()
            number = next(self._unmarked)  # no id of a call
            self.in_flight[number] = 0
            try:
                async with self.lines.place_of(request):
                    answer = await send()
            except Exception as error:
                slot.failed(what_broke(error))
                if is_of_connection(error):
                    raise CallFailed(unreached(request, error)) from error
                raise
            finally:
                del self.in_flight[number]
            slot.heard(answer.status, answer.headers, is_paced=turns.is_paced)
        self._tally.count_answer(answer)
        may_reuse = request.is_cacheable and is_kept(answer)
        call = self._journal.new_call(
            request, lead_ids, key, column_id=payer.column_id, started_at=began
        )
        call_id = await self._journal.note(call, answer, may_reuse=may_reuse)
        await self._heed(turns, request.provider, answer, sent_at)
        return dataclasses.replace(answer, call_id=call_id)

    async def _heed(self, turns: Turns, provider: str, answer: Answer, sent_at: float) -> None:
        """Do what an answer says about the pace."""
        pause_s = pause_asked(answer.status, answer.headers, self._pace.now())
        named = named_limit(provider, answer.headers)
        await turns.heard(answer.status, min(pause_s, LONGEST_PAUSE_S), sent_at, named)

    async def _send_once(
        self, payer: Payer, lead_ids: Sequence[int], request: CallRequest, send: Send, key: str
    ) -> Answer | str:
        """The answer; or, where the request was sent and none came, what broke."""
        turns = self.lines.turns_of(payer, request)
        async with self.lines.limiter_of(request).slot(payer.check) as slot:
            purse = payer.purse.at(request.provider)
            await purse.reserve(request, request.max_usd_micros, payer.check)
            call, moment = await self._opened(payer, lead_ids, request, key, turns)
            async with self._place(payer, call, request):
                found = await self._awaited(payer, call, request, send, turns, moment, slot)
                if isinstance(found, str):
                    return found
                answer, sent_at = found
                slot.heard(answer.status, answer.headers, is_paced=turns.is_paced)
                answer = await self._written(payer, call, request, answer)
                # In its place: whoever gets that next has to see what this answer means.
                await self._heed(turns, request.provider, answer, sent_at)
        return answer

    async def _awaited(
        self,
        payer: Payer,
        call: Call,
        request: CallRequest,
        send: Send,
        turns: Turns,
        moment: float,
        slot: Slot,
    ) -> tuple[Answer, float] | str:
        """The answer to a request that has its mark, and when it left; or what broke."""
        sent_at = 0.0
        try:
            await turns.begin(moment, payer.check)  # a stop may have come meanwhile
            sent_at = self._pace.now()
            self.in_flight[call.id] = request.max_usd_micros
            return await send(), sent_at
        except CallFailed:
            await self._unanswered.give_up(
                payer, call, request, "stopped before it was sent", was_sent=False
            )
            raise
        except asyncio.CancelledError:
            self._unanswered.leave(payer, call, request, was_sent=sent_at > 0)
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the journal has to say so
            slot.failed(what_broke(error))
            return await self._unanswered.broken(payer, call, request, error)
        finally:
            self.in_flight.pop(call.id, None)

    async def _written(
        self, payer: Payer, call: Call, request: CallRequest, answer: Answer
    ) -> Answer:
        """The answer, once it is paid for and written down."""
        payer.purse.at(request.provider).settle(request.max_usd_micros, answer.cost_usd_micros)
        self._tally.count_answer(answer)
        is_reusable = request.is_cacheable and is_kept(answer)
        await self._journal.answer(call, answer, may_reuse=is_reusable)
        return dataclasses.replace(answer, call_id=call.id)

    @contextlib.asynccontextmanager
    async def _place(self, payer: Payer, call: Call, request: CallRequest) -> AsyncGenerator[None]:
        """A place in flight, until the answer is written down: a crash loses no more answers."""
        place = self.lines.place_of(request)
        try:
            await place.acquire()
        except asyncio.CancelledError:
            self._unanswered.leave(payer, call, request, was_sent=False)
            raise
        try:
            yield
        finally:
            place.release()

    async def _opened(
        self,
        payer: Payer,
        lead_ids: Sequence[int],
        request: CallRequest,
        key: str,
        turns: Turns,
    ) -> tuple[Call, float]:
        """The call as the journal has it, and the moment at which it is to be sent."""
        try:
            moment = await turns.take(payer.check)
            column_id = payer.column_id
            return await self._journal.open(request, lead_ids, key, column_id=column_id), moment
        except (asyncio.CancelledError, CallFailed):
            payer.purse.at(request.provider).settle(request.max_usd_micros, 0)
            raise


def is_kept(answer: Answer) -> bool:
    """Whether an answer may serve equal requests."""
    return (answer.status < 400 and answer.is_reusable) or answer.is_miss
