"""The kinds of hooks: that of forms is ours, all others are of packages, found by entry point.

A kind reads what a provider sends; what follows from it is done here, alike for all kinds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from leadsync.core.installed import installed_names, load_installed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Column, Value

ENTRY_POINTS = "leadsync.inbound"
FORM = "form"


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says of one person.

    Attributes:
        event: what has happened, for history: "email_bounced". Never a person's data.
        key: equal in repeats of the same report; empty: the whole message is compared.
        lead_id: our id, where it travelled along; 0: the address says who it is.
        email: as it came.
        place: the destination in the ledger of what was sent that tells which of several leads
            with this address is meant, as "instantly:CAMPAIGN"; empty: all are.
        cells: what it says, by key of a column; the kind's `cells` has the last word.
        suppress: why this address must not be touched any more; empty: it may be.
    """

    event: str
    key: str = ""
    lead_id: int = 0
    email: str = ""
    place: str = ""
    cells: Mapping[str, Value] = field(default_factory=dict[str, "Value"])
    suppress: str = ""


class HookKind(Protocol):
    """Reads what one provider sends by itself."""

    name: str
    """As people type it: "instantly"."""
    help: str
    """One line: what it takes."""
    columns: Sequence[Column]
    """Columns that it fills by itself; made when the first cell comes."""

    def check_fields(self, fields: Mapping[str, str]) -> None:
        """Make sure that it can work with a mapping: what a message calls it -> column.

        Raises:
            InputError: it takes none, needs one, or an entry does not fit.
        """
        ...

    def read(self, message: object, fields: Mapping[str, str]) -> Sequence[Report]:
        """What a message, parsed from JSON, says; empty: nothing that concerns leads.

        Raises:
            InputError: it is no message of this provider.
        """
        ...

    def cells(self, report: Report, now: Mapping[str, Value]) -> Mapping[str, Value]:
        """What to write for a report where a lead's cells are as `now` says.

        Messages come late and out of order: an older one must not undo a newer one.
        """
        ...


def hook_kinds() -> list[str]:
    """Names of the kinds of installed packages, without importing any."""
    return installed_names(ENTRY_POINTS)


def find_hook_kind(name: str) -> HookKind:
    """A kind by name; its package is imported now.

    Raises:
        NotFound: no installed package has it.
    """
    return cast("HookKind", load_installed(ENTRY_POINTS, name, "kind of hook", (FORM,)))
