"""Settings of providers that are checked before anything is sent: addresses and seconds."""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

from leadsync.core.errors import InputError

_ADDRESS = re.compile(r"LEADSYNC_[A-Z0-9_]+_BASE_URL|OPENAI_BASE_URL")
_SECONDS = re.compile(r"LEADSYNC_[A-Z0-9_]+_BASE_S")
MOST_BASE_S = 60.0


def check_provider_setting(name: str, value: str) -> None:
    """Refuse a text that the setting of that name cannot have.

    Raises:
        InputError: the setting is named.
    """
    if _ADDRESS.fullmatch(name) and not is_address(value):
        raise InputError(
            f'{name}: "{value}" is no address', next_step="as in http://localhost:8080/v1"
        )
    if _SECONDS.fullmatch(name) and not _is_pause(value):
        raise InputError(f'{name} must be 0 to {MOST_BASE_S:g} seconds, not "{value}"')


def is_address(value: str) -> bool:
    """Whether a text is an address of HTTP with a host."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # as of a port that is no number
        return False


def _is_pause(value: str) -> bool:
    try:
        seconds = float(value)
    except ValueError:
        return False
    return math.isfinite(seconds) and 0 <= seconds <= MOST_BASE_S
