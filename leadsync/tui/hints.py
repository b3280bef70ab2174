"""Quiet hints about the lead under the cursor, in the status line; asked for in a lane."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Campaign, Doc
    from leadsync.tui.desk import Desk

Question = tuple[int, int]
"""Lead, revision of the store."""

CAMPAIGNS_NAMED = 3
CAPS_HOLD_S = 5.0  # while runs write, who is over a cap is counted anew at most so often,
SHARE = 15  # and takes at most a fifteenth of the time


@dataclass(frozen=True, slots=True)
class _Over:
    """Who is over the caps of a campaign: counted at a revision, good until a moment at least."""

    revision: int
    caps: Doc
    holds_to: float
    leads: frozenset[int]


class Hints:
    """Says where else a lead is, and that it will not be pushed, when the cursor rests on it."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing known."""
        self._desk = desk
        self._asked: Question | None = None
        self._is_under_way = False
        self._words: list[str] = []
        self._over: dict[int, _Over] = {}

    def words(self) -> list[str]:
        """What is known of the cursor's lead; asks for it where nothing is yet."""
        lead_id = self._desk.grid.lead_id
        if lead_id is None or self._desk.model.look.trashed:
            return []
        question = (lead_id, self._desk.live.revision)
        if self._asked is None or self._asked[0] != lead_id:
            self._words = []  # they were those of another lead
        elif self._is_under_way:
            return self._words  # while others write, a count that began is to end
        if question != self._asked:
            self._ask(question)
        return self._words

    def drop(self) -> None:
        """Leave the lane to what is more urgent; what was asked is asked again later."""
        self._desk.lanes.search.drop("hint")
        if self._is_under_way:
            self._asked, self._is_under_way = None, False

    def _ask(self, question: Question) -> None:
        def take(words: list[str]) -> None:
            self._is_under_way = False
            if words != self._words or self._desk.live.revision != question[1]:
                self._words = words
                self._desk.show_position()  # and asks again, if others wrote meanwhile

        def failed(error: Exception) -> None:
            self._is_under_way = False
            self._desk.say_problem(error)

        self._asked, self._is_under_way = question, True
        work = partial(self._read, *question)
        self._desk.lanes.search.ask("hint", work, take, failed)

    def _read(self, lead_id: int, revision: int) -> list[str]:
        """Ask the store; in the lane, which loads what that takes: 5 ms, after the first picture."""
        from leadsync.core.leads.hints import other_campaigns

        store = self._desk.workspace.store
        campaigns = store.campaigns()
        words: list[str] = []
        if len(campaigns) > 1 and (others := other_campaigns(store, lead_id)):
            more = f" and {len(others) - CAMPAIGNS_NAMED} more" * (len(others) > CAMPAIGNS_NAMED)
            words.append(f"also in {', '.join(others[:CAMPAIGNS_NAMED])}{more}")
        rows = store.rows([lead_id], ["campaign"])
        home = next((c for c in campaigns if rows and c.name == rows[0][0]), None)
        if home is not None and lead_id in self._over_caps(home, revision):
            words.append("over the cap of its company")
        return words

    def _over_caps(self, campaign: Campaign, revision: int) -> frozenset[int]:
        """The leads of a campaign that are over its caps, counted not long ago."""
        if not campaign.settings.get("caps"):
            return frozenset()
        from leadsync.core.leads.hints import over_caps

        known = self._over.get(campaign.id)
        begun = time.monotonic()
        is_same = known is not None and known.caps == campaign.settings["caps"]
        if known is None or not is_same or (known.revision != revision and begun > known.holds_to):
            found = over_caps(self._desk.workspace.store, campaign)
            now = time.monotonic()
            holds_to = now + max(CAPS_HOLD_S, SHARE * (now - begun))
            known = _Over(revision, campaign.settings["caps"], holds_to, found)
            self._over[campaign.id] = known
        return known.leads
