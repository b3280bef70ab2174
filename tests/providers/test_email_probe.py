"""The question to mail servers, over sockets: every reply of the table, and servers that misbehave."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.models import Reason, RunState
from leadsync.enrichers.email_smtp import MailServer, Reach, SmtpSettings
from tests.providers.verifying import (
    PROBE,
    a_network,
    a_verify_column,
    leads,
    reasons,
    verified,
    verify,
)
from tests.reliability.run_making import enrich
from tests.servers.dns_server import DNSServer
from tests.servers.smtp_server import CUT, GOOD, SILENCE, SMTPServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ADA = "ada@acme.de"


@pytest.fixture
def smtp() -> Iterator[SMTPServer]:
    with SMTPServer({ADA: [GOOD]}).running() as running:
        yield running


@pytest.fixture
def dns() -> Iterator[DNSServer]:
    zone = {
        "acme.de": {"MX": ["10 mx.acme.de"]},
        "other.de": {"MX": ["10 mx.acme.de"]},
        "mx.acme.de": {"A": ["127.0.0.1"]},
    }
    with DNSServer(zone).running() as running:
        yield running


@pytest.fixture
def workspace(dns: DNSServer, smtp: SMTPServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_network(dns, tmp_path, smtp) as opened:
        yield opened


def probe(workspace: Workspace, *emails: str, waits: tuple[float, ...] = ()) -> dict[str, str]:
    verify(workspace, *emails, **PROBE, greylist_waits_s=list(waits))
    return reasons(workspace)


REPLIES = {
    GOOD: "deliverable mailbox_exists",
    "252 2.1.5 perhaps": "unknown provider_unsure",
    "550 5.1.1 nobody": "undeliverable no_such_mailbox",
    "550 5.2.1 closed": "undeliverable mailbox_disabled",
    "552 5.2.2 full": "risky mailbox_full",
    "452 4.2.2 full": "risky mailbox_full",
    "450 4.2.0 greylisted": "unknown greylisted",
    "554 5.7.1 your address is listed": "unknown blocked_by_server",
    "554 5.6.0 what": "unknown provider_unsure",
}


@pytest.mark.parametrize(("reply", "verdict"), REPLIES.items(), ids=REPLIES)
def test_each_reply_to_the_recipient_has_its_verdict(
    reply: str, verdict: str, smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.mailboxes[ADA] = [reply]
    assert probe(workspace, ADA) == {ADA: verdict}
    found = verified(workspace)[ADA]
    assert (found["stage"], found["checks"][-1]["answer"]) == ("smtp", reply)


def test_the_talk_ends_before_a_message_would_begin(smtp: SMTPServer, workspace: Workspace) -> None:
    probe(workspace, ADA)
    said = [words.partition(":")[0].partition(" ")[0] for _, words in smtp.commands]
    assert said == ["EHLO", "MAIL", "RCPT", "RCPT", "RSET", "QUIT"]
    assert smtp.commands[0][1] == "EHLO probe.leadsync.de"
    assert smtp.recipients[0] != ADA
    assert smtp.recipients[1] == ADA


def test_a_server_that_takes_everybody_is_a_catch_all(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.otherwise = GOOD
    assert probe(workspace, ADA, "bob@acme.de") == {
        ADA: "risky catch_all",
        "bob@acme.de": "risky catch_all",
    }
    assert ADA not in smtp.recipients
    assert verified(workspace)[ADA]["flags"]["catch_all"]


def test_a_thousand_leads_of_one_domain_are_one_look_up_and_one_made_up_mailbox(
    dns: DNSServer, smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.otherwise = GOOD
    probe(workspace, *(f"p{n}@acme.de" for n in range(1000)))
    assert dns.count()["acme.de", "MX"] == 1
    assert len(smtp.recipients) == 1
    assert smtp.most_open == 1


def test_one_connection_a_server_with_ten_recipients_at_most(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    emails = [f"p{n}@{domain}" for n in range(12) for domain in ("acme.de", "other.de")]
    smtp.mailboxes = {email: [GOOD] for email in emails}
    found = probe(workspace, *emails)
    assert set(found.values()) == {"deliverable mailbox_exists"}
    assert (len(smtp.recipients), smtp.connections, smtp.most_open) == (26, 3, 1)


def test_a_greylisting_server_is_asked_again_later(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.mailboxes[ADA] = ["451 4.7.1 greylisted", GOOD]
    assert probe(workspace, ADA, waits=(0.05, 0.05)) == {ADA: "deliverable mailbox_exists"}


def test_a_server_that_greylists_even_made_up_mailboxes_is_asked_once_a_round(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.otherwise = "450 4.2.0 come back"
    emails = [f"p{n}@acme.de" for n in range(20)]
    found = probe(workspace, *emails, waits=(0.05,))
    assert set(found.values()) == {"unknown greylisted"}
    assert len(smtp.recipients) == 2


def test_a_full_mailbox_is_asked_again_later(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.mailboxes[ADA] = ["452 4.2.2 over quota", "452 4.2.2 over quota"]
    assert probe(workspace, ADA, waits=(0.05,)) == {ADA: "risky mailbox_full"}
    assert smtp.recipients.count(ADA) == 2


def test_a_server_that_blocks_us_is_left_alone(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.mailboxes["p0@acme.de"] = ["554 5.7.1 policy"]
    found = probe(workspace, *(f"p{n}@acme.de" for n in range(5)), "x@other.de")
    assert set(found.values()) == {"unknown blocked_by_server"}
    assert smtp.recipients[1:] == ["p0@acme.de"]


BANNERS = {
    "421 4.3.2 too busy": "unknown greylisted",
    "554 5.7.1 no service": "unknown blocked_by_server",
}


@pytest.mark.parametrize(("banner", "verdict"), BANNERS.items(), ids=BANNERS)
def test_a_refusal_in_the_first_line(
    banner: str, verdict: str, smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.banner = banner
    assert probe(workspace, ADA) == {ADA: verdict}
    assert smtp.recipients == []


def test_a_sender_that_is_refused_says_nothing_of_the_mailbox(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.mail_reply = "550 5.1.8 who are you"
    assert probe(workspace, ADA) == {ADA: "unknown blocked_by_server"}


def test_a_server_that_knows_only_helo(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.ehlo = None
    assert probe(workspace, ADA) == {ADA: "deliverable mailbox_exists"}
    assert smtp.said("HELO") == 1


@pytest.mark.parametrize("how", ["454 4.7.0 not now", "220 go ahead"])
def test_a_server_whose_encryption_is_broken_is_asked_in_plain_text(
    how: str, smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.tls = how  # says so, and hangs up
    assert probe(workspace, ADA) == {ADA: "deliverable mailbox_exists"}
    assert smtp.connections == 2


def test_a_server_that_encrypts_needs_no_good_certificate(
    smtp: SMTPServer, workspace: Workspace, tmp_path: Path
) -> None:
    smtp.tls = a_server_context(tmp_path)
    assert probe(workspace, ADA) == {ADA: "deliverable mailbox_exists"}
    assert (smtp.encrypted, smtp.said("EHLO")) == (1, 2)


def a_server_context(folder: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        reason = "NO OPENSSL: nothing is tested over an encrypted line"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    key, certificate = folder / "key.pem", folder / "cert.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=other"
    command = ["openssl", *words.split(), "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_a_line_that_goes_dead_is_tried_once_more(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.mailboxes[ADA] = [CUT, GOOD]
    assert probe(workspace, ADA) == {ADA: "deliverable mailbox_exists"}


def test_a_server_that_always_hangs_up_is_a_time_out(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.mailboxes[ADA] = [CUT]
    assert probe(workspace, ADA) == {ADA: "unknown timeout"}


def test_letters_beyond_ascii_need_a_server_that_takes_them(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.mailboxes["josé@acme.de"] = [GOOD]
    assert probe(workspace, "josé@acme.de") == {"josé@acme.de": "deliverable mailbox_exists"}


def test_a_server_without_smtputf8_is_not_asked_about_them(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.ehlo = ()
    assert probe(workspace, "josé@acme.de") == {"josé@acme.de": "unknown provider_unsure"}
    assert len(smtp.recipients) == 1


def test_a_role_stays_risky_though_its_mailbox_exists(
    smtp: SMTPServer, workspace: Workspace
) -> None:
    smtp.mailboxes["info@acme.de"] = [GOOD]
    assert probe(workspace, "info@acme.de", "sales@acme.de") == {
        "info@acme.de": "risky role",
        "sales@acme.de": "undeliverable no_such_mailbox",
    }


def test_a_gateway_that_says_the_same_of_everybody_is_not_asked(
    dns: DNSServer, smtp: SMTPServer, workspace: Workspace
) -> None:
    dns.zone["big.de"] = {"MX": ["10 mx0a-1.pphosted.com"]}
    dns.zone["mx0a-1.pphosted.com"] = {"A": ["127.0.0.1"]}
    assert probe(workspace, "ada@big.de") == {"ada@big.de": "unknown provider_unsure"}
    assert smtp.connections == 0


def test_what_dns_settles_is_not_probed(smtp: SMTPServer, workspace: Workspace) -> None:
    assert probe(workspace, "ada@gone.de") == {"ada@gone.de": "undeliverable no_such_domain"}
    assert smtp.connections == 0


def test_a_closed_port_is_found_out_once_and_skips_the_stage(
    dns: DNSServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = SMTPServer()
    with nobody.running():
        pass
    dns.zone |= {f"x{n}.de": {"MX": [f"1 m{n}.x.de"]} for n in range(9)}
    dns.zone |= {f"m{n}.x.de": {"A": ["127.0.0.1"]} for n in range(9)}
    with a_network(dns, tmp_path, nobody) as workspace:
        found = probe(workspace, *(f"ada@x{n}.de" for n in range(9)))
        assert set(found.values()) == {"unknown not_probed"}
        check = verified(workspace)["ada@x1.de"]["checks"][-1]
        assert "cannot be reached from here" in check["answer"]
    assert len([r for r in caplog.records if "no mail server is asked" in r.message]) == 1


def test_private_addresses_are_not_probed(dns: DNSServer, smtp: SMTPServer, tmp_path: Path) -> None:
    with a_network(dns, tmp_path, smtp, LEADSYNC_SMTP_ALLOW_PRIVATE="") as workspace:
        assert probe(workspace, ADA) == {ADA: "unknown provider_unsure"}
        assert "private address" in verified(workspace)[ADA]["checks"][-1]["answer"]
    assert smtp.connections == 0


def test_a_later_run_knows_a_catch_all(smtp: SMTPServer, workspace: Workspace) -> None:
    smtp.otherwise = GOOD
    probe(workspace, ADA)
    leads(workspace, "bob@acme.de")
    result = enrich(workspace, "verify")
    assert result.state is RunState.DONE
    assert reasons(workspace)["bob@acme.de"] == "risky catch_all"
    assert smtp.connections == 1


def test_a_port_that_is_no_number_is_refused(dns: DNSServer, tmp_path: Path) -> None:
    with a_network(dns, tmp_path, LEADSYNC_SMTP_PORT="smtp") as workspace:
        leads(workspace, ADA)
        a_verify_column(workspace, **PROBE)
        assert enrich(workspace, "verify").counts == {Reason.INVALID: 1}


def ask(smtp: SMTPServer, *recipients: str, **settings: float) -> list[tuple[int, str]]:
    """Replies of one server, with settings that columns do not have."""

    async def talk() -> list[tuple[int, str]]:
        given = SmtpSettings("a@b.de", "b.de", smtp.port, allow_private=True, **settings)  # type: ignore[arg-type]  # numbers only
        server = MailServer("127.0.0.1", given, Reach())
        replies = [await server.ask(recipient) for recipient in recipients]
        await server.leave()
        return [(reply.code, reply.step) for reply in replies]

    return asyncio.run(talk())


def test_a_late_banner_is_waited_for(smtp: SMTPServer) -> None:
    smtp.banner_delay_s = 0.1
    assert ask(smtp, ADA, pause_s=0) == [(250, "rcpt")]


def test_a_banner_that_does_not_come_is_a_time_out(smtp: SMTPServer) -> None:
    smtp.banner_delay_s = 5
    assert ask(smtp, ADA, pause_s=0, connect_s=0.1) == [(0, "connect")]


def test_a_reply_that_does_not_come_is_a_time_out(smtp: SMTPServer) -> None:
    smtp.mailboxes[ADA] = [SILENCE]
    assert ask(smtp, ADA, pause_s=0, command_s=0.1) == [(0, "rcpt")]


def test_a_server_has_its_rest_between_two_commands(smtp: SMTPServer) -> None:
    began = time.monotonic()
    ask(smtp, ADA, pause_s=0.05)
    assert len(smtp.commands) == 5
    assert time.monotonic() - began >= 0.25
