"""The login screen: what is shown before the grid of a workspace that has users."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.actions import SkipAction
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from leadsync.core.access.sessions import login
from leadsync.core.config import hide_password
from leadsync.core.errors import LeadSyncError
from leadsync.core.visible_text import visible
from leadsync.tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadsync.core.config import Config


class LoginApp(TerminalApp[bool]):
    """Asks for e-mail and password until they are right; its result is whether they were."""

    # With priority: what is typed ahead of a screen that is still thinking stands in the right
    # field, and a password never in that of the e-mail, where it would be seen.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", priority=True),
        Binding("tab,shift+tab,up,down", "other_field", priority=True),
        Binding("escape,ctrl+q,ctrl+c", "leave", priority=True),
    ]
    CSS = """
    Screen { align: center middle; }
    .frame {
        width: 80%;
        max-width: 72;
        height: auto;
        background: $surface;
        border: round $primary;
        border-title-color: $accent;
        border-subtitle-color: $foreground-muted;
        padding: 1 2;
    }
    .row { height: 1; }
    Label { width: 12; color: $foreground-muted; }
    Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $boost; }
    #why { color: $foreground-muted; margin: 0 0 1 0; height: auto; }
    #problem { color: $error; height: auto; margin: 1 0 0 0; }
    """

    def __init__(self, config: Config, why: str, *, ascii_only: bool) -> None:
        """Ask for a login to the store of the config; `why` says why."""
        super().__init__(ascii_only=ascii_only)
        self._config = config
        self._why = why

    def compose(self) -> ComposeResult:
        """Two fields in a frame."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Log in")
            frame.border_subtitle = Content("Enter: log in   Tab: next   Esc: leave")
            place = visible(hide_password(self._config.store))
            yield Static(Content(f"{visible(self._why)}\n{place}"), id="why")
            with Horizontal(classes="row"):
                yield Label("E-mail")
                yield Input(id="email", compact=True)
            with Horizontal(classes="row"):
                yield Label("Password")
                yield Input(id="password", password=True, compact=True)
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Begin at the first field."""
        self.query_one("#email", Input).focus()

    def action_other_field(self) -> None:
        """Go to the other field."""
        fields = list(self.query(Input))
        self.screen.set_focus(fields[0] if self.focused is fields[1] else fields[1])

    def action_go_on(self) -> None:
        """From the e-mail to the password; there the field itself takes Enter, after all letters."""
        email, password = self.query(Input)
        if self.focused is not email:
            raise SkipAction
        self.screen.set_focus(password)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the password."""
        event.stop()
        self._log_in(self.query_one("#email", Input).value, event.value)

    def action_leave(self) -> None:
        """Let nobody in."""
        self.exit(result=False)

    def _log_in(self, email: str, password: str) -> None:
        self._say("looking …")
        for field in self.query(Input):
            field.disabled = True
        self._ask_store(email, password)

    @work(thread=True, exclusive=True)
    def _ask_store(self, email: str, password: str) -> None:
        """Off the event loop: a hash takes a fifth of a second."""
        try:
            login(self._config, email, password)
        except LeadSyncError as error:
            self.call_from_thread(self._refused, error)
        else:
            self.call_from_thread(self.exit, True)  # noqa: FBT003

    def _refused(self, error: LeadSyncError) -> None:
        for field in self.query(Input):
            field.disabled = False
        field = self.query_one("#password", Input)
        field.value = ""
        field.focus()
        self._say("; ".join(filter(None, (error.message, error.next_step))))

    def _say(self, text: str) -> None:
        self.query_one("#problem", Static).update(Content(visible(text)))

    def run_here(self) -> bool:
        """Ask until it is right, or the user leaves: False then.

        Raises:
            Exception: a bug of ours, after the terminal was restored.
        """
        is_in = self.run()
        self.raise_bug()
        return bool(is_in)
