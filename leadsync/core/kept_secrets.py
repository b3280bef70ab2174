"""Secrets of one user on one machine: in the system's keyring, else in a private file.

The file is for its owner alone. It names every secret; those that the keyring holds have no value
there.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import AccessError, InputError
from leadsync.core.exporting.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE = "leadsync"


class KeptSecrets:
    """Named secrets in one file and the keyring.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, what: str, advice: Callable[[str], str]) -> None:
        """Take the file; nothing is read yet.

        Args:
            path: the file, there or not.
            what: what is in it, for errors: `your keys are`.
            advice: what to do where the keyring does not give the secret of that name.
        """
        self.path = path
        self._what = what
        self._advice = advice

    def get(self, name: str) -> str | None:
        """A secret; None where it was never given.

        Raises:
            AccessError: others may read the file, or the keyring does not give the secret.
            InputError: the file is broken.
        """
        names = self._read()
        if name not in names:
            return None
        return names[name] or self._from_keyring(name)

    def places(self) -> dict[str, str]:
        """Where each secret is: "keyring" or the file's path."""
        return {
            name: str(self.path) if value else "keyring" for name, value in self._read().items()
        }

    def values(self) -> tuple[str, ...]:
        """All secrets, for redaction."""
        found = (self.get(name) for name in self._read())
        return tuple(value for value in found if value)

    def put(self, name: str, secret: str) -> str:
        """Keep a secret; where it is now: "keyring" or the file's path."""
        names = self._read()  # before the keyring is changed: a file that cannot be read stops it
        is_kept = _to_keyring(name, secret)
        self._write({**names, name: None if is_kept else secret})
        return "keyring" if is_kept else str(self.path)

    def remove(self, name: str) -> bool:
        """Forget a secret; whether it was there."""
        names = self._read()
        if name not in names:
            return False
        if names[name] is None:
            _out_of_keyring(name)
        self._write({other: value for other, value in names.items() if other != name})
        return True

    def _read(self) -> dict[str, str | None]:
        try:
            found: Any = json.loads(self._text())
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

    def _text(self) -> str:
        """What is in the file; its mode is that of the file which is read, not of the name."""
        with self.path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise AccessError(
                    f'others may read "{self.path}", where {self._what}',
                    next_step=f"chmod 600 {self.path}",
                )
            return file.read()

    def _broken(self) -> InputError:
        return InputError(f'"{self.path}" cannot be read', next_step="mend or remove it")

    def _write(self, names: dict[str, str | None]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole_file(self.path) as file:
            file.write(json.dumps(names, indent=1).encode())

    def _from_keyring(self, name: str) -> str:
        import keyring
        from keyring.errors import KeyringError

        try:
            found = keyring.get_password(SERVICE, name)
        except KeyringError as error:
            raise AccessError(
                f"the keyring does not give {name}: {error}", next_step=self._advice(name)
            ) from error
        if found is None:
            raise AccessError(f"{name} is in the keyring no more", next_step=self._advice(name))
        return found


def _to_keyring(name: str, secret: str) -> bool:
    """Whether the system has a keyring that took the secret."""
    import keyring
    from keyring.errors import KeyringError

    if keyring.get_keyring().priority <= 0:  # none that is fit
        return False
    try:
        keyring.set_password(SERVICE, name, secret)
    except KeyringError:  # locked, or gone: the file is there
        return False
    return True


def _out_of_keyring(name: str) -> None:
    import contextlib

    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError):  # it is gone already, or so is the keyring
        keyring.delete_password(SERVICE, name)
