"""The log of a process: a file in the state folder, without keys. The terminal is for the user."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from leadsync.core.redaction import RedactingFilter, Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config

LOG_NAME = "leadsync.log"
MAX_BYTES = 5_000_000  # then it becomes leadsync.log.1, in the place of the one before
LINE = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def start_logging(config: Config) -> None:
    """Send what this process logs to the file; once a process."""
    root = logging.getLogger("leadsync")
    if root.handlers:
        return
    logging.raiseExceptions = False  # a log that cannot be written says nothing on the terminal
    root.setLevel(logging.INFO)
    root.propagate = False
    root.addHandler(_handler(config))


def make_private(path: Path) -> None:
    """Make a file for its owner alone, with its folder; one that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _handler(config: Config) -> logging.Handler:
    path = config.state_folder / LOG_NAME
    try:
        _make_room(path)
        make_private(path)
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        return logging.NullHandler()  # no place to log to is no reason not to work
    handler.setFormatter(logging.Formatter(LINE))
    handler.addFilter(RedactingFilter(Redactor(config.secrets_in_use())))
    return handler


def _make_room(path: Path) -> None:
    if path.exists() and path.stat().st_size > MAX_BYTES:
        path.replace(path.with_name(f"{LOG_NAME}.1"))
