"""The gate of a column that hands leads over: policy, caps, and what the place has already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.company_caps import FIRM_FIELDS, beyond_caps, company_caps, firm_of
from leadsync.core.engine.enricher import Job, Sends
from leadsync.core.engine.verdicts import Verdicts
from leadsync.core.errors import InputError
from leadsync.core.identity import clean_email_cell
from leadsync.core.practice.label import is_labelled
from leadsync.core.push_policy import PushPolicy, push_policy, verdict_of
from leadsync.core.sync.hashing import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

NO_ADDRESS = "the address is no e-mail address"
OVER_CAP = "over the cap of its company"
OUTDATED = "verified before it was changed"
PRACTICE = "the column hands leads over, which is not done in practice"


class Step(StrEnum):
    """What the turn of a lead does at the place that it is sent to."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The lead stays here."""

    why: str

    def __str__(self) -> str:
        return self.why


class Gate:
    """Judges the leads of one column; caps are known when all have passed.

    Attributes:
        fields: keys of the fields that it reads.
        reads: the verdicts of leads, as far as they hold.
        states: ids of the columns whose states it reads.
        verdicts: of the leads that passed, how many have which.
    """

    def __init__(self, store: Store, subject: Subject, sends: Sends) -> None:
        """Read the policies of the campaigns; the ledger is read when it is first asked for."""
        self._store = store
        self._subject = subject
        self._sends = sends
        self._is_practice = is_labelled(store)
        status, reason = sends.verdict_fields(subject.config)
        self.fields = ("campaign", *FIRM_FIELDS, status, reason)
        self.reads = Verdicts(store, status, reason)
        drivers = map(store.catalog().driver, subject.column.inputs)
        self._texts = {c.id: c.key for c in drivers if c and c.id not in self.reads.states}
        self.states = (*self.reads.states, *self._texts)
        more = sends.allowed(subject.config)
        campaigns = store.campaigns()
        self._policies = {c.name: push_policy(c).beside(more) for c in campaigns}
        self._caps = {c.name: company_caps(c) for c in campaigns if company_caps(c).are_set}
        self._ledger: dict[int, Doc] | None = None
        self._steps: dict[int, Step] = {}
        self._firms: dict[str, dict[int, tuple[object, object]]] = {}
        self._verdicts: dict[int, str] = {}
        self._stale: dict[int, list[str]] = {}

    @property
    def destination(self) -> str:
        """The place, as the ledger names it."""
        return self._sends.destination(self._subject.config)

    def refusal(self, lead: LeadCells) -> LeftOut | None:
        """Why this lead is not handed over, whatever the others are; None: it may be."""
        values = lead.values
        if self._is_practice:
            return LeftOut(PRACTICE)
        if clean_email_cell(str(values.get("email") or "")).email is None:
            return LeftOut(NO_ADDRESS)
        policy = self._policies.get(str(values.get("campaign")), PushPolicy())
        why = policy.refusal(*self.reads.of(lead))
        return LeftOut(OUTDATED if why and self.reads.is_outdated(lead) else why) if why else None

    def step(self, lead: LeadCells) -> Step | LeftOut:
        """What its turn will do; counted until `finish`."""
        try:
            content = self._sends.content(Job(lead.lead_id, self._subject.column, lead.values))
        except InputError as error:
            return LeftOut(error.message)
        if self._ledger is None:
            self._ledger = self._store.sent(self.destination)
        step = step_of(self._ledger.get(lead.lead_id), content)
        self._steps[lead.lead_id] = step
        values = lead.values
        self._verdicts[lead.lead_id] = verdict_of(*self.reads.of(lead))
        stale = [key for i, key in self._texts.items() if i in lead.states and lead.states[i].stale]
        if stale:
            self._stale[lead.lead_id] = stale
        if self._caps and step is Step.CREATE:
            self._firms.setdefault(str(values.get("campaign")), {})[lead.lead_id] = firm_of(values)
        return step

    def forget(self, lead_id: int) -> None:
        """Leave a lead out of what is counted."""
        self._steps.pop(lead_id, None)
        self._verdicts.pop(lead_id, None)
        self._stale.pop(lead_id, None)

    def over_caps(self) -> set[int]:
        """The leads that are one too many of their company; they are not counted any more."""
        over: set[int] = set()
        capped = self._caps.keys() & self._firms.keys()
        there = self._there() if capped else {}
        for campaign in capped:
            firms = self._firms[campaign]
            # Who is there already counts before all others, whatever the ids.
            order = [*there.get(campaign, {}).items(), *sorted(firms.items())]
            ranked = [(rank, *firm) for rank, (_, firm) in enumerate(order)]
            beyond = beyond_caps(ranked, self._caps[campaign])
            over |= {order[rank][0] for rank in beyond} & firms.keys()
        for lead_id in over:
            self.forget(lead_id)
        return over

    def kept_out(self, lead_id: int) -> LeftOut | None:
        """Why the place has not what is here, of a lead that is not sent again; None: it has."""
        state = str((self._ledger or {}).get(lead_id, {}).get("state"))
        return None if state in AS_SENT else LeftOut(f"{state} when it was pushed")

    def counts(self) -> Counter[str]:
        """How many of the leads that passed are new, changed or unchanged at the place.

        Of the new ones those are `doubtful` that were sent before and may be there.
        """
        counts = Counter(map(str, self._steps.values()))
        counts[Step.UNCHANGED] -= self.all_kept_out().total()
        ledger = self._ledger or {}
        counts[DOUBTFUL] = sum(ledger.get(i, {}).get("state") == SENDING for i in self._steps)
        return +counts

    def stale(self) -> Counter[str]:
        """How many leads that are sent have stale cells, by the column that filled them."""
        sent = (i for i, step in self._steps.items() if step is not Step.UNCHANGED)
        return Counter(key for lead_id in sent for key in self._stale.get(lead_id, ()))

    def all_kept_out(self) -> Counter[str]:
        """Of the leads that passed and are not sent again, why the place has them not, or not so."""
        steps = self._steps.items()
        outs = (self.kept_out(lead_id) for lead_id, step in steps if step is Step.UNCHANGED)
        return Counter(out.why for out in outs if out)

    @property
    def verdicts(self) -> Counter[str]:
        """Verdicts of the leads that passed and are new or changed."""
        return Counter(
            verdict
            for lead_id, verdict in self._verdicts.items()
            if self._steps.get(lead_id) is not Step.UNCHANGED
        )

    def _there(self) -> dict[str, dict[int, tuple[object, object]]]:
        """Companies of the leads that the place has, by campaign; of all that have a cap."""
        ids = [i for i, entry in (self._ledger or {}).items() if entry.get("id")]
        known = self._store.catalog()
        fields = [field for field in FIRM_FIELDS if known.find(field)]
        rows = self._store.rows(ids, ["id", "campaign", *fields])
        found: dict[str, dict[int, tuple[object, object]]] = {}
        for lead_id, campaign, *cells in rows:
            if campaign in self._caps:
                firm = firm_of(dict(zip(fields, cells, strict=True)))
                found.setdefault(campaign, {})[lead_id] = firm
        return found


def step_of(entry: Mapping[str, Any] | None, content: Mapping[str, Any]) -> Step:
    """What is to be done about a lead, by its entry in the ledger."""
    if entry is None or entry.get("state") == SENDING:
        return Step.CREATE
    if entry.get("hash") == content_hash(content):
        return Step.UNCHANGED
    is_there = bool(entry.get("id")) and entry.get("email") == content.get("email")
    return Step.UPDATE if is_there else Step.CREATE


SENDING = "sending"
"""The state of a lead in the ledger from before a request leaves until its answer is written."""
DOUBTFUL = "doubtful"
AS_SENT = frozenset({"created", "updated"})
"""States of leads that the place has as they were sent; every other says why it has not."""
