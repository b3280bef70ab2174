"""A workspace: an open store with its config and keys. The one object that cli and tui hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from leadsync.core.columns.formulas import make_formulas
from leadsync.core.errors import NotFound
from leadsync.core.query.parse import parse_filter
from leadsync.core.store.opening import open_store

if TYPE_CHECKING:
    from types import TracebackType

    from leadsync.core.config import Config
    from leadsync.core.models import Campaign, Column, Doc, View
    from leadsync.core.store.protocol import Store


class Workspace:
    """Everything that a command or the app needs; close it, or use it in a `with` block.

    Attributes:
        store: leads, documents, history, queue and call journal.
        config: the settled settings.
        actor: who history says it was.
    """

    def __init__(self, store: Store, config: Config) -> None:
        """Take an open store; `open` is the usual way."""
        self.store = store
        self.config = config
        self.actor = config.actor
        store.set_formulas(make_formulas)

    @classmethod
    def open(cls, config: Config) -> Self:
        """Open the store that the config names, making it where there is none.

        Raises:
            InputError: the URL is of no engine we have.
            StoreError: it cannot be reached, is newer, damaged or not ours.
        """
        return cls(open_store(config.store), config)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # finding by what people type -------------------------------------------------------------
    def filter(self, text: str) -> Doc:
        """The filter document of a typed filter; {} for an empty one.

        Raises:
            InputError: it cannot be read; the place and the nearest name are given.
        """
        return parse_filter(text, self.store.catalog())

    def campaign(self, name: str) -> Campaign:
        """The campaign of that name, whatever its case.

        Raises:
            NotFound: with the nearest name.
        """
        campaigns = self.store.campaigns()
        for campaign in campaigns:
            if campaign.name.casefold() == name.strip().casefold():
                return campaign
        raise NotFound(
            "campaign", name, known=[c.name for c in campaigns], next_step="leadsync campaigns list"
        )

    def column(self, key: str) -> Column:
        """The column of that key or label.

        Raises:
            NotFound: with the nearest key.
        """
        columns = self.store.columns()
        for column in columns:
            if key in (column.key, column.label):
                return column
        raise NotFound(
            "column", key, known=[c.key for c in columns], next_step="leadsync columns list"
        )

    def view(self, name: str) -> View:
        """The saved view of that name.

        Raises:
            NotFound: with the nearest name.
        """
        views = self.store.views()
        for view in views:
            if view.name.casefold() == name.strip().casefold():
                return view
        raise NotFound("view", name, known=[v.name for v in views], next_step="leadsync views list")
