"""The sending of an HTTP column's request: over guarded connections, with the keys in place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.guarded_network import AddressRefused
from leadsync.core.engine.http_client import CONNECT_S
from leadsync.core.engine.http_reading import MAX_REDIRECTS, answer_of
from leadsync.core.engine.outcomes import Invalid
from leadsync.core.practice.simulating import EXPECTS
from leadsync.core.redaction import Redactor
from leadsync.enrichers.http_request import place_of, signed, stable_id
from leadsync.enrichers.http_template import CALLBACK

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Answer, CallRequest, Context
    from leadsync.enrichers.http_config import HttpConfig
    from leadsync.enrichers.http_request import Exchange


async def send_exchange(
    config: HttpConfig,
    exchange: Exchange,
    request: CallRequest,
    ctx: Context,
    *,
    column_id: int,
    callback_url: str = "",
) -> Answer:
    """Send a request with its keys, its idempotency key and its signature.

    Raises:
        AccessError: a key is not set, or may not be sent to that host.
        CallFailed: the address may not be reached.
        httpx2.HTTPError: what the connection raised.
    """
    host, port = place_of(exchange.url)
    redactor = Redactor()

    def secret(name: str) -> str:
        if name == CALLBACK:
            return callback_url
        found = ctx.secret_for(name, host, port)
        redactor.add(found)
        return found

    sent = exchange.resolved(secret)
    message_id = stable_id(request, ctx.run_id, column_id)
    if config.idempotency_header:
        key = {config.idempotency_header: f"leadsync-{message_id}"}
        sent = replace(sent, headers={**sent.headers, **key})
    if config.sign_with:
        sent = signed(sent, secret(config.sign_with), f"msg_{message_id}", ctx.now())
    try:
        answer = answer_of(await _send(config, sent, ctx.guarded_http(request.provider)))
    except AddressRefused as error:
        raise CallFailed(Invalid(str(error))) from error
    # A server may echo what it was sent, and its answer becomes a cell.
    return replace(answer, body=redactor.json(answer.body))


async def _send(
    config: HttpConfig, exchange: Exchange, http: httpx2.AsyncClient
) -> httpx2.Response:
    # As bytes: a text would have to be ASCII.
    headers = {name.encode(): value.encode() for name, value in exchange.headers.items()}
    if exchange.is_json and exchange.body is not None:
        headers = {b"Content-Type": b"application/json"} | headers
    timeout = httpx2.Timeout(config.timeout_s, connect=min(CONNECT_S, config.timeout_s))
    response = await http.request(
        exchange.method,
        exchange.url,
        params=exchange.params or None,
        headers=headers,
        content=exchange.content,
        timeout=timeout,
        extensions={EXPECTS: _expected(config)},
    )
    follows = config.redirects and exchange.method in ("GET", "HEAD")
    for _ in range(MAX_REDIRECTS if follows else 0):
        target = _next_address(response)
        if target is None:
            break
        if urlsplit(target).netloc != urlsplit(str(response.url)).netloc:
            headers = {}
        response = await http.request(exchange.method, target, headers=headers, timeout=timeout)
    return response


def _expected(config: HttpConfig) -> dict[str, Any]:
    """What the column looks for in the answer; nothing but a simulated server reads it."""
    paths = [config.value, config.handle, config.done, config.success]
    paths += [output.path or output.name for output in config.outputs]
    return {"mode": config.mode, "paths": [path for path in paths if path]}


def _next_address(response: httpx2.Response) -> str | None:
    """Where a redirect leads; None where it is none, or leads out of http or out of encryption."""
    location = response.headers.get("location")
    if not response.is_redirect or not location:
        return None
    try:
        target = response.url.join(location)
    except httpx2.InvalidURL:
        return None
    allowed = {"https"} if response.url.scheme == "https" else {"http", "https"}
    return str(target) if target.scheme in allowed and target.host else None
