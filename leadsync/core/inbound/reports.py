"""Reports of providers: what a message says of people, written to their leads in one unit, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.identity import clean_email_cell, identity_keys
from leadsync.core.inbound.hook_kinds import find_hook_kind
from leadsync.core.inbound.hook_settings import IDENTIFYING, fillable
from leadsync.core.inbound.messages import read_json
from leadsync.core.inbound.receipts import receipt_of
from leadsync.core.inbound.taken import Taken
from leadsync.core.models import WRITABLE_OWN_FIELDS, Column, now_iso, to_doc
from leadsync.core.suppression import DOCUMENTS as SUPPRESSIONS
from leadsync.core.suppression import Suppression, SuppressionList
from leadsync.core.values import convert, show, storable

if TYPE_CHECKING:
    from leadsync.core.inbound.hook_kinds import HookKind, Report
    from leadsync.core.inbound.hooks import Hook
    from leadsync.core.inbound.receipts import Receipts
    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace


def take_reports(
    workspace: Workspace, hook: Hook, body: bytes, receipts: Receipts, receipt: str
) -> Taken:
    """Write what a provider's message says.

    Args:
        workspace: where the leads are.
        hook: by which it came.
        body: the message.
        receipts: of this moment.
        receipt: of the message as a whole.

    Raises:
        InputError: it is no message of this provider.
        StoreError: it could not be written; the sender has to try again.
    """
    kind = find_hook_kind(hook.kind)
    reports = kind.read(read_json(body), hook.fields)
    named = [(report, _receipt(hook, report) or receipt) for report in reports]
    if named and all(receipts.has(name) for _, name in named):
        return Taken(is_repeat=True)
    words = ", ".join(dict.fromkeys(report.event for report in reports)) or "nothing"
    with workspace.store.unit(workspace.actor, f"hook {hook.name}: {words}") as unit:
        writing = _Writing(workspace.store, unit, hook, kind)
        # Once more inside: another process may have taken the same message by now.
        fresh = [(report, name) for report, name in named if not receipts.has(name)]
        for report, _ in fresh:
            writing.write(report)
        names = dict.fromkeys(name for _, name in fresh)
        for name in names:
            receipts.keep(name)
        touched = unit.touched
    if not touched:  # the unit left no trace, so that its receipts went, too
        for name in names:
            receipts.keep(name)
    if named and not fresh:
        return Taken(is_repeat=True)
    return Taken(
        updated=len(writing.updated), suppressed=writing.suppressed, missing=writing.missing
    )


def _receipt(hook: Hook, report: Report) -> str:
    return receipt_of(hook.id, b"report\0" + report.key.encode()) if report.key else ""


class _Writing:
    """The reports of one message on their way into one unit.

    Attributes:
        updated: ids of leads that were changed.
        suppressed: addresses that are on the list now and were not.
        missing: reports of people who are no lead here.
    """

    def __init__(self, store: Store, unit: Unit, hook: Hook, kind: HookKind) -> None:
        self._store = store
        self._unit = unit
        self._hook = hook
        self._kind = kind
        self._columns = {column.key: column for column in store.columns()}
        self._campaigns = [c for c in store.campaigns() if hook.campaign_id in (0, c.id)]
        self._suppressions: SuppressionList | None = None  # read when the first one is to be added
        self._added: set[str] = set()
        self.updated: set[int] = set()
        self.suppressed = 0
        self.missing = 0

    def write(self, report: Report) -> None:
        """Write the cells of a report, and put who must not be touched on the list."""
        found = self._leads(report)
        self.missing += not found
        for lead_id in found:
            cells = self._cells(report, lead_id)
            if cells and self._unit.edit({lead_id: cells}):
                self.updated.add(lead_id)
        if report.suppress:
            self._suppress(report)

    def _leads(self, report: Report) -> list[int]:
        """The live leads that a report is of."""
        if report.lead_id:
            (row,) = self._store.rows([report.lead_id], ["id", "campaign"]) or ((0, ""),)
            is_live = bool(self._store.count({"id": report.lead_id}))
            return [row[0]] if is_live and row[1] in {c.name for c in self._campaigns} else []
        address = clean_email_cell(report.email).email
        if address is None:
            return []
        keys = identity_keys(address, (), None, None, None, None)
        found = {i for c in self._campaigns for i in self._store.find_by_keys(keys, c.id).values()}
        if report.place and len(found) > 1:
            found = set(self._store.sent(report.place, sorted(found))) or found
        return sorted(found)

    def _cells(self, report: Report, lead_id: int) -> dict[str, Value]:
        """What is to be written to a lead: nothing into what runs, computes, or was typed."""
        own = {column.key for column in self._kind.columns}
        keys = [*dict.fromkeys((*own, *self._hook.fields.values(), *report.cells))]
        known = [k for k in keys if k in self._columns or k in WRITABLE_OWN_FIELDS]
        row = self._unit.cells([lead_id], known)[lead_id]
        wanted = self._kind.cells(report, dict(zip(known, row, strict=True)))
        typed = self._unit.hand_written([lead_id], known).get(lead_id, frozenset[str]())
        open_keys = (own | {*self._hook.fields.values()}) - typed
        blocked = self._columns.keys() - fillable(self._columns.values())
        found: dict[str, Value] = {}
        for key, value in wanted.items():
            if key in open_keys and key not in blocked and key not in IDENTIFYING:
                found[key] = self._fitting(key, value)
        return found

    def _fitting(self, key: str, value: Value) -> Value:
        """The value as the field holds it; the column is made where it is missing."""
        if key not in WRITABLE_OWN_FIELDS and key not in self._columns:
            planned = next((c for c in self._kind.columns if c.key == key), Column(0, key, key))
            self._columns[key] = self._unit.add_column(planned)
        if value is None:
            return None
        text = storable(show(value))
        if text is None or key not in self._columns:
            return text
        return convert(text, self._columns[key].type)[0]

    def _suppress(self, report: Report) -> None:
        address = clean_email_cell(report.email).email
        if address is None or address in self._added:
            return
        if self._suppressions is None:
            self._suppressions = SuppressionList(self._store)
        if self._suppressions.covers(address):
            return
        entry = Suppression(0, "email", address, report.suppress, self._hook.kind, now_iso())
        self._unit.put(SUPPRESSIONS, to_doc(entry))
        self._added.add(address)
        self.suppressed += 1
