"""The journal of a run's calls: written before they are sent, and when an answer is there."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.store_thread import Gathered
from leadsync.core.models import Call, CallState, now_iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.models import Doc
    from leadsync.core.redaction import Redactor
    from leadsync.core.store.protocol import Store

MAX_KEY = "maxUsdMicros"
"""The unit under which a call that was sent keeps what it may cost at most."""


class Journal:
    """Finds, opens and closes calls; writes of many requests in flight are gathered."""

    def __init__(
        self,
        store: Store,
        thread: StoreThread,
        redactor: Redactor,
        *,
        run_id: int,
        holder: str,
    ) -> None:
        """Take the store and what must not get into it."""
        self._store = store
        self._redactor = redactor
        self._run_id = run_id
        self._holder = holder
        self._find = Gathered[str, Call | None](thread, self._find_many)
        self._open = Gathered[Call, int](thread, store.add_calls)
        self._finish = Gathered[Call, None](thread, self._finish_many)
        self.services = (self._find, self._open, self._finish)

    async def find(self, key: str) -> Call | None:
        """An answered call with that request hash, or None."""
        return await self._find.ask(key)

    async def open(
        self, request: CallRequest, lead_ids: Sequence[int], key: str, *, column_id: int
    ) -> Call:
        """Write down, durably, that a request is about to be sent."""
        call = self.new_call(request, lead_ids, key, column_id=column_id, started_at=now_iso())
        return dataclasses.replace(call, id=await self._open.ask(call))

    def new_call(
        self,
        request: CallRequest,
        lead_ids: Sequence[int],
        key: str,
        *,
        column_id: int,
        started_at: str,
    ) -> Call:
        """A request as it is written down; it has no id yet."""
        most = request.max_usd_micros
        return Call(
            id=0,
            provider=request.provider,
            operation=request.operation,
            request_hash=key,
            state=CallState.SENT,
            started_at=started_at,
            request=self._redactor.json(dict(request.body)),
            units={} if most is None else {MAX_KEY: most},
            lead_ids=tuple(lead_ids),
            run_id=self._run_id,
            column_id=column_id,
            holder=self._holder,
            is_look=request.is_look,
        )

    async def answer(self, call: Call, answer: Answer, *, may_reuse: bool) -> None:
        """Write down what came back."""
        await self._finish.ask(self._answered(call, answer, may_reuse=may_reuse))

    async def note(self, call: Call, answer: Answer, *, may_reuse: bool) -> int:
        """Write down a call together with what came back; its id."""
        return await self._open.ask(self._answered(call, answer, may_reuse=may_reuse))

    def _answered(self, call: Call, answer: Answer, *, may_reuse: bool) -> Call:
        return dataclasses.replace(
            call,
            state=CallState.ANSWERED,
            status=answer.status,
            response={"body": self._redactor.json(answer.body)},
            units=_units_of(call, answer),
            cost_usd_micros=answer.cost_usd_micros,
            finished_at=now_iso(),
            cacheable=may_reuse,
        )

    async def lose(self, call: Call, why: str, *, was_sent: bool) -> None:
        """Write down that no answer came: it cost nothing if it was not sent, else nobody knows."""
        await self._finish.ask(lost(call, self._redactor.text(why), was_sent=was_sent))

    def lose_soon(self, call: Call, why: str, *, was_sent: bool = True) -> None:
        """The same without waiting for the write."""
        self._finish.put(lost(call, self._redactor.text(why), was_sent=was_sent))

    def _find_many(self, keys: Sequence[str]) -> list[Call | None]:
        found = self._store.find_answers(list(dict.fromkeys(keys)))
        return [found.get(key) for key in keys]

    def _finish_many(self, calls: Sequence[Call]) -> list[None]:
        self._store.finish_calls(calls)
        return [None] * len(calls)


def _units_of(call: Call, answer: Answer) -> Doc:
    """What the provider counted, with the most that it may cost where nobody knows the price."""
    is_open = answer.cost_usd_micros is None and MAX_KEY in call.units
    return {**answer.units, **({MAX_KEY: call.units[MAX_KEY]} if is_open else {})}


def lost(call: Call, why: str, *, was_sent: bool = True) -> Call:
    """A call to which no answer came."""
    response: Doc = {"lost": why}
    return dataclasses.replace(
        call,
        state=CallState.LOST,
        response=response,
        cost_usd_micros=None if was_sent else 0,
        finished_at=now_iso(),
    )


def most_of(call: Call) -> int:
    """What a call without a known price may have cost at most; 0 where nobody knows."""
    return int(call.units.get(MAX_KEY, 0)) if call.cost_usd_micros is None else 0


def count_unpriced(calls: Sequence[Call]) -> int:
    """How many of these may have been billed without an answer, by a price that nobody knows."""
    return sum(
        call.state is not CallState.ANSWERED
        and call.cost_usd_micros is None
        and MAX_KEY not in call.units
        for call in calls
    )


def is_fresh(call: Call, max_age_s: float | None, now: float) -> bool:
    """Whether an answered call is young enough, at `now` in epoch seconds."""
    if max_age_s is None:
        return True
    return now - datetime.fromisoformat(call.finished_at).timestamp() <= max_age_s


def body_of(call: Call) -> Any:
    """The answer of an answered call."""
    return (call.response or {}).get("body")


__all__ = [
    "Journal",
    "body_of",
    "count_unpriced",
    "is_fresh",
    "lost",
    "most_of",
    "request_hash",
]
