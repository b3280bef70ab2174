"""Files that hold leads outside the store, remembered in it: one document a file and machine."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError

if TYPE_CHECKING:
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

logger = logging.getLogger(__name__)


def remember_file(store: Store, kind: str, body: Doc) -> None:
    """Write down, outside history, what a file holds; a store that is only read forgets it.

    Args:
        store: where it is remembered.
        kind: of the documents.
        body: has `path` and `machine`; takes the place of what was known of that file.
    """
    which = (body["path"], body["machine"])
    known = (doc["id"] for doc in store.documents(kind) if (doc["path"], doc["machine"]) == which)
    try:
        store.save(kind, {**body, "id": next(known, 0)})
    except StoreError as error:
        logger.warning('"%s" is not remembered: %s', body["path"], error.message)
