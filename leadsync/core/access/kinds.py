"""Names of the documents that say who may enter."""

from __future__ import annotations

USERS, SESSIONS, TOKENS = "users", "sessions", "tokens"
