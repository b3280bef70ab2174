"""What became of one job: the closed set of answers that an enricher may give.

Value Pending NoMatch Retry Held Refused Invalid Unknown. What a provider may answer on any day
is one of these values; exceptions are for what stops the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = str | int | float | bool | list[Any] | Mapping[str, Any] | None
"""What a provider's answer holds: plain JSON."""


class HeldWhy(StrEnum):
    """What a column waits for: something that a person has to mend, or to start again."""

    AUTH = "auth"
    EXHAUSTED = "exhausted"
    CAP = "cap"
    STOPPED = "stopped"


class RetryWhy(StrEnum):
    """Why a later attempt may succeed."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a job cost and which calls it stands on.

    Attributes:
        cost_usd_micros: millionths of a dollar; None where the price is not known.
        call_ids: calls of the journal.
        from_cache: an earlier call answered; nothing was paid now.
    """

    cost_usd_micros: int | None = 0
    call_ids: tuple[int, ...] = ()
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """The provider answered; `result` is what the column's outputs are read from.

    Attributes:
        meta: what `leadsync why` shows beside the calls: model, tokens, trace.
    """

    result: Json
    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The provider answered and knows nothing about this lead; kept, so it is not bought twice.

    Attributes:
        meta: as that of `Value`.
    """

    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider works on it: its answer comes later, by `LateAnswers.poll`.

    Attributes:
        handle: what the answer is asked for with; kept in the store as JSON. Jobs with equal
            handles are polled together.
        not_before: when to poll first, epoch seconds.
        bill: what the start cost; from a poll: what that poll added.
        note: what the kind wants back with the handle, of this job alone.
    """

    handle: Mapping[str, Any]
    not_before: float
    bill: Bill = field(default_factory=Bill)
    note: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later.

    Attributes:
        after_s: what the provider asked for; None lets the engine's back-off decide.
        tries: how many tries in all; None lets the engine's back-off decide.
        anew: of a poll: the handle is of no use any more, so the job is run again.
        otherwise: the outcome when no try is left; None: an error of that `why`.
        not_before: epoch seconds; the engine sets one for jobs that failed together, so that they
            go together again.
        bill: what earlier calls of the job cost; of a try that is the last.
        meta: as that of `Value`; of a try that is the last.
    """

    why: RetryWhy
    detail: str
    after_s: float | None = None
    tries: int | None = None
    anew: bool = False
    otherwise: Refused | Invalid | Unknown | None = None
    not_before: float | None = None
    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Held:
    """The whole column waits for a person: a key, credits or a cap."""

    why: HeldWhy
    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not answer about this lead; asking again is no use."""

    detail: str
    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Invalid:
    """The request or the answer cannot be used; the detail says why, in the user's words."""

    detail: str
    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Unknown:
    """A paid request was sent and no answer came; it is never sent again blindly."""

    detail: str
    bill: Bill = field(default_factory=Bill)
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


Outcome = Value | NoMatch | Pending | Retry | Held | Refused | Invalid | Unknown
