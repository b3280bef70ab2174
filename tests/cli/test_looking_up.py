"""Addresses, people and companies from the command line: plan, run and story, on one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.apollo_server import ApolloServer, match
from tests.servers.hunter_server import HunterServer
from tests.servers.pdl_server import PdlServer, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli

LEADS = """\
Name,Email,LinkedIn,Company,Domain
Ada Lovelace,ada@acme.de,https://www.linkedin.com/in/ada,Acme,acme.de
Bob Babbage,bob@acme.de,https://www.linkedin.com/in/bob,Acme,acme.de
"""


@pytest.fixture
def hunter() -> Iterator[HunterServer]:
    server = HunterServer()
    with server.running():
        yield server


@pytest.fixture
def apollo() -> Iterator[ApolloServer]:
    server = ApolloServer()
    server.people["ada@acme.de"] = match()
    with server.running():
        yield server


@pytest.fixture
def pdl() -> Iterator[PdlServer]:
    server = PdlServer()
    server.people["ada@acme.de"] = person()
    with server.running():
        yield server


@pytest.fixture
def ours(cli: Cli, hunter: HunterServer, apollo: ApolloServer, pdl: PdlServer) -> Cli:
    """Two leads, and keys for all three."""
    for name, server in (("HUNTER", hunter), ("APOLLO", apollo), ("PDL", pdl)):
        cli.environment[f"LEADSYNC_{name}_BASE_URL"] = server.url
        cli.environment[f"{name}_API_KEY"] = f"{name.lower()}-planted-4hJ29dKs8Q"
    cli.environment["LEADSYNC_PDL_SANDBOX_BASE_URL"] = pdl.url
    cli.ok("import", "-", stdin=LEADS)
    return cli


def test_an_address_is_planned_found_and_explained(ours: Cli, hunter: HunterServer) -> None:
    ours.ok("columns", "add", "--recipe", "find-email")
    plan = ours.ok("enrich", "--column", "found_email", "--dry-run").out
    assert "hunter: 2 calls, at most 2 searches, price unknown" in plan
    assert hunter.requests == []
    ours.ok("enrich", "--column", "found_email", "--yes")
    rows = ours.ok("leads", "list", "--columns", "found_email,found_email_score", "--json").json
    assert [row["found_email"] for row in rows] == ["ada@acme.de"] * 2
    story = ours.ok("why", "ada@acme.de", "found_email").out
    assert "hunter" in story
    assert "email-finder" in story
    assert "planted" not in story


def test_a_profile_is_planned_read_and_explained_at_either_provider(
    ours: Cli, apollo: ApolloServer, pdl: PdlServer
) -> None:
    ours.ok("columns", "add", "--recipe", "linkedin")
    plan = ours.ok("enrich", "--column", "linkedin_profile", "--dry-run", "--json").json
    assert plan["providers"][0]["maxUnits"] == {"credit": 2}
    ours.ok("enrich", "--column", "linkedin_profile", "--yes")
    assert len(pdl.asked("/v5/person/bulk")) == 1
    story = ours.ok("why", "ada@acme.de", "linkedin_headline").out
    assert "Building engines" in story
    assert "person/bulk" in story
    ours.ok("columns", "add", "who", "--kind", "people", "--set", "provider=apollo")
    ours.ok("enrich", "--column", "who", "--yes")
    assert len(apollo.asked("/people/bulk_match")) == 1
    assert "Building engines at Acme" in ours.ok("leads", "list", "--columns", "who").out


def test_a_company_is_asked_about_once_for_all_its_leads(ours: Cli, hunter: HunterServer) -> None:
    ours.ok("columns", "add", "--recipe", "company", "--set", "provider=hunter")
    ours.ok("enrich", "--column", "company_industry", "--yes")
    assert hunter.asked("/companies/find") == [{"domain": "acme.de"}]
    rows = ours.ok("leads", "list", "--columns", "company_industry,company_size", "--json").json
    assert [row["company_size"] for row in rows] == ["51-250"] * 2


def test_doctor_says_what_is_left_at_each(ours: Cli) -> None:
    told = ours("doctor").out
    assert "38 of 50 searches" in told
    assert "800 of 1000 credits left" in told
    assert "the key is accepted" in told
