"""The estimate of a plan: requests made up for a first few thousand cells, and what they cost."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leadsync.core.engine.cells import BlankField
from leadsync.core.engine.enricher import Job
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
    """What one provider is asked and paid. `max_usd_micros` None: a price is not known."""

    calls: int = 0
    min_usd_micros: int = 0
    max_usd_micros: int | None = 0


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
            money = providers.setdefault(request.provider, Money())
            money.calls += 1
            money.min_usd_micros += request.min_usd_micros
            if money.max_usd_micros is not None:
                most = request.max_usd_micros
                money.max_usd_micros = None if most is None else money.max_usd_micros + most
        if scale > 1:
            names = {request.provider for request, _ in seen.requests.values()}
            for money in (providers[name] for name in names if name in providers):
                money.calls = round(money.calls * scale)
                money.min_usd_micros = round(money.min_usd_micros * scale)
                if money.max_usd_micros is not None:
                    money.max_usd_micros = math.ceil(money.max_usd_micros * scale)
        return round(sum(n for h, (_, n) in seen.requests.items() if h in answered) * scale)
