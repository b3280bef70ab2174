"""Hashes of what is sent, by which the ledger knows whether anything has changed since."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def content_hash(content: Mapping[str, Any]) -> str:
    """The hash of what a place outside gets of a lead, whatever the order of its fields."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
