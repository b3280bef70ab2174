"""Sending a chat request through the `openai` package, to any server that speaks its protocol.

Parameters are of platform.openai.com/docs/api-reference/chat, read in November 2026. What a server
refuses is left out from then on, and remembered for its address.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.guarded_network import AddressRefused
from leadsync.core.engine.outcomes import Invalid
from leadsync.core.errors import AccessError
from leadsync.enrichers.ai_answer import PROVIDER, error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from leadsync.core.engine.enricher import CallRequest, Context, Settings

PATH = "/chat/completions"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
KEY = "OPENAI_API_KEY"
NO_KEY = "none"  # what servers without keys get; the package insists on one
KEPT_CHARS = 2000  # of an answer that is no JSON

_FORMATS = ("json_schema", "json_object", "text")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a column's requests go, and the name of the key that goes with them.

    Attributes:
        own_host: the host, where only the column names it, and not the user's settings.
    """

    base_url: str
    key_name: str
    needs_key: bool
    own_host: str = ""

    def http(self, ctx: Context) -> httpx2.AsyncClient:
        """The client for it: guarded where a column, so perhaps a stranger, chose the address."""
        return ctx.guarded_http(PROVIDER) if self.own_host else ctx.http(PROVIDER)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server was found to take."""

    format: str = "json_schema"
    limit_name: str = "max_completion_tokens"
    takes_effort: bool = True


def server_of(own_base_url: str, settings: Settings) -> Server:
    """The server of a column.

    The user's key goes to the address that the user has set, never to one that only a column
    names: a column file may come from a stranger. That address needs a key of its own name.
    """
    usual = settings.setting("LEADSYNC_OPENAI_BASE_URL") or settings.setting("OPENAI_BASE_URL")
    usual = (usual or DEFAULT_BASE_URL).rstrip("/")
    base_url = own_base_url.strip().rstrip("/") or usual
    if base_url == usual:
        return Server(base_url, KEY, needs_key=not _is_loopback(base_url))
    host = urlsplit(base_url).hostname or ""
    key_name = f"{host.upper().replace('.', '_').replace('-', '_')}_API_KEY"
    return Server(base_url, key_name, needs_key=False, own_host=host or base_url)


def abilities_of(ctx: Context, server: Server) -> Abilities:
    """What is known of a server."""
    known = ctx.recall(_memory_key(server))
    return Abilities(**known) if isinstance(known, dict) else Abilities()


def learn(ctx: Context, server: Server, sent: Abilities, answer: Answer) -> bool:
    """Whether an answer says that the server lacks an ability; it is remembered, so ask again."""
    if answer.status not in (400, 422, 501):
        return False
    error = error_of(answer.body)
    words = f"{error.get('param') or ''} {error.get('message') or ''}"
    changed = dict[str, Any]()
    if "max_completion_tokens" in words and sent.limit_name == "max_completion_tokens":
        changed["limit_name"] = "max_tokens"
    elif "reasoning_effort" in words and sent.takes_effort:
        changed["takes_effort"] = False
    elif ("response_format" in words or "json_schema" in words) and sent.format != "text":
        changed["format"] = _FORMATS[_FORMATS.index(sent.format) + 1]
    else:
        return False
    known = abilities_of(ctx, server)
    if known == sent:  # another request may have found out already
        ctx.remember(_memory_key(server), {**_as_dict(known), **changed})
    return True


async def send(ctx: Context, server: Server, request: CallRequest, abilities: Abilities) -> Answer:
    """One request, as it is journalled; any status is an answer.

    Raises:
        httpx2.HTTPError: what the connection raised.
        AccessError: the key is missing.
        CallFailed: the address may not be reached.
    """
    if "openai" not in sys.modules:
        await asyncio.to_thread(_import)  # 0.9 s, not on the event loop
    import httpx2
    import openai

    http = server.http(ctx)
    client = openai.AsyncOpenAI(
        api_key=key_of(ctx, server),
        base_url=server.base_url,
        max_retries=0,
        timeout=http.timeout,
        http_client=cast("Any", http),
        default_headers={"User-Agent": http.headers["User-Agent"]},
    )
    try:
        # Not `chat.completions.create`: it walks through the types of each message, 2 ms a call.
        body = parameters_of(request.body, abilities)
        return _answer(await client.post(PATH, cast_to=httpx2.Response, body=body))
    except openai.APIStatusError as error:
        return _answer(error.response)
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, AddressRefused):
            raise CallFailed(Invalid(str(error.__cause__))) from error
        if error.__cause__ is not None:
            raise error.__cause__ from error
        raise


def parameters_of(body: Mapping[str, Any], abilities: Abilities) -> dict[str, Any]:
    """What a server is sent for a request of the journal."""
    sent: dict[str, Any] = {
        "model": body["model"],
        "messages": body["messages"],
        abilities.limit_name: body["maxOutputTokens"],
    }
    if body.get("reasoningEffort") and abilities.takes_effort:
        sent["reasoning_effort"] = body["reasoningEffort"]
    if body.get("schema") and abilities.format == "json_schema":
        schema = {"name": "answer", "strict": True, "schema": body["schema"]}
        sent["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif body.get("schema") and abilities.format == "json_object":
        sent["response_format"] = {"type": "json_object"}
    return sent


def _answer(response: httpx2.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = json.loads(response.content)
    except ValueError:
        body = response.text[:KEPT_CHARS]
    return Answer(response.status_code, body, headers=headers, cost_usd_micros=0)


def key_of(ctx: Context, server: Server) -> str:
    """The key that goes to a server.

    Raises:
        AccessError: it needs one, and none is set.
    """
    try:
        return ctx.secret(server.key_name)
    except AccessError:
        if server.needs_key:
            raise
        return NO_KEY


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _memory_key(server: Server) -> str:
    return f"{PROVIDER} abilities {server.base_url}"


def _as_dict(abilities: Abilities) -> dict[str, Any]:
    return {
        "format": abilities.format,
        "limit_name": abilities.limit_name,
        "takes_effort": abilities.takes_effort,
    }


def _import() -> None:
    importlib.import_module("openai.resources.chat")
