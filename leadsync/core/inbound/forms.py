"""Form posts: leads by the rules of import, whatever a stranger writes into a form.

Only fields that are known to be a person's or a company's are taken, and those that the user has
mapped; nothing makes a column. Blank cells are filled unless the user has said otherwise, so that
nobody who guesses an address can change what stands there.
"""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.synonyms import fields, known_field, known_field_of_person
from leadsync.core.inbound.hook_settings import fillable
from leadsync.core.inbound.messages import names_in, read_objects
from leadsync.core.inbound.taken import RepeatError, Taken
from leadsync.core.models import DEFAULT_CAMPAIGN, WRITABLE_OWN_FIELDS
from leadsync.core.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.importing.report import ImportReport
    from leadsync.core.inbound.hooks import Hook
    from leadsync.core.inbound.receipts import Receipts
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

NOT_FOR_STRANGERS = frozenset(
    {"tags", "source", "external_id", "lead_status", "email_status", "opt_out", "notes"}
)
"""Fields of ours rather than of a person; a mapping of the hook may name them."""

NO_LEAD = "no lead: an e-mail address, a LinkedIn profile, or a name with a company is missing"

MOST_OF_REASON = 200  # characters of it in the log


def take_form(
    workspace: Workspace,
    hook: Hook,
    headers: Mapping[str, str],
    body: bytes,
    receipts: Receipts,
    receipt: str,
) -> Taken:
    """Import the leads of a post in one unit, once.

    Raises:
        InputError: it cannot be read, or nothing in it is a lead.
        StoreError: it could not be written; the sender has to try again.
    """
    objects = read_objects(headers, body)
    columns = workspace.store.columns()
    gone = _gone(hook, columns)
    allowed = _allowed(hook, names_in(objects), columns) - gone
    leads = [{n: v for n, v in each.items() if n in allowed} for each in objects]
    if not any(leads):
        raise InputError("none of its fields is one of a lead")

    def note() -> None:
        """In the unit of the leads: another process may have taken the same message by now."""
        if receipts.has(receipt):
            raise RepeatError
        receipts.keep(receipt)

    try:
        report = _imported(workspace, hook, leads, note)
    except RepeatError:
        return Taken(is_repeat=True)
    except InputError as error:  # its words are for who imports files
        reason = visible(error.message.partition(":")[0])[:MOST_OF_REASON]
        logger.info("hook %s: a post is refused: %s", hook.name, reason)
        raise InputError(NO_LEAD) from error
    if report.unit is None:
        receipts.keep(receipt)  # nothing was to be done, and nothing will be
    if report.conflicts:  # the sender is not told: strangers would learn who is a lead
        logger.warning("hook %s: %d of a post belong to two leads", hook.name, report.conflicts)
    return Taken(
        report.created, report.updated, report.rejected + report.conflicts,
        kept_out=report.suppressed + report.erased,
    )  # fmt: skip


def _imported(
    workspace: Workspace, hook: Hook, leads: Sequence[Mapping[str, Any]], note: Callable[[], None]
) -> ImportReport:
    campaigns = {c.id: c.name for c in workspace.store.campaigns()}
    options = ImportOptions(
        campaign=campaigns.get(hook.campaign_id, DEFAULT_CAMPAIGN),
        on_duplicate=OnDuplicate(hook.on_duplicate),
        mapping={n: key for n, key in hook.fields.items() if n in names_in(leads)},
        source=f"form {hook.name}",
        remember=False,
        writes_rejects=False,
        name=f"form {hook.name}",
    )
    data = "\n".join(json.dumps(lead) for lead in leads).encode()
    return import_file(
        workspace.store, io.BytesIO(data), options, actor=workspace.actor, inside=note
    )


def _gone(hook: Hook, columns: Sequence[Column]) -> set[str]:
    """The names of the mapping whose columns were removed; whoever runs this is told."""
    known = {*fields(), *WRITABLE_OWN_FIELDS, *(column.key for column in columns)}
    gone = {name: key for name, key in hook.fields.items() if key not in known}
    for name, key in gone.items():
        logger.warning(
            'hook %s: the column "%s", which "%s" fills, is gone; the field is left out',
            hook.name, key, name,
        )  # fmt: skip
    return {*gone}


def _allowed(hook: Hook, names: Sequence[str], columns: Sequence[Column]) -> set[str]:
    """The names of fields that a stranger may fill."""
    ours = {column.key for column in columns} - fillable(columns)
    open_fields = fields() - NOT_FOR_STRANGERS - ours
    found = {name for name in names if _field(name) in open_fields}
    return found | (hook.fields.keys() & set(names))


def _field(name: str) -> str | None:
    if len(name) > 200:
        return None
    field = known_field(name) or known_field_of_person(name)
    return "last_name" if field == "nom" else field
