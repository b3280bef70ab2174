"""Units, changes, tasks, calls and small documents as MongoDB keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.models import Call, Change, from_doc, to_doc
from leadsync.core.store.mongo.encoding import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Doc, UnitRecord

Stored = dict[str, Any]


def cell_id(lead_id: int, column_id: int) -> str:
    """The id of a task or queued cell: one per lead and column."""
    return f"{lead_id}:{column_id}"


def document_to(body: Doc) -> Stored:
    """A document with its id as MongoDB's."""
    return {"_id": body["id"], **{k: v for k, v in pack(body).items() if k != "id"}}


def document_from(stored: Mapping[str, Any]) -> Doc:
    """The document that was stored."""
    body = unpack(dict(stored))
    body["id"] = body.pop("_id")
    return body


def unit_to(record: UnitRecord) -> Stored:
    """A unit's record."""
    return document_to(to_doc(record))


unit_from = document_from


def call_to(call: Call) -> Stored:
    """A call."""
    return document_to(to_doc(call))


def call_from(stored: Mapping[str, Any]) -> Call:
    """The call that was stored."""
    return from_doc(Call, document_from(stored))


def task_to(task: Doc) -> Stored:
    """A task's document."""
    return {"_id": cell_id(task["leadId"], task["columnId"]), **pack(task)}


def task_from(stored: Mapping[str, Any]) -> Doc:
    """The task's document that was stored."""
    task = unpack(dict(stored))
    del task["_id"]
    return task


def change_to(change: Change) -> Stored:
    """A change."""
    return {
        "_id": change.seq, "unitId": change.unit_id, "leadId": change.lead_id,
        "fields": pack(change.fields),
    }  # fmt: skip


def change_from(stored: Mapping[str, Any]) -> Change:
    """The change that was stored."""
    document = unpack(dict(stored))
    return Change(document["_id"], document["unitId"], document["leadId"], document["fields"])
