"""The default reading of HTTP: from a request to an answer, and from an answer to an outcome.

Enrichers use it where their provider's pages do not say otherwise. Broken connections are the
engine's own business: they raise, and `Context.call` knows what they mean.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_client import MAX_ANSWER_BYTES, AnswerTooLong
from leadsync.core.engine.http_outcomes import one_line, outcome_of_failure
from leadsync.core.engine.outcomes import Bill, Invalid, NoMatch, Retry, RetryWhy
from leadsync.core.engine.remedies import BROKEN_ANSWER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from leadsync.core.engine.outcomes import Json, Outcome

MAX_REDIRECTS = 3
KEPT_CHARS = 2000
TRIES_OF_AN_UNREADABLE_ANSWER = 2
_GZIP = b"\x1f\x8b"
_NO_JSON = "leadsync/no-json"
"""A header of ours: the answer was to be JSON and is not."""


async def send(
    http: httpx2.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    body: Json = None,
) -> Answer:
    """Send one request and read its answer, whatever its status.

    Redirects are followed for GET, to the same host, at most three times. The cost of the answer
    is 0; who knows the price replaces it.

    Args:
        http: of `Context.http`.
        method: GET, POST …
        url: absolute.
        headers: with the provider's key.
        params: for the query.
        body: sent as JSON; None sends none.

    Raises:
        httpx2.HTTPError: what the connection raised.
    """
    sent = dict(headers or {})
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    response = await http.request(method, url, headers=sent, params=params, content=content)
    for _ in range(MAX_REDIRECTS):
        target = _redirect(response) if method == "GET" else None
        if target is None:
            break
        response = await http.request(method, target, headers=sent)
    return answer_of(response)


def outcome_of(
    provider: str, answer: Answer, *, is_look_up: bool = False, bill: Bill | None = None
) -> Outcome | None:
    """What an answer means before anybody reads its data; None: it has data to be read.

    Args:
        provider: who answered, for messages.
        answer: from `send`.
        is_look_up: 404 says that the provider knows nothing, not that the request is wrong.
        bill: the call, for outcomes that are kept.
    """
    paid = bill or Bill()
    if answer.status == 404 and is_look_up:
        return NoMatch(paid)
    if answer.status >= 300:
        words = message_of(answer.body)
        return outcome_of_failure(provider, answer.status, words, headers=answer.headers, bill=paid)
    if not is_readable(answer):
        return unreadable(provider, answer, "it is no JSON", bill=paid)
    if answer.body in (None, "", [], {}):
        return NoMatch(paid)
    return None


def unreadable(provider: str, answer: Answer, why: str, *, bill: Bill | None = None) -> Retry:
    """The outcome for a 2xx answer that is not what it should be: asked once more, then invalid."""
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    words = f"{provider} {BROKEN_ANSWER}: {why}"
    return Retry(
        RetryWhy.TRANSIENT,
        words,
        tries=TRIES_OF_AN_UNREADABLE_ANSWER,
        otherwise=Invalid(f"{words}: {one_line(body[:KEPT_CHARS])}", bill or Bill()),
    )


def is_readable(answer: Answer) -> bool:
    """Whether an answer from the net is what its content type says."""
    return _NO_JSON not in answer.headers


def message_of(body: Json) -> str:
    """The provider's own words in an answer that says no; empty where there are none."""
    match cast("Any", body):
        case str(text):
            return "" if text.lstrip().startswith("<") else text  # a page of a proxy says nothing
        case {"error": {"message": str(text)}} | {"error": str(), "message": str(text)}:
            return text  # the second: a name of the status, and then what is wrong
        case {"error": str(text)} | {"message": str(text)}:
            return text
        case {"errors": [{"details": str(text)} | {"message": str(text)} | str(text), *_]}:
            return text
        case {"detail": str(text)} | {"title": str(text)} | {"error": {"type": str(text)}}:
            return text
        case _:
            return ""


def _redirect(response: httpx2.Response) -> str | None:
    """Where a redirect leads, if it stays at the host."""
    target = response.headers.get("location")
    if not response.is_redirect or not target:
        return None
    absolute = str(response.url.join(target))
    old, new = urlsplit(str(response.url)), urlsplit(absolute)
    same = (old.scheme, old.netloc) == (new.scheme, new.netloc)
    return absolute if same else None


def answer_of(response: httpx2.Response) -> Answer:
    """A response as an answer of any status, whose cost is 0."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    data = _unpacked(response.content)
    text = data.decode(response.encoding or "utf-8", errors="replace")
    if not text.strip():
        return Answer(response.status_code, None, headers=headers, cost_usd_micros=0)
    is_json = "json" in headers.get("content-type", "json")
    try:
        body: Json = json.loads(text) if is_json else text
    except (ValueError, RecursionError):
        body = text[:KEPT_CHARS]
        headers[_NO_JSON] = "1"
    is_reusable = _NO_JSON not in headers
    return Answer(
        response.status_code, body, headers=headers, cost_usd_micros=0, is_reusable=is_reusable
    )


def _unpacked(data: bytes) -> bytes:
    """Unpack what a server has packed without being asked, up to the length that we would read."""
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(data, MAX_ANSWER_BYTES)
    except zlib.error:
        return data
    if unpacking.unconsumed_tail:
        raise AnswerTooLong(f"the answer is longer than {MAX_ANSWER_BYTES:,} bytes unpacked")
    return found
