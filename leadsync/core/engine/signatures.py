"""Signatures of messages by Standard Webhooks (standardwebhooks.com, read in November 2026)."""

from __future__ import annotations

import binascii
import hmac
from typing import TYPE_CHECKING

from leadsync.core.errors import AccessError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from standardwebhooks import Webhook

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"


def sign(key: str, message_id: str, moment: datetime, body: str) -> dict[str, str]:
    """The headers that prove who sent a body and when.

    Raises:
        InputError: the key is none of Standard Webhooks.
    """
    return {
        ID: message_id,
        TIMESTAMP: str(int(moment.timestamp())),
        SIGNATURE: _webhook(key).sign(message_id, moment, body),
    }


def check_signature(key: str, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that the owner of the key has not signed within five minutes.

    Raises:
        AccessError: there is no fit signature, or it is too old or too new.
        InputError: the key is none of Standard Webhooks.
    """
    from standardwebhooks import WebhookVerificationError

    webhook = _webhook(key)
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except WebhookVerificationError as error:
        raise AccessError(f"the signature does not fit: {error}") from error
    except ValueError as error:  # parts of the header that are no base64, a body that is no text
        raise AccessError("the signature cannot be read") from error


def check_shared_secret(key: str, given: str) -> None:
    """Refuse what is not the key itself, in a time that tells nothing about it.

    Raises:
        AccessError: it is another text.
    """
    if not hmac.compare_digest(key.encode(), given.encode()):
        raise AccessError("the secret in the header is another one")


def _webhook(key: str) -> Webhook:
    from standardwebhooks import Webhook
    from standardwebhooks.webhooks import EmptyWebhookSecretError

    try:
        return Webhook(key)
    except (binascii.Error, ValueError, EmptyWebhookSecretError) as error:
        raise InputError("the key is none of Standard Webhooks: whsec_ and base64") from error
