"""Where the cursor is and what is shown, in words: the left of the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.tui.jobs import job_words

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.model import Look


def position_words(desk: Desk, pending: str) -> list[str]:
    """Position, look, marks, range, sums, hints, jobs, and the keys typed so far."""
    model, cursor = desk.model, desk.grid.cursor
    total = f"{len(model.ids):,}" if model.is_whole else f"≥{len(model.ids):,}"
    words = ["PRACTICE"] if desk.workspace.config.is_practice else []
    words += [f"{min(cursor.row + 1, len(model.ids)):,} / {total}", *_look_words(model.look)]
    if model.marks:
        words.append(f"{model.marks.count:,} marked")
    if cursor.has_range:
        rows, columns = cursor.rows(), cursor.columns(desk.grid.extent)
        words.append(f"range of {len(rows):,} by {len(columns)}")
    words += desk.sums.words()
    words += desk.hints.words()
    words += job_words(desk.jobs.running)
    return [*words, pending] if pending else words


def _look_words(look: Look) -> list[str]:
    words: list[str] = []
    if look.trashed:
        words.append("trash")
    if look.view:
        words.append(f"view {look.view}")
    if look.campaign:
        words.append(f"campaign {look.campaign}")
    if look.where:
        words.append(look.where)
    if look.only_marked:
        words.append("only marked")
    return words
