"""What this machine holds of logins: a secret a store, in the keyring or in a 0600 file.

The file is `sessions.json` beside the config file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.errors import AccessError, LoginNeeded
from leadsync.core.kept_secrets import KeptSecrets
from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path

if TYPE_CHECKING:
    from leadsync.core.config import Config

FILE_NAME = "sessions.json"
LOG_IN = "leadsync login"
_CREDENTIALS = re.compile(r"//[^/@]*@")


def kept_session(config: Config) -> str | None:
    """What was handed out at the login to this store; None where there was none.

    Raises:
        AccessError: others may read the file.
        LoginNeeded: the keyring does not give it.
        InputError: the file is broken.
    """
    sessions, name = _sessions(config), _name_of(config.store)
    if sessions.places().get(name) != "keyring":
        return sessions.get(name)
    try:
        return sessions.get(name)
    except AccessError as error:
        raise LoginNeeded(error.message, next_step=LOG_IN) from error


def keep_session(config: Config, text: str) -> str:
    """Hold it on this machine; where: "keyring" or the path of the file."""
    return _sessions(config).put(_name_of(config.store), text)


def forget_session(config: Config) -> bool:
    """Hold it no more; whether it was there."""
    return _sessions(config).remove(_name_of(config.store))


def place_of_session(config: Config) -> str:
    """Where the session of this store is: "keyring", the path of the file, or empty."""
    return _sessions(config).places().get(_name_of(config.store), "")


def _sessions(config: Config) -> KeptSecrets:
    return KeptSecrets(config.path.with_name(FILE_NAME), "your logins are", lambda _name: LOG_IN)


def _name_of(url: str) -> str:
    """One name for all spellings of a store: without credentials and options, and absolute."""
    import hashlib

    if url.startswith(SQLITE_PREFIX):
        place = f"{SQLITE_PREFIX}{sqlite_path(url).resolve()}"
    else:
        place = _CREDENTIALS.sub("//", url).partition("?")[0].rstrip("/").casefold()
    return f"session {hashlib.sha256(place.encode()).hexdigest()[:16]}"
