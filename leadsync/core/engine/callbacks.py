"""Addresses for callbacks: where a provider brings an answer that comes later, signed and expiring.

An address names the run, the column and the leads that wait, so that nothing has to be looked up
for a stranger's guess, and nobody can make one without the key. The answer goes into the journal as
an answered call, where the poll of the waiting cell finds it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import CallRequest
from leadsync.core.errors import AccessError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Context

KEY = "LEADSYNC_CALLBACK_SECRET"
"""The key that signs addresses: in the environment of whoever runs columns and of `serve`."""

ADDRESS = "LEADSYNC_SERVE_URL"
"""Setting: where providers reach `leadsync serve`, such as `https://crm.example.com`."""

PATH = "/callbacks/"
PROVIDER = "callback"
"""Who answers, as the journal names it: a callback is no request of ours."""

MIN_KEY_CHARS = 16
_SIGNATURE_BYTES = 16
_TOKEN = re.compile(r"(\d+)\.(\d+)\.([\d-]+)\.(\d+)\.([0-9a-f]{16})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one address is for.

    Attributes:
        until: epoch seconds after which nothing is taken.
        nonce: tells it from others of the same cells.
    """

    run_id: int
    column_id: int
    lead_ids: tuple[int, ...]
    until: int
    nonce: str

    @property
    def id(self) -> str:
        """Its name in the journal; no address can be made of it."""
        return f"{self.run_id}-{self.column_id}-{self.nonce}"


def new_ticket(run_id: int, column_id: int, lead_ids: Sequence[int], until: float) -> Ticket:
    """A ticket that no other has."""
    return Ticket(run_id, column_id, tuple(lead_ids), int(until), secrets.token_hex(8))


def address_of(ticket: Ticket, ctx: Context) -> str:
    """The address at which `leadsync serve` takes the callback of a ticket.

    Raises:
        AccessError: the key is not set, or nobody has said where `serve` is reached.
    """
    base = ctx.setting(ADDRESS).rstrip("/")
    if not base:
        raise AccessError(
            "nobody has said at which address callbacks reach leadsync serve",
            next_step=f"leadsync config set {ADDRESS} https://…",
        )
    return f"{base}{PATH}{to_token(ticket, checked_key(ctx.secret(KEY)))}"


def checked_key(key: str) -> bytes:
    """The key that signs addresses.

    Raises:
        AccessError: it is short enough to be guessed.
    """
    if len(key) < MIN_KEY_CHARS:
        raise AccessError(
            f"{KEY} has fewer than {MIN_KEY_CHARS} characters",
            next_step=f'export {KEY}="$(openssl rand -hex 32)"',
        )
    return key.encode()


def to_token(ticket: Ticket, key: bytes) -> str:
    """The ticket as it stands in an address."""
    leads = "-".join(map(str, ticket.lead_ids))
    text = f"{ticket.run_id}.{ticket.column_id}.{leads}.{ticket.until}.{ticket.nonce}"
    return f"{text}.{_signature(text, key)}"


def read_token(token: str, key: bytes) -> Ticket:
    """The ticket of an address, expired or not.

    Raises:
        InputError: we have not made it.
    """
    found = _TOKEN.fullmatch(token)
    text, _, given = token.rpartition(".")
    if found is None or not hmac.compare_digest(_signature(text, key), given):
        raise InputError("no such callback")
    run_id, column_id, leads, until, nonce, _ = found.groups()
    lead_ids = tuple(int(part) for part in leads.split("-") if part)
    return Ticket(int(run_id), int(column_id), lead_ids, int(until), nonce)


def callback_request(ticket_id: str) -> CallRequest:
    """The request that a callback answers, as the journal knows it."""
    return CallRequest(PROVIDER, "callback", {"callback": ticket_id}, max_usd_micros=0)


def _signature(text: str, key: bytes) -> str:
    digest = hmac.new(key, b"callback." + text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()
