"""The estimate of a plan: requests made up for a first few thousand cells, and what they cost."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leadsync.core.engine.cells import BlankField
from leadsync.core.engine.enricher import Job, LaterRequests
from leadsync.core.engine.journal import is_fresh
from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError, PriceError
from leadsync.core.templates import BlankInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.workspace import Workspace

PRICED_AT_MOST = 2000  # cells a column; 0.15 s, and more would not make the estimate truer
Place = tuple[str, str]
"""A provider, and the host where a column names one of its own."""

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
    """What the cells of a plan would ask and cost.

    Attributes:
        cached: by column id: cells that earlier answers serve, whatever may follow.
        later: by column id: requests that may follow the first ones, by provider.
        providers: money by provider and, where only a column names its address, host.
        priced: on how many cells that stands.
    """

    cached: Mapping[int, int]
    later: Mapping[int, Mapping[str, int]]
    providers: Mapping[Place, Money]
    priced: int


@dataclass(slots=True)
class _Seen:
    """What was made up for one column.

    Attributes:
        requests: by their hash.
        asked: how many cells begin with a request, and may go on with others, by hash.
    """

    subject: Subject
    cells: int = 0
    requests: dict[str, CallRequest] = field(default_factory=dict[str, "CallRequest"])
    asked: Counter[tuple[str, tuple[str, ...]]] = field(
        default_factory=Counter[tuple[str, tuple[str, ...]]]
    )

    def take(self, first: CallRequest | None, later: Sequence[CallRequest]) -> None:
        """Count the requests of one cell; an empty hash where nothing is sent first."""
        self.cells += 1
        self.asked[self._keep(first) if first else "", tuple(map(self._keep, later))] += 1

    def _keep(self, request: CallRequest) -> str:
        key = request_hash(request)
        self.requests[key] = request
        return key


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
        except PriceError:
            raise
        except InputError:
            return "run"  # its turn ends it as invalid; nothing is paid
        later: Sequence[CallRequest] = ()
        if isinstance(subject.enricher, LaterRequests):
            later = subject.enricher.later_requests(job, self._settings)
        seen.take(request, later)
        return "run"

    def finish(self, queued: Mapping[int, int]) -> Estimate:
        """The estimate for so many queued cells by column id. One query a thousand requests."""
        cached: dict[int, int] = {}
        later: dict[int, Mapping[str, int]] = {}
        providers: dict[Place, Money] = {}
        for column_id, cells in queued.items():
            seen = self._seen.get(column_id)
            if cells and seen is not None:
                scale = cells / max(1, seen.cells)
                cached[column_id], later[column_id] = self._add(seen, scale, providers)
        priced = sum(seen.cells for seen in self._seen.values())
        return Estimate(cached, later, providers, priced)

    def _add(
        self, seen: _Seen, scale: float, providers: dict[Place, Money]
    ) -> tuple[int, Mapping[str, int]]:
        """Sum up one column: how many of its cells are cached, and what may follow by provider."""
        answered = self._answered(seen.requests)
        firsts = dict.fromkeys(first for first, _ in seen.asked if first)
        others = dict.fromkeys(key for _, later in seen.asked for key in later)
        later: Counter[str] = Counter()
        for key, request in seen.requests.items():
            if key in answered:
                continue
            is_sure = key in firsts
            place = (request.provider, request.host)
            providers.setdefault(place, Money()).add(request, scale, is_sure=is_sure)
            later[request.provider] += key in others
        number = sum(
            cells
            for (first, after), cells in seen.asked.items()
            if first in answered and answered.issuperset(after)
        )
        return round(number * scale), {name: round(n * scale) for name, n in later.items()}

    def _answered(self, requests: Mapping[str, CallRequest]) -> frozenset[str]:
        """Hashes of those that an earlier answer serves."""
        hashes = [key for key, request in requests.items() if request.is_cacheable]
        found = self._store.find_answers(hashes) if hashes and self._uses_cache else {}
        now = time.time()
        return frozenset(
            key for key, call in found.items() if is_fresh(call, requests[key].max_age_s, now)
        )
