"""Taking messages: whose hook it is, whether the sender may, and what became of it."""

from __future__ import annotations

import hmac
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.access.bearer import hash_of
from leadsync.core.access.rights import Right
from leadsync.core.engine.signatures import ID, check_signature
from leadsync.core.errors import AccessError, HeldError, InputError, LeadSyncError, StoreError
from leadsync.core.inbound.forms import take_form
from leadsync.core.inbound.hook_kinds import FORM
from leadsync.core.inbound.hooks import hook_of_secret, list_hooks
from leadsync.core.inbound.messages import FORM_TYPE, UnknownTypeError, content_type
from leadsync.core.inbound.rates import Rates
from leadsync.core.inbound.receipts import Receipts, receipt_of
from leadsync.core.inbound.reports import take_reports
from leadsync.core.inbound.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadsync.core.inbound.hooks import Hook
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

TAKEN, SEE_OTHER, REFUSED, NOTHING, UNKNOWN_TYPE, UNFIT, TOO_MANY, NOT_NOW = (
    200, 303, 401, 404, 415, 422, 429, 503,
)  # fmt: skip
NOTHING_HERE = "nothing is here"


@dataclass(frozen=True, slots=True)
class HookReceipt:
    """What became of a message.

    Attributes:
        status: what the sender is told, as a status of HTTP.
        words: the same for people. They do not tell whether a lead was there, or is suppressed.
        hook: name of the hook that it came by; empty where there is none.
        taken: its effect; None where it was not taken.
        headers: more for the reply.
        problem: why no message is taken now, for whoever runs this; None: it is the sender's fault.
    """

    status: int
    words: str
    hook: str = ""
    taken: Taken | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    problem: LeadSyncError | None = None


class HookReceiver:
    """Takes messages of one workspace. For one thread."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the workspace; hooks may come and go while it is open."""
        self._workspace = workspace
        self._now = now
        self._rates = Rates(clock=clock)

    def receive(self, secret: str, headers: Mapping[str, str], body: bytes) -> HookReceipt:
        """Take a message, or say why not.

        Args:
            secret: the end of its address.
            headers: lower-case names.
            body: as it came.
        """
        try:
            hook = hook_of_secret(list_hooks(self._workspace.store), secret)
            if hook is None:
                return HookReceipt(NOTHING, NOTHING_HERE)
            wait_s = self._rates.take(str(hook.id), hook.per_minute)
            if wait_s:
                words = f"more than {hook.per_minute} a minute"
                return HookReceipt(TOO_MANY, words, hook.name, headers={"Retry-After": str(wait_s)})
            return self._take(hook, headers, body)
        except StoreError as error:
            logger.warning("a message was not taken: %s", error.message)
            return HookReceipt(NOT_NOW, "not now", headers={"Retry-After": "10"})
        except AccessError as error:
            logger.error("a message was not taken: %s", error.message)  # noqa: TRY400 - it is told, not a bug of ours
            later = {"Retry-After": "60"}
            return HookReceipt(NOT_NOW, "not now", headers=later, problem=error)

    def _take(self, hook: Hook, headers: Mapping[str, str], body: bytes) -> HookReceipt:
        try:
            self._check_sender(hook, headers, body)
            taken = self._effect(hook, headers, body)
        except (StoreError, AccessError):
            raise
        except LeadSyncError as error:
            return _refused(hook, error)
        if hook.thanks and content_type(headers) == FORM_TYPE:
            return HookReceipt(SEE_OTHER, "taken", hook.name, taken, {"Location": hook.thanks})
        return HookReceipt(TAKEN, "taken", hook.name, taken)

    def _check_sender(self, hook: Hook, headers: Mapping[str, str], body: bytes) -> None:
        if hook.header:
            given = hash_of(headers.get(hook.header.lower(), ""))
            if not hmac.compare_digest(hook.header_hash, given):
                is_there = hook.header.lower() in headers
                wrong = "is another one" if is_there else "is missing"
                raise _SenderError(f"the secret in the header {wrong}")
        if hook.signed_with:
            key = self._workspace.config.secret(hook.signed_with)
            if key is None:
                raise HeldError(f'the key "{hook.signed_with}" is not set')
            try:
                check_signature(key, headers, body)
            except AccessError as error:
                raise _SenderError(error.message) from error
            except InputError as error:  # our key is none: that is not the sender's fault
                raise HeldError(error.message) from error

    def _effect(self, hook: Hook, headers: Mapping[str, str], body: bytes) -> Taken:
        workspace = self._workspace.acting(Right.IMPORT)
        receipts = Receipts(workspace.store, self._now())
        # A signature vouches for the id; what is unsigned is known by what it says.
        message = headers[ID].encode() if hook.signed_with else body
        receipt = receipt_of(hook.id, message)
        if receipts.has(receipt):
            return Taken(is_repeat=True)
        if hook.kind == FORM:
            return take_form(workspace, hook, headers, body, receipts, receipt)
        return take_reports(workspace, hook, body, receipts, receipt)


def keys_not_set(workspace: Workspace) -> list[HeldError]:
    """Of each hook whose messages cannot be checked, because its key is not set: what to tell.

    Raises:
        AccessError: others may read the file of the keys.
    """
    return [
        HeldError(
            f'hook "{hook.name}" takes nothing, because the key "{hook.signed_with}" is not set',
            next_step=f"leadsync keys set {hook.signed_with}",
        )
        for hook in list_hooks(workspace.store)
        if hook.signed_with and workspace.config.secret(hook.signed_with) is None
    ]


class _SenderError(LeadSyncError):
    """Who sends it cannot prove that they may."""


def _refused(hook: Hook, error: LeadSyncError) -> HookReceipt:
    """What the sender is told; where it is our own fault, whoever runs this finds it in the log."""
    match error:
        case _SenderError():
            status = REFUSED
        case UnknownTypeError():
            status = UNKNOWN_TYPE
        case InputError():
            status = UNFIT
        case _:  # a key that is not set, a kind that is gone
            logger.error("messages of hook %s cannot be taken: %s", hook.name, error.message)
            words, later = "messages cannot be taken now", {"Retry-After": "60"}
            return HookReceipt(NOT_NOW, words, hook.name, headers=later, problem=error)
    return HookReceipt(status, error.message, hook.name)
