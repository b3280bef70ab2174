"""gspread's client with our address, our time limits, and one policy of tries.

Google allows 300 reads and 300 writes a minute and project, 60 of each a person
(developers.google.com/workspace/sheets/api/limits, November 2026), and asks to wait from 1 s on,
doubling.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import requests
from google.auth.exceptions import GoogleAuthError
from gspread.http_client import HTTPClient
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL

from leadsync.core.errors import ProviderError
from leadsync.core.sync.tables import AnswerLost, Traffic
from leadsync.enrichers.sheets_errors import (
    SICK,
    is_throttled,
    not_google,
    refusal,
    sign_in_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.enrichers.google_account import Account

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 64.0
TRIES = 8  # waits of 1, 2, 4 … 64 s: 127 s in all
TIMEOUT_S = (10.0, 60.0)
PATH = "/v4/spreadsheets"


class SheetsHttp(HTTPClient):
    """Asks Google; all tries are made here.

    Attributes:
        traffic: what was asked.
        what: the file in words, for errors.
    """

    def __init__(
        self, account: Account, address: str, base_s: float, wait: Callable[[float], object]
    ) -> None:
        """Ask as `account`.

        Args:
            account: who asks.
            address: another one than Google's; empty: Google's.
            base_s: the first wait.
            wait: how to wait for so many seconds.
        """
        super().__init__(account.credentials)
        self.traffic = Traffic()
        self.what = "the spreadsheet"
        self._who = account.name
        self._address = f"{address.rstrip('/')}{PATH}" if address else SPREADSHEETS_API_V4_BASE_URL
        self._base_s = base_s
        self._wait = wait

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: bytes | None = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> requests.Response:
        """One request, with its tries.

        Raises:
            AnswerLost: rows were appended and nobody knows whether.
            AccessError: Google refuses.
            InputError: what was asked for is not there, or cannot be done.
            ProviderError: it does not answer, or asks to come back later again and again.
        """
        url = self._address + endpoint.removeprefix(SPREADSHEETS_API_V4_BASE_URL)
        is_append = endpoint.endswith(":append")
        problem = ""
        for number in range(TRIES):
            answer = self._once(method, url, params, json)
            if isinstance(answer, requests.Response):
                if answer.status_code == 200 and _is_object(answer):
                    return answer
                if answer.status_code == 200 and not is_append:
                    raise not_google(self.what)
                if (
                    answer.status_code >= 300
                    and not is_throttled(answer)
                    and answer.status_code not in SICK
                ):
                    raise refusal(answer, self.what, self._who, reads=method == "get")
                is_known = is_throttled(answer)
                problem = self._busy(answer)
            else:
                is_known, problem = False, f"{self.what} cannot be reached: {answer}"
            if is_append and not is_known:
                raise AnswerLost(problem)
            self._pause(number, problem)
        raise ProviderError(problem, next_step="try again in a few minutes; nothing is done twice")

    def _once(self, method: str, url: str, params: Any, body: Any) -> requests.Response | str:
        """An answer of any status; or what came instead of one."""
        if method == "get":
            self.traffic.reads += 1
        else:
            self.traffic.writes += 1
        session: Any = self.session  # google-auth has no types
        try:
            return session.request(
                method, url, params=params, json=body, timeout=TIMEOUT_S, allow_redirects=False
            )
        except GoogleAuthError as error:
            raise sign_in_error(error, self._who) from error
        except requests.RequestException as error:
            return type(error).__name__

    def _busy(self, response: requests.Response) -> str:
        if is_throttled(response):
            return f"Google asks to come back later, {TRIES} times over"
        return f"{self.what}: Google answers with {response.status_code}, {TRIES} times over"

    def _pause(self, number: int, problem: str) -> None:
        """Wait, unless it was the last try."""
        if number + 1 == TRIES:
            return
        seconds = min(self._base_s * 2**number, LONGEST_WAIT_S)
        logger.info("%s; waiting %.0f s", problem, seconds)
        self.traffic.waits += 1
        self._wait(seconds)


def _is_object(answer: requests.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False
