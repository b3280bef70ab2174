"""A form that takes passwords: what is typed into their fields is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.actions import SkipAction
from textual.binding import Binding
from textual.widgets import Input

from leadsync.core.errors import InputError
from leadsync.tui.panels.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType

    from leadsync.tui.desk import Desk

T = TypeVar("T")
TWICE = (("password", "New password", ""), ("again", "The same again", ""))
"""Fields of a new password."""
PRESENT = ("present", "Present password", "")
"""The field of the password that somebody has."""
_SECRET = frozenset(key for key, _, _ in (*TWICE, PRESENT))


class PasswordForm(Form, Generic[T]):
    """Fields, some of them of passwords; does its work once at a time, for a hash takes a while."""

    # With priority, as in the login screen: what is typed or pasted faster than the screen follows
    # stands in the right field, and a password never in one where it would be seen.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", priority=True),
        Binding("tab,down", "step(1)", priority=True),
        Binding("shift+tab,up", "step(-1)", priority=True),
    ]

    def __init__(
        self,
        desk: Desk,
        title: str,
        fields: Sequence[tuple[str, str, str]],
        work: Callable[[dict[str, str]], T],
        done: Callable[[T], None],
    ) -> None:
        """Ask for `fields` and a new password; `work` gets them, `done` what it came to."""
        super().__init__(title, [*fields, *TWICE], self._begin, hidden=_SECRET)
        self._desk = desk
        self._work = work
        self._done = done

    def action_go_on(self) -> None:
        """To the next field; the last one takes Enter itself, after all its letters."""
        if self.focused is self.query(Input).last():
            raise SkipAction
        self.action_step(1)

    def action_step(self, step: int) -> None:
        """Go to another field."""
        fields = list(self.query(Input))
        at = fields.index(self.focused) if isinstance(self.focused, Input) else -step
        self.set_focus(fields[(at + step) % len(fields)])

    def _begin(self, texts: dict[str, str]) -> None:
        if texts.get("password") != texts.get("again"):
            raise InputError("the two passwords differ")
        self.send(self._desk, lambda: self._work(texts), self._done)
