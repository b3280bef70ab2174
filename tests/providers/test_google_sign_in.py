"""Signing a person in to Google by the browser, when it goes well and when it does not."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest

from leadsync.core.errors import AccessError, InputError
from leadsync.enrichers.google_account import PERSON, read_account
from leadsync.enrichers.google_oauth import sign_in
from tests.servers.google_files import desktop_client
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Browse = Callable[[str], None]


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    made = SheetsServer()
    with made.running():
        yield made


def agree(page: str) -> None:
    """What a browser does: the page sends it back to a port of this machine."""
    with urlopen(page, timeout=10) as answer:
        answer.read()


def signed_in(client: Path, browse: Browse, within_s: float = 20) -> str:
    """Sign in while a browser does something with the page."""
    browsers: list[threading.Thread] = []

    def tell(page: str) -> None:
        browsers.append(threading.Thread(target=browse, args=(page,)))
        browsers[0].start()

    try:
        return sign_in(client, tell, within_s=within_s)
    finally:
        for browser in browsers:
            browser.join()


def test_what_is_kept_is_an_account_on_one_line(server: SheetsServer, tmp_path: Path) -> None:
    kept = signed_in(desktop_client(server, tmp_path), agree)
    assert " " not in kept
    assert json.loads(kept)["refresh_token"] in server.refresh_tokens
    assert read_account(kept).name == PERSON


def test_an_answer_that_was_not_asked_for_is_no_answer(
    server: SheetsServer, tmp_path: Path
) -> None:
    seen: list[int] = []

    def forge_then_agree(page: str) -> None:
        redirect = parse_qs(urlsplit(page).query)["redirect_uri"][0]
        for path in ("/favicon.ico", "/?code=4/forged&state=guessed"):
            with pytest.raises(HTTPError) as refused:
                urlopen(redirect + path, timeout=10)
            seen.append(refused.value.code)
            refused.value.close()
        agree(page)

    assert signed_in(desktop_client(server, tmp_path), forge_then_agree)
    assert seen == [404, 404]


def test_who_refuses_is_believed(server: SheetsServer, tmp_path: Path) -> None:
    def refuse(page: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        back = urlencode({"error": "access_denied", "state": asked["state"]})
        agree(f"{asked['redirect_uri']}?{back}")

    with pytest.raises(AccessError, match="access_denied"):
        signed_in(desktop_client(server, tmp_path), refuse)


def test_a_code_that_google_does_not_take_is_told(server: SheetsServer, tmp_path: Path) -> None:
    server.token_refused = "invalid_client"
    with pytest.raises(AccessError, match="invalid_client"):
        signed_in(desktop_client(server, tmp_path), agree)


def test_nobody_is_waited_for_for_ever(server: SheetsServer, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="nobody agreed"):
        signed_in(desktop_client(server, tmp_path), lambda _page: None, within_s=0.05)


@pytest.mark.parametrize("text", ['{"web": {"client_id": "1"}}', "no json", "[]", '{"installed": 1}'])  # fmt: skip
def test_a_file_of_something_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(text)
    with pytest.raises(InputError, match="Desktop app"):
        sign_in(path, print, within_s=1)


@pytest.mark.parametrize("text", ["{}", '{"type": "service_account"}', '{"type": "authorized_user"}', "[1]", "{"])  # fmt: skip
def test_a_file_that_is_no_account_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "robot.json"
    path.write_text(text)
    with pytest.raises(AccessError, match="is no Google account"):
        read_account(str(path))
