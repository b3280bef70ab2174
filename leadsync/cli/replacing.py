"""The question before a file that is there is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leadsync.core.errors import Exit

if TYPE_CHECKING:
    from leadsync.cli.invocation import Invocation


def ask_to_replace(call: Invocation, file: str | Path, *, yes: bool) -> bool:
    """Whether a file of this name is there, and may be replaced: on a terminal after a question.

    Raises:
        typer.Exit: the answer was no.
    """
    if str(file) == "-" or not Path(file).is_file():
        return False
    if call.out.can_ask and not yes and not call.out.confirm(f'Replace "{file}"?'):
        raise typer.Exit(Exit.DONE)
    return True


def written_to(file: str | Path, *, replaced: bool) -> str:
    """Where something went, for the end of a sentence; "" for standard output."""
    place = "" if str(file) == "-" else f' to "{file}"'
    return f"{place}, which was replaced" if replaced else place
