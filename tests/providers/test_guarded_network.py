"""The guard of HTTP columns over real sockets and a real name server: who is reached, who is not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import httpx2
import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.guarded_network import GuardedTransport, look_up_of
from leadsync.core.engine.http_client import new_client, was_sent
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.reach import reach_of
from tests.servers.dns_server import DNSServer, Records
from tests.servers.http_server import HttpServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "crm.example"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer().running() as running:
        yield running


@pytest.fixture
def dns() -> Iterator[DNSServer]:
    with DNSServer(zone={HOST: {"A": ["127.0.0.1"]}}).running() as running:
        yield running


def get(*urls: str, dns: DNSServer | None = None, allow: tuple[str, ...] = ()) -> list[str]:
    """What becomes of GET requests, one after the other, by one client."""
    environment = {"LEADSYNC_DNS_NAMESERVERS": dns.address} if dns else {}
    settings = ConfigSettings(load_config(environment={"LEADSYNC_HOME": "/nowhere", **environment}))
    reach = reach_of(allow, [], [])

    def guarded(limits: httpx2.Limits) -> GuardedTransport:
        return GuardedTransport(limits, reach, look_up_of(settings))

    async def getting() -> list[str]:
        found: list[str] = []
        async with new_client(2, lambda: True, new_transport=guarded) as http:
            for url in urls:
                try:
                    found.append(str((await http.get(url)).status_code))
                except httpx2.HTTPError as error:
                    sent = " (sent)" if was_sent(error) else ""
                    found.append(f"{type(error).__name__}{sent}: {error}")
        return found

    return asyncio.run(getting())


def port_of(server: HttpServer) -> int:
    return int(server.url.rpartition(":")[2])


LITERALS = [
    "http://127.0.0.1/",
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://127.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://user:secret@127.0.0.1:{port}/",
]


@pytest.mark.parametrize("url", LITERALS)
def test_no_spelling_of_an_inner_address_is_reached(url: str, server: HttpServer) -> None:
    (said,) = get(url.format(port=port_of(server)))
    assert said.startswith("AddressRefused: ")
    assert server.requests == []


@pytest.mark.parametrize(
    "records",
    [
        {"A": ["127.0.0.1"]},
        {"A": ["10.0.0.1"]},
        {"A": ["169.254.169.254"]},
        {"AAAA": ["::1"]},
        {"AAAA": ["::ffff:127.0.0.1"]},
        {"A": ["8.8.8.8", "127.0.0.1"]},
        {"A": ["8.8.8.8"], "AAAA": ["fe80::1"]},
    ],
    ids=str,
)
def test_a_name_is_refused_where_one_of_its_addresses_is(
    records: Records, server: HttpServer, dns: DNSServer
) -> None:
    dns.zone[HOST] = records
    (said,) = get(f"http://{HOST}:{port_of(server)}/", dns=dns)
    assert said.startswith(f'AddressRefused: "{HOST}" is not asked: ')
    assert server.requests == []


def test_what_the_config_file_allows_is_reached_under_its_own_name(
    server: HttpServer, dns: DNSServer
) -> None:
    allow = (f"127.0.0.1:{port_of(server)}",)
    assert get(f"http://{HOST}:{port_of(server)}/x", dns=dns, allow=allow) == ["200"]
    assert server.requests[0].headers["host"] == f"{HOST}:{port_of(server)}"


def test_a_name_that_answers_differently_later_gains_nothing(
    server: HttpServer, dns: DNSServer
) -> None:
    answers = iter([{"A": ["127.0.0.1"]}, {"A": ["127.0.0.2"]}])
    seen: list[Records] = []

    def look_up(name: str) -> Records | None:
        if name != HOST:
            return None
        if len(seen) % 2 == 0:  # A and AAAA of one look-up get the same
            current.append(next(answers))
        seen.append(current[-1])
        return current[-1]

    current: list[Records] = []
    dns.zone.clear()
    dns.look_up = look_up
    url = f"http://{HOST}:{port_of(server)}/"
    server.script = lambda _request: Reply(headers={"Connection": "close"})
    first, second = get(url, url, dns=dns, allow=(f"127.0.0.1:{port_of(server)}",))
    assert first == "200"
    assert "loopback addresses (127.0.0.2)" in second
    assert dns.count()[HOST, "A"] == 2  # one look-up a connection, none between check and use
    assert len(server.requests) == 1


def test_a_proxy_of_the_environment_is_not_used(
    server: HttpServer, dns: DNSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    port = port_of(server)
    allow = (f"127.0.0.1:{port}",)
    assert get(f"http://{HOST}:{port}/", dns=dns, allow=allow) == ["200"]


def test_a_port_that_is_not_listed_is_not_reached(dns: DNSServer) -> None:
    (said,) = get("http://8.8.8.8:22/", dns=dns)
    assert said.startswith('AddressRefused: "8.8.8.8" is not asked: port 22 is not reached')


def test_a_host_that_does_not_exist_is_no_refusal(dns: DNSServer) -> None:
    assert get("http://nobody.example/", dns=dns) == [
        'ConnectError: there is no host "nobody.example"'
    ]


def test_tls_is_asked_for_by_the_name_of_the_url(dns: DNSServer) -> None:
    said = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(ConnectionError):
                said.extend(connection.recv(4096))

        thread = threading.Thread(target=listen)
        thread.start()
        port = listening.getsockname()[1]
        (outcome,) = get(f"https://{HOST}:{port}/", dns=dns, allow=(f"127.0.0.1:{port}",))
        thread.join()
    assert outcome.startswith("ConnectError")
    assert HOST.encode() in said
