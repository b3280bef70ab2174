"""A campaign out there before leads go into it or come back: which one, what goes by which name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, LeadSyncError
from leadsync.tui.panels.settings_panel import Setting, SettingsPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadsync.tui.desk import Desk

KEYS = "Enter: change   Ctrl+S: look, then ask   Esc: leave"


@dataclass(frozen=True, slots=True)
class OutreachDraft:
    """What is chosen about a campaign out there.

    Attributes:
        to: its id or name.
        mapping: `FIELD=NAME` with commas.
        allow: verdicts with commas.
    """

    to: str
    mapping: str = ""
    allow: str = ""
    allow_missing: bool = False


class OutreachPanel(SettingsPanel):
    """The settings of a push, or of a pull; nothing is asked over the net before Ctrl+S."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        draft: OutreachDraft,
        go: Callable[[OutreachPanel, OutreachDraft], None],
        *,
        pulls: bool = False,
    ) -> None:
        """Begin with `draft`; `go` gets what was chosen, and this panel."""
        super().__init__(desk, title, KEYS)
        self.draft = draft
        self._go = go
        self._pulls = pulls

    def on_mount(self) -> None:
        """Ask for the campaign, if none was used before."""
        self._take(self.draft)
        if self.draft.to:
            super().on_mount()
        else:
            self.change("to")

    def finish(self) -> None:
        """Look at the campaign."""
        self.say_problem(None)
        try:
            if not self.draft.to:
                raise InputError("the campaign is missing")
            self._go(self, self.draft)
        except LeadSyncError as error:
            self.say_problem(error)

    def change(self, setting_id: str) -> None:
        """Ask for another value, or turn it around."""
        draft = self.draft
        if setting_id == "to":
            self.ask("Campaign", draft.to, lambda t: self._take(replace(draft, to=t.strip())))
        elif setting_id == "mapping":
            self.ask("Fields", draft.mapping, lambda t: self._take(replace(draft, mapping=t)))
        elif setting_id == "allow":
            self.ask("Verdicts", draft.allow, lambda t: self._take(replace(draft, allow=t)))
        else:
            self._take(replace(draft, allow_missing=not draft.allow_missing))

    def _take(self, draft: OutreachDraft) -> None:
        self.draft = draft
        self.say_problem(None)
        self.show_settings([*self._settings()])

    def _settings(self) -> Iterator[Setting]:
        draft = self.draft
        meaning = "Id or name of the campaign there."
        yield Setting("to", "Campaign", draft.to, "", meaning)
        if self._pulls:
            return
        meaning = "What a field is called there, as in: pitch=icebreaker. It is remembered."
        yield Setting(
            "mapping", "Fields", draft.mapping or "usual names, or as last time", "", meaning
        )
        meaning = "Sent beside what the campaign's policy allows, as in: unverified, risky:role"
        yield Setting("allow", "More verdicts", draft.allow or "none", "", meaning)
        meaning = "Leads that lack a variable of the sequences are sent, too."
        missing = "yes" if draft.allow_missing else "no"
        yield Setting("missing", "Blank variables", missing, "", meaning)
