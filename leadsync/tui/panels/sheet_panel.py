"""A Google sheet before it is written or read: which one, which columns, who wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.sync.table_pull import Take
from leadsync.tui.panels.picker import Choice
from leadsync.tui.panels.place_panel import PlacePanel
from leadsync.tui.panels.settings_panel import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

NEITHER = "neither: list them"


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """What is chosen about a sheet.

    Attributes:
        address: of the spreadsheet, as the browser shows it.
        tab: of it; empty: the one of the address, else the first.
        columns: keys of the fields that are pushed.
        overwrites: a push writes cells that were changed there, too.
        again: a push adds rows that were removed there.
        arms: later runs push what they touch.
        take: who wins where both sides changed a cell, in a pull.
    """

    address: str
    tab: str
    columns: tuple[str, ...] = ()
    overwrites: bool = False
    again: bool = False
    arms: bool = False
    take: Take | None = None


class SheetPanel(PlacePanel[SheetDraft]):
    """The settings of a push, or of a pull."""

    KEYS = "Enter: change   Ctrl+S: compare, then ask   Esc: leave"
    PLACE = ("address", "the address of the spreadsheet is missing")

    def change(self, setting_id: str) -> None:
        """Ask for another value, or turn it around."""
        draft = self.draft
        if setting_id == "address":
            self.ask("Address", draft.address, lambda t: self.take(_named(draft, t.strip())))
        elif setting_id == "tab":
            self.ask("Tab", draft.tab, lambda text: self.take(replace(draft, tab=text.strip())))
        elif setting_id == "columns":
            self.ask("Columns", ", ".join(draft.columns), self._typed_columns)
        elif setting_id == "take":
            choices = [Choice("", NEITHER), *(Choice(side, f"the {side}") for side in Take)]
            self.desk.pick("Who wins", choices, lambda _key, side: self._wins(side))
        elif setting_id == "overwrites":
            self.take(replace(draft, overwrites=not draft.overwrites))
        elif setting_id == "again":
            self.take(replace(draft, again=not draft.again))
        else:
            self.take(replace(draft, arms=not draft.arms))

    def _typed_columns(self, text: str) -> None:
        catalog = self.desk.workspace.store.catalog()
        names = [name.strip() for name in text.split(",") if name.strip()]
        keys = tuple(dict.fromkeys(catalog.resolve(name).key for name in names))
        self.take(replace(self.draft, columns=keys))

    def _wins(self, side: str) -> None:
        self.take(replace(self.draft, take=Take(side) if side else None))

    def lines(self) -> Iterator[Setting]:
        """The settings of the draft."""
        draft = self.draft
        meaning = draft.address or "As the browser shows it."
        yield Setting("address", "Address", draft.address, "", meaning)
        tab = draft.tab or "as in the address, or the first"
        meaning = "" if self._pulls else "One that is not there is made."
        yield Setting("tab", "Tab", tab, "", meaning)
        if self._pulls:
            meaning = "Who wins where a cell was changed here and there since the last push."
            wins = f"the {draft.take}" if draft.take else NEITHER
            yield Setting("take", "Conflicts", wins, "", meaning)
            return
        columns = ", ".join(draft.columns) or "all"
        yield Setting("columns", "Columns", columns, "", "Keys, as in: email, title, pitch")
        meaning = "Cells that somebody changed in the sheet are written over, too."
        yield Setting("overwrites", "Overwrite", _yes(draft.overwrites), "", meaning)
        meaning = "Leads whose rows somebody removed from the sheet get a row again."
        yield Setting("again", "Removed rows", _yes(draft.again), "", meaning)
        meaning = "Armed: after each run that is done, the leads that it touched are pushed here."
        yield Setting("arms", "After each run", _yes(draft.arms), "", meaning)


def _named(draft: SheetDraft, address: str) -> SheetDraft:
    """Another file has other tabs."""
    return draft if address == draft.address else replace(draft, address=address, tab="")


def _yes(is_on: bool) -> str:  # noqa: FBT001 - it is what is shown
    return "yes" if is_on else "no"
