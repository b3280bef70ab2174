"""A simulated language model: it writes a marked line, or JSON of the schema that it is given."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.answer_fields import table_at
from leadsync.enrichers.token_prices import read_prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.practice.simulating import Asked

REFUSED = 0.01
LINES = (
    "Your launch caught my eye.",
    "How is hiring going?",
    "A short idea for you.",
    "Worth ten minutes next week?",
    "Saw your talk, well done.",
)  # fewer words than a language is told by
_SHAPES = {
    "A date such as": "2026-01-31",
    "A web address": f"https://{DOMAIN}/",
    "An e-mail address": f"nobody@{DOMAIN}",
}
_AT_MOST = re.compile(r"At most (\d+) words")
_NO_BATCH = f"{MARK}batches are not simulated: set batch = false in the column to practise"
_BYTES_PER_TOKEN = 4


class OpenAI:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """A chat, or the list of models."""
        if asked.path.endswith("/models"):
            return Told({"data": [{"id": read_prices(None).default_model}]})
        if not asked.path.endswith("/chat/completions") or not isinstance(asked.body, dict):
            return _error(400, "invalid_prompt", _NO_BATCH)
        if asked.happens(REFUSED):
            return _error(400, "invalid_prompt", f"{MARK}the model will not write this")
        return Told(_completion(asked, asked.body))


def _completion(asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
    messages = cast("list[dict[str, Any]]", body.get("messages") or [])
    told = "\n".join(str(message.get("content")) for message in messages)
    schema = _schema_of(body)
    content = json.dumps(_object(asked, schema, told)) if schema else _line(asked, told)
    prompt, written = len(told.encode()), len(content.encode())
    usage = {
        "prompt_tokens": prompt // _BYTES_PER_TOKEN + 1,
        "completion_tokens": written // _BYTES_PER_TOKEN + 1,
    }
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": "chatcmpl-practice",
        "object": "chat.completion",
        "model": str(body.get("model") or ""),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {**usage, "total_tokens": sum(usage.values())},
    }


def _schema_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties that the answer must have; empty where it is a text."""
    return table_at(body, "response_format", "json_schema", "schema", "properties")


def _object(asked: Asked, properties: Mapping[str, Any], told: str) -> dict[str, Any]:
    return {
        name: _value(asked, str(kind.get("type")), _said_of(name, told))
        for name, kind in properties.items()
    }


def _said_of(name: str, told: str) -> str:
    """What the instructions say of a part of the answer."""
    return next((line for line in told.splitlines() if line.startswith(f"- {name}:")), "")


def _value(asked: Asked, kind: str, said: str) -> Any:
    if kind == "number":
        return asked.chance.randint(1, 99)
    if kind == "boolean":
        return asked.happens(0.5)
    shaped = next((value for words, value in _SHAPES.items() if words in said), None)
    return _line(asked, said) if shaped is None else shaped


def _line(asked: Asked, said: str) -> str:
    """A marked line of no more words than may be."""
    text = MARK + asked.chance.choice(LINES)
    limit = _AT_MOST.search(said)
    return " ".join(text.split()[: max(1, int(limit[1]))]) if limit else text


def _error(status: int, code: str, words: str) -> Told:
    return Told(
        {"error": {"code": code, "type": "invalid_request_error", "message": words}}, status
    )
