"""Hooks: addresses at which something outside may bring leads or events, each with a secret.

The secret is a part of the address. It is told once, when it is made; the store has its hash alone,
so that neither a backup nor a dump nor a look into the store opens the door.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadsync.core.access.bearer import hash_of
from leadsync.core.access.rights import Right
from leadsync.core.campaigns import ensure_campaign
from leadsync.core.engine.callbacks import ADDRESS
from leadsync.core.errors import InputError, NotFound
from leadsync.core.inbound.hook_kinds import FORM, find_hook_kind, hook_kinds
from leadsync.core.inbound.hook_settings import HookSettings, check_settings, new_columns
from leadsync.core.models import from_doc, now_iso, to_doc
from leadsync.core.store.rehearsal import open_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace

DOCUMENTS = "hooks"
PATH = "/in/"
LOCAL = "http://127.0.0.1:8765"
"""Where `leadsync serve` listens by itself."""

SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Hook:
    """One address at which messages are taken.

    Attributes:
        name: as people type it; unique, whatever its case.
        kind: "form", or a kind of an installed package.
        campaign_id: where leads go, or are looked for; 0: in all campaigns.
        secret_hash: SHA-256 of the secret in the address.
        header: name of the header that has to carry a second secret; empty: none has to.
        header_hash: SHA-256 of that one.
        signed_with: name of the key that signs messages by Standard Webhooks; empty: unsigned.
        fields: what a message calls it -> key of the field that it fills.
        on_duplicate: what a form does to a lead that is there: "fill", "update" or "skip".
        per_minute: so many messages are taken a minute.
        thanks: where a browser is sent after a form; empty: nowhere.
    """

    id: int
    name: str
    kind: str = FORM
    campaign_id: int = 0
    secret_hash: str = ""
    header: str = ""
    header_hash: str = ""
    signed_with: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    on_duplicate: str = "fill"
    per_minute: int = 120
    thanks: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class NewHook:
    """A hook with its secrets, which nobody can read any more.

    Attributes:
        path: the path of its address, with the secret.
        header_secret: what its header has to carry; empty: it has none.
    """

    hook: Hook
    path: str
    header_secret: str = ""


def list_hooks(store: Store) -> list[Hook]:
    """All hooks, the oldest first."""
    return [from_doc(Hook, document) for document in store.documents(DOCUMENTS)]


def find_hook(store: Store, name: str) -> Hook:
    """The hook of that name, whatever its case.

    Raises:
        NotFound: with the nearest name.
    """
    hooks = list_hooks(store)
    for hook in hooks:
        if hook.name.casefold() == name.strip().casefold():
            return hook
    raise NotFound("hook", name, known=[h.name for h in hooks], next_step="leadsync hooks list")


def add_hook(
    workspace: Workspace,
    name: str,
    kind: str,
    settings: HookSettings,
    *,
    campaign: str = "",
    dry_run: bool = False,
) -> NewHook:
    """Make a hook, and what it needs: its campaign and the columns that it fills; one unit.

    Args:
        workspace: where its messages go.
        name: a new one.
        kind: "form", or a kind of an installed package.
        settings: what the user asked for.
        campaign: where a form's leads go, made where there is none; where the leads of other
            kinds are looked for. Empty: Inbox, or all campaigns.
        dry_run: take all of it back; the address is none.

    Raises:
        AccessError: who does it is no owner: a hook is a door for strangers.
        InputError: the name is taken or none, a setting does not fit, or this is practice.
        NotFound: there is no such kind, or no such campaign to look for leads in.
    """
    _check_can_be_reached(workspace)
    workspace.require(Right.ADMIN, "make hooks")
    workspace = workspace.acting(Right.ADMIN)
    store = workspace.store
    title = _checked_name(name)
    if kind != FORM:
        find_hook_kind(kind)
    with open_unit(store, workspace.actor, f"add hook {title}", dry_run=dry_run) as unit:
        _check_is_new(title, list_hooks(store))  # inside, where nobody else makes one
        columns = store.columns()
        fields = check_settings(settings, kind, columns)
        for column in new_columns(fields.values(), columns):
            unit.add_column(column)
        campaign_id = 0
        if kind == FORM:
            words = (campaign,) if campaign else ()
            campaign_id = ensure_campaign(unit, store.campaigns(), *words).id
        elif campaign:
            campaign_id = workspace.campaign(campaign).id
        hook = Hook(
            0, title, kind, campaign_id, header=settings.header, signed_with=settings.signed_with,
            fields=fields, on_duplicate=settings.on_duplicate, per_minute=settings.per_minute,
            thanks=settings.thanks, created_at=now_iso(),
        )  # fmt: skip
        return _stored(unit, _with_secrets(hook))


def _check_can_be_reached(workspace: Workspace) -> None:
    """Give nobody an address that nothing listens at."""
    if workspace.config.is_practice:
        raise InputError(
            "a new address for others has no place in practice: nobody can reach the copy",
            next_step="leave --practice out to do it for real",
        )


def renew_hook(workspace: Workspace, name: str) -> NewHook:
    """Give a hook new secrets; the old address is nothing from now on.

    Raises:
        AccessError: who does it is no owner.
        InputError: this is practice.
        NotFound: there is no such hook.
    """
    _check_can_be_reached(workspace)
    workspace.require(Right.ADMIN, "renew hooks")
    workspace = workspace.acting(Right.ADMIN)
    hook = find_hook(workspace.store, name)
    made = _with_secrets(hook)
    with workspace.store.unit(workspace.actor, f"renew hook {hook.name}") as unit:
        unit.put(DOCUMENTS, to_doc(made.hook))
    return made


def remove_hook(workspace: Workspace, name: str) -> Hook:
    """Close an address; what came by it stays.

    Raises:
        AccessError: who does it is no owner.
        NotFound: there is no such hook.
    """
    workspace.require(Right.ADMIN, "close hooks")
    workspace = workspace.acting(Right.ADMIN)
    hook = find_hook(workspace.store, name)
    with workspace.store.unit(workspace.actor, f"remove hook {hook.name}") as unit:
        unit.remove(DOCUMENTS, hook.id)
    return hook


def url_of(made: NewHook, config: Config) -> str:
    """The address as others reach it, as far as that was said; else as this machine does."""
    return (config.provider_setting(ADDRESS) or LOCAL).rstrip("/") + made.path


def hook_of_secret(hooks: Iterable[Hook], secret: str) -> Hook | None:
    """The hook whose address ends in `secret`, found in a time that tells nothing about others."""
    given, found = hash_of(secret), None
    for hook in hooks:
        if hmac.compare_digest(hook.secret_hash, given):
            found = hook
    return found


def kinds_of_hooks() -> list[str]:
    """All kinds: that of forms, and those of installed packages."""
    return [FORM, *hook_kinds()]


def _stored(unit: Unit, made: NewHook) -> NewHook:
    hook_id = unit.put(DOCUMENTS, to_doc(made.hook))
    return replace(made, hook=replace(made.hook, id=hook_id))


def _with_secrets(hook: Hook) -> NewHook:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    second = secrets.token_urlsafe(SECRET_BYTES) if hook.header else ""
    hashed = replace(
        hook, secret_hash=hash_of(secret), header_hash=hash_of(second) if second else ""
    )
    return NewHook(hashed, PATH + secret, second)


def _checked_name(name: str) -> str:
    title = name.strip()
    if not title or len(title) > 80 or not title.isprintable():
        raise InputError(
            "a hook has a name of at most 80 characters, all of them visible",
            next_step="as in: leadsync hooks add website",
        )
    return title


def _check_is_new(title: str, hooks: Iterable[Hook]) -> None:
    if any(hook.name.casefold() == title.casefold() for hook in hooks):
        raise InputError(
            f'there is a hook "{title}" already', next_step=f'leadsync hooks show "{title}"'
        )
