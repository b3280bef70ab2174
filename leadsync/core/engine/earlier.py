"""Requests of before that no cell tells of: sent by a process that died, or never answered.

A kind whose requests must not be sent twice looks here first.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.journal import lost, most_of
from leadsync.core.models import CallState, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from leadsync.core.engine.enricher import Answer
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.models import Call
    from leadsync.core.redaction import Redactor
    from leadsync.core.store.protocol import Store

_NEVER_ARRIVED = "the provider does not know of it"


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """A request that was sent before about some leads.

    Attributes:
        request: what was sent, as the journal keeps it.
        answer: what came back; None where nothing did.
        lead_ids: whom it is about, also leads that are not asked about now.
        open_for: those of them that are asked about now, and got no newer answer.
        is_told: the cells of the leads that are asked about now tell of it, such as "maybe billed".
    """

    id: int
    started_at: str
    request: Mapping[str, Any]
    answer: Any
    lead_ids: tuple[int, ...]
    open_for: frozenset[int]
    is_told: bool


class EarlierCalls:
    """Finds such requests of one run, and of earlier ones that filled the same column."""

    def __init__(
        self, store: Store, thread: StoreThread, redactor: Redactor, *, run_id: int
    ) -> None:
        """Take the run; nothing is read yet."""
        self._store = store
        self._thread = thread
        self._redactor = redactor
        self._run_id = run_id
        self._own: dict[str, dict[int, Call]] = {}
        self._others: dict[tuple[int, str], dict[int, Call]] = {}

    async def find(
        self, column_id: int, lead_ids: Collection[int], operation: str
    ) -> list[EarlierCall]:
        """Requests of that operation about any of these leads, the oldest first.

        Answered ones only where no cell tells of them; failures of the provider are left out, and
        so is what was asked again since and answered.
        """
        wanted = frozenset(lead_ids)
        return await self._thread.do(lambda: self._find(column_id, wanted, operation))

    async def amend(self, call_id: int, answer: Answer | None) -> tuple[Call, Call]:
        """Write down what is known now: the answer, or None: it never arrived; before and after."""
        return await self._thread.do(lambda: self._amend(call_id, answer))

    def _find(self, column_id: int, wanted: frozenset[int], operation: str) -> list[EarlierCall]:
        own = self._of_this_run(operation)
        others = self._of_others(column_id, operation)
        calls = [
            call
            for call in [*others.values(), *own.values()]
            if call.column_id == column_id and not wanted.isdisjoint(call.lead_ids)
        ]
        if not calls:
            return []
        told = self._told(column_id, wanted)
        calls = [call for call in calls if call.state is CallState.LOST or not _tells(told, call)]
        beaten = self._beaten(calls, told) if calls else {}
        found: list[EarlierCall] = []
        for call in calls:
            open_for = (wanted & {*call.lead_ids}) - beaten[call.id]
            if open_for:
                found.append(self._earlier(call, open_for, is_told=_tells(told, call)))
        return sorted(found, key=lambda earlier: earlier.id)

    def _beaten(
        self, calls: Sequence[Call], told: Mapping[int, Collection[int]]
    ) -> dict[int, set[int]]:
        """By call: leads that a newer answer is about, or all where an equal request has one.

        What was lost stays in the journal and in what a run may have cost; but its question has an
        answer, and nobody is to be held for it.
        """
        equal = self._store.find_answers(sorted({call.request_hash for call in calls}))
        oldest = min(call.id for call in calls)
        ids = {call_id for tells in told.values() for call_id in tells if call_id > oldest}
        answered = {
            call.id: call.provider
            for call in self._store.calls(call_ids=sorted(ids))
            if call.state is CallState.ANSWERED and (_matters(call) or call.cacheable)
        }
        beaten: dict[int, set[int]] = {}
        for call in calls:
            newer = {i for i, who in answered.items() if i > call.id and who == call.provider}
            known = equal.get(call.request_hash)
            is_equal = known is not None and known.id > call.id
            beaten[call.id] = {
                lead_id
                for lead_id in call.lead_ids
                if is_equal or not newer.isdisjoint(told.get(lead_id, ()))
            }
        return beaten

    def _of_this_run(self, operation: str) -> dict[int, Call]:
        """Each call is read once, and again while it is only sent."""
        seen = self._own.setdefault(operation, {})
        sent = [call.id for call in seen.values() if call.state is CallState.SENT]
        after = max(seen, default=0)
        fresh = self._store.calls(run_id=self._run_id, operation=operation, after=after)
        for call in [*fresh, *(self._store.calls(call_ids=sent) if sent else [])]:
            seen[call.id] = _without_texts(call)
        return {i: call for i, call in seen.items() if _matters(call)}

    def _of_others(self, column_id: int, operation: str) -> dict[int, Call]:
        """Of runs that nobody drives: two never fill one column at a time."""
        key = (column_id, operation)
        if key not in self._others:
            found: dict[int, Call] = {}
            for run in self._store.runs():
                if run.id == self._run_id or column_id not in run.column_ids:
                    continue
                for call in self._open_of(run.id, operation, is_done=run.state is RunState.DONE):
                    found[call.id] = _without_texts(call)
            self._others[key] = found
        return {i: call for i, call in self._others[key].items() if _matters(call)}

    def _open_of(self, run_id: int, operation: str, *, is_done: bool) -> Iterable[Call]:
        open_calls = self._store.spending(run_id)[1]
        unanswered = [call for call in open_calls if call.state is not CallState.ANSWERED]
        for call in unanswered:
            if call.operation == operation:
                yield lost(call, "its process ended") if call.state is CallState.SENT else call
        if not is_done:
            known = {call.id for call in unanswered}
            for call in self._store.calls(run_id=run_id, operation=operation):
                if call.id not in known:
                    yield call

    def _told(self, column_id: int, lead_ids: Collection[int]) -> dict[int, set[int]]:
        tasks = self._store.tasks(sorted(lead_ids), [column_id])
        return {task.lead_id: {*task.meta.get("callIds", ())} for task in tasks}

    def _earlier(self, call: Call, open_for: frozenset[int], *, is_told: bool) -> EarlierCall:
        (whole,) = self._store.calls(call_ids=[call.id])
        return EarlierCall(
            id=call.id,
            started_at=call.started_at,
            request=whole.request,
            answer=(whole.response or {}).get("body") if call.state is CallState.ANSWERED else None,
            lead_ids=call.lead_ids,
            open_for=open_for,
            is_told=is_told,
        )

    def _amend(self, call_id: int, answer: Answer | None) -> tuple[Call, Call]:
        (before,) = self._store.calls(call_ids=[call_id])
        if answer is None:
            after = lost(before, _NEVER_ARRIVED, was_sent=False)
        else:
            after = dataclasses.replace(
                before,
                state=CallState.ANSWERED,
                status=answer.status,
                response={"body": self._redactor.json(answer.body)},
                units=dict(answer.units),
                cost_usd_micros=answer.cost_usd_micros,
                finished_at=now_iso(),
            )
        self._store.finish_calls([after])
        for seen in (*self._own.values(), *self._others.values()):
            if call_id in seen:
                seen[call_id] = _without_texts(after)
        return before, after


def counted(call: Call) -> int:
    """What a budget has counted for a call."""
    return most_of(call) if call.state is not CallState.ANSWERED else call.cost_usd_micros or 0


def _tells(told: Mapping[int, Collection[int]], call: Call) -> bool:
    """Whether the cell of one of its leads tells of a call."""
    return any(call.id in told.get(lead_id, ()) for lead_id in call.lead_ids)


def _matters(call: Call) -> bool:
    """Whether something may have come of it."""
    match call.state:
        case CallState.ANSWERED:
            return call.status is not None and call.status < 300
        case CallState.LOST:
            return call.cost_usd_micros is None
        case CallState.SENT:
            return False


def _without_texts(call: Call) -> Call:
    return dataclasses.replace(call, request={}, response=None)
