"""The records of the trade: lead fields, campaigns, columns, tasks, runs, calls, changes.

Stored documents and JSON output use the camelCase names of docs/schema.md; `to_doc` and
`from_doc` translate between them and these records, in this one place. The page is long because it is
the data model: what `docs/schema.md` describes stands here whole.
"""

from __future__ import annotations

import dataclasses
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NewType, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

LeadId = NewType("LeadId", int)
ColumnId = NewType("ColumnId", int)

Value = str | int | float | None
"""One cell. None is blank; an empty string is never stored. Booleans and dates are text."""

Doc = dict[str, Any]
"""A stored document or a filter document: plain JSON."""


class ColumnType(StrEnum):
    """What a column's cells are, for editing, sorting and alignment."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    URL = "url"
    EMAIL = "email"
    SELECT = "select"
    JSON = "json"


class Presence(IntEnum):
    """Whether a lead is to be seen. Stored with the lead; reads show LIVE unless asked."""

    LIVE = 0
    TRASH = 1
    UNDONE = 2  # the unit that created it was taken back; redo brings it back


class Status(StrEnum):
    """The state of a task, as DESIGN names it."""

    PENDING = "pending"
    SUCCESS = "success"
    ERROR = "error"


class Reason(StrEnum):
    """Why a task has its status. `RUNNABLE` of the queue are the pending ones."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    HELD = "held"
    VALUE = "value"
    NO_MATCH = "no_match"
    CACHED = "cached"
    INVALID = "invalid"
    AUTH = "auth"
    EXHAUSTED = "exhausted"
    REFUSED = "refused"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"


class RunState(StrEnum):
    """Where a run stands. Only RUNNING holds its columns against other runs."""

    PLANNED = "planned"
    RUNNING = "running"
    HELD = "held"
    STOPPED = "stopped"
    DONE = "done"


class CallState(StrEnum):
    """What is known of one request to a provider."""

    SENT = "sent"
    ANSWERED = "answered"
    LOST = "lost"


OWN_FIELDS: Mapping[str, ColumnType] = {
    "id": ColumnType.NUMBER,
    "email": ColumnType.EMAIL,
    "name": ColumnType.TEXT,
    "linkedin_url": ColumnType.URL,
    "tags": ColumnType.TEXT,
    "source": ColumnType.TEXT,
    "campaign": ColumnType.TEXT,
    "created_at": ColumnType.DATE,
    "updated_at": ColumnType.DATE,
}
"""The fields that every lead has; all others are columns of the workspace."""

WRITABLE_OWN_FIELDS = ("email", "name", "linkedin_url", "source")

ID_HEADING = "leadsync_id"
"""Above our own numbers of leads in tables for people; "id" is what other tools call theirs."""

FIELD_ALIASES: Mapping[str, str] = {
    "_id": "id",
    "tag": "tags",
    "created": "created_at",
    "updated": "updated_at",
    "linkedinUrl": "linkedin_url",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "campaignId": "campaign",
    "linkedin": "linkedin_url",
}

DEFAULT_CAMPAIGN = "Inbox"
ACCESS_KINDS = frozenset({"users", "sessions", "tokens"})
"""Documents that say who may enter: in no history and no dump, and kept by a restore."""
BESIDE_CONTENT = ACCESS_KINDS | {"practice"}
"""Documents that an empty store may have: who may enter, and the label of a practice store."""
KEY_PATTERN = re.compile(r"[a-z_][a-z0-9_]{0,62}")
FREE_KINDS = frozenset({"manual", "template"})


