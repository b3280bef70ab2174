"""A plan as one object: what a run would ask, what that may cost, and what it leaves alone.

The command line, the grid and JSON show the same one; `planning` makes it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.engine.cells import Skip
from leadsync.core.engine.daily_caps import daily_cap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.engine.cells import Scope
    from leadsync.core.models import Column, Doc


@dataclass(slots=True)
class ColumnPlan:
    """What a run would do in one column.

    Attributes:
        leads: ids of the leads whose cell is queued, cached ones included.
        cached: how many of them an earlier answer serves for nothing.
        skipped: cells that are not asked, by why: fresh locked filled suppressed condition.
        blank: cells that are not asked because a field is blank, by that field.
        left_out: leads that are not handed over, by why: `not verified`.
        sends: of a column that hands leads over: how many are new, changed, unchanged out there.
        verdicts: of the new and changed ones: how many addresses have which verdict.
        stale: of these, how many have cells that answer to what the lead was before, by column.
        kept: filled cells of queued leads that another than this column filled, and that stay.
        replaced: such cells that the run replaces, because all cells are wanted.
        note: what to know beside, such as that a formula never needs a run.
    """

    column: Column
    leads: array[int] = field(default_factory=lambda: array("q"))
    cached: int = 0
    skipped: Counter[str] = field(default_factory=Counter[str])
    blank: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    sends: Counter[str] = field(default_factory=Counter[str])
    verdicts: Counter[str] = field(default_factory=Counter[str])
    stale: Counter[str] = field(default_factory=Counter[str])
    kept: int = 0
    replaced: int = 0
    note: str = ""

    @property
    def to_ask(self) -> int:
        """Cells for which a provider is asked."""
        return len(self.leads) - self.cached

    def to_doc(self) -> Doc:
        """The numbers as JSON; the leads only as their count."""
        return {
            "key": self.column.key,
            "label": self.column.label,
            "kind": self.column.kind,
            "run": self.to_ask,
            "cached": self.cached,
            **{str(skip): self.skipped[skip] for skip in Skip if skip is not Skip.GONE},
            "blank": dict(self.blank),
            "leftOut": dict(self.left_out),
            "sends": dict(self.sends),
            "verdicts": dict(self.verdicts),
            "stale": dict(self.stale),
            "kept": self.kept,
            "replaced": self.replaced,
            "usdPerDayMicros": daily_cap(self.column),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What one provider may be asked and paid.

    Attributes:
        host: where, if a column names an address of its own.
        calls: requests that the run sends.
        more_calls: requests that may follow, depending on the answers.
        max_usd_micros: None where a price is not known.
        max_units: the most that the provider counts, by unit: `{"credit": 200}`.
        per_s: how often it may be asked, as far as that is known.
    """

    name: str
    host: str
    calls: int
    more_calls: int
    min_usd_micros: int
    max_usd_micros: int | None
    max_units: Mapping[str, float]
    per_s: float | None
    usd_per_day_micros: int | None

    @property
    def place(self) -> str:
        """Who is asked, in words: `openai`, `openai at llm.example.com`."""
        return f"{self.name} at {self.host}" if self.host else self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do and cost. The same object for previews, dry runs and JSON.

    Attributes:
        leads: how many leads the filter matches.
        priced_cells: how many requests were made up to find price and cache; where there are
            more cells, the rest is taken to be like these.
        max_cost_usd_micros: the cap of the run; None: none.
        expected_s: how long it takes, roughly.
        no_cache: answers of earlier runs do not serve.
    """

    columns: tuple[ColumnPlan, ...]
    filter_doc: Doc
    filter_text: str
    scope: Scope
    leads: int
    limit: int | None
    providers: tuple[ProviderPlan, ...]
    priced_cells: int
    max_cost_usd_micros: int | None
    concurrency: int
    expected_s: float
    no_cache: bool = False

    @property
    def cells(self) -> int:
        """Cells that the run would settle."""
        return sum(len(part.leads) for part in self.columns)

    @property
    def to_ask(self) -> int:
        """Cells for which a provider is asked."""
        return sum(part.to_ask for part in self.columns)

    @property
    def hands_over(self) -> int:
        """Leads that are sent to be written to: new ones and changed ones."""
        return sum(part.sends["create"] + part.sends["update"] for part in self.columns)

    @property
    def min_usd_micros(self) -> int:
        """The least that all of it costs, as far as prices are known."""
        return sum(provider.min_usd_micros for provider in self.providers)

    @property
    def max_usd_micros(self) -> int | None:
        """The most that all of it costs; None where a price is not known."""
        known = [p.max_usd_micros for p in self.providers if p.max_usd_micros is not None]
        return sum(known) if len(known) == len(self.providers) else None

    def to_doc(self) -> Doc:
        """The plan as JSON."""
        return {
            "filter": self.filter_text,
            "scope": str(self.scope),
            "leads": self.leads,
            "limit": self.limit,
            "cells": self.cells,
            "run": self.to_ask,
            "columns": [part.to_doc() for part in self.columns],
            "providers": [
                {
                    "name": p.name,
                    "host": p.host,
                    "calls": p.calls,
                    "moreCalls": p.more_calls,
                    "maxUnits": dict(p.max_units),
                    "minUsdMicros": p.min_usd_micros,
                    "maxUsdMicros": p.max_usd_micros,
                    "usdPerDayMicros": p.usd_per_day_micros,
                }
                for p in self.providers
            ],
            "pricedCells": self.priced_cells,
            "minUsdMicros": self.min_usd_micros,
            "maxUsdMicros": self.max_usd_micros,
            "caps": {"runUsdMicros": self.max_cost_usd_micros},
            "concurrency": self.concurrency,
            "noCache": self.no_cache,
            "expectedSeconds": round(self.expected_s),
        }
