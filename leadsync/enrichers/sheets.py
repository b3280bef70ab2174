"""Google Sheets as a destination: opening a tab of a spreadsheet by the browser's address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.pace import RETRY_BASE_SETTING
from leadsync.core.errors import InputError
from leadsync.enrichers.google_account import find_account

if TYPE_CHECKING:
    from leadsync.core.sync.tables import Access, Table

ADDRESS_SETTING = "LEADSYNC_GOOGLE_BASE_URL"
_ID = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)")
_BARE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_GID = re.compile(r"[#?&]gid=([0-9]+)")


@dataclass(frozen=True, slots=True)
class SheetAddress:
    """A spreadsheet, and the tab that the address names; None where it names none."""

    file_id: str
    gid: int | None = None


class GoogleSheets:
    """The destination. See `tables.TableDestination`."""

    name = "sheets"

    def file_of(self, address: str) -> str:
        """The spreadsheet, as the ledger has it."""
        return f"{self.name}:{parse_address(address).file_id}"

    def open(self, address: str, tab: str, access: Access) -> Table:
        """A tab, after one look at the file."""
        place = parse_address(address)
        account = find_account(access.secret)
        from leadsync.enrichers.sheets_http import SheetsHttp
        from leadsync.enrichers.sheets_table import open_tab

        base_s = float(access.settings.setting(RETRY_BASE_SETTING, "1"))
        http = SheetsHttp(account, access.settings.setting(ADDRESS_SETTING), base_s, access.wait)
        return open_tab(http, place, tab.strip())


def parse_address(text: str) -> SheetAddress:
    """What an address from the browser names, or an id alone.

    Raises:
        InputError: it is something else.
    """
    found = _ID.search(text)
    gid = _GID.search(text)
    if found:
        return SheetAddress(found[1], int(gid[1]) if gid else None)
    if _BARE_ID.fullmatch(text.strip()):
        return SheetAddress(text.strip())
    raise InputError(
        f'"{text[:80]}" is no address of a Google spreadsheet',
        next_step="copy it from the browser: https://docs.google.com/spreadsheets/d/…",
    )
