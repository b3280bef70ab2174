"""The provider stage of verification: asked only about what free checks leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.errors import InputError
from leadsync.core.models import Reason, RunState
from tests.providers.verifying import (
    PROBE,
    a_network,
    a_verify_column,
    leads,
    reasons,
    verified,
    verify,
)
from tests.reliability.run_making import enrich, hasty, plan_of, started
from tests.servers import hunter_server, instantly_server
from tests.servers.dns_server import DNSServer
from tests.servers.http_server import HttpServer, Reply, Request
from tests.servers.hunter_server import HunterServer
from tests.servers.instantly_server import InstantlyServer
from tests.servers.smtp_server import GOOD, SMTPServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
KEYS = {"HUNTER_API_KEY": "hunter-planted-81kQ", "INSTANTLY_API_KEY": "instantly-planted-4hJ2"}


@pytest.fixture
def dns() -> Iterator[DNSServer]:
    alive = {"A": ["127.0.0.1"]}
    zone = {"acme.de": {"MX": ["10 a.acme.de"]}, "a.acme.de": alive, "gmail.com": alive}
    with DNSServer(zone).running() as running:
        yield running


@pytest.fixture
def hunter() -> Iterator[HunterServer]:
    server = HunterServer()
    with server.running():
        yield server


@pytest.fixture
def instantly() -> Iterator[InstantlyServer]:
    server = InstantlyServer()
    with server.running():
        yield server


def opened(
    dns: DNSServer,
    folder: Path,
    server: HttpServer,
    smtp: SMTPServer | None = None,
    store: str = "",
    **more: str,
) -> Workspace:
    """A workspace whose providers are all at one server."""
    settings = {
        "LEADSYNC_HUNTER_BASE_URL": server.url,
        "LEADSYNC_INSTANTLY_BASE_URL": server.url,
        "LEADSYNC_POLL_BASE_S": "0.01",
    }
    return a_network(dns, folder, smtp, store, **(KEYS | settings | more))


@pytest.fixture
def workspace(dns: DNSServer, hunter: HunterServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened(dns, tmp_path, hunter) as found:
        yield found


SAYS = {
    "valid": (hunter_server.verified("valid"), "deliverable mailbox_exists"),
    "invalid": (hunter_server.verified("invalid"), "undeliverable no_such_mailbox"),
    "accept_all": (hunter_server.verified("accept_all"), "risky catch_all"),
    "webmail of a good score": (
        hunter_server.verified("webmail", 80),
        "deliverable mailbox_exists",
    ),
    "webmail of a bad score": (hunter_server.verified("webmail", 79), "unknown provider_unsure"),
    "disposable": (hunter_server.verified("disposable"), "risky disposable"),
    "unknown": (hunter_server.verified("unknown"), "unknown provider_unsure"),
}


@pytest.mark.parametrize(("reply", "verdict"), SAYS.values(), ids=SAYS)
def test_the_providers_word_goes_before_what_nobody_knew(
    reply: Reply, verdict: str, hunter: HunterServer, workspace: Workspace
) -> None:
    hunter.says["/email-verifier"] = [reply]
    result = verify(workspace, "ada@acme.de", provider="hunter")
    assert reasons(workspace) == {"ada@acme.de": verdict}
    assert (result.counts, result.units) == ({Reason.VALUE: 1}, {"verification": 1})
    found = verified(workspace)["ada@acme.de"]
    word = reply.body["data"]["status"]
    assert (found["stage"], found["provider"]) == ("provider", "hunter")
    assert found["score"] == reply.body["data"]["score"]
    checks = [(check["name"], check["answer"]) for check in found["checks"]]
    assert checks == [("syntax", "ok"), ("dns", "mail goes to a.acme.de"), ("hunter", word)]
    assert found["mx_host"] == "a.acme.de"


DECIDED = ["ada@acme.test", "two@@acme.de", "ada@nowhere.de", "ada@mailinator.com", "info@acme.de"]


def test_nobody_is_asked_about_what_free_checks_decide(
    hunter: HunterServer, workspace: Workspace
) -> None:
    verify(workspace, *DECIDED, "ada@acme.de", provider="hunter")
    assert [asked["email"] for asked in hunter.asked("/email-verifier")] == ["ada@acme.de"]
    found = reasons(workspace)
    assert found["ada@nowhere.de"] == "undeliverable no_such_domain"
    assert found["info@acme.de"] == "risky role"
    assert found["ada@acme.de"] == "deliverable mailbox_exists"


def test_free_mail_is_not_asked_about_where_it_is_risky_in_any_case(
    hunter: HunterServer, workspace: Workspace
) -> None:
    verify(workspace, "ada@gmail.com", provider="hunter", free_mail_is_risky=True)
    assert reasons(workspace) == {"ada@gmail.com": "risky free_mail"}
    assert hunter.requests == []


def test_the_plan_says_how_many_calls_the_free_checks_save(workspace: Workspace) -> None:
    leads(workspace, *DECIDED, "ada@acme.de", "bob@acme.de")
    a_verify_column(workspace, provider="hunter")
    plan = plan_of(workspace, "verify")
    by_name = {part.name: part for part in plan.providers}
    assert (by_name["hunter"].calls, by_name["hunter"].more_calls) == (0, 3)
    assert by_name["hunter"].max_units == {"verification": 3}
    assert plan.columns[0].note == (
        "hunter is asked about at most 3 of 7 addresses; "
        "lists and earlier answers save 4 calls, DNS may save more"
    )
    enrich(workspace, "verify")
    again = plan_of(workspace, "verify", scope=Scope.ALL)
    assert sum(part.more_calls for part in again.providers) == 1  # DNS had decided one


def test_a_domain_that_is_known_does_not_make_its_mailboxes_free(workspace: Workspace) -> None:
    verify(workspace, "ada@acme.de", provider="hunter")
    leads(workspace, "bob@acme.de")
    plan = plan_of(workspace, "verify")
    assert (plan.to_ask, plan.columns[0].cached) == (1, 0)


def test_without_dns_a_provider_is_asked_at_once(
    hunter: HunterServer, workspace: Workspace, dns: DNSServer
) -> None:
    verify(workspace, "ada@acme.de", "ada@acme.test", provider="hunter", dns=False)
    assert len(hunter.asked("/email-verifier")) == 1
    assert not dns.count()
    assert reasons(workspace)["ada@acme.de"] == "deliverable mailbox_exists"


def test_a_provider_is_asked_after_mail_servers_that_do_not_say(
    dns: DNSServer, hunter: HunterServer, tmp_path: Path
) -> None:
    boxes = {"ada@acme.de": [GOOD], "bob@acme.de": ["252 2.1.5 cannot say"]}
    with (
        SMTPServer(boxes).running() as smtp,
        opened(dns, tmp_path, hunter, smtp) as workspace,
    ):
        verify(workspace, *boxes, "eve@acme.de", provider="hunter", **PROBE)
        assert [each["email"] for each in hunter.asked("/email-verifier")] == ["bob@acme.de"]
        assert reasons(workspace) == {
            "ada@acme.de": "deliverable mailbox_exists",
            "bob@acme.de": "deliverable mailbox_exists",
            "eve@acme.de": "undeliverable no_such_mailbox",
        }


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_pending_is_fetched_by_a_later_process_with_all_evidence(
    engine: str,
    request: pytest.FixtureRequest,
    dns: DNSServer,
    instantly: InstantlyServer,
    tmp_path: Path,
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    pending, done = instantly_server.PENDING, instantly_server.verified("verified", True)
    instantly.says = {"ada@acme.de": [pending, pending, done]}
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    with opened(dns, tmp_path, instantly, None, store, LEADSYNC_POLL_BASE_S="0.5") as first:
        leads(first, "ada@acme.de")
        a_verify_column(first, provider="instantly")
        run = started(first, "verify")
        result = drive(first, run.id, pace=hasty(), stop=stop, on_event=on_event)
    assert (result.state, result.left) == (RunState.STOPPED, 1)
    with opened(dns, tmp_path, instantly, None, store) as later:
        result = resume(later, run.id, pace=hasty())
        assert reasons(later) == {"ada@acme.de": "risky catch_all"}
        found = verified(later)["ada@acme.de"]
        assert [check["name"] for check in found["checks"]] == ["syntax", "dns", "instantly"]
        assert found["flags"]["catch_all"]
        assert instantly.charged == ["ada@acme.de"]
        (task,) = later.store.tasks(list(later.store.ids({})), [later.column("verify").id])
        calls = later.store.calls(call_ids=task.meta["callIds"])
        assert [call.provider for call in calls][:2] == ["dns", "instantly"]


def test_a_provider_that_lacks_its_key_or_credits_holds_the_column(
    dns: DNSServer, hunter: HunterServer, tmp_path: Path
) -> None:
    with opened(dns, tmp_path, hunter, HUNTER_API_KEY="") as workspace:
        result = verify(workspace, "ada@acme.de", "ada@acme.test", provider="hunter")
        assert (result.state, result.left) == (RunState.HELD, 1)
        assert result.reason.startswith('auth: the key "HUNTER_API_KEY" is not set')
    hunter.says["/email-verifier"] = [hunter_server.error(429)]
    hunter.left["verifications"] = 0
    with opened(dns, tmp_path, hunter) as workspace:
        result = resume(workspace, result.run_id, pace=hasty())
        assert result.reason.startswith("exhausted: hunter has no verifications left")


def test_a_person_who_asked_not_to_be_processed_is_refused(
    hunter: HunterServer, workspace: Workspace
) -> None:
    hunter.says["/email-verifier"] = [hunter_server.error(451)]
    assert verify(workspace, "ada@acme.de", provider="hunter").counts == {Reason.REFUSED: 1}


# any provider over HTTP ----------------------------------------------------------------------
WORDS = {
    "zerobounce": {
        "valid": "deliverable mailbox_exists", "invalid": "undeliverable no_such_mailbox",
        "catch-all": "risky catch_all", "unknown": "unknown provider_unsure",
        "spamtrap": "risky low_score", "abuse": "risky low_score",
        "do_not_mail": "risky low_score", "a new word": "unknown provider_unsure",
    },
    "kickbox": {
        "deliverable": "deliverable mailbox_exists",
        "undeliverable": "undeliverable no_such_mailbox",
        "risky": "risky low_score", "unknown": "unknown provider_unsure",
    },
    "reacher": {
        "safe": "deliverable mailbox_exists", "invalid": "undeliverable no_such_mailbox",
        "risky": "risky low_score", "unknown": "unknown provider_unsure",
    },
}  # fmt: skip
FIELDS = {"zerobounce": "status", "kickbox": "result", "reacher": "is_reachable"}


def a_recipe_at(workspace: Workspace, name: str, url: str) -> None:
    """The shipped recipe, for a server of ours that needs no key."""
    spec = load_recipe(f"verify-{name}", workspace.config)
    http: dict[str, Any] = {**spec.config["http"], "url": url}
    if "params" in http:
        http["params"] = {"email": "{{ email }}"}
    add_column(
        workspace,
        ColumnSpec(
            key="verify",
            kind="email_verify",
            outputs=spec.outputs,
            config={**spec.config, "http": http},
        ),
    )


@pytest.mark.parametrize("name", WORDS)
def test_words_of_other_providers_mean_what_their_recipe_says(
    name: str, dns: DNSServer, tmp_path: Path
) -> None:
    words = list(WORDS[name])

    with HttpServer(lambda request: _word_of(request, words, FIELDS[name])).running() as server:
        (tmp_path / "config.toml").write_text(
            f'allow_private = ["{server.url.removeprefix("http://")}"]\n'
        )
        with opened(dns, tmp_path, server) as workspace:
            leads(workspace, *(f"x{n}@acme.de" for n in range(len(words))))
            a_recipe_at(workspace, name, f"{server.url}/v1/check")
            enrich(workspace, "verify")
            found = reasons(workspace)
    assert found == {f"x{n}@acme.de": WORDS[name][word] for n, word in enumerate(words)}


def _word_of(request: Request, words: list[str], field: str) -> Reply:
    text = request.path + request.body.decode()
    number = next(n for n in range(len(words)) if f"x{n}" in text)
    return Reply(body={field: words[number], "sendex": 0.5})


def test_settings_of_a_provider_that_do_not_fit_are_told(workspace: Workspace) -> None:
    leads(workspace, "ada@acme.de")
    request = {"url": "https://api.example.org/check?email={{ email }}"}
    words = {"ok": "mailbox_exists"}
    for config, said in (
        ({"provider": "http"}, "needs http, the request, and words"),
        ({"provider": "hunter", "words": words}, "are for provider = http"),
        ({"provider": "http", "http": request | {"batch_size": 5}, "words": words}, "batch"),
        ({"provider": "http", "http": request, "words": {"ok": "fine"}}, "ok"),
        ({"provider": "bouncer"}, "provider"),
    ):
        with pytest.raises(InputError, match=said):
            a_verify_column(workspace, **config)
    own = {"url": "https://api.example.org/check?email={{ title }}"}
    with pytest.raises(InputError, match="title"):
        a_verify_column(workspace, provider="http", http=own, words=words)
