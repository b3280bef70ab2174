"""A lead's cells as a table of others holds them, and the marks that the ledger keeps of them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leadsync.core.models import ColumnType
from leadsync.core.values import show

if TYPE_CHECKING:
    from leadsync.core.exporting.formats import Cell as LeadCell
    from leadsync.core.sync.tables import Cell

CUT = "… (cut)"
MARK_BYTES = 9
LARGEST_EXACT = 2**53
"""Whole numbers above it are not exact in a table that counts with doubles: they go as text."""


@dataclass(frozen=True, slots=True)
class SentCell:
    """What is written for a cell of a lead.

    Attributes:
        cell: as it is sent.
        text: as the table shows it back.
        is_cut: the table cannot hold all of it.
    """

    cell: Cell
    text: str
    is_cut: bool = False


class Verdict(Enum):
    """Who has changed a cell since it was sent last."""

    SAME = "same"
    HERE = "changed here"
    THERE = "changed there"
    BOTH = "changed on both sides"


def sent_cell(value: LeadCell, kind: ColumnType, most_characters: int) -> SentCell:
    """A cell of a lead as it is sent: numbers of number columns as numbers, all else as text."""
    text = show(value).replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most_characters:
        text = text[: most_characters - len(CUT)] + CUT
        return SentCell(text, text, is_cut=True)
    if kind is ColumnType.NUMBER and isinstance(value, (int, float)):
        return SentCell(value if abs(value) <= LARGEST_EXACT else text, text)
    return SentCell(text, text)


def shown_there(value: object) -> str:
    """The text of a cell that a table gave back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return show(value)
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")


def mark_of(text: str) -> str:
    """A short hash of a cell's text, for the ledger: the text itself is not kept twice."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES)
    return base64.urlsafe_b64encode(digest.digest()).decode()


def compare(here: str, there: str, mark: str | None) -> Verdict:
    """Which side has changed a cell since its text had this mark.

    Where nothing is known of what was sent, only a blank side may be filled from the other.
    """
    if here == there:
        return Verdict.SAME
    if mark is None:
        if not there:
            return Verdict.HERE
        return Verdict.BOTH if here else Verdict.THERE
    if mark_of(there) == mark:
        return Verdict.HERE
    return Verdict.THERE if mark_of(here) == mark else Verdict.BOTH