@dataclass(frozen=True, slots=True)
class Campaign:
    """A named set of leads with its settings (policy, caps, retention)."""

    id: int
    name: str
    created_at: str
    settings: Doc = field(default_factory=dict[str, Any])
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the sheet with its definition.

    Attributes:
        inputs: keys of the fields it reads, found in its templates and condition.
        outputs: path in the result (JMESPath) -> key of the column it fills. Empty where the
            result itself is the cell.
        condition: filter text; leads that do not match are skipped by runs.
        caps: `{"usd_per_day": micros, …}`; money in millionths of a dollar.
        created_unit: the unit that made it; 0 for those that were always there.
    """

    id: int
    key: str
    label: str
    kind: str = "manual"
    type: ColumnType = ColumnType.TEXT
    config: Doc = field(default_factory=dict[str, Any])
    inputs: tuple[str, ...] = ()
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    condition: str = ""
    armed: bool = False
    caps: Doc = field(default_factory=dict[str, Any])
    created_at: str = ""
    created_unit: int = 0

    @property
    def is_running(self) -> bool:
        """Whether its cells are filled by runs (AI, look-ups, webhooks), not at once."""
        return self.kind not in FREE_KINDS

    @property
    def slot(self) -> str:
        """The name of its values in the store: `c12`."""
        return f"c{self.id}"


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of an order. Blank cells stand last in both directions."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column as a view shows it.

    Attributes:
        width: cells; 0: as wide as its type usually is.
        frozen: whether it stays at the left while the others scroll.
        hidden: whether it is kept in its place without being shown.
    """

    key: str
    width: int = 0
    frozen: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A saved filter with its order and columns."""

    id: int
    name: str
    campaign_id: int | None = None
    filter: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[ViewColumn, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Keys of the columns that are not hidden, in order."""
        return tuple(column.key for column in self.columns if not column.hidden)


@dataclass(frozen=True, slots=True)
class Task:
    """The settled outcome of one running column for one lead: one per lead and column.

    Attributes:
        input_hash: hash of the input cells it was made from; another hash now means stale.
        meta: provenance: source, model or provider, callIds, cost, trace, run, at.
    """

    lead_id: int
    column_id: int
    status: Status
    reason: Reason
    detail: str = ""
    input_hash: str = ""
    stale: bool = False
    meta: Doc = field(default_factory=dict[str, Any])
    attempts: int = 0
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class QueuedCell:
    """A cell that a run still has to fill, as a worker claims it.

    Attributes:
        handle: what its late answer is asked for with; empty where it was not asked yet.
    """

    run_id: int
    lead_id: int
    column_id: int
    attempts: int
    position: int
    handle: str = ""


