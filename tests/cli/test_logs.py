"""What is logged goes to a file, never to the terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.servers.openai_server import OpenAIServer, Reply

KEY = "sk-planted-key-0123456789"


def test_a_lost_answer_is_logged_in_the_state_folder_without_the_key(
    filled: Cli, tmp_path: Path
) -> None:
    server = OpenAIServer(lambda r: Reply(cut=0) if r.number == 1 else None)
    with server.running():
        filled.environment |= {
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": KEY,
            "LEADSYNC_RETRY_BASE_S": "0.01",
        }
        filled.ok("columns", "add", "pitch", "--prompt", "Write to {{ name }}")
        result = filled.ok("enrich", "--column", "pitch", "--limit", "1")
    log = (tmp_path / "home" / "leadsync.log").read_text("utf-8")
    assert "no answer" in log
    assert "no answer" not in result.err
    assert KEY not in log


def test_a_log_that_cannot_be_written_is_no_reason_not_to_work(filled: Cli, tmp_path: Path) -> None:
    log = tmp_path / "home" / "leadsync.log"
    log.unlink()
    log.mkdir()
    server = OpenAIServer(lambda r: Reply(cut=0) if r.number == 1 else None)
    with server.running():
        filled.environment |= {"OPENAI_BASE_URL": server.url, "LEADSYNC_RETRY_BASE_S": "0.01"}
        filled.ok("columns", "add", "pitch", "--prompt", "Write to {{ name }}")
        result = filled.ok("enrich", "--column", "pitch", "--limit", "1")
    assert "Logging error" not in result.err
