"""Providers' keys that the user gave us to keep: in the system's keyring, else in a private file.

The file is `keys.json` beside the config file, for its owner alone. It names every key; those that
the keyring holds have no value there. Keys of the environment go first and are never kept.
"""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import AccessError, InputError
from leadsync.core.exporting.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "keys.json"
SERVICE = "leadsync"
SHORTEST_KEY = 8
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,63}")


class KeyStore:
    """The keys of one user on this machine."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the file; nothing is read yet."""
        self.path = folder / FILE_NAME

    def get(self, name: str) -> str | None:
        """A key; None where it was never given.

        Raises:
            AccessError: others may read the file, or the keyring does not give the key.
            InputError: the file is broken.
        """
        names = self._read()
        if name not in names:
            return None
        return names[name] or _from_keyring(name)

    def places(self) -> dict[str, str]:
        """Where each key is: "keyring" or the file's path."""
        return {
            name: str(self.path) if value else "keyring" for name, value in self._read().items()
        }

    def values(self) -> tuple[str, ...]:
        """All keys, for redaction."""
        found = (self.get(name) for name in self._read())
        return tuple(value for value in found if value)

    def put(self, name: str, key: str) -> str:
        """Keep a key; where it is now.

        Raises:
            InputError: the name or the key cannot be one.
        """
        if not _NAME.fullmatch(name):
            raise InputError(f'"{name}" is no name of a key', next_step="as in HUNTER_API_KEY")
        if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
            raise InputError(
                f"this is no key: {SHORTEST_KEY} and more visible characters without spaces"
            )
        is_kept = _to_keyring(name, key)
        self._write({**self._read(), name: None if is_kept else key})
        return "keyring" if is_kept else str(self.path)

    def remove(self, name: str) -> bool:
        """Forget a key; whether it was there."""
        names = self._read()
        if name not in names:
            return False
        if names[name] is None:
            _out_of_keyring(name)
        self._write({other: value for other, value in names.items() if other != name})
        return True

    def _read(self) -> dict[str, str | None]:
        try:
            mode = self.path.stat().st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise AccessError(
                    f'others may read "{self.path}", where your keys are',
                    next_step=f"chmod 600 {self.path}",
                )
            found: Any = json.loads(self.path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise self._broken() from error
        if not isinstance(found, dict):
            raise self._broken()
        names = cast("dict[str, Any]", found)
        if not all(value is None or isinstance(value, str) for value in names.values()):
            raise self._broken()
        return names

    def _broken(self) -> InputError:
        return InputError(f'"{self.path}" cannot be read', next_step="mend or remove it")

    def _write(self, names: dict[str, str | None]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(self.path) as file:
            file.write(json.dumps(names, indent=1).encode())


def _to_keyring(name: str, key: str) -> bool:
    """Whether the system has a keyring that took the key."""
    import keyring
    from keyring.errors import KeyringError

    if keyring.get_keyring().priority <= 0:  # none that is fit
        return False
    try:
        keyring.set_password(SERVICE, name, key)
    except KeyringError:  # locked, or gone: the file is there
        return False
    return True


def _from_keyring(name: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_password(SERVICE, name)
    except KeyringError as error:
        raise AccessError(
            f"the keyring does not give {name}: {error}", next_step=f"leadsync keys set {name}"
        ) from error
    if found is None:
        raise AccessError(
            f"{name} is in the keyring no more", next_step=f"leadsync keys set {name}"
        )
    return found


def _out_of_keyring(name: str) -> None:
    import contextlib

    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError):  # it is gone already, or so is the keyring
        keyring.delete_password(SERVICE, name)
