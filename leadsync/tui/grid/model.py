"""The view over the store that the grid shows: which leads, in which order, in which columns."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.selection import select
from leadsync.core.views import view_columns
from leadsync.tui.grid.fields import grid_fields
from leadsync.tui.grid.layout import Layout
from leadsync.tui.grid.marks import Marks
from leadsync.tui.grid.saved_layout import hidden_of, layout_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection

    from leadsync.core.models import Doc, Sort
    from leadsync.core.selection import Selection
    from leadsync.core.workspace import Workspace
    from leadsync.tui.lane import Lane

FIRST_PAGE = 200  # ids that are asked for first: 1 ms unsorted, whatever the store's size


@dataclass(frozen=True, slots=True)
class Look:
    """What of the workspace is looked at.

    Attributes:
        where: filter text.
        view: name of the saved view it began with.
        trashed: leads in the trash instead.
        only_marked: of these only the marked leads.
    """

    campaign: str = ""
    where: str = ""
    view: str = ""
    sort: tuple[Sort, ...] = ()
    trashed: bool = False
    only_marked: bool = False

    @property
    def sort_texts(self) -> tuple[str, ...]:
        """The order as `select` and views read it."""
        return tuple(f"-{s.field}" if s.descending else s.field for s in self.sort)


@dataclass(frozen=True, slots=True)
class Order:
    """Leads in the order of a look.

    Attributes:
        is_whole: False while only the first ones are known.
    """

    look: Look
    ids: array[int]
    is_whole: bool


class GridModel:
    """The look at the store and the ids it comes to. Knows no Textual.

    Attributes:
        look: what is looked at; `show` changes it.
        ids: the leads in order.
        is_whole: False while only the first ones are known.
        marks: the marked leads.
        seen: revision and columns of the store before anything of it was read.
    """

    def __init__(self, workspace: Workspace, lane: Lane) -> None:
        """`lane` answers questions that may take long."""
        self.workspace = workspace
        self.seen = (workspace.store.revision(), workspace.store.columns())
        self.look = Look()
        self.ids: array[int] = array("q")
        self.is_whole = False
        self.marks = Marks()
        self._lane = lane

    def show(
        self, look: Look, done: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        """Look at something else; `done` is called for the first page, and when all are known.

        A look that cannot be read leaves the old one in place. What is being read for an older
        one is broken off.
        """

        def take(order: Order) -> None:
            self._take(order)
            done()
            if not order.is_whole:
                self.read_all(done, failed)

        self._lane.drop("refresh")
        self._lane.ask("order", lambda: self.read_order(look, limit=FIRST_PAGE), take, failed)

    def read_all(self, done: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        """Learn the leads behind the first page, too."""
        look = self.look

        def take(order: Order) -> None:
            self._take(order)
            done()

        self._lane.ask("order", lambda: self.read_order(look), take, failed)

    def refresh(
        self,
        changed: Callable[[Order], None],
        asked: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> threading.Event:
        """Ask anew which leads there are; the event says that it was done, or overtaken by `show`.

        Args:
            changed: gets them if they are others than before; they are taken by `begin`.
            asked: called when the answer is there.
            failed: called with an error.
        """
        look = self.look

        def take(order: Order) -> None:
            asked()
            if order.look == self.look and (order.ids != self.ids or not self.is_whole):
                changed(order)

        return self._lane.ask("refresh", lambda: self.read_order(look), take, failed)

    def begin(self, order: Order) -> None:
        """Take a first page that was read before."""
        self._take(order)

    def selection(self) -> Selection:
        """The leads that are shown, and their order, as core means them.

        Raises:
            InputError: the filter or order cannot be read.
            NotFound: no such campaign or view.
        """
        chosen = self._chosen(self.look)
        if not self.look.only_marked:
            return chosen
        marked = _filter_of(self.marks.ids())
        words = " ".join(part for part in (chosen.text, "only marked") if part)
        return replace(chosen, filter=_both(chosen.filter, marked), text=words)

    def _chosen(self, look: Look) -> Selection:
        """The leads of a look, marked or not."""
        return select(
            self.workspace,
            where=look.where,
            campaign=look.campaign,
            view=look.view,
            sort=look.sort_texts,
        )

    def read_order(self, look: Look, *, limit: int | None = None) -> Order:
        """The ids of a look, the first ones or all. Runs in a lane."""
        chosen = self._chosen(look)
        whole = replace(look, sort=chosen.sort)
        if look.only_marked:
            limit = None
        found = self.workspace.store.ids(
            chosen.filter, chosen.sort, limit=limit, trashed=look.trashed
        )
        if look.only_marked:
            marks = self.marks
            found = array("q", (i for i in found if i in marks))
        return Order(whole, found, limit is None or len(found) < limit)

    def find(self, text: str) -> array[int]:
        """The places, in order, of the leads that a filter finds among those shown.

        Raises:
            InputError: the filter cannot be read.
        """
        return self._places(self.workspace.filter(text))

    def _places(self, extra: Doc) -> array[int]:
        doc = _both(self._chosen(self.look).filter, extra)
        hits = set(self.workspace.store.ids(doc, trashed=self.look.trashed))
        return array("q", (n for n, lead_id in enumerate(self.ids) if lead_id in hits))

    def place_of(self, lead_id: int) -> int | None:
        """Where a lead stands, or None. 10 ms at a million leads."""
        try:
            return self.ids.index(lead_id)
        except ValueError:
            return None

    def first_layout(self, look: Look) -> Layout:
        """The columns of a look as its view, or the workspace, has them."""
        view = self.workspace.view(look.view) if look.view else None
        catalog = self.workspace.store.catalog()
        fields = grid_fields(catalog, view_columns(self.workspace, view))
        return layout_of(fields, view.columns) if view and view.columns else Layout(fields, 1)

    def first_hidden(self, look: Look) -> dict[str, int]:
        """The columns that the view of a look hides, with their widths."""
        return hidden_of(self.workspace.view(look.view).columns) if look.view else {}

    def layout_now(self, layout: Layout, hidden: Collection[str]) -> Layout:
        """The same columns in the same places, after the workspace's columns changed."""
        catalog = self.workspace.store.catalog()
        keys = [field.key for field in layout.fields]
        if not self.look.view:
            keys += [k for k in view_columns(self.workspace) if k not in hidden]
        widths = {field.key: field.width for field in layout.fields}
        fields = grid_fields(catalog, keys)
        fields = tuple(replace(f, width=widths.get(f.key, f.width)) for f in fields)
        return replace(layout, fields=fields)

    def _take(self, order: Order) -> None:
        self.look, self.ids, self.is_whole = order.look, order.ids, order.is_whole


def _filter_of(ids: array[int]) -> Doc:
    """These leads; those of a new import stand in a row, and a range is asked for faster."""
    if ids and ids[-1] - ids[0] + 1 == len(ids):
        return {"id": {"$gte": ids[0], "$lte": ids[-1]}}
    return {"id": {"$in": list(ids)}}


def _both(one: Doc, other: Doc) -> Doc:
    """The leads that match both; an empty document is every lead."""
    parts = [part for part in (one, other) if part]
    return {"$and": parts} if len(parts) > 1 else parts[0] if parts else {}
