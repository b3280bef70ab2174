"""Documents of the workspace as records: the part of a store that all engines share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from leadsync.core.models import Campaign, Column, Run, View, from_doc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.models import Doc
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.store.tx_protocol import Formulas

    FormulaFactory = Callable[[Sequence[Column]], Formulas]


class DocumentReads:
    """Campaigns, columns, views and runs from stored documents. Engines inherit it.

    Columns are cached by the engine's revision of documents: every filter needs them.
    """

    def __init__(self) -> None:
        """Begin with nothing cached and no formulas."""
        self._formula_factory: FormulaFactory | None = None
        self._cache_lock = threading.Lock()
        self._cached: tuple[Any, list[Column], Catalog] | None = None

    def documents(self, kind: str) -> list[Doc]:
        """All documents of a kind, by id."""
        raise NotImplementedError(kind)

    def documents_revision(self) -> Any:
        """A value that differs after any document changed."""
        raise NotImplementedError

    def set_formulas(self, factory: FormulaFactory) -> None:
        """Give the maker of formulas from the list of columns; units use it."""
        self._formula_factory = factory

    def formulas(self, columns: Sequence[Column]) -> Formulas | None:
        """The formulas of these columns, where the workspace gave their maker."""
        return self._formula_factory(columns) if self._formula_factory else None

    def campaigns(self) -> list[Campaign]:
        """All campaigns by id, archived ones included."""
        return [from_doc(Campaign, doc) for doc in self.documents("campaigns")]

    def columns(self) -> list[Column]:
        """All columns by id."""
        return self._columns_and_catalog()[0]

    def catalog(self) -> Catalog:
        """The fields that filters and sorts may name now."""
        return self._columns_and_catalog()[1]

    def views(self) -> list[View]:
        """All saved views."""
        return [from_doc(View, doc) for doc in self.documents("views")]

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return [from_doc(Run, doc) for doc in self.documents("runs")]

    def _columns_and_catalog(self) -> tuple[list[Column], Catalog]:
        from leadsync.core.query.catalog import Catalog

        revision = self.documents_revision()
        with self._cache_lock:
            if self._cached is None or self._cached[0] != revision:
                columns = [from_doc(Column, doc) for doc in self.documents("columns")]
                self._cached = (revision, columns, Catalog(columns))
            return self._cached[1], self._cached[2]
