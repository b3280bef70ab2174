"""Where HTTP columns may go: address by address, without a network."""

from __future__ import annotations

import pytest

from leadsync.core.errors import AccessError, InputError
from leadsync.core.reach import Reach, check_host, parse_allowed, parse_grant, parse_port, reach_of

REFUSED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "198.18.0.1": "private",
    "fd00::1": "private",
    "fec0::1": "private",
    "fd00:ec2::254": "private",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "168.63.129.16": "metadata",
    "192.0.0.192": "reserved",
    "100.100.100.200": "private",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.0.2.1": "reserved",
    "2001:db8::1": "reserved",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "::127.0.0.1": "IPv4-compatible",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b:1::7f00:1": "NAT64",
    "2002:7f00:1::": "6to4",
    "192.88.99.1": "6to4",
    "2001:0:7f00:1::": "Teredo",
}


@pytest.mark.parametrize(("address", "word"), REFUSED.items())
def test_an_address_that_is_not_public_is_refused_with_its_kind(address: str, word: str) -> None:
    assert Reach().refusal(address, 443).startswith(f"{word} addresses")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1"])
def test_a_public_address_is_reached_at_the_usual_ports_only(address: str) -> None:
    assert Reach().refusal(address, 80) == Reach().refusal(address, 443) == ""
    assert Reach().refusal(address, 8080) == "port 8080 is not reached"
    assert reach_of([], ["8080"], []).refusal(address, 8080) == ""


def test_what_is_listed_is_reached_and_nothing_beside_it() -> None:
    reach = reach_of(["127.0.0.1:8080", "10.1.0.0/16", "[::1]:9000"], [], [])
    for address, port in [("127.0.0.1", 8080), ("10.1.2.3", 443), ("::1", 9000)]:
        assert reach.refusal(address, port) == ""
    for address, port in [
        ("127.0.0.1", 80),
        ("127.0.0.2", 8080),
        ("10.1.2.3", 8080),
        ("10.2.0.1", 443),
        ("::1", 80),
        ("::ffff:127.0.0.1", 8080),
    ]:
        assert reach.refusal(address, port)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.", "127.0.0.0x1"]
)
def test_another_spelling_of_an_address_is_no_host(host: str) -> None:
    with pytest.raises(InputError, match="no host name"):
        check_host(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "api.example.com", "a1.example", "1password.com"])
def test_names_and_usual_addresses_are_hosts(host: str) -> None:
    check_host(host)


def test_a_key_goes_to_the_host_for_which_it_is_listed_and_to_no_other() -> None:
    reach = reach_of([], [], ["CRM_TOKEN@api.crm.example", "LOCAL@127.0.0.1:8080"])
    reach.check_secret("CRM_TOKEN", "API.crm.example", 443)
    reach.check_secret("LOCAL", "127.0.0.1", 8080)
    for secret, host, port in [
        ("CRM_TOKEN", "crm.example", 443),
        ("CRM_TOKEN", "api.crm.example.evil.example", 443),
        ("CRM_TOKEN", "api.crm.example", 8080),
        ("CRM_TOKEN", "api.crm.example", 80),
        ("OPENAI_API_KEY", "api.crm.example", 443),
        ("LOCAL", "127.0.0.1", 80),
    ]:
        with pytest.raises(AccessError, match=f'"{secret}" may not be sent to {host}'):
            reach.check_secret(secret, host, port)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_allowed, "localhost:8080"),
        (parse_allowed, "10.0.0.1/8"),
        (parse_allowed, "127.0.0.1:0"),
        (parse_allowed, ""),
        (parse_port, "x"),
        (parse_port, "70000"),
        (parse_port, "-1"),
        (parse_grant, "CRM_TOKEN"),
        (parse_grant, "crm@api.crm.example"),
        (parse_grant, "CRM_TOKEN@"),
        (parse_grant, "CRM_TOKEN@https://api.crm.example"),
        (parse_grant, "CRM_TOKEN@*"),
    ],
)
def test_what_cannot_be_read_is_refused(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(InputError):
        parse(text)
