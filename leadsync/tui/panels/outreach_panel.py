"""A campaign out there before leads go into it or come back: which one, what goes by which name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.tui.panels.place_panel import PlacePanel
from leadsync.tui.panels.settings_panel import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


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


class OutreachPanel(PlacePanel[OutreachDraft]):
    """The settings of a push, or of a pull."""

    KEYS = "Enter: change   Ctrl+S: look, then ask   Esc: leave"
    PLACE = ("to", "the campaign is missing")

    def change(self, setting_id: str) -> None:
        """Ask for another value, or turn it around."""
        draft = self.draft
        if setting_id == "to":
            self.ask("Campaign", draft.to, lambda t: self.take(replace(draft, to=t.strip())))
        elif setting_id == "mapping":
            self.ask("Fields", draft.mapping, lambda t: self.take(replace(draft, mapping=t)))
        elif setting_id == "allow":
            self.ask("Verdicts", draft.allow, lambda t: self.take(replace(draft, allow=t)))
        else:
            self.take(replace(draft, allow_missing=not draft.allow_missing))

    def lines(self) -> Iterator[Setting]:
        """The settings of the draft."""
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
