"""The process of one visitor, as the server of the page starts, feeds and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shlex
import sys

from textual_serve.app_service import AppService

from leadsync.core.access.visiting import VARIABLE
from leadsync.tui.browser.door import Visitor

logger = logging.getLogger(__name__)

COMMAND = f"exec {shlex.quote(sys.executable)} -m leadsync.tui.browser.visitor"
ENDS_WITHIN_S = 15.0


class VisitorService(AppService):
    """The process of one visitor, with what lets it in."""

    visitor = Visitor()
    store = ""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        """The environment of `leadsync serve`, with this visitor instead of its own login."""
        environment = super()._build_environment(width, height)
        environment["LEADSYNC_STORE"] = self.store
        environment.pop(VARIABLE, None)
        if self.visitor.visit:
            environment[VARIABLE] = self.visitor.visit
            environment.pop("LEADSYNC_TOKEN", None)
        return environment

    async def stop(self) -> None:
        """Let it end, and end it where it does not."""
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await super().stop()
        except TimeoutError:
            logger.warning("the app of a visitor did not end by itself")
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
