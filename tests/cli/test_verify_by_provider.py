"""Verification by a provider from the command line: plan, run and story, on one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.instantly_server import PENDING, InstantlyServer, verified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli


@pytest.fixture
def server() -> Iterator[InstantlyServer]:
    server = InstantlyServer()
    with server.running():
        yield server


@pytest.fixture
def ours(cli: Cli, server: InstantlyServer) -> Cli:
    """Two leads and a key for Instantly."""
    cli.environment |= {
        "LEADSYNC_INSTANTLY_BASE_URL": server.url,
        "INSTANTLY_API_KEY": "instantly-planted-4hJ29dKs8Q",
        "LEADSYNC_POLL_BASE_S": "0.01",
    }
    cli.ok("import", "-", stdin="Email\nada@acme.de\nbob@acme.de\n")
    return cli


def test_a_provider_is_asked_about_what_free_checks_leave_open(
    ours: Cli, server: InstantlyServer
) -> None:
    ours.ok("import", "-", stdin="Email\ninfo@acme.de\neve@acme.test\n")
    ours.ok("columns", "add", "--recipe", "verify-instantly", "--set", "dns=false")
    plan = ours.ok("enrich", "--column", "verify", "--dry-run").out
    assert "instantly is asked about at most 2 of 4 addresses" in plan
    assert "save 2 calls" in plan
    ours.ok("enrich", "--column", "verify", "--yes")
    assert sorted(server.charged) == ["ada@acme.de", "bob@acme.de"]
    rows = ours.ok("leads", "list", "--columns", "email,verify_reason", "--json").json
    found = {row["email"]: row["verify_reason"] for row in rows}
    assert found["info@acme.de"] == "role"
    assert found["eve@acme.test"] == "reserved_domain"
    assert found["ada@acme.de"] == "mailbox_exists"


def test_instantly_says_which_mailboxes_exist(ours: Cli, server: InstantlyServer) -> None:
    server.says["bob@acme.de"] = [PENDING, verified("verified", True)]
    ours.ok("columns", "add", "--recipe", "instantly_verify")
    plan = ours.ok("enrich", "--column", "instantly_check", "--dry-run", "--json").json
    assert plan["providers"][0]["maxUnits"] == {"credit": 2}
    assert server.requests == []
    ours.ok("enrich", "--column", "instantly_check", "--yes")
    rows = ours.ok("leads", "list", "--columns", "email,instantly_reason", "--json").json
    found = {row["email"]: row["instantly_reason"] for row in rows}
    assert found == {"ada@acme.de": "mailbox_exists", "bob@acme.de": "catch_all"}
    story = ours.ok("why", "bob@acme.de", "instantly_check").out
    assert "instantly" in story
    assert "verify email" in story
    assert "workspace" in ours("doctor").out
