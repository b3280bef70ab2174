"""Requests as the journal knows them: equal ones have equal hashes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import CallRequest

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def request_hash(request: CallRequest) -> str:
    """A hash of provider, operation and body, whatever the order of the body's keys."""
    body = _ENCODER.encode([request.provider, request.operation, request.body])
    return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
