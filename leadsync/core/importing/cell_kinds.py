"""What a cell looks like: an address, a profile, a web site, a phone number, an honorific."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.identity import (
    BLANK_WORDS,
    clean_email_cell,
    is_company_linkedin,
    is_domain,
    is_linkedin,
    linkedin_identity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

ENOUGH = 0.6
"""Share of the non-blank cells that must look like the field."""

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?:tel:)?'?[+(]*\d[\d\s().*/#+-]*(?:\s*[a-z().:]+\s*\d*)?", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?::::|;|\n)\s*")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T].*)?")
_HONORIFIC = re.compile(
    r"(?:(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|herr|frau|m|mme|mlle|sr|sra|srta|dott|dhr|mevr"
    r"|ing|dipl|rev|hon|phd|med)\b[./ ]*)+",
    re.IGNORECASE,
)
_LONGEST_TELLING_CELL = 2_000


class Kind(StrEnum):
    """What most cells of a column are."""

    EMAIL = "e-mail addresses"
    PROFILE = "LinkedIn profiles"
    MEMBER = "LinkedIn member ids"
    COMPANY_PAGE = "LinkedIn company pages"
    WEBSITE = "web addresses"
    DOMAIN = "domains"
    PHONE = "phone numbers"
    HONORIFIC = "forms of address"
    OTHER = "other text"
    BLANK = "blank"


def kind_of_cell(text: str) -> Kind:
    """What one cell is."""
    cell = text.strip()
    if cell.lower() in BLANK_WORDS:
        return Kind.BLANK
    if len(cell) > _LONGEST_TELLING_CELL:
        return Kind.OTHER
    return (
        (Kind.EMAIL if "@" in cell and clean_email_cell(cell).email else None)
        or _kind_on_linkedin(cell)
        or _kind_on_web(cell)
        or (Kind.PHONE if is_phone(_SEPARATOR.split(cell)[0]) else None)
        or (Kind.HONORIFIC if _HONORIFIC.fullmatch(cell) else Kind.OTHER)
    )


def _kind_on_web(cell: str) -> Kind | None:
    lowered = cell.lower()
    if is_domain(lowered):
        return Kind.DOMAIN
    is_address = _URL.match(cell) or is_domain(lowered.partition("/")[0])
    return Kind.WEBSITE if is_address else None


def _kind_on_linkedin(cell: str) -> Kind | None:
    person = linkedin_identity(cell)
    if person:
        return Kind.MEMBER if person.startswith("member/") else Kind.PROFILE
    if is_company_linkedin(cell):
        return Kind.COMPANY_PAGE
    return Kind.PROFILE if is_linkedin(cell) and "lnkd.in/" in cell.lower() else None


def is_phone(text: str) -> bool:
    """Whether a text could be dialled: 5 to 20 digits, hardly anything else, no date."""
    digits = sum(1 for char in text if char.isdigit())
    return 5 <= digits <= 20 and bool(_PHONE.fullmatch(text)) and not _DATE.fullmatch(text)


def looks_like_data(text: str) -> bool:
    """Whether a cell cannot be a header: it holds an address, a web address or a phone number."""
    cell = text.strip()
    kind = kind_of_cell(cell)
    if kind is Kind.PHONE:
        return sum(1 for char in cell if char.isdigit()) >= 7
    if kind is Kind.DOMAIN:
        return cell == cell.lower() and "." in cell
    return kind in (Kind.EMAIL, Kind.PROFILE, Kind.MEMBER, Kind.COMPANY_PAGE, Kind.WEBSITE)


def count_kinds(cells: Iterable[str]) -> dict[Kind, int]:
    """How many cells of each kind there are, blank ones left out."""
    counts: dict[Kind, int] = {}
    for cell in cells:
        kind = kind_of_cell(cell)
        if kind is not Kind.BLANK:
            counts[kind] = counts.get(kind, 0) + 1
    return counts
