"""A workspace: an open store with its config and keys. The one object that cli and tui hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from leadsync.core.access.entering import enter
from leadsync.core.access.guard import acting, let_in_again, require
from leadsync.core.columns.formulas import make_formulas
from leadsync.core.errors import NotFound, StoreError
from leadsync.core.practice.label import check_label
from leadsync.core.query.parse import parse_filter
from leadsync.core.store.opening import is_missing, open_store, sqlite_path

if TYPE_CHECKING:
    from types import TracebackType

    from leadsync.core.access.records import Identity
    from leadsync.core.access.rights import Right
    from leadsync.core.config import Config
    from leadsync.core.models import Campaign, Column, Doc, View
    from leadsync.core.store.opening import Waiting
    from leadsync.core.store.protocol import Store


class Workspace:
    """Everything that a command or the app needs; close it, or use it in a `with` block.

    Attributes:
        store: leads, documents, history, queue and call journal.
        config: the settled settings.
        identity: who has come in; None where the workspace has no users and is open.
        actor: who history says it was.
    """

    def __init__(self, store: Store, config: Config, identity: Identity | None = None) -> None:
        """Take an open store; `open` is the usual way."""
        self.store = store
        self.config = config
        self.identity = identity
        self.actor = identity.actor if identity else config.actor
        store.set_formulas(make_formulas)

    @classmethod
    def open(
        cls,
        config: Config,
        *,
        create: bool = True,
        waiting: Waiting | None = None,
        is_interactive: bool = False,
        adds_first_user: bool = False,
    ) -> Self:
        """Open the store that the config names, for who has logged in or holds a token.

        Args:
            config: the settled settings.
            create: make a file that is not there. Else, a missing file that somebody named is an
                error, and in the place of the default one an empty store is read.
            waiting: called once for a write to a file that waits for another process for 2 s.
            is_interactive: it stays open for hours in several threads, as the grid's does.
            adds_first_user: a shared store without users is opened, for `users add` alone.

        Raises:
            LoginNeeded: it has users, and none of them is logged in here.
            AccessError: the token is not valid, or the server refused its own login.
            InputError: the URL is of no engine we have.
            StoreError: it cannot be reached, is newer, damaged, not ours, or not there, or it is
                a practice copy.
        """
        if not create and is_missing(config.store):
            if not config.has_default_store:
                raise StoreError(
                    f'there is no store "{sqlite_path(config.store)}"',
                    next_step="check the name; leadsync import FILE makes a store, as leads add"
                    " and columns add do",
                )
            from leadsync.core.store.sqlite.nothing import EmptyStore

            return cls(EmptyStore(), config)
        store = open_store(config.store, waiting=waiting, is_interactive=is_interactive)
        try:
            check_label(store, config)
            entered, identity = enter(store, config, adds_first_user=adds_first_user)
            return cls(entered, config, identity)
        except BaseException:
            store.close()
            raise

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

    # rights ------------------------------------------------------------------------------
    def acting(self, right: Right) -> Workspace:
        """The same workspace for one thing that is done now: its writes need this right.

        What was allowed is finished, also when the login is over meanwhile.

        Raises:
            AccessError: who is there may not do it.
        """
        store = acting(self.store, right)
        return self if store is self.store else Workspace(store, self.config, self.identity)

    def require(self, right: Right, what: str = "") -> None:
        """Let nobody go on who has not this right; in an open workspace everybody has all.

        Args:
            right: what it needs.
            what: what is refused, after "may not"; empty: the words of the right.

        Raises:
            AccessError: who is there has not.
        """
        require(self.store, right, what)

    def let_in_again(self) -> None:
        """From now on, whose login is over goes on here after they have logged in again."""

        def knock(store: Store) -> Identity:
            from leadsync.core.access.recognising import recognise

            return recognise(store, self.config)

        let_in_again(self.store, knock)

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
