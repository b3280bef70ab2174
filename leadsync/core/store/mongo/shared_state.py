"""State that processes share while they run, on MongoDB: each change is a compare and swap."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from leadsync.core.store.clear_errors import clear_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from leadsync.core.models import Doc


class SharedState:
    """The part of the MongoDB store that keeps shared state."""

    db: Database[Any]

    @clear_errors
    def change_shared(self, name: str, change: Callable[[Doc], Doc]) -> Doc:
        """Change a shared document in one step against all other processes; what it is now."""
        while True:
            stored = self.db["sharedState"].find_one({"_id": name})
            changed = change(json.loads(stored["body"]) if stored else {})
            version = int(stored["version"]) if stored else 0
            entry = {"version": version + 1, "body": json.dumps(changed)}
            if stored is None:
                try:
                    self.db["sharedState"].insert_one({"_id": name, **entry})
                except DuplicateKeyError:  # another process was faster: look again
                    continue
                return changed
            same = {"_id": name, "version": version}
            if self.db["sharedState"].update_one(same, {"$set": entry}).matched_count:
                return changed
