"""Text files that a person names: read whole, with an error in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path


def read_text_file(file: Path | Traversable, name: str = "") -> str:
    """The text of a UTF-8 file.

    Args:
        file: what to read.
        name: what messages call it; else its path.

    Raises:
        InputError: it is not there, cannot be read, or is no UTF-8 text.
    """
    shown = name or f'"{file}"'
    try:
        return file.read_text("utf-8")
    except UnicodeError as error:
        raise InputError(
            f"{shown} cannot be read: it is no UTF-8 text", next_step="save it as UTF-8"
        ) from error
    except OSError as error:
        why = (error.strerror or "it is no file").lower()
        raise InputError(f"{shown} cannot be read: {why}", next_step="check the path") from error
