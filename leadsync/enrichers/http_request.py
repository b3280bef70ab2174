"""The request of an HTTP column: rendered for leads, as the journal keeps it, and as it leaves."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from leadsync.core.engine.enricher import CallRequest, RateLimit
from leadsync.core.engine.requests import request_hash
from leadsync.core.engine.signatures import sign
from leadsync.core.errors import InputError
from leadsync.enrichers.http_template import (
    CALLBACK,
    CALLBACK_MARK,
    HANDLE,
    ITEMS,
    cleaned,
    compile_text,
    has_mark,
    render_tree,
    replace_marks,
    shown,
)
from leadsync.enrichers.unit_prices import USD_MICROS, cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.engine.enricher import Job, Settings
    from leadsync.core.engine.outcomes import Json
    from leadsync.enrichers.http_config import HttpConfig

ANYWHERE = "http"
"""The provider of columns whose host depends on the lead."""

UNIT = "call"
DAY_S = 86_400.0
_PORTS = {"http": 80, "https": 443}
_AUTHORITY_END = re.compile(r"[/?#]")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request; keys are marks until `resolved`.

    Attributes:
        body: JSON, or the text as it is sent; None: none.
        is_json: whether `body` is JSON.
    """

    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json = None
    is_json: bool = True

    def to_doc(self, callback: str = "") -> dict[str, Any]:
        """As the journal keeps it: names in the place of keys, and of the address of a callback."""

        def named(name: str) -> str:
            return f"[callback {callback}]" if name == CALLBACK else shown(name)

        sent = {
            "method": self.method, "url": self.url, "params": dict(self.params),
            "headers": dict(self.headers), "body": self.body,
        }  # fmt: skip
        return {name: replace_marks(part, named) for name, part in sent.items() if part}

    def resolved(self, secret: Callable[[str], str]) -> Exchange:
        """As it leaves; `secret` gives what stands for each mark."""

        def in_url(name: str) -> str:
            return quote(secret(name), safe="/")

        return replace(
            self,
            url=replace_marks(self.url, in_url),
            params=replace_marks(dict(self.params), secret),
            headers=replace_marks(dict(self.headers), secret),
            body=replace_marks(self.body, secret),
        )

    @property
    def content(self) -> bytes | None:
        """The bytes of the body."""
        if self.body is None:
            return None
        text = json.dumps(self.body, ensure_ascii=False) if self.is_json else str(self.body)
        return text.encode("utf-8", "replace")


def render(config: HttpConfig, jobs: Sequence[Job]) -> Exchange:
    """The request about one lead, or about a batch of them.

    Raises:
        BlankInput: a field that it needs is blank.
        InputError: a template does not fit the lead, or gives no address.
    """
    known, values = _variables(config, jobs)
    headers = _headers(config, known, values)
    kind = next((v for name, v in headers.items() if name.lower() == "content-type"), "json")
    is_json = not isinstance(config.body, str) or "json" in kind.lower()
    body = render_tree(config.body, known, values) if config.body else None
    if is_json and isinstance(config.body, str) and body is not None:
        body = _as_json(str(body))
    return Exchange(
        method=config.method,
        url=checked_url(compile_text(config.url, known).render(values).strip()),
        params={
            name: compile_text(value, known).render(values) for name, value in config.params.items()
        },
        headers=headers,
        body=body,
        is_json=is_json,
    )


def render_item(config: HttpConfig, job: Job) -> Json:
    """One lead as it stands in the body of a batch.

    Raises: as `render`.
    """
    found = render_tree(config.item, known_of(job), cleaned(job.values))
    return _as_json(str(found)) if isinstance(config.item, str) else found


def render_poll(config: HttpConfig, handle: str) -> Exchange:
    """The question for a result that comes later; its headers read no lead.

    Raises: as `render`.
    """
    # A handle may be an address of its own; in the middle of one it is a part of a path.
    is_whole = config.poll_url.lstrip().startswith("{{")
    given = {HANDLE: handle if is_whole else quote(handle, safe="")}
    url = compile_text(config.poll_url, frozenset({HANDLE})).render(given).strip()
    return Exchange("GET", checked_url(url), {}, _headers(config, frozenset(), {}))


def call_request(
    config: HttpConfig,
    exchange: Exchange,
    settings: Settings,
    *,
    number: int = 1,
    callback: str = "",
) -> CallRequest:
    """A request as the journal and the plan have it; about so many leads."""
    provider = provider_of(config.url)
    most = price_of(config, provider, settings)
    return CallRequest(
        provider=provider,
        operation=operation_of(config),
        body=exchange.to_doc(callback),
        min_usd_micros=math.ceil((most or 0) * number / config.batch_size),
        max_usd_micros=most,
        is_repeatable=config.is_repeatable,
        is_cacheable=config.is_cacheable and config.mode == "sync",
        max_age_s=None if config.max_age_days is None else config.max_age_days * DAY_S,
        rate_limit=rate_limit(config),
        max_units={UNIT: 1},
        price_note="price_usd = 0.01 in the column",
    )


