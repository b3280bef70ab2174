"""Every error that stops a caller, as one tree.

LeadSyncError            what happened, to which thing, what to do next; exit code
├ InputError        4    file, filter, template, column file, mapping
│ └ PriceError      4    the user's price file
├ NotFound          4    lead, campaign, column, view, run (+ nearest name)
├ AccessError       5    login needed, role too low, key missing or refused
│ └ LoginNeeded     5    nobody is logged in here, or not any more
├ HeldError         5    credits, cap, budget
├ BusyError         6    another run or process holds it
├ StoreError        7    unreachable, newer schema, read-only, full, damaged
└ ProviderError     5    outside a run only: key check, push, model list

What a provider may answer on any day is an outcome (`core.engine.outcomes`), not an error.
"""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """What a process of ours says when it ends."""

    DONE = 0
    BUG = 1
    USAGE = 2
    PARTLY = 3
    INPUT = 4
    HELD = 5
    BUSY = 6
    STORE = 7
    STOPPED = 130
    PIPE = 141  # as a process that SIGPIPE ended: whoever read our output is gone


class LeadSyncError(Exception):
    """Something the user has to know: one sentence, and what to do now.

    Attributes:
        message: one sentence of the user's world, values in quotes.
        next_step: a command or an act that helps; empty where there is none.
    """

    exit_code: ClassVar[Exit] = Exit.BUG

    def __init__(self, message: str, *, next_step: str = "") -> None:
        """Keep the sentence and the advice apart, so that each caller prints them its way."""
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class InputError(LeadSyncError):
    """The words, file, filter, template or column file that came in cannot be used."""

    exit_code = Exit.INPUT


class PriceError(InputError):
    """The user's price file cannot be read, or says of a price what is no price.

    It concerns every cell alike, so it ends a command, where another `InputError` ends one cell.
    """


class NotFound(LeadSyncError):
    """A lead, campaign, column, view or run of that name is not there."""

    exit_code = Exit.INPUT

    def __init__(
        self, kind: str, name: object, *, known: Iterable[str] = (), next_step: str = ""
    ) -> None:
        """Name the missing thing, and the nearest known name where one is close."""
        near = nearest(str(name), known)
        hint = f'; did you mean "{near}"?' if near else ""
        super().__init__(f'no {kind} "{name}"{hint}', next_step=next_step)
        self.nearest = near


class AccessError(LeadSyncError):
    """A login, a role or a key is missing or was refused."""

    exit_code = Exit.HELD


class LoginNeeded(AccessError):
    """The workspace has users, and none of them is logged in here."""


class HeldError(LeadSyncError):
    """Credits, a cap or a budget stand in the way."""

    exit_code = Exit.HELD


class BusyError(LeadSyncError):
    """Another run or process holds it."""

    exit_code = Exit.BUSY


class StoreError(LeadSyncError):
    """The store cannot be reached, read or written."""

    exit_code = Exit.STORE


class ProviderError(LeadSyncError):
    """A provider refused a request that no run made: key check, push, model list."""

    exit_code = Exit.HELD


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to show of several: ours before others, since it says what to do."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, BaseExceptionGroup):
            waiting.extend(error.exceptions)  # type: ignore[arg-type]  # a group of anything
        else:
            found.append(error)
    return next((e for e in found if isinstance(e, LeadSyncError)), found[0])


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely meant, or None where nothing is close."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.65)
    return found[0] if found else None
