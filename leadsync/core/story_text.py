"""The story of a cell in words, as `leadsync why` and the grid tell it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadsync.core.money import show_usd
from leadsync.core.values import show
from leadsync.core.wording import show_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadsync.core.engine.trace import StepTrace
    from leadsync.core.provenance import AskedCall, Moment, Story

MOMENTS_SHOWN = 10


def story_lines(story: Story) -> Iterator[str]:
    """Everything that is known of a cell, the value first. Texts of cells are as they are."""
    yield from _head(story)
    for call in story.calls:
        yield ""
        yield from _call(call)
    if story.moments:
        yield ""
        yield "values, newest first:"
        yield from map(_moment, story.moments[:MOMENTS_SHOWN])
        if len(story.moments) > MOMENTS_SHOWN:
            yield f"  … {len(story.moments) - MOMENTS_SHOWN} more: --json"


def _head(story: Story) -> Iterator[str]:
    yield f"{story.column_key} of lead {story.lead_id}: {show(story.value) or '(blank)'}"
    yield f"  from: {story.origin}{f', column {story.driver_key}' if story.driver_key else ''}"
    if story.run_id:
        yield f"  run: {story.run_id}"
    if story.model:
        yield f"  model: {story.model}{f' at {story.source}' if story.source else ''}"
    yield from _said("note", story.note)
    if story.at:
        age = "" if story.age_s is None else f", {show_seconds(story.age_s)} ago"
        yield f"  at: {story.at}{age}"
    state = story.state
    if state.status:
        yield f"  state: {state.status}, {state.reason}{f': {state.detail}' if state.detail else ''}"
    if story.is_older:
        yield "  older: the last run failed; the value was there before"
    if state.locked:
        yield "  locked: written by hand; runs leave it alone"
    if state.stale:
        yield "  stale: an input or the column's definition changed since"
    if story.run_id:
        yield f"  cost: {show_usd(story.cost_usd_micros)}"
    if story.blank_because:
        yield f"  {'blank' if story.template else 'not asked'}: {story.blank_because}"
    yield from _said("formula", story.template)
    yield from _cells("inputs", story.inputs)
    yield from _cells("different now", story.changed_inputs)
    yield from _steps(story.trace)


def _said(title: str, text: str) -> Iterator[str]:
    if text:
        yield f"  {title}: {text}"


def _cells(title: str, cells: Mapping[str, object]) -> Iterator[str]:
    if cells:
        yield f"  {title}:"
        for key, value in cells.items():
            yield f"    {key}: {show(value) or '(blank)'}"  # type: ignore[arg-type]  # cells as JSON


def _steps(trace: Sequence[StepTrace]) -> Iterator[str]:
    if trace:
        yield "  steps:"
    for number, step in enumerate(trace, 1):
        yield f"    {number}. {_step(step)}"
        if step.then is not None:
            yield f"       then {_step(step.then)}"


def _step(step: StepTrace) -> str:
    found = ", ".join(f"{name} {show(value)}" for name, value in step.cells.items() if value)
    why = f" ({step.why})" if step.why else ""
    cost = "from the cache" if step.bill.from_cache else show_usd(step.bill.cost_usd_micros)
    return f"{step.step}: {step.verdict}{why}{f': {found}' if found else ''}; {cost}"


def _call(call: AskedCall) -> Iterator[str]:
    status = "" if call.status is None else f" {call.status}"
    yield f"call {call.id} to {call.provider}, {call.operation}: {call.state}{status}"
    most = call.at_most_usd_micros
    cost = f"at most {show_usd(most)}" if most else show_usd(call.cost_usd_micros)
    yield f"  sent at {call.sent_at}, {cost}"
    if call.units:
        yield f"  {', '.join(f'{number:,} {name}' for name, number in call.units.items())}"
    for message in call.messages:
        yield f"  --- {message.get('role', '')} ---"
        yield message.get("content", "")
    if call.answer is not None:
        yield "  --- answer ---"
        yield _readable(call.answer)


def _readable(answer: object) -> str:
    """A text as it is, and all else as JSON with a line a value."""
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, indent=2)


def _moment(moment: Moment) -> str:
    text = show(moment.value) or "(blank)"
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return f"  {moment.at[:19]}  {moment.actor}  {moment.label}  {shown!s}"
