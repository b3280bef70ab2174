"""What AI columns send, and what the test server answers, against OpenAI's own description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.key_checks import check_key, find_provider
from tests.providers.vendor_specs import (
    check_parameters,
    check_request,
    check_response,
    needs_specs,
    operation_of,
)
from tests.reliability.run_making import KEY, a_workspace, an_ai_column, enrich, people
from tests.servers.openai_server import MODELS, OpenAIServer, error, text_reply, usual_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

SPEC = "openai.json"
CHAT = "POST /chat/completions"
COVERED = (
    "GET /models",
    CHAT,
    "POST /files",
    "GET /files/{file_id}/content",
    "POST /batches",
    "GET /batches",
    "GET /batches/{batch_id}",
)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def workspace(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(server.url, tmp_path, LEADSYNC_POLL_BASE_S="0.001") as opened:
        yield opened


def test_the_check_of_the_key_names_the_server_and_the_model(
    server: OpenAIServer, workspace: Workspace
) -> None:
    report = check_key(find_provider("openai"), workspace.config)
    words = f'1 models at {server.url}, "gpt-6-luna" is among them'
    assert (report.is_accepted, report.detail) == (True, words)
    assert server.requests == []
    server.model_reply = error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}")
    report = check_key(find_provider("openai"), workspace.config)
    assert report.is_accepted is False
    assert report.detail.startswith("Incorrect API key provided")
    assert KEY not in report.detail


@needs_specs
def test_chats_fit_the_description(server: OpenAIServer, workspace: Workspace) -> None:
    people(workspace, 1)
    outputs = [{"name": "opener"}, {"name": "score", "type": "number"}]
    an_ai_column(workspace, "parts", outputs=outputs, reasoning_effort="low")
    an_ai_column(workspace)
    enrich(workspace, "parts", "intro")
    for request in server.requests:
        check_request(SPEC, CHAT, request.body)
        check_response(SPEC, CHAT, 200, usual_answer(request.body))
    assert len(server.requests) == 2
    check_response(SPEC, CHAT, 200, text_reply(None, refusal="no").body)
    check_response(SPEC, "GET /models", 200, MODELS)


@needs_specs
def test_files_and_batches_fit_the_description(server: OpenAIServer, workspace: Workspace) -> None:
    people(workspace, 3)
    an_ai_column(workspace, batch=True, outputs=[{"name": "opener"}])
    server.batches.statuses = ["validating", "in_progress", "completed"]
    server.batches.keeps_quiet = True  # so that it is looked for
    failed = iter([(400, error(400, "invalid_prompt").body)])
    server.batches.line = lambda _line: next(failed, None)
    enrich(workspace, "intro")
    seen: set[str] = set()
    for method, path, body, status, answer in server.batches.exchanges:
        bare, _, query = path.partition("?")
        operation = operation_of(SPEC, method, bare)
        seen.add(operation)
        check_parameters(
            SPEC, operation, {part.partition("=")[0] for part in query.split("&") if part}
        )
        if operation == "POST /batches":
            check_request(SPEC, operation, json.loads(body))
        if operation.endswith("/content"):
            check_lines(answer)
        else:
            check_response(SPEC, operation, status, answer)
    assert seen == {*COVERED} - {"GET /models", CHAT}
    for line in server.batches.lines_of(0):
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        check_request(SPEC, CHAT, line["body"])


def check_lines(content: bytes) -> None:
    """Lines of a file of results; those with a text are answers of the chat protocol."""
    for text in content.splitlines():
        line: dict[str, Any] = json.loads(text)
        if line["response"]["status_code"] == 200:
            check_response(SPEC, CHAT, 200, line["response"]["body"])