def question_of(config: HttpConfig, job: Job, settings: Settings) -> CallRequest:
    """The question about one lead, by which the journal knows its result.

    It is the request itself, but where the result comes later, or comes for many leads together.

    Raises: as `render`.
    """
    request = call_request(config, render(config, [job]), settings)
    if config.mode == "sync":
        return request
    return replace(request, operation="result", is_cacheable=config.is_cacheable)


def operation_of(config: HttpConfig) -> str:
    """What a request is called in the journal."""
    return "ask" if config.mode == "sync" else "start"


def price_of(config: HttpConfig, provider: str, settings: Settings) -> int | None:
    """What a request costs: by the column's own price, else by the price file; None: not known."""
    if config.price_usd is not None:
        return math.ceil(config.price_usd * USD_MICROS)
    return cost_of(provider, {UNIT: 1}, settings)


def rate_limit(config: HttpConfig) -> RateLimit | None:
    """How often the column's host is asked at most."""
    return RateLimit(config.per_s) if config.per_s else None


def provider_of(url: str) -> str:
    """Who is asked, as the journal names it: the host, where it is the same for all leads."""
    scheme, _, rest = url.strip().partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    is_fixed = bool(scheme and authority) and "{" not in scheme + authority
    return authority.lower() if is_fixed else ANYWHERE


def signed(exchange: Exchange, key: str, message_id: str, now: float) -> Exchange:
    """A resolved request with a signature of Standard Webhooks.

    Raises:
        InputError: the key is none.
    """
    moment = datetime.fromtimestamp(now, UTC)
    text = (exchange.content or b"").decode()
    return replace(exchange, headers={**exchange.headers, **sign(key, message_id, moment, text)})


def stable_id(request: CallRequest, run_id: int, column_id: int) -> str:
    """A short name of a request: the same for its repeats in a run, another one in other runs."""
    parts = CallRequest("", "", {"run": run_id, "column": column_id, "hash": request_hash(request)})
    return request_hash(parts)


def place_of(url: str) -> tuple[str, int]:
    """Host and port of a checked address."""
    import httpx2

    parts = httpx2.URL(url)  # what connects reads it so
    return parts.host, parts.port or _PORTS[parts.scheme]


def checked_url(url: str) -> str:
    """The address, if it is one of http or https.

    Raises:
        InputError: it is none, or has what an address of a column must not have.
    """
    import httpx2

    if has_mark(_AUTHORITY_END.split(url.partition("://")[2])[0]):
        raise InputError("a key cannot stand in the host of an address")
    try:
        httpx2.URL(url)
        parts = urlsplit(url)
        is_whole = parts.scheme in _PORTS and bool(parts.hostname)
        port_is_fit = parts.port is None or parts.port > 0
    except (ValueError, httpx2.InvalidURL) as error:
        raise InputError(f'"{_short(url)}" is no http or https address: {error}') from error
    if not is_whole or not port_is_fit or not replace_marks(url, shown).isprintable():
        raise InputError(f'"{_short(url)}" is no http or https address')
    if "@" in parts.netloc:
        raise InputError(
            f'"{_short(parts.hostname or "")}": user and password do not stand in the address',
            next_step='send them in a header: Authorization = "Basic …"',
        )
    return url


def _variables(config: HttpConfig, jobs: Sequence[Job]) -> tuple[frozenset[str], dict[str, Any]]:
    """The names that templates of a request may use, and what they stand for."""
    if config.batch_size > 1:
        items = [render_item(config, job) for job in jobs]
        values: dict[str, Any] = {ITEMS: json.dumps(items, ensure_ascii=False)}
        return frozenset({ITEMS, CALLBACK}), values | {CALLBACK: CALLBACK_MARK}
    (job,) = jobs
    return known_of(job) | {CALLBACK}, cleaned(job.values) | {CALLBACK: CALLBACK_MARK}


def _headers(
    config: HttpConfig, known: frozenset[str], values: Mapping[str, Any]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in config.headers.items():
        found[name] = " ".join(compile_text(text, known).render(values).split())
        if not replace_marks(found[name], shown).isprintable():
            raise InputError(f'the header "{name}" would have control characters')
    return found


def known_of(job: Job) -> frozenset[str]:
    """The fields that templates may name for a lead."""
    return frozenset(job.values) | frozenset(job.column.inputs)


def _as_json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"the body is no JSON for this lead: {error}") from error


def _short(text: str) -> str:
    words = replace_marks(text, shown)
    return words if len(words) <= 80 else f"{words[:80]}…"
