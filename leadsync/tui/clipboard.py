"""The clipboard of this machine: the tool that the desktop has, else a file.

The terminal gets the text by OSC 52 beside it, which also works over SSH but not everywhere.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = (
    ("pbcopy",),
    ("wl-copy",),
    ("xclip", "-selection", "clipboard"),
    ("xsel", "--clipboard", "--input"),
    ("clip.exe",),
)
TOOL_ENDS_WITHIN_S = 2.0
FILE_NAME = "copied.txt"


def copy_locally(text: str, folder: Path) -> str:
    """Hand a text to the first tool that takes it; what worked, in words."""
    tool = copy_by_tool(text)
    if tool:
        return f"by {tool} and the terminal"
    path = folder / FILE_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text, "utf-8")
        path.chmod(0o600)
    except OSError:
        return "sent to the terminal; it may not take it"
    return f"sent to the terminal, and kept in {path}"


def copy_by_tool(text: str) -> str:
    """Hand a text to the first tool that takes it, and keep it nowhere; empty: there is none."""
    for command in TOOLS:
        program = shutil.which(command[0])
        if program and _takes((program, *command[1:]), text):
            return command[0]
    return ""


def _takes(command: tuple[str, ...], text: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - a tool of the list above
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TOOL_ENDS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
