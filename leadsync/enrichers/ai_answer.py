"""Reading an answer of the chat protocol: a value, or what the failure means for the lead.

Codes of errors are of platform.openai.com/docs/guides/error-codes, read in November 2026.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast

from leadsync.core.engine.http_outcomes import one_line, outcome_of_failure
from leadsync.core.engine.outcomes import (
    Bill,
    Held,
    HeldWhy,
    Invalid,
    Refused,
    Retry,
    RetryWhy,
    Value,
)
from leadsync.core.models import ColumnType
from leadsync.enrichers.text_checks import (
    count_words,
    find_banned,
    is_in_language,
    is_of_type,
    language_name,
)

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Answer
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.ai_config import AIConfig, Checks, Output

PROVIDER = "openai"

_Kind = Literal["exhausted", "auth", "model", "invalid", "refused"]
_CODES: dict[str, _Kind] = {
    "insufficient_quota": "exhausted",  # with status 429, though waiting does not help
    "billing_hard_limit_reached": "exhausted",
    "billing_not_active": "exhausted",
    "invalid_api_key": "auth",
    "model_not_found": "model",
    "context_length_exceeded": "invalid",
    "string_above_max_length": "invalid",
    "content_policy_violation": "refused",
    "content_filter": "refused",
    "invalid_prompt": "refused",
}
_SHAPES = {
    ColumnType.DATE: " such as 2026-01-31",
    ColumnType.BOOL: ": true or false",
}
_QUOTES = (('"', '"'), ("“", "”"), ("'", "'"), ("«", "»"))


def read_answer(answer: Answer, config: AIConfig, model: str, kind: ColumnType) -> Outcome:
    """What an answer means for the job that asked; `kind` is the type of its column."""
    bill = Bill(
        answer.cost_usd_micros, (answer.call_id,) if answer.call_id else (), answer.from_cache
    )
    if answer.status >= 300:
        return read_failure(answer, model, bill)
    choice = _choice(answer.body)
    if choice is None:
        return _again("the answer is not what the protocol says", bill)
    message = choice["message"]
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        said = one_line(str(message.get("refusal") or "its content filter stopped it"))
        return Refused(f"the model refused: {said}", bill)
    if choice.get("finish_reason") == "length":
        return Invalid(f"cut at {config.max_output_tokens:,} tokens; nothing of it is kept", bill)
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        return _again("the answer is empty", bill)
    meta = {"source": PROVIDER, "model": _model_of(answer.body, model)}
    return _read_content(content.strip(), config, bill, meta, kind)


def error_of(body: Any) -> dict[str, Any]:
    """The error object of a failed answer; empty where it has none."""
    if isinstance(body, dict):
        found = cast("dict[str, Any]", body).get("error", body)
        if isinstance(found, dict):
            return cast("dict[str, Any]", found)
        return {"message": str(found)}
    return {"message": body} if isinstance(body, str) else {}


def read_failure(answer: Answer, model: str, bill: Bill) -> Outcome:
    """What an answer of status 300 and more means."""
    error = error_of(answer.body)
    words = one_line(str(error.get("message") or ""))
    said = f"{PROVIDER} says: {words or answer.status}"
    names = (str(error.get("code") or ""), str(error.get("type") or ""))
    kind: _Kind | None = next((_CODES[name] for name in names if name in _CODES), None)
    if kind is None and answer.status == 404:
        kind = "model"
    match kind:
        case "exhausted":
            return Held(HeldWhy.EXHAUSTED, said)
        case "auth":
            return Held(HeldWhy.AUTH, said)
        case "model":
            return Held(HeldWhy.AUTH, f'no model "{model}" at this address for this key: {words}')
        case "invalid":
            return Invalid(said, bill)
        case "refused":
            return Refused(said, bill)
        case None:
            status, headers = answer.status, answer.headers
            return outcome_of_failure(PROVIDER, status, words, headers=headers, bill=bill)


def _choice(body: Any) -> dict[str, Any] | None:
    """The first choice, where the body has the shape of the protocol."""
    if not isinstance(body, dict):
        return None
    choices = cast("dict[str, Any]", body).get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    first = cast("list[Any]", choices)[0]
    if not isinstance(first, dict) or not isinstance(cast("Any", first).get("message"), dict):
        return None
    return cast("dict[str, Any]", first)


def _model_of(body: Any, asked: str) -> str:
    named = cast("dict[str, Any]", body).get("model")
    return named if isinstance(named, str) and named else asked


def _again(what: str, bill: Bill) -> Retry:
    return Retry(RetryWhy.TRANSIENT, what, tries=2, otherwise=Invalid(f"{what}, twice", bill))


def _read_content(
    content: str, config: AIConfig, bill: Bill, meta: dict[str, str], kind: ColumnType
) -> Outcome:
    if config.outputs:
        return _read_object(content, config, bill, meta)
    text = _bare(content)
    failed = _failed_check(text, config, kind)
    return Invalid(failed, bill) if failed else Value(text, bill, meta)


def _read_object(content: str, config: AIConfig, bill: Bill, meta: dict[str, str]) -> Outcome:
    found = _json_object(content)
    misfit = "the answer is not the JSON that was asked for"
    if found is None:
        return _again(misfit, bill)
    result: dict[str, Any] = {}
    for output in config.outputs:
        value = found.get(output.name)
        if not _fits(value, output):
            return _again(f'{misfit}: "{output.name}" is missing or no {output.type}', bill)
        result[output.name] = value.strip() if isinstance(value, str) else value
    for output in config.outputs:
        kind = ColumnType(output.type)
        failed = _failed_check(result[output.name], config.checks_of(output), kind)
        if failed:
            return Invalid(f"{output.name}: {failed}", bill)
    return Value(result, bill, meta)


def _json_object(content: str) -> dict[str, Any] | None:
    """The JSON object in an answer, also of a model that writes around it."""
    start, end = content.find("{"), content.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        found = json.loads(content[start : end + 1])
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _fits(value: Any, output: Output) -> bool:
    if output.type == "bool":
        return isinstance(value, bool)
    if output.type == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)


def _failed_check(value: Any, checks: Checks, kind: ColumnType) -> str:
    """Which check a text fails, in words; empty where it passes all."""
    if not isinstance(value, str):
        return ""
    if not is_of_type(value, kind):
        return f"it is no {kind}{_SHAPES.get(kind, '')}"
    words = count_words(value)
    if checks.max_words and words > checks.max_words:
        # Not the number itself: failures of one cause make one group.
        return f"more than {checks.max_words} words"
    banned = find_banned(value, checks.banned_words)
    if banned:
        return f'it has the banned word "{banned}"'
    if checks.language and not is_in_language(value, checks.language):
        return f"it is not in {language_name(checks.language)}"
    return ""


def _bare(content: str) -> str:
    """A text without quotation marks around the whole of it."""
    for left, right in _QUOTES:
        inner = content[1:-1]
        if len(content) > 2 and content[0] == left and content[-1] == right:
            return content if left in inner or right in inner else inner.strip()
    return content
