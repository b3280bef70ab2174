"""What an incoming row does to the lead it belongs to: pure rules, no store."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.host_names import as_punycode
from leadsync.core.identity import clean_email_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value

ALTERNATES = "email_alt"


class OnDuplicate(StrEnum):
    """What happens to a lead that is there already."""

    FILL = "fill"
    UPDATE = "update"
    SKIP = "skip"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """How cells of an incoming row and of the lead it belongs to become one.

    Attributes:
        on_duplicate: FILL writes blank cells only; UPDATE lets non-blank incoming cells win.
        keep: field keys that are never overwritten, whatever the policy.
        overwrite: field keys that non-blank incoming cells always win.
        force: UPDATE may also overwrite cells that a person wrote by hand.
    """

    on_duplicate: OnDuplicate = OnDuplicate.FILL
    keep: frozenset[str] = field(default_factory=frozenset[str])
    overwrite: frozenset[str] = field(default_factory=frozenset[str])
    force: bool = False

    @property
    def may_overwrite(self) -> bool:
        """Whether any filled cell may be replaced."""
        return self.on_duplicate is OnDuplicate.UPDATE or bool(self.overwrite - self.keep)

    @property
    def within_file(self) -> MergePolicy:
        """The policy between two rows of one file: the later one fills the earlier.

        Otherwise a file whose rows contradict each other would change leads on every import.
        """
        return MergePolicy(OnDuplicate.FILL, self.keep)

    def wins(self, key: str) -> bool:
        """Whether an incoming non-blank cell of this field replaces a filled one."""
        if key in self.keep:
            return False
        return key in self.overwrite or self.on_duplicate is OnDuplicate.UPDATE


def merge(
    fields: Sequence[str],
    existing: Sequence[Value],
    incoming: Sequence[Value],
    policy: MergePolicy,
    by_hand: frozenset[str] = frozenset(),
) -> dict[str, Value]:
    """The cells that change, by field key. A blank never overwrites.

    E-mail addresses are never lost: an incoming address that the lead does not have joins its
    alternates, and so does one that is replaced.

    Args:
        fields: keys of the cells, in the order of both rows.
        existing: the lead's cells now.
        incoming: the row's cells.
        policy: which side wins.
        by_hand: fields that a person wrote; they win unless the policy forces.
    """
    changes: dict[str, Value] = {}
    if existing == incoming:
        return changes
    for key, old, new in zip(fields, existing, incoming, strict=True):
        if new is None or old == new or key == ALTERNATES:
            continue
        if old is None or (policy.wins(key) and (policy.force or key not in by_hand)):
            changes[key] = new
    if ALTERNATES in fields:
        _keep_addresses(dict(zip(fields, existing, strict=True)),
                        dict(zip(fields, incoming, strict=True)), changes)  # fmt: skip
    return changes


def _keep_addresses(
    existing: Mapping[str, Value], incoming: Mapping[str, Value], changes: dict[str, Value]
) -> None:
    """Every address of both sides ends up as the e-mail or among the alternates."""
    email = changes.get("email", existing["email"])
    own = addresses(existing[ALTERNATES])
    candidates = (existing["email"], incoming["email"], *addresses(incoming[ALTERNATES]))
    known = {as_punycode(str(a)) for a in (email, *own) if a is not None}
    more = [str(a) for a in candidates if a is not None and as_punycode(str(a)) not in known]
    kept = [a for a in own if a != email] if "email" in changes else own
    if more or len(kept) < len(own):
        changes[ALTERNATES] = join_addresses(list(dict.fromkeys((*kept, *more))))


def addresses(cell: Value) -> list[str]:
    """The addresses in an `email_alt` cell, which a person may have typed."""
    if not cell:
        return []
    found = clean_email_cell(str(cell))
    return [a for a in (found.email, *found.alternates) if a]


def join_addresses(found: Sequence[str]) -> str | None:
    """An `email_alt` cell of these addresses; None for none."""
    return "; ".join(found) or None
