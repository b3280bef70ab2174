"""What actors at Apify take: the input schema of their usual build.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.http_reading import message_of
from leadsync.core.errors import ProviderError
from leadsync.enrichers.answer_fields import table_at
from leadsync.enrichers.apify_api import API, data_of
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from leadsync.core.engine.enricher import Settings


async def input_schema(
    actor: str, http: httpx2.AsyncClient, settings: Settings, key: str
) -> Mapping[str, Any]:
    """The JSON schema of an actor's input.

    Raises:
        ProviderError: there is no such actor, or it describes no input.
        httpx2.HTTPError: Apify cannot be reached.
    """
    path = f"/v2/actors/{actor.replace('/', '~')}/builds/default"
    answer = await API.send(http, Ask("actor inputs", "GET", path), settings, key)
    if answer.status != 200:
        words = message_of(answer.body) or f"it answers with {answer.status}"
        raise ProviderError(f'Apify does not say what "{actor}" takes: {words}')
    build = data_of(answer)
    schema = _parsed(build.get("inputSchema")) or table_at(build, "actorDefinition", "input")
    if not schema:
        raise ProviderError(f'the actor "{actor}" does not describe its input')
    return schema


def _parsed(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
