"""The receiver of callbacks: checks who sent one, once, and writes down what it says.

Nothing is settled here: the answer stands in the journal, and the poll of the waiting cell takes it
from there, so that a cell is settled exactly once, whoever drives its run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.callbacks import KEY, callback_request, checked_key, read_token
from leadsync.core.engine.enricher import ReadsTexts, SignedCallbacks
from leadsync.core.engine.kinds import find_enricher
from leadsync.core.engine.requests import request_hash
from leadsync.core.errors import AccessError, HeldError, InputError, NotFound
from leadsync.core.models import Call, CallState, now_iso
from leadsync.core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadsync.core.engine.callbacks import Ticket
    from leadsync.core.engine.outcomes import Json
    from leadsync.core.models import Column, Doc
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

MAX_MESSAGES = 20
"""So many different ones are taken for one address: states of a job, and its end."""

TAKEN, REFUSED, UNKNOWN, EXPIRED, UNFIT, TOO_MANY, NOT_NOW = 200, 401, 404, 410, 422, 429, 503


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a callback.

    Attributes:
        status: what the sender is told, as a status of HTTP.
        words: the same for people.
        run_id: the run whose cells wait for it; 0 where it was not taken.
        is_repeat: it was taken before.
    """

    status: int
    words: str
    run_id: int = 0
    is_repeat: bool = False


class CallbackReceiver:
    """Takes callbacks of one workspace. For one thread."""

    def __init__(self, workspace: Workspace, *, now: Callable[[], float] = time.time) -> None:
        """Take the workspace.

        Raises:
            AccessError: the key that signs addresses is not set.
        """
        key = workspace.config.secret(KEY)
        if key is None:
            raise AccessError(
                f'the key "{KEY}" is not set', next_step=f'export {KEY}="$(openssl rand -hex 32)"'
            )
        self._key = checked_key(key)
        self._workspace = workspace
        self._store = workspace.store
        self._redactor = Redactor(workspace.config.secrets_in_use())
        self._now = now

    def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Take a callback, or say why not.

        Args:
            token: the end of its address.
            headers: lower-case names.
            body: as it came.

        Raises:
            StoreError: it could not be written down; the sender has to try again.
        """
        try:
            ticket = read_token(token, self._key)
        except InputError as error:
            return Receipt(UNKNOWN, error.message)
        column = self._column(ticket)
        if self._now() > ticket.until or column is None:
            return Receipt(EXPIRED, "nobody waits for this any more")
        try:
            self._check_sender(column, headers, body)
        except AccessError as error:
            return Receipt(REFUSED, error.message)
        except (HeldError, InputError) as error:
            logger.error("callbacks of %s cannot be checked: %s", column.key, error.message)  # noqa: TRY400 - it is told, not a bug of ours
            return Receipt(NOT_NOW, "callbacks cannot be checked now")
        return self._take(ticket, column, headers, body)

    def _take(
        self, ticket: Ticket, column: Column, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        message = headers.get("webhook-id") or hashlib.blake2b(body, digest_size=16).hexdigest()
        seen = self._change_seen(ticket, None)
        if message in seen:
            return Receipt(TAKEN, "taken before", ticket.run_id, is_repeat=True)
        if seen and _takes_first(column):
            return Receipt(TAKEN, "the first one counts", ticket.run_id, is_repeat=True)
        if len(seen) >= MAX_MESSAGES:
            return Receipt(TOO_MANY, "there were too many of these")
        if not _is_read(column, body):
            return Receipt(UNFIT, "this is no JSON")
        self._store.add_calls([self._call(ticket, body)])
        # Marked after it is written down: what is lost in between comes again and is taken.
        self._change_seen(ticket, message)
        return Receipt(TAKEN, f'taken for "{column.key}"', ticket.run_id)

    def _check_sender(self, column: Column, headers: Mapping[str, str], body: bytes) -> None:
        enricher = find_enricher(column.kind)
        if isinstance(enricher, SignedCallbacks):
            enricher.check_callback(column, headers, body, self._secret)

    def _secret(self, name: str) -> str:
        found = self._workspace.config.secret(name)
        if found is None:
            raise HeldError(f'the key "{name}" is not set')
        return found

    def _column(self, ticket: Ticket) -> Column | None:
        """The column that waits, if it and its run are still there."""
        if self._store.get_document("runs", ticket.run_id) is None:
            return None
        found = [column for column in self._store.columns() if column.id == ticket.column_id]
        try:
            return found[0] if found and find_enricher(found[0].kind) else None
        except NotFound:
            return None

    def _change_seen(self, ticket: Ticket, message: str | None) -> list[str]:
        """The messages taken for an address, with this one; those of expired addresses go."""
        now = self._now()

        def change(known: Doc) -> Doc:
            kept: dict[str, Any] = {i: e for i, e in known.items() if e["until"] >= now}
            if message is not None:
                entry = kept.setdefault(ticket.id, {"until": ticket.until, "seen": []})
                entry["seen"] = [*entry["seen"], message]
            return kept

        # 256 small documents instead of a large one that is written for each callback
        known = self._store.change_shared(f"callbacks:{ticket.nonce[:2]}", change)
        return list(known.get(ticket.id, {"seen": []})["seen"])

    def _call(self, ticket: Ticket, body: bytes) -> Call:
        request, now = callback_request(ticket.id), now_iso()
        return Call(
            id=0,
            provider=request.provider,
            operation=request.operation,
            request_hash=request_hash(request),
            state=CallState.ANSWERED,
            started_at=now,
            request=dict(request.body),
            status=TAKEN,
            response={"body": self._redactor.json(_parsed(body))},
            cost_usd_micros=0,
            lead_ids=ticket.lead_ids,
            run_id=ticket.run_id,
            finished_at=now,
            cacheable=True,
            column_id=ticket.column_id,
        )


def _takes_first(column: Column) -> bool:
    enricher = find_enricher(column.kind)
    return isinstance(enricher, SignedCallbacks) and enricher.takes_first_callback(column)


def _is_read(column: Column, body: bytes) -> bool:
    """Whether a callback may hold the answer: a first one that does not would bar the right one."""
    enricher = find_enricher(column.kind)
    if not isinstance(enricher, ReadsTexts) or not _takes_first(column):
        return True
    try:
        json.loads(_text_of(body))
    except (ValueError, RecursionError):
        return enricher.reads_callback(column, _text_of(body))
    return True


def _parsed(body: bytes) -> Json:
    try:
        return json.loads(_text_of(body))
    except (ValueError, RecursionError):
        return _text_of(body)


def _text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")
