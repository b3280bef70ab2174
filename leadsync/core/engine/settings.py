"""What enrichers may ask about the user's settings, without secrets."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leadsync.core.config import Config


def account_of(config: Config, secrets: Sequence[str]) -> str:
    """A short mark of the keys of these names; empty where none is set. No key can be told from it."""
    keys = [config.secret(name) or "" for name in secrets]
    if not any(keys):
        return ""
    return hashlib.blake2b("\n".join(keys).encode(), digest_size=4).hexdigest()


class ConfigSettings:
    """`enricher.Settings` over the config of a process."""

    def __init__(self, config: Config) -> None:
        """Take the settled config."""
        self._config = config

    @property
    def prices(self) -> Path | None:
        """The user's own price file, which goes before shipped prices."""
        return self._config.prices

    def setting(self, name: str, default: str = "") -> str:
        """A provider's setting from the environment or config."""
        return self._config.provider_setting(name) or default
