"""A panel about a place outside, before leads go there or come back: what is chosen, then a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from leadsync.core.errors import InputError, LeadSyncError
from leadsync.tui.panels.settings_panel import SettingsPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadsync.tui.desk import Desk
    from leadsync.tui.panels.settings_panel import Setting

Draft = TypeVar("Draft")


class PlacePanel(SettingsPanel, Generic[Draft]):
    """The settings of a push, or of a pull; nothing is asked over the net before Ctrl+S."""

    KEYS: ClassVar[str]
    """The footer."""
    PLACE: ClassVar[tuple[str, str]]
    """The setting that names the place, and what is said where it is missing."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        draft: Draft,
        go: Callable[[Self, Draft], None],
        *,
        pulls: bool = False,
    ) -> None:
        """Begin with `draft`; `go` gets what was chosen, and this panel."""
        super().__init__(desk, title, self.KEYS)
        self.draft = draft
        self._go: Callable[[Any, Draft], None] = go
        self._pulls = pulls

    def on_mount(self) -> None:
        """Ask for the place, if none was used before."""
        self.take(self.draft)
        if self._place:
            super().on_mount()
        else:
            self.change(self.PLACE[0])

    def finish(self) -> None:
        """Look at the place."""
        self.say_problem(None)
        try:
            if not self._place:
                raise InputError(self.PLACE[1])
            self._go(self, self.draft)
        except LeadSyncError as error:
            self.say_problem(error)

    def take(self, draft: Draft) -> None:
        """Take another draft, and show it."""
        self.draft = draft
        self.say_problem(None)
        self.show_settings([*self.lines()])

    def lines(self) -> Iterator[Setting]:
        """The settings of the draft."""
        raise NotImplementedError

    @property
    def _place(self) -> str:
        return str(getattr(self.draft, self.PLACE[0]))
