"""The Google account that Sheets is asked with: a service account's file, or a person's sign-in.

What `GOOGLE_APPLICATION_CREDENTIALS` holds is the path of a JSON file, as Google means it; or the
JSON itself, as `leadsync keys set google --oauth` keeps it. Facts are of
developers.google.com/identity/protocols/oauth2, read in November 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.auth.credentials import Credentials

SECRET = "GOOGLE_APPLICATION_CREDENTIALS"  # noqa: S105 - its name
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_NEXT = f"leadsync keys set google --oauth CLIENT_FILE; or a service account's file in {SECRET}"
PERSON = "the person who signed in"


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks.

    Attributes:
        name: the address that a file has to be shared with, or `PERSON`.
    """

    credentials: Credentials = field(repr=False)
    name: str


def find_account(secret: Callable[[str], str | None]) -> Account:
    """The account that the user has set; nothing is asked yet.

    Raises:
        AccessError: none is set, or its file cannot be used.
    """
    text = secret(SECRET)
    if not text:
        raise AccessError("no Google account is set", next_step=_NEXT)
    return read_account(text)


def read_account(text: str) -> Account:
    """The account of a file by its path, or of the JSON that is kept.

    Raises:
        AccessError: the file cannot be read, or holds no account.
    """
    info = _info(text)
    kind = info.get("type")
    try:
        if kind == "service_account":
            return _service_account(info)
        if kind == "authorized_user":
            return _person(info)
    except (KeyError, ValueError) as error:
        raise _unusable(f"it lacks what a {kind} has") from error
    raise _unusable(f'it is of type "{kind}"' if kind else "it has no type")


def kept_person(client: Mapping[str, str], refresh_token: str, token_url: str) -> str:
    """A person's sign-in as it is kept: Google's own form, on one line without spaces."""
    info = {
        "type": "authorized_user",
        "client_id": client["client_id"],
        "client_secret": client.get("client_secret", ""),
        "refresh_token": refresh_token,
    }
    if token_url != TOKEN_URL:
        info["token_uri"] = token_url
    return json.dumps(info, separators=(",", ":"))


def _info(text: str) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(
            text if text.startswith("{") else Path(text).expanduser().read_text("utf-8")
        )
    except OSError as error:
        raise AccessError(
            f"the file that {SECRET} names cannot be read: {error.strerror or error}",
            next_step=_NEXT,
        ) from error
    except ValueError as error:
        raise _unusable("it is not JSON") from error
    if not isinstance(found, dict):
        raise _unusable("it is no JSON object")
    return cast("Mapping[str, Any]", found)


def _service_account(info: Mapping[str, Any]) -> Account:
    from google.oauth2 import service_account

    kind: Any = service_account.Credentials  # google-auth has no types
    made = kind.from_service_account_info(info, scopes=[SCOPE])
    return Account(made, str(info["client_email"]))


def _person(info: Mapping[str, Any]) -> Account:
    from google.oauth2 import credentials

    kind: Any = credentials.Credentials
    person = kind(
        None,
        refresh_token=info["refresh_token"],
        token_uri=info.get("token_uri", TOKEN_URL),
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        scopes=[SCOPE],
    )
    return Account(person, PERSON)


def _unusable(why: str) -> AccessError:
    return AccessError(f"{SECRET} is no Google account: {why}", next_step=_NEXT)
