"""Batches at a server of OpenAI's protocol: made, found again, looked at, and read line by line.

Parameters and limits are of platform.openai.com/docs/api-reference/batch, read in November 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.guarded_network import AddressRefused
from leadsync.core.engine.http_client import LONGEST
from leadsync.core.engine.http_reading import send
from leadsync.core.engine.outcomes import Invalid
from leadsync.enrichers.ai_transport import PATH, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.engine.enricher import Context
    from leadsync.core.engine.outcomes import Json
    from leadsync.enrichers.ai_transport import Server

MOST_BYTES = 50_000_000  # of one file; the vendor takes 200 MB, but all of it is in memory here
LONGEST_RESULT_BYTES = 200_000_000
ENDPOINT = f"/v1{PATH}"
WINDOW = "24h"
MARK = "leadsync_mark"
RUN = "leadsync_run"
PAGE = 100  # batches; the most that one answer lists
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one request of a batch.

    Attributes:
        status: 0 where it was not made.
        error: code and message where it was not made.
    """

    status: int
    body: Json
    error: Mapping[str, Any]


class BatchServer:
    """The part of a server that knows files and batches; each answer may have any status."""

    def __init__(self, ctx: Context, server: Server) -> None:
        """Take a server that chats are sent to, too.

        Raises:
            AccessError: the key is missing.
        """
        self._http = server.http(ctx)
        self._url = server.base_url
        self._headers = {"Authorization": f"Bearer {key_of(ctx, server)}"}

    async def create(self, lines: Iterable[Mapping[str, Any]], marks: Mapping[str, str]) -> Answer:
        """Upload requests and make a batch of them; the batch, or what failed.

        Args:
            lines: each as a file of a batch has it.
            marks: kept with the batch, so that it is found again.

        Raises:
            httpx2.HTTPError: what the connection raised; perhaps the batch is there.
        """
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        try:
            response = await self._http.post(
                f"{self._url}/files",
                headers=self._headers,
                files={"file": ("leads.jsonl", content, "application/jsonl")},
                data={"purpose": "batch"},
            )
        except AddressRefused as error:
            raise CallFailed(Invalid(str(error))) from error
        uploaded = _json(response.content)
        if response.status_code >= 300 or not isinstance(uploaded.get("id"), str):
            return Answer(response.status_code, uploaded, headers=_lower(response.headers))
        body: dict[str, Any] = {
            "input_file_id": uploaded["id"],
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": dict(marks),
        }
        return await self._send("POST", "/batches", body=body)

    async def look(self, batch_id: str) -> Answer:
        """A batch as it is now."""
        return await self._send("GET", f"/batches/{batch_id}")

    async def find(self, mark: str) -> Answer:
        """The batch with a mark, among the newest 2,000; no body where there is none."""
        after = ""
        for _ in range(MOST_PAGES):
            params = {"limit": str(PAGE)} | ({"after": after} if after else {})
            answer = await self._send("GET", "/batches", params=params)
            page = answer.body if isinstance(answer.body, dict) else {}
            if answer.status >= 300 or not isinstance(page.get("data"), list):
                return answer
            batches = cast("list[dict[str, Any]]", page["data"])
            for batch in batches:
                marks = cast("Mapping[str, Any]", batch.get("metadata") or {})
                if marks.get(MARK) == mark:
                    return Answer(200, batch, cost_usd_micros=0)
            if not page.get("has_more") or not batches:
                break
            after = str(batches[-1]["id"])
        return Answer(200, None, cost_usd_micros=0)

    async def read(self, file_id: str, found: dict[str, Line]) -> Answer:
        """Read a file of results into `found`, by custom id; a line that is no JSON is left out.

        Raises:
            httpx2.HTTPError: what the connection raised.
        """
        async with self._http.stream(
            "GET",
            f"{self._url}/files/{file_id}/content",
            headers=self._headers,
            extensions={LONGEST: LONGEST_RESULT_BYTES},
        ) as response:
            if response.status_code >= 300:
                body = _json(await response.aread())
                return Answer(response.status_code, body, headers=_lower(response.headers))
            async for text in response.aiter_lines():
                line = _json(text)
                if isinstance(line.get("custom_id"), str):
                    found[line["custom_id"]] = _line(line)
        return Answer(200, {"lines": len(found)}, cost_usd_micros=0)

    async def _send(self, method: str, path: str, **more: Any) -> Answer:
        url = f"{self._url}{path}"
        try:
            return await send(self._http, method, url, headers=self._headers, **more)
        except AddressRefused as error:
            raise CallFailed(Invalid(str(error))) from error


def _line(found: Mapping[str, Any]) -> Line:
    response: Any = found.get("response")
    error: Any = found.get("error")
    kept = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    if not isinstance(response, dict):
        return Line(0, None, kept)
    answer = cast("dict[str, Any]", response)
    status = answer.get("status_code")
    return Line(status if isinstance(status, int) else 0, answer.get("body"), kept)


def _json(text: str | bytes) -> dict[str, Any]:
    """A JSON object; empty where it is none."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
