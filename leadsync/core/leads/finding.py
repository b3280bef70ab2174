"""Finding one lead by what people type: its number, e-mail address or LinkedIn profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import NotFound
from leadsync.core.identity import clean_email_cell, identity_keys

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace


def find_lead(workspace: Workspace, text: str) -> int:
    """The id of a lead.

    Numbers find leads in the trash, too; addresses find the oldest live lead, in any campaign.

    Raises:
        NotFound: there is no such lead, or the text is none of these.
    """
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        lead_id = int(wanted)
        if workspace.store.rows([lead_id], ["id"]):
            return lead_id
    else:
        keys = _keys_of(wanted)
        found = workspace.store.find_by_keys(keys, None) if keys else {}
        for key in keys:
            if key in found:
                return found[key]
    raise NotFound(
        "lead",
        wanted[:80],
        next_step="name it by number, e-mail or LinkedIn address; leadsync leads list",
    )


def find_others(workspace: Workspace, text: str, lead_id: int) -> list[tuple[int, str]]:
    """The other live leads that an address names, with their campaigns; a number names one."""
    store = workspace.store
    keys = () if text.strip().isdecimal() else _keys_of(text.strip())
    owners = store.owners_of(keys) if keys else []
    live = store.ids({"id": {"$in": owners}}) if owners else ()
    rows = store.rows([i for i in live if i != lead_id], ["id", "campaign"])
    return [(other, str(campaign)) for other, campaign in rows]


def _keys_of(text: str) -> tuple[str, ...]:
    email = clean_email_cell(text)
    return identity_keys(email.email, email.alternates, None if email.email else text)


def name_of(store: Store, lead_id: int) -> str:
    """A lead for messages: `lead 12 (Ada Lovelace, ada@example.com)`."""
    for name, email in store.rows([lead_id], ["name", "email"]):
        words = ", ".join(str(part)[:80] for part in (name, email) if part)
        return f"lead {lead_id} ({words})" if words else f"lead {lead_id}"
    return f"lead {lead_id}"
