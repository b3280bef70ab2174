"""What a machine or a script holds to be let in: made here, and known again by its hash.

`lss_12_…` is a login (session 12), `lst_12_…` a token; behind the number stand 32 random bytes. The
store has their SHA-256 alone: so many random bits need no slow hash, and nobody can guess them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from leadsync.core.access.kinds import SESSIONS, TOKENS

RANDOM_BYTES = 32
_MARKS = {SESSIONS: "lss", TOKENS: "lst"}
_KINDS = {mark: kind for kind, mark in _MARKS.items()}
_BEARER = re.compile(r"(ls[st])_([0-9]{1,12})_([A-Za-z0-9_-]{43})")


def new_secret() -> str:
    """32 random bytes as text."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def bearer(kind: str, entry_id: int, secret: str) -> str:
    """The text that is handed out, once."""
    return f"{_MARKS[kind]}_{entry_id}_{secret}"


def parse_bearer(text: str) -> tuple[str, int, str] | None:
    """Kind, id and secret of a text that was handed out; None if it never was."""
    found = _BEARER.fullmatch(text.strip())
    return (_KINDS[found[1]], int(found[2]), found[3]) if found else None


def hash_of(secret: str) -> str:
    """What the store keeps of a secret; of what cannot be one, too, as strangers may send it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def is_secret_of(secret: str, stored_hash: str) -> bool:
    """Whether this is the secret of that hash; takes as long for a near miss as for a far one."""
    return hmac.compare_digest(hash_of(secret), stored_hash)
