"""The mail servers of a domain, as DNS names them (RFC 5321 section 5.1, RFC 7505)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.enrichers.email_dns_udp import CutAnswer, NoAnswer, QuickQuestions
from leadsync.enrichers.email_verdict import Reason
from leadsync.enrichers.in_flight import InFlight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dns.asyncresolver import Resolver

    from leadsync.core.engine.enricher import Settings

logger = logging.getLogger(__name__)

NAMESERVERS = "LEADSYNC_DNS_NAMESERVERS"
"""Setting: `127.0.0.1:5353, [::1]:53` instead of the system's."""

RATE = "LEADSYNC_DNS_RATE"
"""Setting: queries a second, instead of 100 to a public resolver and any number to others."""

TIMEOUT = "LEADSYNC_DNS_TIMEOUT_S"
"""Setting: seconds for one question to all name servers, over UDP and TCP; 5 if not set."""

SURELY_THERE = ("iana.org", "gmail.com")
"""Domains that take mail as long as there is an internet: a name server that knows neither (a
network before its login page, a filter that blocks all but a list) knows nothing of others. The
first is one that no filter has a reason to block; the second is asked where it is blocked yet."""

PUBLIC_RATE = 100.0
TRY_SHARE = 0.4  # of the time-out, for one server: two tries fit
TRIES = 2
HOSTS_KEPT = 10_000
DNS_PORT = 53


class DnsFailure(Exception):
    """No name server gave an answer that says anything about the name."""


@dataclass(frozen=True, slots=True)
class MailHosts:
    """What DNS says of a domain.

    Attributes:
        reason: why it takes no mail, or why nobody knows; None where a mail server is there.
        host: the most preferred mail server that has an address.
        address: the address of that server.
        detail: more words.
    """

    reason: Reason | None
    host: str = ""
    address: str = ""
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "reason": str(self.reason) if self.reason else "",
            "host": self.host,
            "address": self.address,
            "detail": self.detail,
        }


