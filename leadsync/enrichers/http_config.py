"""What a column of kind `http` takes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from leadsync.enrichers.match_rule import MatchRule

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH"]
Mode = Literal["sync", "poll", "callback"]
OutputType = Literal[
    "text", "long_text", "number", "bool", "date", "url", "email", "select", "json"
]
MAX_BATCH = 1000
MAX_CALLBACK_BATCH = 100  # their ids travel in the address
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET = re.compile(r"[A-Z][A-Z0-9_]*")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class HttpOutput(BaseModel):
    """One of several parts that one answer gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(title="Name", description="The path that fills a column.")
    path: str = Field(
        "", title="Path", description="JMESPath in the body; empty: the part of that name."
    )
    type: OutputType = Field("text", title="Type", description="Type of the column that it fills.")

    @field_validator("name")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError(f'"{value}" is no name: small letters, digits and _')
        return value


class HttpConfig(BaseModel):
    """Settings of an HTTP column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        title="Address",
        min_length=1,
        description="Template of an http or https address; {{ company | urlencode }} in its path.",
    )
    method: Method = Field(
        "GET",
        title="Method",
        description="GET, HEAD and PUT may be sent again after a lost answer, others only with an"
        " idempotency header.",
    )
    params: dict[str, str] = Field(
        default_factory=dict[str, str],
        title="Query",
        description="Templates of the query's values; they are encoded.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict[str, str],
        title="Headers",
        description='Templates of headers; {{ secret("CRM_TOKEN") }} for a key that http_secrets in'
        " the config file lists for the host.",
    )
    body: str | dict[str, Any] | list[Any] = Field(
        "",
        title="Body",
        description="A table whose texts are templates, or one template of JSON:"
        ' {"email": {{ email | tojson }}}. With another Content-Type a text is sent as it is.',
    )
    item: str | dict[str, Any] = Field(
        "",
        title="Item",
        description="One lead in the body of a batch, which has {{ items }} in their place.",
    )
    batch_size: int = Field(
        1, ge=1, le=MAX_BATCH, title="Batch", description="Leads in one request."
    )
    results: str = Field(
        "@", title="Results", description="JMESPath of the list of items in the body of a batch."
    )
    match: MatchRule | None = Field(
        None, title="Match", description="Which item of a batch belongs to which lead."
    )
    success: str = Field(
        "",
        title="Success",
        description="JMESPath on {status, headers, body} that holds for a good answer; empty: any"
        " status of 2xx.",
    )
    no_match: str = Field(
        "",
        title="No match",
        description="JMESPath on {status, headers, body} that holds where nothing is known.",
    )
    error: str = Field(
        "",
        title="Error",
        description="JMESPath on {status, headers, body} of the words that say what is wrong.",
    )
    value: str = Field(
        "",
        title="Value",
        description="JMESPath in the body of what fills the cell; empty: the body itself.",
    )
    outputs: list[HttpOutput] = Field(
        default_factory=list[HttpOutput],
        title="Outputs",
        description="Parts of one answer that fill several columns, instead of a value.",
    )
    mode: Mode = Field(
        "sync",
        title="Mode",
        description="Whether the answer is the result, is asked for later (poll), or comes to us"
        " (callback: {{ callback_url }} in the request, and leadsync serve).",
    )
    handle: str = Field(
        "",
        title="Handle",
        description="JMESPath on {status, headers, body} of what the result is asked for with.",
    )
    poll_url: str = Field(
        "", title="Poll address", description="Template of the result's address: …/{{ handle }}."
    )
    done: str = Field(
        "",
        title="Done",
        description="JMESPath on {status, headers, body} that holds when the result is there; of"
        " callbacks, empty: the first is it.",
    )
    failed: str = Field(
        "",
        title="Failed",
        description="JMESPath on {status, headers, body} that holds when no result will come.",
    )
    interval_s: float = Field(
        15.0,
        ge=0.1,
        le=86_400,
        title="Interval",
        description="Seconds between two looks for a result that comes later.",
    )
    expires_s: float = Field(
        86_400.0,
        ge=1,
        le=2_592_000,
        title="Expires",
        description="Seconds after which no result is waited for.",
    )
    timeout_s: float = Field(
        60.0, ge=1, le=300, title="Time-out", description="Seconds to wait for an answer."
    )
    per_s: float | None = Field(
        None, gt=0, le=1000, title="Rate", description="Requests a second, over all processes."
    )
    redirects: bool = Field(
        default=False,
        title="Redirects",
        description="Follow at most three redirects of a GET or HEAD, without headers to another"
        " host.",
    )
    idempotency_header: str = Field(
        "",
        title="Idempotency header",
        description="Header with a key that is the same whenever a run sends a request again, such"
        " as Idempotency-Key.",
    )
    sign_with: str = Field(
        "",
        title="Sign with",
        description="Name of the key that signs requests by Standard Webhooks (whsec_…).",
    )
    callback_secret: str = Field(
        "",
        title="Callback key",
        description="Name of the key that callbacks prove: by a signature of Standard Webhooks, or"
        " as it is in the callback header.",
    )
    callback_header: str = Field(
        "", title="Callback header", description="Header of a callback that carries the key."
    )
    price_usd: Decimal | None = Field(
        None,
        ge=0,
        le=1000,
        title="Price",
        description="What a request that is answered with 2xx costs in USD, as you know it; 0: nothing.",
    )
    max_age_days: float | None = Field(
        None,
        ge=0,
        title="Age",
        description="How old an answer may be that serves an equal request; 0: each is sent.",
    )

    @field_validator("success", "no_match", "error", "value", "handle", "done", "failed", "results")
    @classmethod
    def _is_path(cls, value: str) -> str:
        if value:
            check_path(value)
        return value

    @field_validator("outputs")
    @classmethod
    def _are_distinct(cls, outputs: list[HttpOutput]) -> list[HttpOutput]:
        names = [output.name for output in outputs]
        for output in outputs:
            check_path(output.path or output.name)
            if names.count(output.name) > 1:
                raise ValueError(f'two outputs are named "{output.name}"')
        return outputs

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            _check_header(name)
        return headers

    @field_validator("idempotency_header", "callback_header")
    @classmethod
    def _is_header(cls, value: str) -> str:
        if value:
            _check_header(value)
        return value

    @field_validator("sign_with", "callback_secret")
    @classmethod
    def _is_key_name(cls, value: str) -> str:
        if value and not _SECRET.fullmatch(value):
            raise ValueError(f'"{value}" is no name of a key: capitals, digits and _')
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> list[str]:
        """What does not go together, a sentence each."""
        is_batch, is_poll = self.batch_size > 1, self.mode == "poll"
        rules = [
            (self.method in ("GET", "HEAD") and bool(self.body), "a GET or HEAD has no body"),
            (bool(self.value and self.outputs), "it has a value or outputs, not both"),
            (is_batch and not (self.match and self.item), "a batch needs match and item"),
            (not is_batch and bool(self.match or self.item), "match and item are for a batch"),
            (
                is_poll and not (self.handle and self.poll_url and self.done),
                "poll needs handle, poll_url and done",
            ),
            (
                not is_poll and bool(self.handle or self.poll_url),
                "handle and poll_url are for poll",
            ),
            (
                self.mode == "sync" and bool(self.done or self.failed),
                "done and failed are for poll and callback",
            ),
            (
                self.mode == "callback" and self.batch_size > MAX_CALLBACK_BATCH,
                f"a batch with a callback has at most {MAX_CALLBACK_BATCH} leads",
            ),
            (
                self.mode != "callback" and bool(self.callback_secret or self.callback_header),
                "callback_secret and callback_header are for callback",
            ),
            (
                bool(self.callback_header and not self.callback_secret),
                "callback_header needs callback_secret",
            ),
        ]
        return [words for is_wrong, words in rules if is_wrong]

    @property
    def is_repeatable(self) -> bool:
        """Whether a request may be sent again after a lost answer."""
        return self.method in ("GET", "HEAD", "PUT") or bool(self.idempotency_header)

    @property
    def is_cacheable(self) -> bool:
        """Whether an answer may serve equal requests; headers are not kept with it."""
        paths = (self.success, self.no_match, self.error, self.done, self.failed)
        return self.max_age_days != 0 and not any("headers" in path for path in paths)


def check_path(text: str) -> None:
    """Refuse what is no JMESPath.

    Raises:
        ValueError: with its first fault.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(text)  # type: ignore[no-untyped-call]  # has no types
    except JMESPathError as error:
        raise ValueError(f'"{text}" is no JMESPath: {str(error).splitlines()[0]}') from error


def _check_header(name: str) -> None:
    if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
        raise ValueError(f'"{name}" is no header that a column may set')
