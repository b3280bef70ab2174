"""One call of the command line: its shared options, and what is opened for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.config import Config
    from leadsync.core.workspace import Workspace


@dataclass
class Invocation:
    """What the user asked of every command.

    Attributes:
        store: URL given with `--store`; None leaves it to environment and config.
        as_json: print data as JSON.
        quiet: print no talk.
        practice: work on a copy from which nothing leaves this machine.
    """

    store: str | None = None
    as_json: bool = False
    quiet: bool = False
    practice: bool = False

    @cached_property
    def config(self) -> Config:
        """The settled settings of this call."""
        from leadsync.core.config import load_config

        return self._practised(load_config({"store": self.store}))

    def settled_config(self) -> Config:
        """The same, also where the config file or a variable is broken: `problems` says what."""
        from leadsync.core.config import settle_config

        return self.config if self.practice else settle_config({"store": self.store})

    def in_practice(self) -> Invocation:
        """The same call on the practice copy."""
        return replace(self, practice=True)

    def _practised(self, config: Config) -> Config:
        """The settings for practice, if that was asked for."""
        if not self.practice:
            return config
        from leadsync.core.practice.workspace import enter_practice

        return enter_practice(config)

    @cached_property
    def out(self) -> Output:
        """The two streams."""
        from leadsync.cli.output import Output

        return Output(as_json=self.as_json, quiet=self.quiet)

    def workspace(
        self,
        *,
        create: bool = False,
        is_interactive: bool = False,
        adds_first_user: bool = False,
    ) -> Workspace:
        """Open the workspace; use it in a `with` block.

        Args:
            create: make the store where there is none; for commands that put something in it.
            is_interactive: it stays open for hours, as the grid's does.
            adds_first_user: a shared store without users is opened, too.
        """
        from leadsync.core.logs import start_logging
        from leadsync.core.workspace import Workspace

        start_logging(self.config)
        return Workspace.open(
            self.config,
            create=create,
            waiting=self._waiting,
            is_interactive=is_interactive,
            adds_first_user=adds_first_user,
        )

    def _waiting(self) -> None:
        self.out.say("another process is writing to the store: waiting for it; Ctrl-C gives up")
