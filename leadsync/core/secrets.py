"""Providers' keys that the user gave us to keep: in the system's keyring, else in a private file.

The file is `keys.json` beside the config file. Keys of the environment go first and are never kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.kept_secrets import KeptSecrets

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "keys.json"
SHORTEST_KEY = 8
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,63}")


def is_key_name(text: str) -> bool:
    """Whether a key could be called so."""
    return _NAME.fullmatch(text) is not None


class KeyStore(KeptSecrets):
    """The keys of one user on this machine."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the file; nothing is read yet."""
        super().__init__(
            folder / FILE_NAME, "your keys are", lambda name: f"leadsync keys set {name}"
        )

    def put(self, name: str, secret: str) -> str:
        """Keep a key; where it is now.

        Raises:
            InputError: the name or the key cannot be one.
        """
        if not is_key_name(name):
            raise InputError(f'"{name}" is no name of a key', next_step="as in HUNTER_API_KEY")
        if (
            len(secret) < SHORTEST_KEY
            or not secret.isascii()
            or not secret.isprintable()
            or " " in secret
        ):
            raise InputError(
                f"this is no key: {SHORTEST_KEY} and more visible characters without spaces"
            )
        return super().put(name, secret)
