"""The estimate of a plan: requests made up for a first few thousand cells, and what they cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leadsync.core.engine.cells import BlankField
from leadsync.core.engine.enricher import Job, LaterRequests
from leadsync.core.engine.journal import is_fresh
from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.workspace import Workspace

PRICED_AT_MOST = 2000  # cells a column; 0.15 s, and more would not make the estimate truer
_COMING_TEXT = "x" * 200
"""Stands for a cell that a column before it is going to write."""


@dataclass(slots=True)
class Money:
    """What one provider is asked and paid.

    Attributes:
        calls: requests that are sent for sure.
        more_calls: requests that may follow them.
        max_usd_micros: None where a price is not known.
        max_units: the most that the provider counts, by unit.
        per_s: how often it may be asked, as far as that is known.
    """

    calls: float = 0
    more_calls: float = 0
    min_usd_micros: float = 0
    max_usd_micros: float | None = 0
    max_units: dict[str, float] = field(default_factory=dict[str, float])
    per_s: float | None = None

    def add(self, request: CallRequest, scale: float, *, is_sure: bool) -> None:
        """Count a request so many times."""
        if is_sure:
            self.calls += scale / request.jobs
            self.min_usd_micros += request.min_usd_micros * scale
        else:
            self.more_calls += scale
        if self.max_usd_micros is not None:
            most = request.max_usd_micros
            self.max_usd_micros = None if most is None else self.max_usd_micros + most * scale
        for unit, number in request.max_units.items():
            self.max_units[unit] = self.max_units.get(unit, 0) + number * scale
        if request.rate_limit is not None:
            known = self.per_s or request.rate_limit.per_s
            self.per_s = min(known, request.rate_limit.per_s)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Cached cells by column id, money by provider, and on how many cells that stands."""

    cached: Mapping[int, int]
    providers: Mapping[str, Money]
    priced: int


@dataclass(slots=True)
class _Seen:
    subject: Subject
    cells: int = 0
    requests: dict[str, tuple[CallRequest, int]] = field(
        default_factory=dict[str, "tuple[CallRequest, int]"]
    )
    later: dict[str, list[CallRequest]] = field(default_factory=dict[str, "list[CallRequest]"])


class Estimator:
    """Makes up requests while a plan goes through the leads, and sums them up at the end."""

    def __init__(self, workspace: Workspace, *, uses_cache: bool = True) -> None:
        """Begin with nothing seen."""
        self._store = workspace.store
        self._uses_cache = uses_cache
        self._settings = ConfigSettings(workspace.config)
        self._seen: dict[int, _Seen] = {}

    def price(
        self, subject: Subject, lead: LeadCells, coming: Collection[str]
    ) -> Literal["run"] | BlankField:
        """Take in a cell that would be asked; a blank that only its text needs stands in the way.

        Args:
            subject: the column.
            lead: what was read of the lead.
            coming: keys of fields that columns before it are going to fill.
        """
        seen = self._seen.setdefault(subject.column.id, _Seen(subject))
        if seen.cells >= PRICED_AT_MOST:
            return "run"
        unwritten = {k: _COMING_TEXT for k in coming if lead.values.get(k) is None}
        job = Job(lead.lead_id, subject.column, {**lead.values, **unwritten})
        try:
            request = subject.enricher.request(job, self._settings)
        except BlankInput as blank:
            return BlankField(blank.field)
        except InputError:
            return "run"  # its turn ends it as invalid; nothing is paid
        seen.cells += 1
        if request is not None:
            key = request_hash(request)
            number = seen.requests[key][1] if key in seen.requests else 0
            seen.requests[key] = (request, number + 1)
            if not number and isinstance(subject.enricher, LaterRequests):
                seen.later[key] = [*subject.enricher.later_requests(job, self._settings)]
        return "run"

    def finish(self, queued: Mapping[int, int]) -> Estimate:
        """The estimate for so many queued cells by column id. One query a thousand requests."""
        cached: dict[int, int] = {}
        providers: dict[str, Money] = {}
        for column_id, cells in queued.items():
            seen = self._seen.get(column_id)
            if cells and seen is not None:
                cached[column_id] = self._add(seen, cells, providers)
        priced = sum(seen.cells for seen in self._seen.values())
        return Estimate(cached, providers, priced)

    def _add(self, seen: _Seen, cells: int, providers: dict[str, Money]) -> int:
        """Sum up one column; how many of its cells are cached."""
        hashes = [h for h, (request, _) in seen.requests.items() if request.is_cacheable]
        found = self._store.find_answers(hashes) if hashes and self._uses_cache else {}
        now = time.time()
        answered = {
            key
            for key, call in found.items()
            if is_fresh(call, seen.requests[key][0].max_age_s, now)
        }
        scale = cells / max(1, seen.cells)
        for key, (request, _) in seen.requests.items():
            if key in answered:
                continue
            providers.setdefault(request.provider, Money()).add(request, scale, is_sure=True)
            for later in seen.later.get(key, ()):
                providers.setdefault(later.provider, Money()).add(later, scale, is_sure=False)
        return round(sum(n for h, (_, n) in seen.requests.items() if h in answered) * scale)
