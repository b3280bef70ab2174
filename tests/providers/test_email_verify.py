"""Verification as far as DNS, against a name server of ours: each answer ends in its verdict."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.cells import Scope
from leadsync.core.errors import InputError
from leadsync.core.models import Reason
from tests.providers.verifying import (
    a_network,
    a_verify_column,
    leads,
    reasons,
    verified,
    verify,
)
from tests.reliability.run_making import enrich, hasty, plan_of
from tests.servers.dns_server import DNSServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ALIVE = {"A": ["127.0.0.1"]}
OPEN = "unknown not_probed"


@pytest.fixture
def dns() -> Iterator[DNSServer]:
    zone = {
        "acme.de": {"MX": ["20 b.acme.de", "10 a.acme.de"]},
        "a.acme.de": ALIVE,
        "b.acme.de": ALIVE,
    }
    with DNSServer(zone).running() as running:
        yield running


@pytest.fixture
def workspace(dns: DNSServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_network(dns, tmp_path) as opened:
        yield opened


ZONES = {
    "an MX that has an address": ({"x.de": {"MX": ["10 a.acme.de"]}}, OPEN),
    "an MX that is an alias": (
        {"x.de": {"MX": ["10 m.x.de"]}, "m.x.de": {"CNAME": ["a.acme.de"]}}, OPEN),
    "an MX with IPv6 only": ({"x.de": {"MX": ["1 m.x.de"]}, "m.x.de": {"AAAA": ["::1"]}}, OPEN),
    "the domain is an alias": ({"x.de": {"CNAME": ["acme.de"]}}, OPEN),
    "no MX, an address": ({"x.de": ALIVE}, OPEN),
    "no MX, an IPv6 address": ({"x.de": {"AAAA": ["::1"]}}, OPEN),
    "the preferred MX is dead": ({"x.de": {"MX": ["1 gone.x.de", "2 a.acme.de"]}}, OPEN),
    "every MX is dead": ({"x.de": {"MX": ["1 gone.x.de"]}}, "undeliverable no_mail_server"),
    "a null MX": ({"x.de": {"MX": ["0 ."], "A": ["127.0.0.1"]}}, "undeliverable null_mx"),
    "no MX and no address": ({"x.de": {"TXT": ["1"]}}, "undeliverable no_mail_server"),
    "no such domain": ({}, "undeliverable no_such_domain"),
}  # fmt: skip


@pytest.mark.parametrize(("zone", "verdict"), ZONES.values(), ids=ZONES)
def test_what_dns_says_of_a_domain(
    zone: dict[str, dict[str, list[str]]], verdict: str, dns: DNSServer, workspace: Workspace
) -> None:
    dns.zone.update(zone)
    verify(workspace, "ada@x.de")
    assert reasons(workspace) == {"ada@x.de": verdict}


def test_the_evidence_says_what_each_stage_found(dns: DNSServer, workspace: Workspace) -> None:
    dns.zone["x.de"] = {"MX": ["5 aspmx.l.google.com", "10 a.acme.de"]}
    dns.zone["aspmx.l.google.com"] = ALIVE
    result = verify(workspace, "ada+crm@x.de")
    found = verified(workspace)["ada+crm@x.de"]
    assert (found["stage"], found["mx_host"]) == ("dns", "aspmx.l.google.com")
    assert found["mx_provider"] == "google"
    assert found["flags"]["subaddress"]
    assert [check["name"] for check in found["checks"]] == ["syntax", "dns"]
    assert found["checkedAt"] < found["validUntil"]
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 1}, 0)
    (call,) = workspace.store.calls(run_id=result.run_id)
    assert (call.provider, call.request) == ("dns", {"domain": "x.de"})


def test_several_mx_are_taken_by_preference(workspace: Workspace) -> None:
    verify(workspace, "ada@acme.de")
    assert verified(workspace)["ada@acme.de"]["mx_host"] == "a.acme.de"


def test_an_idn_domain_is_asked_for_in_a_labels(dns: DNSServer, workspace: Workspace) -> None:
    dns.zone["xn--mller-kva.de"] = {"MX": ["1 a.acme.de"]}
    verify(workspace, "ada@müller.de", "bob@xn--mller-kva.de")
    assert set(reasons(workspace).values()) == {OPEN}
    assert dns.count()["xn--mller-kva.de", "MX"] == 1


def test_a_thousand_leads_of_one_domain_are_one_look_up(
    dns: DNSServer, workspace: Workspace
) -> None:
    verify(workspace, *(f"p{n}@acme.de" for n in range(1000)))
    assert dns.count()["acme.de", "MX"] == 1
    assert dns.count()["a.acme.de", "A"] == 1
    assert set(reasons(workspace).values()) == {OPEN}


def test_domains_share_the_look_up_of_their_mail_host(dns: DNSServer, workspace: Workspace) -> None:
    dns.zone |= {f"x{n}.de": {"MX": ["1 a.acme.de"]} for n in range(30)}
    verify(workspace, *(f"ada@x{n}.de" for n in range(30)))
    assert dns.count()["a.acme.de", "A"] == 1


def test_a_later_run_knows_the_domain(dns: DNSServer, workspace: Workspace) -> None:
    verify(workspace, "ada@acme.de")
    leads(workspace, "bob@acme.de")
    plan = plan_of(workspace, "verify")
    assert (plan.cells, plan.columns[0].cached) == (1, 1)
    result = enrich(workspace, "verify")
    assert result.counts == {Reason.CACHED: 1}
    assert dns.count()["acme.de", "MX"] == 1


def test_after_a_day_a_domain_is_asked_for_again(dns: DNSServer, workspace: Workspace) -> None:
    verify(workspace, "ada@acme.de")
    leads(workspace, "bob@acme.de")
    tomorrow = time.time() + 90_000
    enrich(workspace, "verify", pace=hasty(now=lambda: tomorrow))
    assert dns.count()["acme.de", "MX"] == 2


@pytest.mark.parametrize(("days_ago", "cells"), [(0.5, 0), (1.5, 1)])
def test_a_verdict_that_is_too_old_is_stale(
    days_ago: float, cells: int, workspace: Workspace
) -> None:
    leads(workspace, "ada@acme.de", "ada@acme.example")
    a_verify_column(workspace)
    then = time.time() - days_ago * 86_400
    enrich(workspace, "verify", pace=hasty(now=lambda: then))
    assert plan_of(workspace, "verify").cells == cells
    assert plan_of(workspace, "verify", scope=Scope.STALE).cells == cells


@pytest.mark.mongo
def test_verdicts_and_their_age_are_kept_by_mongodb(
    dns: DNSServer, mongo_db_url: str, tmp_path: Path
) -> None:
    with a_network(dns, tmp_path, store=mongo_db_url) as workspace:
        leads(workspace, "ada@acme.de", "ada@gone.de")
        a_verify_column(workspace)
        enrich(workspace, "verify", pace=hasty(now=lambda: time.time() - 2 * 86_400))
        assert reasons(workspace) == {
            "ada@acme.de": OPEN,
            "ada@gone.de": "undeliverable no_such_domain",
        }
        assert verified(workspace)["ada@acme.de"]["mx_host"] == "a.acme.de"
        assert plan_of(workspace, "verify").cells == 1


@pytest.mark.parametrize("trouble", ["SERVFAIL", "silence", "REFUSED", "truncated"])
def test_trouble_of_a_name_server_that_passes_is_not_seen(
    trouble: str, dns: DNSServer, workspace: Workspace
) -> None:
    dns.scripts["acme.de"] = [trouble]
    verify(workspace, "ada@acme.de")
    assert reasons(workspace) == {"ada@acme.de": OPEN}


def test_a_name_server_that_knows_no_domain_decides_nothing(
    dns: DNSServer, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    dns.zone, dns.knows_world = {}, False
    verify(workspace, "ada@acme.de", "ada@x.de")
    assert set(reasons(workspace).values()) == {"unknown dns_failure"}
    said = [r.getMessage() for r in caplog.records if "DNS tells nothing" in r.getMessage()]
    assert said == [
        "DNS tells nothing: the name server here does not know even iana.org or gmail.com"
    ]


def test_a_truncated_answer_is_asked_for_over_tcp(dns: DNSServer, workspace: Workspace) -> None:
    dns.scripts["acme.de"] = ["truncated"]
    verify(workspace, "ada@acme.de")
    assert [q.transport for q in dns.queries if q.name == "acme.de"] == ["udp", "tcp"]


def test_a_domain_whose_servers_fail_is_unknown_and_asked_again_by_the_next_run(
    dns: DNSServer, workspace: Workspace
) -> None:
    dns.scripts["acme.de"] = ["SERVFAIL"] * 2
    verify(workspace, "ada@acme.de", "bob@acme.de")
    assert set(reasons(workspace).values()) == {"unknown dns_failure"}
    enrich(workspace, "verify", scope=Scope.ALL)
    assert set(reasons(workspace).values()) == {OPEN}


def test_a_name_server_that_answers_for_everything_tells_nothing(
    dns: DNSServer, workspace: Workspace
) -> None:
    dns.lies = True
    verify(workspace, "ada@acme.de", "ada@no.such.domain.de")
    assert set(reasons(workspace).values()) == {"unknown dns_failure"}
    checks = verified(workspace)["ada@acme.de"]["checks"]
    assert "domains that do not exist" in checks[-1]["answer"]
    assert len(dns.queries) == 1


def test_without_a_network_it_is_said_once(
    dns: DNSServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = DNSServer()
    with nobody.running():
        pass  # its port is free now: whoever asks there is refused
    with a_network(nobody, tmp_path) as workspace:
        verify(workspace, *(f"ada@x{n}.de" for n in range(20)))
        assert set(reasons(workspace).values()) == {"unknown no_network"}
    assert len([r for r in caplog.records if "DNS tells nothing" in r.message]) == 1


def test_local_checks_ask_nobody(dns: DNSServer, workspace: Workspace) -> None:
    verify(
        workspace,
        "ada@acme.de",
        "info@acme.de",
        "x@mailinator.com",
        "ada@acme.example",
        "joe@gmial.com",
        dns=False,
    )
    assert reasons(workspace) == {
        "ada@acme.de": OPEN,
        "info@acme.de": "risky role",
        "x@mailinator.com": "risky disposable",
        "ada@acme.example": "undeliverable reserved_domain",
        "joe@gmial.com": "risky disposable",
    }
    assert verified(workspace)["joe@gmial.com"]["suggestion"] == "joe@gmail.com"
    assert dns.queries == []


@pytest.mark.parametrize(("is_there", "suggestion"), [(False, "joe@gmail.com"), (True, None)])
def test_a_likely_typo_is_pointed_out_unless_its_domain_is_real(
    is_there: bool, suggestion: str | None, dns: DNSServer, workspace: Workspace
) -> None:
    if is_there:
        dns.zone["gnail.com"] = {"MX": ["1 a.acme.de"]}
    verify(workspace, "joe@gnail.com")
    assert verified(workspace)["joe@gnail.com"].get("suggestion") == suggestion


def test_addresses_that_local_checks_settle_are_not_looked_up(
    dns: DNSServer, workspace: Workspace
) -> None:
    verify(workspace, "x@mailinator.com", "ada@acme.example")
    assert [q.name for q in dns.queries] == []


def test_free_mail_is_risky_only_where_the_column_says_so(
    dns: DNSServer, workspace: Workspace
) -> None:
    dns.zone["gmail.com"] = {"MX": ["1 a.acme.de"]}
    verify(workspace, "ada@gmail.com", free_mail_is_risky=True)
    assert reasons(workspace) == {"ada@gmail.com": "risky free_mail"}


def test_a_role_at_a_domain_without_mail_is_undeliverable(workspace: Workspace) -> None:
    verify(workspace, "info@gone.de")
    assert reasons(workspace) == {"info@gone.de": "undeliverable no_such_domain"}


def test_the_recipe_fills_status_reason_and_suggestion(workspace: Workspace) -> None:
    leads(workspace, "ada@acme.de", "joe@gnail.com")
    add_column(workspace, load_recipe("verify", workspace.config))
    enrich(workspace, "verify")
    fields = ["verify", "verify_reason", "verify_suggestion"]
    assert [*workspace.store.scan({}, fields)] == [
        ("unknown", "not_probed", None),
        ("undeliverable", "no_such_domain", "joe@gmail.com"),
    ]


def test_without_outputs_the_cell_is_the_status(workspace: Workspace) -> None:
    from leadsync.core.columns.column_file import ColumnSpec

    leads(workspace, "ada@gone.de")
    add_column(workspace, ColumnSpec(key="verify", kind="email_verify"))
    enrich(workspace, "verify")
    assert [*workspace.store.scan({}, ["verify"])] == [("undeliverable",)]


def test_a_blank_address_is_skipped(workspace: Workspace) -> None:
    leads(workspace, "")
    a_verify_column(workspace)
    assert dict(plan_of(workspace, "verify").columns[0].blank) == {"email": 1}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"email_field": "e_mail"}, "e_mail"),
        ({"smtp": True}, "smtp_from"),
        ({"smtp": True, "dns": False}, "smtp needs dns"),
        ({"smtp": True, "smtp_from": "a@b.de", "smtp_helo": "localhost"}, "smtp_helo"),
    ],
)
def test_a_config_that_cannot_work_is_refused(
    config: dict[str, object], words: str, workspace: Workspace
) -> None:
    with pytest.raises(InputError, match=words):
        a_verify_column(workspace, **config)


def test_a_name_server_that_is_no_address_is_refused(dns: DNSServer, tmp_path: Path) -> None:
    with a_network(dns, tmp_path, LEADSYNC_DNS_NAMESERVERS="dns.acme.de") as workspace:
        result = verify(workspace, "ada@acme.de")
        assert result.counts == {Reason.INVALID: 1}
        assert "LEADSYNC_DNS_NAMESERVERS" in result.errors[0].detail
