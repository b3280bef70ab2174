"""The trace of a job that asked several providers: each step, what it answered, why it went on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.outcomes import Bill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Doc
    from leadsync.core.models import Value as Cell

TRACE = "trace"
"""The name under which a task's meta keeps it."""


class Verdict(StrEnum):
    """What became of a step."""

    ACCEPTED = "accepted"
    REJECTED = "not accepted"
    FOUND = "found"  # of what follows in the same step
    NO_MATCH = "no match"
    SKIPPED = "skipped"
    REFUSED = "refused"
    INVALID = "invalid"
    FAILED = "failed"
    HELD = "held"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One step of one job.

    Attributes:
        why: in words, where it was not accepted.
        cells: what it answered, by name.
        bill: what it cost, with its calls; without what followed in the same step.
        trouble: `throttled` or `transient`, where it may work later.
        then: what followed in the same step, such as a verification.
    """

    step: str
    kind: str
    verdict: Verdict
    why: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict[str, "Cell"])
    bill: Bill = field(default_factory=Bill)
    trouble: str = ""
    then: StepTrace | None = None

    def to_doc(self) -> Doc:
        """As a task's meta keeps it."""
        doc: dict[str, Any] = {
            "step": self.step,
            "kind": self.kind,
            "verdict": str(self.verdict),
            "why": self.why,
            "cells": dict(self.cells),
            "costUsdMicros": self.bill.cost_usd_micros,
            "callIds": list(self.bill.call_ids),
            "fromCache": self.bill.from_cache,
        }
        if self.trouble:
            doc["trouble"] = self.trouble
        if self.then is not None:
            doc["then"] = self.then.to_doc()
        return doc


def read_trace(meta: Mapping[str, Any]) -> list[StepTrace]:
    """The steps that a task's meta tells of; empty where its column asks one provider."""
    return [read_step(step) for step in meta.get(TRACE) or ()]


def trace_doc(steps: Sequence[StepTrace]) -> Doc:
    """The part of a task's meta that tells of steps."""
    return {TRACE: [step.to_doc() for step in steps]}


def read_step(doc: Mapping[str, Any]) -> StepTrace:
    """A step as a task's meta keeps it."""
    return StepTrace(
        step=doc["step"],
        kind=doc["kind"],
        verdict=Verdict(doc["verdict"]),
        why=doc["why"],
        cells=doc["cells"],
        bill=Bill(doc["costUsdMicros"], tuple(doc["callIds"]), doc["fromCache"]),
        trouble=doc.get("trouble", ""),
        then=read_step(doc["then"]) if "then" in doc else None,
    )
