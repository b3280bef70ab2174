"""Google as a provider: whose account is set, whether it signs in, and how a person does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import AccessError, LeadSyncError
from leadsync.enrichers.google_account import PERSON, SECRET, read_account

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx2

    from leadsync.core.engine.enricher import Settings
    from leadsync.enrichers.google_account import Account


class Google:
    """The provider. See `key_checks.Provider` and `key_checks.SignsIn`."""

    name = "google"
    secret = SECRET

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whether the account signs in; a sheet is only seen when it is opened."""
        try:
            account = read_account(key)
            await asyncio.to_thread(refresh, account)
        except AccessError as error:
            return False, error.message
        except LeadSyncError as error:
            return None, error.message
        who = "" if account.name == PERSON else f"; share sheets with {account.name}"
        return True, f"signs in as {account.name}{who}"

    def sign_in(self, client_file: Path, tell: Callable[[str], None], *, within_s: float) -> str:
        """Let a person agree in the browser; what is to be kept under `secret`."""
        from leadsync.enrichers.google_oauth import sign_in

        return sign_in(client_file, tell, within_s=within_s)


def refresh(account: Account) -> None:
    """Get a token.

    Raises:
        AccessError: Google refuses.
        ProviderError: it cannot be reached.
    """
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    from leadsync.enrichers.sheets_errors import sign_in_error

    credentials: Any = account.credentials
    try:
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise sign_in_error(error, account.name) from error
