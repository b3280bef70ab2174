"""Waterfalls as their user has them: recipe, plan, run, why, statistics, column files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli
from tests.servers.apify_server import ApifyServer
from tests.servers.apollo_server import ApolloServer, match
from tests.servers.dns_server import DNSServer
from tests.servers.hunter_server import HunterServer, found, verified
from tests.servers.pdl_server import PdlServer, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEADS = """\
Name,Company,Domain
Ada Lovelace,Acme,acme.de
"""
PRICES = """\
[units.hunter]
search = 0.03
verification = 0.02
[units.apollo]
credit = 0.05
[units.pdl]
credit = 0.1
"""


@pytest.fixture
def hunter() -> Iterator[HunterServer]:
    server = HunterServer()
    with server.running():
        yield server


@pytest.fixture
def apollo() -> Iterator[ApolloServer]:
    server = ApolloServer()
    with server.running():
        yield server


@pytest.fixture
def pdl() -> Iterator[PdlServer]:
    server = PdlServer()
    with server.running():
        yield server


@pytest.fixture
def cli(
    tmp_path: Path, hunter: HunterServer, apollo: ApolloServer, pdl: PdlServer
) -> Iterator[Cli]:
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES, "utf-8")
    names = DNSServer(look_up=lambda _name: {"MX": ["10 mx.mail.test"], "A": ["127.0.0.1"]})
    with names.running():
        cli = Cli(
            tmp_path,
            LEADSYNC_HUNTER_BASE_URL=hunter.url,
            LEADSYNC_APOLLO_BASE_URL=apollo.url,
            LEADSYNC_PDL_BASE_URL=pdl.url,
            LEADSYNC_DNS_NAMESERVERS=names.address,
            LEADSYNC_PRICES=str(prices),
            HUNTER_API_KEY="hunter-planted",
            APOLLO_API_KEY="apollo-planted",
            PDL_API_KEY="pdl-planted",
        )
        (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
        cli.ok("import", "leads.csv")
        yield cli


@pytest.fixture
def bare(tmp_path: Path) -> Cli:
    """Without leads and providers."""
    return Cli(tmp_path)


def test_the_recipe_asks_three_finders_and_tells_each_step(
    cli: Cli, hunter: HunterServer, apollo: ApolloServer, pdl: PdlServer
) -> None:
    hunter.says["/email-finder"] = [found(None)]
    hunter.says["/email-verifier"] = [verified("invalid"), verified("valid")]
    apollo.people["Ada Lovelace"] = match(email="old.ada@acme.de")
    pdl.people["Ada Lovelace"] = person()
    cli.ok("columns", "add", "--recipe", "email-waterfall")
    plan = cli.ok("enrich", "--column", "work_email", "--dry-run", "--json").json
    providers = {one["name"]: one for one in plan["providers"]}
    assert (providers["hunter"]["calls"], providers["hunter"]["moreCalls"]) == (1, 3)
    assert (providers["apollo"]["moreCalls"], providers["pdl"]["moreCalls"]) == (1, 1)
    assert (plan["minUsdMicros"], plan["maxUsdMicros"]) == (0, 30_000 + 3 * 20_000 + 150_000)
    assert not hunter.requests
    ran = cli.ok("enrich", "--column", "work_email", "--yes", "--max-cost", "1")
    shown = cli.ok("leads", "list", "--columns", "work_email,work_email_verify,work_email_source")
    assert "ada@acme.de" in shown.out
    assert "deliverable" in shown.out
    assert len(apollo.charged) == len(pdl.charged) == 1
    assert hunter.charged == {"searches": 0, "verifications": 2, "credits": 0}
    story = cli.ok("why", "1", "work_email")
    assert "1. hunter: no match" in story.out
    assert (
        "2. apollo: not accepted (it does not meet email:exists verify=deliverable): "
        "email old.ada@acme.de; $0.05" in story.out
    )
    assert "3. pdl: accepted: email ada@acme.de; $0.10" in story.out
    trace = cli.ok("why", "1", "work_email", "--json").json["trace"]
    assert [step["verdict"] for step in trace] == ["no match", "not accepted", "accepted"]
    assert trace[2]["then"]["cells"] == {"verify": "deliverable"}
    assert "planted" not in story.out + ran.out + ran.err
    steps = cli.ok("columns", "steps", "work_email").lines
    assert steps[3].split()[:5] == ["pdl", "email_find", "1", "1", "1"]
    last = cli.ok("columns", "steps", "work_email", "--json").json[-1]
    assert last["perAcceptedUsdMicros"] == 120_000
    asked = len(hunter.requests) + len(apollo.requests) + len(pdl.requests)
    cli.ok("enrich", "--column", "work_email", "--scope", "all", "--yes")
    assert len(hunter.requests) + len(apollo.requests) + len(pdl.requests) == asked


def test_a_person_whom_two_do_not_know_is_read_at_linkedin(
    cli: Cli, apollo: ApolloServer, pdl: PdlServer
) -> None:
    (cli.folder / "more.csv").write_text(
        "Name,LinkedIn URL\nGrace Hopper,https://www.linkedin.com/in/grace-hopper\n", "utf-8"
    )
    cli.ok("import", "more.csv")
    pdl.people["Ada Lovelace"] = person()
    cli.ok("columns", "add", "--recipe", "person-waterfall")
    apify = ApifyServer()
    with apify.running():
        cli.environment |= {
            "LEADSYNC_APIFY_BASE_URL": apify.url,
            "APIFY_TOKEN": "apify_api_planted",
            "LEADSYNC_POLL_BASE_S": "0.05",
        }
        cli.ok("enrich", "--column", "person_headline", "--yes")
    assert len(apify.runs) == 1
    shown = cli.ok("leads", "list", "--columns", "name,person_source", "--json").json
    assert {lead["name"]: lead["person_source"] for lead in shown} == {
        "Ada Lovelace": "pdl",
        "Grace Hopper": "linkedin",
    }
    story = cli.ok("why", "2", "person_headline")
    assert "3. linkedin: accepted" in story.out


def test_nested_steps_go_through_a_column_file_and_back(bare: Cli, tmp_path: Path) -> None:
    for recipe in ("email-waterfall", "person-waterfall"):
        bare.ok("columns", "add", "--recipe", recipe)
    before = bare.ok("columns", "export", "work_email", "person_headline", "--to", "c.toml")
    assert before.code == 0
    applied = bare.ok("columns", "apply", "c.toml", "--json")
    assert applied.out.count('"unchanged"') == 2
    bare.ok("columns", "rm", "work_email")
    bare.ok("columns", "apply", "c.toml")
    bare.ok("columns", "export", "work_email", "person_headline", "--to", "d.toml")
    assert (tmp_path / "c.toml").read_text() == (tmp_path / "d.toml").read_text()


STEPS = """\
[[column]]
key = "x"
kind = "waterfall"
[column.config]
accept = '{accept}'
[[column.config.steps]]
kind = "email_find"
name = "one"
outputs = {{ email = "{name}" }}
[[column.config.steps]]
kind = "{kind}"
config = {{ {config} }}
{more}
[column.outputs]
email = "x"
"""
USUAL = {"accept": "email:exists", "name": "email", "kind": "email_find", "config": "", "more": ""}
WRONG = [
    ({"kind": "waterfal"}, 'step "waterfal": no kind of column "waterfal"'),
    ({"kind": "waterfall"}, "a column of kind waterfall cannot be a step of a waterfall"),
    ({"config": 'providr = "pdl"'}, 'step "email_find": a column of kind email_find has no'),
    ({"accept": "emial:exists"}, 'no field "emial"; did you mean "email"?'),
    ({"accept": "name:exists"}, 'accept: no step finds "name"'),
    ({"name": "status"}, 'step "one": the output "email" cannot be called "status"'),
    ({"more": 'name = "one"'}, 'two steps are named "one"'),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_does_not_fit_is_told_when_the_column_is_saved(
    bare: Cli, tmp_path: Path, change: dict[str, str], message: str
) -> None:
    (tmp_path / "wrong.toml").write_text(STEPS.format(**USUAL | change), "utf-8")
    result = bare("columns", "apply", "wrong.toml")
    assert result.code == 4
    assert message in result.err


def test_a_waterfall_has_two_to_ten_steps(bare: Cli) -> None:
    step = '{"kind": "email_find", "name": "s%d"}'
    for number in (1, 11):
        steps = ", ".join(step % n for n in range(number))
        result = bare("columns", "add", "x", "--kind", "waterfall", "--set", f"steps=[{steps}]")
        assert result.code == 4
        assert 'the setting "steps" of a column of kind waterfall does not fit' in result.err
