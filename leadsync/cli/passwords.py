"""Passwords from people and scripts: asked for without showing them, or a line of standard input.

Never an argument: those are in the history of the shell and in the list of processes.
"""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from leadsync.core.errors import InputError

PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input: a line."),
]


def read_password(prompt: str = "Password", *, from_stdin: bool) -> str:
    """A password that is there already.

    Raises:
        InputError: nobody can be asked, or the input ended.
    """
    if from_stdin:
        return _next_line("password")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(
            "there is no terminal to ask for the password on",
            next_step="--password-stdin reads it from standard input",
        )
    return getpass.getpass(f"{prompt}: ")


def read_new_password(prompt: str = "New password", *, from_stdin: bool) -> str:
    """A new password; people type it twice.

    Raises:
        InputError: nobody can be asked, or both differ.
    """
    if from_stdin:
        own = "of your own, the present one is the first line and the new one the second"
        return _next_line("new password", own)
    password = read_password(prompt, from_stdin=False)
    if getpass.getpass("Again: ") != password:
        raise InputError("the two passwords differ; nothing was changed")
    return password


def _next_line(what: str, next_step: str = "") -> str:
    line = sys.stdin.readline()
    if not line:
        raise InputError(f"there is no {what} on the standard input", next_step=next_step)
    return line.rstrip("\r\n")
