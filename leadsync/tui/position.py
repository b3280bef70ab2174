"""Where the cursor is and what is shown, in words: the left of the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.tui.jobs import job_words

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.model import Look


def place_words(desk: Desk) -> str:
    """Where the cursor is, of how many leads, and whether these are the trash."""
    model = desk.model
    total = f"{len(model.ids):,}" if model.is_whole else f"≥{len(model.ids):,}"
    words = ["PRACTICE"] if desk.workspace.config.is_practice else []
    words.append(f"{min(desk.grid.cursor.row + 1, len(model.ids)):,} / {total}")
    return "  ".join([*words, "trash"] if model.look.trashed else words)


def look_words(desk: Desk) -> list[str]:
    """Jobs, marks, range, look, sums and hints: what matters most first."""
    model, cursor = desk.model, desk.grid.cursor
    words = job_words(desk.jobs.running)
    if model.marks:
        words.append(f"{model.marks.count:,} marked")
    if cursor.has_range:
        rows, columns = cursor.rows(), cursor.columns(desk.grid.extent)
        words.append(f"range of {len(rows):,} by {len(columns)}")
    return [*words, *_shown_words(model.look), *desk.sums.words(), *desk.hints.words()]


def _shown_words(look: Look) -> list[str]:
    words: list[str] = []
    if look.view:
        words.append(f"view {look.view}")
    if look.campaign:
        words.append(f"campaign {look.campaign}")
    if look.where:
        words.append(look.where)
    if look.only_marked:
        words.append("only marked")
    return words
