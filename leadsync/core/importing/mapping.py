"""Which field each column of a file fills, and why: known header first, then what its cells hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, nearest
from leadsync.core.importing.cell_kinds import ENOUGH, Kind, count_kinds
from leadsync.core.importing.synonyms import (
    SURNAME_OR_NAME,
    known_field,
    known_field_of_person,
    normalise_header,
    suggested_field,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SEVERAL = frozenset({"email_alt"})
"""Fields that more than one column may fill; of any other the best column gets it."""

MIXED = frozenset({*SEVERAL, "tags"})
"""Fields to which a user may map several columns: all their cells are kept."""

OWN_COLUMN = "+"
"""In place of a field: the column is kept under its own name, whatever it looks like."""

_LOOKS = {
    "email": {Kind.EMAIL},
    "email_alt": {Kind.EMAIL},
    "linkedin_url": {Kind.PROFILE},
    "linkedin_member_id": {Kind.MEMBER},
    "company_linkedin_url": {Kind.COMPANY_PAGE},
    "website": {Kind.WEBSITE, Kind.DOMAIN},
    "domain": {Kind.DOMAIN, Kind.WEBSITE},
    "phone": {Kind.PHONE},
    "company_phone": {Kind.PHONE},
}
_BY_VALUE = {
    Kind.PROFILE: "linkedin_url",
    Kind.MEMBER: "linkedin_member_id",
    Kind.COMPANY_PAGE: "company_linkedin_url",
}
_ADDRESSES = frozenset({"website", "linkedin_url", "linkedin_member_id", "company_linkedin_url"})
_WITHOUT_HEADER = (
    ("email", {Kind.EMAIL}),
    ("linkedin_url", {Kind.PROFILE}),
    ("linkedin_member_id", {Kind.MEMBER}),
    ("company_linkedin_url", {Kind.COMPANY_PAGE}),
    ("phone", {Kind.PHONE}),
    ("website", {Kind.WEBSITE, Kind.DOMAIN}),
)
_DENIED = {
    "email": frozenset(
        {"owner", "source", "status", "confidence", "domain", "provider", "opt", "bounced"}
        | {"second", "third", "type", "label"}
    ),
    "linkedin_url": frozenset({"company", "organization", "organisation", "account"}),
    "phone": frozenset(
        {"company", "organization", "organisation", "fax", "assistant", "assistants"}
    ),
    "city": frozenset({"company", "organization", "organisation"}),
    "company_linkedin_url": frozenset({"id", "unique"}),
}
"""Words that keep a header out of a field, whatever the list of synonyms says."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What becomes of one column.

    Attributes:
        header: its name in the file, made unique.
        field: the field it fills; None keeps it as a text column of its own name.
        reason: why, in one line.
        suggestion: the field that the header may be a misspelling of; never applied by itself.
        ignored: the user said to leave it out.
    """

    header: str
    field: str | None
    reason: str
    suggestion: str | None = None
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """A field that a column asks for; the strongest claim gets it."""

    index: int
    field: str
    reason: str
    by_header: bool
    has_cells: bool
    is_doubtful: bool = False

    def strength(self) -> tuple[bool, bool, bool, int]:
        return (self.has_cells, not self.is_doubtful, self.by_header, -self.index)


def propose_mapping(
    columns: Sequence[str],
    sample: Sequence[Sequence[str]],
    overrides: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
    *,
    has_header: bool = True,
) -> list[ColumnMap]:
    """What every column becomes, in the order of the file.

    Args:
        columns: names of the columns, unique.
        sample: records to look at, as read.
        overrides: header -> field or `OWN_COLUMN`, from the user; they win.
        ignored: headers that the user leaves out.
        has_header: False maps by value alone.

    Raises:
        InputError: an override or an ignored header is not in the file.
    """
    forced = {find_column(columns, header): f.strip() for header, f in (overrides or {}).items()}
    left_out = {find_column(columns, header) for header in ignored}
    cells = [[row[n] for row in sample if n < len(row)] for n in range(len(columns))]
    kinds = [count_kinds(column) for column in cells]
    maps = [
        _without_claim(name, index, kinds[index], has_header=has_header)
        for index, name in enumerate(columns)
    ]
    claims: list[_Claim] = []
    for index, name in enumerate(columns):
        if index in left_out:
            maps[index] = ColumnMap(name, None, "left out, as you said", ignored=True)
        elif forced.get(index) == OWN_COLUMN:
            maps[index] = ColumnMap(name, None, "kept under its own name, as you said")
        elif index in forced:
            maps[index] = ColumnMap(name, forced[index], "mapped as you said")
        else:
            claim = _claim(name, index, kinds[index], has_header=has_header)
            claims += [claim] if claim else []
    _settle(claims, maps, taken={f for f in forced.values() if f not in SEVERAL})
    return _settle_surnames(maps, cells)


def find_column(columns: Sequence[str], header: str) -> int:
    """Which column the user means: by exact name, else by normalised name.

    Raises:
        InputError: none, or more than one.
    """
    if header in columns:
        return columns.index(header)
    wanted = normalise_header(header)
    found = [n for n, name in enumerate(columns) if normalise_header(name) == wanted]
    if len(found) == 1:
        return found[0]
    near = nearest(header, columns)
    raise InputError(
        f'the file has no column "{header}"',
        next_step=f'did you mean "{near}"?' if near else "its columns: " + ", ".join(columns[:12]),
    )


def header_fingerprint(columns: Sequence[str]) -> str:
    """A short text that is the same for files with the same headers."""
    joined = "\x1f".join(normalise_header(name) or name for name in columns)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _claim(name: str, index: int, kinds: dict[Kind, int], *, has_header: bool) -> _Claim | None:
    if not has_header:
        return _claim_by_value(index, kinds)
    field = known_field(name)
    exact = field is not None
    field = field or known_field_of_person(name)
    if field is None or _is_denied(name, field):
        return None
    total = sum(kinds.values())
    if field in _ADDRESSES and total:
        by_value = next(
            (f for k, f in _BY_VALUE.items() if kinds.get(k, 0) >= ENOUGH * total), None
        )
        if by_value and by_value != field:
            if _is_denied(name, by_value):
                return None
            count = _count(kinds, _LOOKS[by_value])
            reason = f'"{name}" holds {_of_cells(count, total)} with {_noun(by_value)}'
            return _Claim(index, by_value, reason, by_header=False, has_cells=True)
    fits = _fits(field, kinds)
    if not fits and not (exact and _is_misspelt_email(field, kinds)):
        return None
    called = "header is a known name for" if exact else "header ends in a known name for"
    looks = _LOOKS.get(field)
    if looks and total:
        proof = f"{_of_cells(_count(kinds, looks), total)} look like it"
    else:
        proof = "cells are not checked" if total else "blank so far"
    shown = "last_name" if field == SURNAME_OR_NAME else field
    return _Claim(
        index, field, f"{called} {shown}; {proof}",
        by_header=exact, has_cells=total > 0, is_doubtful=not fits,
    )  # fmt: skip


def _claim_by_value(index: int, kinds: dict[Kind, int]) -> _Claim | None:
    total = sum(kinds.values())
    for field, looks in _WITHOUT_HEADER:
        count = _count(kinds, looks)
        if total and count >= ENOUGH * total:
            reason = f"no header; {_of_cells(count, total)} look like {field}"
            return _Claim(index, field, reason, by_header=False, has_cells=True)
    return None


def _without_claim(name: str, index: int, kinds: dict[Kind, int], *, has_header: bool) -> ColumnMap:
    """The map of a column that fills no field: kept under its own name, with the reason."""
    if not has_header:
        return ColumnMap(name, None, f"no header; column {index + 1} kept as text")
    field = known_field(name) or known_field_of_person(name)
    if field and not _is_denied(name, field) and not _fits(field, kinds):
        total = sum(kinds.values())
        if field == "title":
            return ColumnMap(name, None, "kept as it is: its cells are forms of address, not jobs")
        count = _count(kinds, _LOOKS[field])
        reason = f"kept as it is: only {_of_cells(count, total)} look like {field}"
        return ColumnMap(name, None, reason)
    suggestion = None if field else suggested_field(name)
    if suggestion and not _fits(suggestion, kinds):
        suggestion = None
    hint = f"; did you mean {suggestion}?" if suggestion else ""
    return ColumnMap(name, None, f"kept under its own name{hint}", suggestion)


def _settle(claims: list[_Claim], maps: list[ColumnMap], *, taken: set[str]) -> None:
    winners: dict[str, str] = {}
    for claim in sorted(claims, key=_Claim.strength, reverse=True):
        name = maps[claim.index].header
        if claim.field in taken:
            other = winners.get(claim.field, "another column")
            reason = f'kept as it is: "{other}" fills {claim.field}'
            maps[claim.index] = ColumnMap(name, None, reason)
            continue
        maps[claim.index] = ColumnMap(name, claim.field, claim.reason)
        if claim.field not in SEVERAL:
            taken.add(claim.field)
            winners[claim.field] = name


def _settle_surnames(maps: list[ColumnMap], cells: list[list[str]]) -> list[ColumnMap]:
    """Decide `nom`, and a bare `Name` beside a first name: last name, or the whole name."""
    by_field = {m.field: n for n, m in enumerate(maps) if m.field}
    first = by_field.get("first_name")
    for index, column in enumerate(maps):
        if column.field == SURNAME_OR_NAME:
            wanted = "full_name" if first is None else "last_name"
            free = wanted not in by_field
            maps[index] = replace(column, field=wanted if free else None)
        elif (
            column.field == "full_name"
            and first is not None
            and "last_name" not in by_field
            and normalise_header(column.header) == "name"
            and not _holds(cells[index], cells[first])
        ):
            reason = "beside a first name, and without it in its cells: the last name"
            maps[index] = replace(column, field="last_name", reason=reason)
    return maps


def _holds(names: list[str], first_names: list[str]) -> bool:
    """Whether most names contain the first name that stands beside them."""
    pairs = [
        (a.casefold(), b.casefold().strip())
        for a, b in zip(names, first_names, strict=False)
        if a.strip() and b.strip()
    ]
    return not pairs or sum(1 for a, b in pairs if b in a) * 2 >= len(pairs)


def _is_denied(name: str, field: str) -> bool:
    denied = _DENIED.get(field)
    return bool(denied and not denied.isdisjoint(normalise_header(name).split()))


def _fits(field: str, kinds: dict[Kind, int]) -> bool:
    """Whether enough cells look like the field; a column without any cell does."""
    total = sum(kinds.values())
    if field == "title":
        return not total or kinds.get(Kind.HONORIFIC, 0) * 2 <= total
    looks = _LOOKS.get(field)
    if looks is None or not total:
        return True
    if field == "linkedin_member_id" and kinds.get(Kind.PHONE, 0) >= ENOUGH * total:
        return True  # numeric member ids look like phone numbers
    return _count(kinds, looks) >= ENOUGH * total


def _is_misspelt_email(field: str, kinds: dict[Kind, int]) -> bool:
    """Whether a column under the very name of an address has any: the others are misspelt ones.

    Such cells are told apart row by row; leaving the whole column out would lose the good ones.
    """
    return _LOOKS.get(field) == {Kind.EMAIL} and kinds.get(Kind.EMAIL, 0) > 0


def _count(kinds: dict[Kind, int], looks: Collection[Kind]) -> int:
    return sum(kinds.get(kind, 0) for kind in looks)


def _of_cells(count: int, total: int) -> str:
    return f"{count} of {total} cell{'' if total == 1 else 's'}"


def _noun(field: str) -> str:
    return next(iter(_LOOKS[field])).value
