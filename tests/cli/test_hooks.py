"""`leadsync hooks` and `leadsync serve` as processes, with clients that others have written."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from leadsync.core.listener import MAX_CONNECTIONS
from tests.cli.conftest import on_both_engines
from tests.entering import token_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli

KEY = "whsec_bm90LWEtcmVhbC1zZWNyZXQtMDAwMA=="


@contextmanager
def serving(cli: Cli, *words: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of `leadsync serve` at a free port, and its address."""
    process = cli.start("serve", "--port", "0", *words)
    try:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.search(r"taken at (http://\S+);", line)
        assert found, line
        yield found[1], process
    finally:
        process.kill()
        process.communicate()


def a_hook(cli: Cli, name: str, *words: str) -> str:
    """The path of a new hook."""
    made = cli.ok("hooks", "add", name, *words, "--json").json
    return urllib.parse.urlsplit(made["url"]).path


def post(url: str, body: bytes, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def emails(cli: Cli) -> list[str]:
    return sorted(lead["email"] for lead in cli.ok("export", "-", "--format", "json").json)


@on_both_engines
def test_a_page_a_signing_client_and_curl_bring_leads(engine_cli: Cli) -> None:
    cli = engine_cli
    cli.environment |= {"SITE_KEY": KEY, **token_for(cli.environment.get("LEADSYNC_STORE", ""))}
    form = a_hook(cli, "website", "--campaign", "Site leads")
    signed = a_hook(cli, "shop", "--signed-with", "SITE_KEY")
    with serving(cli) as (base, process):
        fields = {"Email": "ada@lovelace.example", "Full name": "Ada Lovelace"}
        body = urllib.parse.urlencode(fields).encode()
        assert post(base + form, body) == (200, '{"status": "taken"}')
        assert post(base + form, body) == (200, '{"status": "taken"}')
        lead = json.dumps({"email": "grace@navy.example"})
        moment = datetime.now(UTC)
        headers = {
            "webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(KEY).sign("msg_1", moment, lead),
        }  # fmt: skip
        assert post(base + signed, lead.encode(), **headers)[0] == 200
        assert post(base + signed, lead.encode() + b" ", **headers)[0] == 401
        if curl := shutil.which("curl"):
            said = subprocess.check_output(
                [curl, "-sS", "--noproxy", "*", "--json", '{"email": "alan@bletchley.example"}',
                 base + form]
            )  # fmt: skip
            assert json.loads(said) == {"status": "taken"}
        assert post(base + form[:-1], body)[0] == 404
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    lines = told.decode().splitlines()
    assert lines[0] == "POST: 200 taken (hook website: 1 created)"
    assert lines[1] == "POST: 200 taken (hook website: before)"
    found = emails(cli)
    assert found[0] == "ada@lovelace.example" or curl
    assert set(found) >= {"ada@lovelace.example", "grace@navy.example"}
    assert len(found) == (3 if curl else 2)
    assert "import form website" in cli.ok("history").out


def test_no_file_and_no_word_holds_a_secret(cli: Cli, tmp_path: Path) -> None:
    made = cli.ok("hooks", "add", "replies", "--kind", "instantly", "--header", "X-Hook", "--json")
    secrets = [urllib.parse.urlsplit(made.json["url"]).path[4:], made.json["headerSecret"]]
    with serving(cli, "--json") as (base, process):
        event = {"event_type": "email_bounced", "lead_email": "ada@lovelace.example"}
        for sent in (secrets[1], "wrong"):
            post(f"{base}/in/{secrets[0]}", json.dumps(event).encode(), X_Hook=sent)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    first, second = (json.loads(line) for line in out.decode().splitlines()[1:])
    assert (first["hook"], first["effect"]["suppressed"]) == ("replies", 1)
    assert (second["status"], second["effect"]) == (401, {})
    shown = cli.ok("hooks", "show", "replies").out + cli.ok("hooks", "list", "--json").out
    dumped = cli.ok("dump", "-").out + cli.ok("history", "--json").out
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret not in shown + dumped + out.decode() + err.decode()
        assert secret.encode() not in files


@on_both_engines
def test_each_message_has_one_effect_though_the_process_is_killed(engine_cli: Cli) -> None:
    cli = engine_cli
    cli.environment |= token_for(cli.environment.get("LEADSYNC_STORE", ""))
    form = a_hook(cli, "website", "--per-minute", "60000")
    left = [f"p{n}@firm{n}.example" for n in range(60)]
    chance, kills = random.Random(7), 2
    while left:
        with serving(cli, "--per-address", "60000") as (base, process):
            killer = threading.Timer(chance.uniform(0.05, 0.3), process.kill)
            if kills:
                killer.start()
                kills -= 1
            for email in list(left):
                try:
                    status, _ = post(base + form, json.dumps({"email": email}).encode())
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    break  # killed: it is sent again, whether it was taken or not
                assert status == 200
                left.remove(email)
            killer.cancel()
    assert len(emails(cli)) == 60
    history = cli.ok("history", "--limit", "1000", "--json").json
    made = [unit for unit in history if unit["label"] == "import form website"]
    assert len(made) == 60


def test_who_drips_a_request_keeps_nobody_out(cli: Cli) -> None:
    form = a_hook(cli, "website")
    with serving(cli) as (base, _process):
        place = ("127.0.0.1", int(base.rpartition(":")[2]))
        slow = [socket.create_connection(place, timeout=20) for _ in range(MAX_CONNECTIONS)]
        for one in slow:
            one.sendall(b"POST /in/x HTTP/1.1\r\nHost: x\r\n")
        waits = threading.Event()
        taken = 0
        for n in range(20):
            status, _ = post(base + form, json.dumps({"email": f"p{n}@f{n}.example"}).encode())
            taken += status == 200
            waits.wait(0.1 if status == 503 else 0)
        assert taken >= 5
        for one in slow:
            one.close()


def test_one_address_may_send_so_much(cli: Cli) -> None:
    a_hook(cli, "website")
    with serving(cli, "--per-address", "3", "--behind-proxy") as (base, _process):
        found = [post(f"{base}/x", b"", X_Forwarded_For="9.9.9.9, 1.2.3.4")[0] for _ in range(4)]
        assert found == [404, 404, 404, 429]
        assert post(f"{base}/x", b"", X_Forwarded_For="1.2.3.4, 5.6.7.8")[0] == 404


def test_hooks_are_listed_shown_renewed_and_removed(cli: Cli) -> None:
    assert "there are no hooks yet" in cli.ok("hooks", "list").err
    tried = cli.ok("hooks", "add", "website", "--map", "Size=employees", "--dry-run")
    assert 'would add hook "website"' in tried.err
    assert cli.ok("hooks", "list", "--json").json == []
    made = cli.ok("hooks", "add", "website", "--map", "Size=employees", "--header", "X-Hook",
                  "--signed-with", "SITE_KEY")  # fmt: skip
    assert 'the key "SITE_KEY" is not set' in made.err
    assert re.fullmatch(r"http://127.0.0.1:8765/in/\S{32}\nX-Hook: \S{32}\n", made.out)
    assert "shown now and never again" in made.err
    assert "Size=employees" in cli.ok("hooks", "show", "website").out
    cli.ok("config", "set", "LEADSYNC_SERVE_URL", "https://crm.example.com")
    again = cli.ok("hooks", "renew", "website").out
    assert again.startswith("https://crm.example.com/in/")
    assert again.splitlines()[0][-32:] not in made.out
    cli.ok("hooks", "rm", "website")
    assert cli("hooks", "show", "website").code == 4
    cli.ok("undo", "--yes")
    (hook,) = cli.ok("hooks", "list", "--json").json
    assert (hook["name"], hook["fields"]) == ("website", {"Size": "employees"})
    assert not {"secretHash", "headerHash"} & hook.keys()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--kind", "instanty"), 'did you mean "instantly"'),
        (("--map", "x"), "does not say which field is which"),
        (("--kind", "clay"), "which result fills which column"),
        (("--thanks", "nowhere"), "is no address of a page"),
    ],
)
def test_words_that_do_not_fit_are_told(cli: Cli, words: tuple[str, ...], says: str) -> None:
    refused = cli("hooks", "add", "website", *words)
    assert refused.code == 4
    assert says in refused.err


def test_a_token_that_may_import_serves_and_may_not_make_hooks(
    cli: Cli,
) -> None:
    from leadsync.core.access.rights import Right
    from leadsync.core.store.opening import open_store
    from tests.entering import a_token, a_user

    form = a_hook(cli, "website")
    store: Any = open_store(f"sqlite:///{cli.folder}/home/leadsync.db")
    owner = a_user(store)
    tokens = {name: a_token(store, owner, *scopes) for name, scopes in (
        ("import", (Right.READ, Right.IMPORT)), ("read", (Right.READ,)), ("all", ()),
    )}  # fmt: skip
    store.close()
    assert cli("hooks", "add", "b", LEADSYNC_TOKEN=tokens["import"]).code == 5
    body = json.dumps({"email": "ada@lovelace.example"}).encode()
    refused = cli("serve", "--port", "0", LEADSYNC_TOKEN=tokens["read"])
    assert refused.code == 5
    assert 'has no scope "import"' in refused.err
    cli.environment["LEADSYNC_TOKEN"] = tokens["import"]
    with serving(cli) as (base, _process):
        assert post(base + form, body)[0] == 200
    cli.environment["LEADSYNC_TOKEN"] = tokens["all"]
    assert emails(cli) == ["ada@lovelace.example"]
