"""The stage that asks mail servers about mailboxes: who is asked, how often, what it means."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.enrichers.email_replies import Meaning, Reply, read_reply, reply_from_json
from leadsync.enrichers.email_smtp import SERVERS_AT_ONCE, MailServer, Reach
from leadsync.enrichers.email_verdict import DAY_S, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.enricher import Context, Job
    from leadsync.enrichers.email_case import Case
    from leadsync.enrichers.email_config import EmailVerifyConfig
    from leadsync.enrichers.email_dns import MailHosts
    from leadsync.enrichers.email_lists import Lists
    from leadsync.enrichers.email_smtp import SmtpSettings

SMTP = "smtp"
CATCH_ALL_AGE_S = 30 * DAY_S
MAILBOX_AGE_S = DAY_S

_REASONS = {
    Meaning.ACCEPTED: Reason.MAILBOX_EXISTS,
    Meaning.NO_MAILBOX: Reason.NO_SUCH_MAILBOX,
    Meaning.DISABLED: Reason.MAILBOX_DISABLED,
    Meaning.FULL: Reason.MAILBOX_FULL,
    Meaning.LATER: Reason.GREYLISTED,
    Meaning.FULL_LATER: Reason.MAILBOX_FULL,
    Meaning.BLOCKED: Reason.BLOCKED_BY_SERVER,
    Meaning.UNSURE: Reason.PROVIDER_UNSURE,
    Meaning.NO_ANSWER: Reason.TIMEOUT,
    Meaning.UNREACHABLE: Reason.TIMEOUT,
}
_LATER = frozenset({Meaning.LATER, Meaning.FULL_LATER})
_SURE = frozenset({Meaning.ACCEPTED, Meaning.NO_MAILBOX, Meaning.DISABLED, Meaning.FULL})
_FOR_ALL = frozenset(
    {Meaning.LATER, Meaning.BLOCKED, Meaning.NO_ANSWER, Meaning.UNREACHABLE, Meaning.FULL_LATER}
)
"""Answers to a made-up recipient that say something about every other one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply with what it means, and the calls of the journal that hold it."""

    reply: Reply
    meaning: Meaning
    call_ids: tuple[int, ...] = ()


class Prober:
    """Asks mail servers for one run; one talk a server, 20 servers at once."""

    def __init__(self, config: EmailVerifyConfig, settings: SmtpSettings, lists: Lists) -> None:
        """Connect to nothing yet."""
        self._config = config
        self._settings = settings
        self._lists = lists
        self._reach = Reach()
        self._servers: dict[str, MailServer] = {}
        self._places = asyncio.Semaphore(SERVERS_AT_ONCE)

    async def probe(
        self, cases: Sequence[Case], ctx: Context, finish: Callable[[Case], None]
    ) -> None:
        """Ask about cases that DNS left open; each is finished, or comes again later."""
        by_host: dict[str, list[Case]] = {}
        for case in cases:
            assert case.mail_hosts is not None
            if words := self._why_not(case.mail_hosts):
                case.evidence.note(SMTP, words, ctx.now())
                case.decide(SMTP, Reason.PROVIDER_UNSURE)
                finish(case)
            else:
                by_host.setdefault(case.mail_hosts.host, []).append(case)
        async with asyncio.TaskGroup() as group:
            for host, named in by_host.items():
                group.create_task(self._probe_host(host, named, ctx, finish))

    def _why_not(self, found: MailHosts) -> str:
        """Why a server is not asked; empty where it is."""
        _, is_mute = self._lists.mail_provider(found.host)
        if is_mute:
            return "its mail gateway says the same of every recipient; it was not asked"
        if not self._settings.may_reach(found.address):
            return f"its mail server has a private address, {found.address}; it was not asked"
        return ""

    async def _probe_host(
        self, host: str, cases: list[Case], ctx: Context, finish: Callable[[Case], None]
    ) -> None:
        found = cases[0].mail_hosts
        assert found is not None
        server = self._servers.setdefault(
            host, MailServer(found.address, self._settings, self._reach)
        )
        by_domain: dict[str, list[Case]] = {}
        for case in cases:
            assert case.address is not None
            by_domain.setdefault(case.address.ascii_domain, []).append(case)
        async with server.lock, self._places:
            try:
                for domain, named in by_domain.items():
                    await self._probe_domain(server, domain, named, ctx, finish)
            except BaseException:
                server.drop()
                raise
            await server.leave()

    async def _probe_domain(
        self,
        server: MailServer,
        domain: str,
        cases: list[Case],
        ctx: Context,
        finish: Callable[[Case], None],
    ) -> None:
        """First a mailbox that nobody has: where that is taken, all are."""
        request = _request("catch_all", {"domain": domain}, CATCH_ALL_AGE_S)
        made_up = f"{secrets.token_hex(12)}@{domain}"
        try:
            first = await self._ask(server, made_up, request, [case.job for case in cases], ctx)
        except CallFailed as failure:
            for case in cases:
                ctx.done(case.job, failure.outcome)
            return
        for case in cases:
            case.call_ids += first.call_ids
            if first.meaning is Meaning.ACCEPTED:
                case.evidence.catch_all = True
                case.decide(SMTP, Reason.CATCH_ALL)
                words = f"takes mail for anybody: {first.reply.words}"
                case.evidence.note(SMTP, words, ctx.now())
                finish(case)
            elif first.meaning in _FOR_ALL:
                self._conclude(case, first, ctx, finish)
            else:
                await self._probe_mailbox(server, case, ctx, finish)

    async def _probe_mailbox(
        self, server: MailServer, case: Case, ctx: Context, finish: Callable[[Case], None]
    ) -> None:
        address = case.address
        assert address is not None
        domain = address.domain if address.needs_smtputf8 else address.ascii_domain
        recipient = f"{address.local}@{domain}"
        request = _request("mailbox", {"address": recipient}, MAILBOX_AGE_S)
        try:
            said = await self._ask(server, recipient, request, [case.job], ctx)
        except CallFailed as failure:
            ctx.done(case.job, failure.outcome)
            return
        case.call_ids += said.call_ids
        self._conclude(case, said, ctx, finish)

    async def _ask(
        self,
        server: MailServer,
        recipient: str,
        request: CallRequest,
        jobs: Sequence[Job],
        ctx: Context,
    ) -> Said:
        """What a server says to a recipient, from the journal or from its own mouth.

        Raises:
            CallFailed: the run stops.
        """
        if self._reach.closed:
            return Said(Reply(0, self._reach.closed, "connect"), Meaning.UNREACHABLE)
        if server.refusal is not None:
            return Said(server.refusal, read_reply(server.refusal))

        async def send() -> Answer:
            reply = await server.ask(recipient)
            is_sure = read_reply(reply) in _SURE
            return Answer(200, reply.to_json(), cost_usd_micros=0, is_reusable=is_sure)

        answer = await ctx.call(jobs, request, send)
        reply = reply_from_json(answer.body)
        said = Said(reply, read_reply(reply), (answer.call_id,) if answer.call_id else ())
        if said.meaning in (Meaning.BLOCKED, Meaning.UNREACHABLE):
            server.refusal = reply
        return said

    def _conclude(
        self, case: Case, said: Said, ctx: Context, finish: Callable[[Case], None]
    ) -> None:
        waits = self._config.greylist_waits_s
        case.evidence.note(SMTP, said.reply.words, ctx.now())
        if said.meaning in _LATER and case.job.attempt <= len(waits):
            wait_s = waits[case.job.attempt - 1]
            detail = f"its mail server said later: {said.reply.words}"
            again = Retry(RetryWhy.TRANSIENT, detail, after_s=wait_s, tries=len(waits) + 1)
            ctx.done(case.job, again)
            return
        if self._reach.closed and said.meaning is Meaning.UNREACHABLE:
            case.decide("dns", Reason.NOT_PROBED)  # what DNS said is all that can be said
        else:
            case.decide(SMTP, _REASONS[said.meaning])
        finish(case)


def _request(operation: str, body: dict[str, str], max_age_s: float) -> CallRequest:
    return CallRequest(SMTP, operation, body, max_usd_micros=0, max_age_s=max_age_s)
