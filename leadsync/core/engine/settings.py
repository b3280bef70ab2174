"""What enrichers may ask about the user's settings, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config


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
