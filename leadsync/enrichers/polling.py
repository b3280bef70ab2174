"""Pauses between looks at work that a provider has not done yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Settings

BASE_SETTING = "LEADSYNC_POLL_BASE_S"
BASE_S = 5.0
_STEPS = (1, 2, 4, 8, 12)
"""With the usual base: 5, 10, 20, 40 seconds, then every minute."""


def poll_wait_s(looks: int, settings: Settings) -> float:
    """How long to wait after that many looks that found nothing.

    Args:
        looks: 0 before the first.
        settings: `LEADSYNC_POLL_BASE_S` is the first pause, in seconds.

    Raises:
        InputError: the setting is no number of seconds.
    """
    return _base_s(settings) * _STEPS[min(looks, len(_STEPS) - 1)]


def _base_s(settings: Settings) -> float:
    text = settings.setting(BASE_SETTING)
    if not text:
        return BASE_S
    try:
        base_s = float(text)
    except ValueError:
        base_s = -1.0
    if not 0 <= base_s <= 60:
        raise InputError(f'{BASE_SETTING} must be 0 to 60 seconds, not "{text}"')
    return base_s