@dataclass(frozen=True, slots=True)
class DeferredCell:
    """A claimed cell that goes back into the queue until its answer may be there.

    Attributes:
        handle: what the answer is asked for with; empty: the cell is asked anew.
        not_before: epoch seconds.
    """

    lead_id: int
    column_id: int
    handle: str
    not_before: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Run:
    """The doing of a plan: which columns over which leads, what it may cost, how far it is.

    Attributes:
        counts: settled cells by reason.
        members: processes that work on it, `host:pid:token`, each until its lease ends (epoch
            seconds) and others may take its cells over.
        unit_id: the unit of work that all its settled cells belong to, so that undo takes
            the whole run back.
    """

    id: int
    column_ids: tuple[int, ...]
    filter: str
    state: RunState
    planned: int
    actor: str
    created_at: str
    unit_id: int = 0
    estimate: Doc = field(default_factory=dict[str, Any])
    caps: Doc = field(default_factory=dict[str, Any])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    cost_usd_micros: int = 0
    reason: str = ""
    members: dict[str, float] = field(default_factory=dict[str, float])
    stop_requested: bool = False
    started_at: str = ""
    finished_at: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider: the cache, the bill, the provenance and the crash log.

    Attributes:
        request_hash: equal requests have equal hashes; an answered call answers them all.
        request: what was sent, without keys.
        response: the answer as read; None while it is only sent.
        cost_usd_micros: None where the price is not known.
        column_id: the column that it was sent for.
        holder: the process that sent it, as it is a member of the run.
        is_look: it asked for nothing new; see `enricher.CallRequest`.
    """

    id: int
    provider: str
    operation: str
    request_hash: str
    state: CallState
    started_at: str
    request: Doc = field(default_factory=dict[str, Any])
    status: int | None = None
    response: Doc | None = None
    units: Doc = field(default_factory=dict[str, Any])
    cost_usd_micros: int | None = None
    lead_ids: tuple[int, ...] = ()
    run_id: int = 0
    finished_at: str = ""
    cacheable: bool = False
    column_id: int = 0
    holder: str = ""
    is_look: bool = False


@dataclass(frozen=True, slots=True)
class CallCost:
    """What a report needs of a call.

    Attributes:
        is_answered: whether an answer came.
        cost_usd_micros: None where the price is not known.
        most_usd_micros: what it may have cost at most, where its price is not known; None: anything.
        units: what the provider counted.
        is_refused: the provider turned it away, as with 429; what it knows nothing of is no refusal.
        is_look: it asked for nothing new.
    """

    provider: str
    run_id: int
    column_id: int
    started_at: str
    lead_ids: tuple[int, ...]
    is_answered: bool
    cost_usd_micros: int | None
    most_usd_micros: int | None
    units: dict[str, float] = field(default_factory=dict[str, float])
    is_refused: bool = False
    is_look: bool = False


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One undoable write, as history lists it.

    Attributes:
        created: ranges of lead ids that it created, both ends included.
        counts: what it did, for people: created, updated, trashed, cells.
        undoes: the unit that this one took back; 0 for an ordinary unit.
        undone_by: the unit that took this one back; 0 while it stands.
        by_hand: a person typed its cells; imports do not overwrite them unless forced.
        final: it cannot be taken back, as a change of users.
    """

    id: int
    actor: str
    label: str
    at: str
    created: tuple[tuple[int, int], ...] = ()
    counts: dict[str, int] = field(default_factory=dict[str, int])
    undoes: int = 0
    undone_by: int = 0
    by_hand: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What one unit did to one lead: stored field -> (before, after).

    Fields are stored names: `email`, `c12`, `campaignId`, `deletedAt`, `tag:vip`, `lock:12`,
    `task:12` (whose values are task documents or None).
    """

    seq: int
    unit_id: int
    lead_id: int
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class CellState:
    """What a cell shows beside its value.

    Attributes:
        settled: of a cell in the queue: the status and the reason of what it was before, if
            anything; `stale` says of that whether it is stale.
    """

    status: Status | None = None
    reason: Reason | None = None
    stale: bool = False
    locked: bool = False
    detail: str = ""
    settled: tuple[Status, Reason] | None = None

    def queued(self, reason: Reason) -> CellState:
        """The state of this cell while it is in the queue."""
        settled = (self.status, self.reason) if self.status and self.reason else None
        return CellState(Status.PENDING, reason, self.stale, self.locked, settled=settled)


def now_iso() -> str:
    """The present moment in UTC, to the millisecond, as it is stored."""
    return iso_of(time.time())


def iso_of(moment: float) -> str:
    """Epoch seconds as the text of a moment in UTC, to the millisecond, as it is stored."""
    second, ms = divmod(round(moment * 1e6) // 1000, 1000)
    return f"{_second_iso(second)}.{ms:03d}Z"


@lru_cache(maxsize=64)  # hundreds of cells settle within one second
def _second_iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


T = TypeVar("T")
_CAMEL = re.compile(r"_([a-z0-9])")


def to_doc(record: object) -> Doc:
    """A record as its stored document: camelCase names, tuples as lists."""
    return {stored: _plain(getattr(record, name)) for name, stored in _names(type(record))}


def from_doc(kind: type[T], doc: Doc) -> T:
    """The record that a stored document holds; fields it lacks take their defaults."""
    known = _names_of_stored(kind)
    readers = _READERS.get(kind, {})
    values = {known[stored]: value for stored, value in doc.items() if stored in known}
    return kind(**{name: readers.get(name, _same)(value) for name, value in values.items()})


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...]:
    """Each field's name, and the one it is stored under."""
    assert dataclasses.is_dataclass(kind)
    fields = [f.name for f in dataclasses.fields(kind)]
    return tuple((name, _CAMEL.sub(lambda m: m[1].upper(), name)) for name in fields)


@cache
def _names_of_stored(kind: type) -> dict[str, str]:
    """The field's name by the one it is stored under, or by its own."""
    return {name: name for name, _ in _names(kind)} | {s: name for name, s in _names(kind)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    if isinstance(value, ViewColumn):
        return to_doc(value)
    return str(value) if isinstance(value, StrEnum) else value


def _same(value: Any) -> Any:
    return value


def _pairs(value: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(first), int(last)) for first, last in value)


def _view_columns(value: Any) -> tuple[ViewColumn, ...]:
    """Columns of a view; before they had widths, they were keys, and the first one was frozen."""
    return tuple(
        ViewColumn(column, frozen=n == 0)
        if isinstance(column, str)
        else from_doc(ViewColumn, column)
        for n, column in enumerate(value)
    )


_READERS: dict[type, dict[str, Any]] = {
    Column: {"type": ColumnType, "inputs": tuple},
    View: {"sort": tuple, "columns": _view_columns},
    Task: {"status": Status, "reason": Reason},
    Run: {"state": RunState, "column_ids": tuple},
    Call: {"state": CallState, "lead_ids": tuple},
    UnitRecord: {"created": _pairs},
}
