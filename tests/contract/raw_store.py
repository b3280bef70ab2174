"""What stands in a store's files and collections, byte by byte, with all that was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


def raw_content(store: Store) -> bytes:
    """All bytes of the workspace file with its write-ahead log, or of all collections, lower-case."""
    path = getattr(store, "path", None)
    if path is not None:
        files = sorted(path.parent.glob(f"{path.name}*"))
        return b"\n".join(file.read_bytes() for file in files).lower()
    import bson
    from bson.raw_bson import RawBSONDocument

    options: Any = bson.CodecOptions(document_class=RawBSONDocument)
    database: Any = store.db  # type: ignore[attr-defined]
    content = [
        document.raw
        for name in database.list_collection_names()
        for document in database[name].with_options(options).find()
    ]
    return b"\n".join(content).lower()