def from_json(body: Any) -> MailHosts:
    """What the journal kept."""
    reason = Reason(body["reason"]) if body["reason"] else None
    return MailHosts(reason, str(body["host"]), str(body["address"]), str(body["detail"]))


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Where to ask, and how patiently.

    Attributes:
        nameservers: (address, port); none: those of the system.
        rate: queries a second; None: as many as may be where it is asked.
    """

    nameservers: tuple[tuple[str, int], ...] = ()
    rate: float | None = None
    timeout_s: float = 5.0


def dns_settings(settings: Settings) -> DnsSettings:
    """What the user has settled.

    Raises:
        InputError: a name server is no address, or a number none above 0.
    """
    text = settings.setting(NAMESERVERS)
    servers = [_nameserver(part.strip()) for part in text.split(",") if part.strip()]
    return DnsSettings(tuple(servers), _number(settings, RATE), _number(settings, TIMEOUT) or 5.0)


class MailHostFinder:
    """Finds mail servers, sharing what is known of hosts; for one event loop."""

    def __init__(self, settings: DnsSettings) -> None:
        """Ask nothing yet; the system's name servers are read when they are first needed."""
        self._settings = settings
        self._resolver: Resolver | None = None
        self._quick: QuickQuestions | None = None
        self._hosts: dict[str, str] = {}
        self._asking = InFlight[str]()
        self._lock = asyncio.Lock()
        self._checked = False
        self._trouble: MailHosts | None = None
        self._interval_s = 0.0
        self._next_at = 0.0

    async def find(self, domain: str) -> MailHosts:
        """The mail servers of a domain (in A-labels)."""
        if trouble := await self.trouble():
            return trouble
        try:
            return await self._find(domain)
        except DnsFailure as failure:
            return MailHosts(Reason.DNS_FAILURE, detail=str(failure))

    async def trouble(self) -> MailHosts | None:
        """Why DNS cannot be trusted or reached from here; asked once, None where it can."""
        async with self._lock:
            if not self._checked:
                self._trouble = await self._check()
                self._checked = True
                if self._trouble:
                    logger.warning("DNS tells nothing: %s", self._trouble.detail)
        return self._trouble

    async def _check(self) -> MailHosts | None:
        """Ask for a domain that nobody has, which is not there, and for one that surely is."""
        from dns.resolver import NoResolverConfiguration

        try:
            self._resolver = self._new_resolver()
        except NoResolverConfiguration:
            detail = "this machine has no name server configured"
            return MailHosts(Reason.NO_NETWORK, detail=detail)
        nonsense = f"leadsync-{secrets.token_hex(12)}.com"
        try:
            found = await self._ask(nonsense, "A")
        except DnsFailure as failure:
            return MailHosts(Reason.NO_NETWORK, detail=f"no name server answers: {failure}")
        if found:
            detail = "the name server here answers for domains that do not exist"
            return MailHosts(Reason.DNS_FAILURE, detail=detail)
        if not await self._knows_any(SURELY_THERE):
            detail = f"the name server here does not know even {' or '.join(SURELY_THERE)}"
            return MailHosts(Reason.DNS_FAILURE, detail=detail)
        return None

    async def _knows_any(self, domains: Iterable[str]) -> bool:
        for domain in domains:
            with contextlib.suppress(DnsFailure):  # no answer is no knowledge either
                if await self._ask(domain, "MX"):
                    return True
        return False

    async def _find(self, domain: str) -> MailHosts:
        records = await self._ask(domain, "MX")
        if records is None:
            return MailHosts(Reason.NO_SUCH_DOMAIN)
        if not records:
            address = await self._address_of(domain)
            if address:
                return MailHosts(None, domain, address, "no MX; its own address takes the mail")
            return MailHosts(Reason.NO_MAIL_SERVER)
        hosts = [host for _, host in sorted(map(_exchange, records))]
        named = [host for host in hosts if host]
        if not named:
            return MailHosts(Reason.NULL_MX)
        return await self._first_alive(named)

    async def _first_alive(self, hosts: list[str]) -> MailHosts:
        failure: DnsFailure | None = None
        for host in hosts:
            try:
                address = await self._address_of(host)
            except DnsFailure as error:
                failure = error
                continue
            if address:
                return MailHosts(None, host, address)
        if failure:
            raise failure
        return MailHosts(Reason.NO_MAIL_SERVER, hosts[0], detail=f"{hosts[0]} has no address")

    async def _address_of(self, host: str) -> str:
        """An address of a host, "" where it has none; those who ask at once share the answer."""
        known = self._hosts.get(host)
        return (
            await self._asking.share(host, lambda: self._look_up(host)) if known is None else known
        )

    async def _look_up(self, host: str) -> str:
        address = await self._first_address(host)
        if len(self._hosts) >= HOSTS_KEPT:
            del self._hosts[next(iter(self._hosts))]
        self._hosts[host] = address
        return address

    async def _first_address(self, host: str) -> str:
        for kind in ("A", "AAAA"):
            records = await self._ask(host, kind)
            if records:
                return records[0]
            if records is None:
                return ""
        return ""

    async def _ask(self, name: str, kind: str) -> list[str] | None:
        """The records of a name: empty where it has none of that kind, None where it is not there.

        Raises:
            DnsFailure: nobody gave an answer.
        """
        tries, failure, is_cut = TRIES, "", False
        if self._quick is not None:
            await self._turn()
            try:
                found = await self._quick.ask(name, kind)
            except NoAnswer as error:
                tries, failure = tries - 1, str(error)
            except CutAnswer:
                is_cut = True
            else:
                if found is not None:
                    return list(found.records) if found.exists else None
        for _ in range(tries):
            await self._turn()
            try:
                return await self._resolve(name, kind, by_tcp=is_cut)
            except DnsFailure as error:
                failure = str(error)
        raise DnsFailure(failure)

    async def _resolve(self, name: str, kind: str, *, by_tcp: bool) -> list[str] | None:
        """The same by all servers, as a full resolver does it."""
        import dns.exception
        import dns.resolver

        assert self._resolver is not None
        try:
            answer = await self._resolver.resolve(
                name + ".", kind, tcp=by_tcp, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.exception.DNSException, OSError) as error:
            raise DnsFailure(str(error).replace(" DNS ", " ")[:300]) from error
        if answer.rrset is None:
            return []
        return [record.to_text() for record in cast("Iterable[Any]", answer.rrset)]

    async def _turn(self) -> None:
        """Wait for a place, where queries a second are limited."""
        if not self._interval_s:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._interval_s
        if at > now:
            await asyncio.sleep(at - now)

    def _new_resolver(self) -> Resolver:
        from dns.asyncresolver import Resolver
        from dns.nameserver import Do53Nameserver

        given = self._settings
        resolver = Resolver(configure=not given.nameservers)
        if given.nameservers:
            resolver.nameservers = [Do53Nameserver(host, port) for host, port in given.nameservers]
            addresses = [host for host, _ in given.nameservers]
        else:
            addresses = [str(server) for server in resolver.nameservers]
        first = given.nameservers[0] if given.nameservers else (addresses[0], DNS_PORT)
        self._quick = QuickQuestions(*first, given.timeout_s * TRY_SHARE)
        resolver.timeout, resolver.lifetime = given.timeout_s * TRY_SHARE, given.timeout_s
        rate = given.rate
        if rate is None and any(_is_public(address) for address in addresses):
            rate = PUBLIC_RATE
        self._interval_s = 1 / rate if rate else 0.0
        return resolver


def _number(settings: Settings, name: str) -> float | None:
    text = settings.setting(name)
    if not text:
        return None
    with contextlib.suppress(ValueError):
        if float(text) > 0:
            return float(text)
    raise InputError(f'{name} is a number above 0, not "{text}"')


def _exchange(record: str) -> tuple[int, str]:
    """Preference and host of an MX record; an empty host means that no mail is taken."""
    preference, _, host = record.partition(" ")
    return int(preference), host.lower().strip(".")


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return True


def _nameserver(text: str) -> tuple[str, int]:
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or "53"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        return str(ipaddress.ip_address(host)), int(port)
    except ValueError as error:
        raise InputError(
            f'{NAMESERVERS}: "{text}" is no address of a name server', next_step="as in: 9.9.9.9:53"
        ) from error
