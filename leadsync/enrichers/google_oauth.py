"""Signing a person in to Google: a page in the browser, and an answer to a port of this machine.

The desktop flow with PKCE: developers.google.com/identity/protocols/oauth2/native-app, read in
November 2026. Only the right to spreadsheets is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from leadsync.core.errors import AccessError, InputError, ProviderError
from leadsync.enrichers.google_account import SCOPE, TOKEN_URL, kept_person

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
TIMEOUT_S = 30.0
DONE = b"LeadSync is signed in. You can close this page."
REFUSED = b"LeadSync was not signed in. You can close this page."


@dataclass(frozen=True, slots=True)
class Client:
    """What Google knows this program as: the user's own client of type "Desktop app"."""

    info: Mapping[str, str]

    @property
    def auth_url(self) -> str:
        """Where a person agrees."""
        return self.info.get("auth_uri", AUTH_URL)

    @property
    def token_url(self) -> str:
        """Where a code becomes a token."""
        return self.info.get("token_uri", TOKEN_URL)


def sign_in(client_file: Path, tell: Callable[[str], None], *, within_s: float) -> str:
    """Let a person agree in the browser; what is to be kept.

    Args:
        client_file: `client_secret_….json`, as the Google Cloud console gives it.
        tell: shows the address of the page.
        within_s: how long the answer is waited for.

    Raises:
        InputError: the file is not of a desktop client.
        AccessError: the person or Google refused, or nobody answered.
        ProviderError: Google cannot be reached.
    """
    client = read_client(client_file)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    with _Waiting(state) as waiting:
        tell(_page(client, waiting.address, state, verifier))
        code = waiting.code(within_s)
        answer = _exchange(client, code, verifier, waiting.address)
    token = answer.get("refresh_token")
    if not isinstance(token, str):
        raise AccessError(
            "Google signed in and gave nothing that lasts",
            next_step="take LeadSync's access away at myaccount.google.com/permissions, try again",
        )
    return kept_person(client.info, token, client.token_url)


def read_client(client_file: Path) -> Client:
    """The client of a file.

    Raises:
        InputError: it cannot be read, or is not of a desktop client.
    """
    try:
        found: Any = json.loads(client_file.read_text("utf-8"))
        info = cast("Mapping[str, str]", found["installed"])
        _ = info["client_id"]
    except OSError as error:
        raise InputError(f'"{client_file}" cannot be read: {error.strerror or error}') from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'"{client_file}" is not of a Google client of type "Desktop app"',
            next_step="make one at console.cloud.google.com/apis/credentials, download its JSON",
        ) from error
    return Client(info)


def _page(client: Client, redirect: str, state: str, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    asked = {
        "client_id": client.info["client_id"],
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": SCOPE,
        "state": state,
        "access_type": "offline",
        "prompt": "consent",  # else a second sign-in gives no refresh token
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{client.auth_url}?{urlencode(asked)}"


def _exchange(client: Client, code: str, verifier: str, redirect: str) -> Mapping[str, Any]:
    import requests

    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "client_id": client.info["client_id"],
        "client_secret": client.info.get("client_secret", ""),
        "redirect_uri": redirect,
    }
    try:
        answer = requests.post(client.token_url, data=form, timeout=TIMEOUT_S)
        found: Any = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderError(f"Google cannot be reached: {type(error).__name__}") from error
    body = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if not answer.ok or not body:
        raise AccessError(f"Google refuses the sign-in: {body.get('error', answer.status_code)}")
    return body


class _Waiting:
    """A port of this machine that waits for the browser to come back."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._code = ""
        self._problem = ""
        waiting = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10  # of a browser that connects and says nothing

            def do_GET(self) -> None:
                body = waiting.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> _Waiting:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.server_close()

    def code(self, within_s: float) -> str:
        """The code that the browser brings."""
        until = time.monotonic() + within_s
        while not (self._code or self._problem):
            left = until - time.monotonic()
            if left <= 0:
                raise AccessError("nobody agreed in the browser", next_step="try again")
            self._server.timeout = left
            self._server.handle_request()
        if self._problem:
            raise AccessError(f"Google says: {self._problem}")
        return self._code

    def answer(self, path: str) -> bytes | None:
        """What the browser is shown; None where it asks for something else."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/" or not hmac.compare_digest(
            asked.get("state", "").encode(), self._state.encode()
        ):
            return None
        self._code, self._problem = asked.get("code", ""), asked.get("error", "")
        return DONE if self._code else REFUSED
