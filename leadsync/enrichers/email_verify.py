"""Columns that say whether mail to an address arrives: syntax, lists, DNS, mail servers, a provider."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest, Description, Price
from leadsync.core.engine.outcomes import Bill, Value
from leadsync.core.errors import InputError, nearest
from leadsync.enrichers.email_case import Case
from leadsync.enrichers.email_config import EmailVerifyConfig
from leadsync.enrichers.email_desk import Desk, Known
from leadsync.enrichers.email_dns import from_json
from leadsync.enrichers.email_lists import read_lists
from leadsync.enrichers.email_probe import SMTP
from leadsync.enrichers.email_provider import (
    ask_again,
    ask_provider,
    find_verifier,
    is_open,
    risk_of,
    saving,
)
from leadsync.enrichers.email_syntax import Fault, read_address
from leadsync.enrichers.email_verdict import DAY_S, Reason, result_of
from leadsync.enrichers.verifier import mailbox_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Context, Handle, Job, Settings
    from leadsync.enrichers.email_lists import Lists
    from leadsync.enrichers.email_syntax import Address

KIND = "email_verify"
DNS = "dns"
BATCH = 50  # leads share look-ups; 200 made runs a third slower, because all are claimed at once
DNS_AGE_S = DAY_S
FAILURE_AGE_S = 600.0


class EmailVerify:
    """The kind `email_verify`. See `enricher.Enricher`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = EmailVerifyConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads; its cell is the status unless its outputs say otherwise."""
        assert isinstance(config, EmailVerifyConfig)
        name = config.email_field
        if name not in fields:
            near = nearest(name, fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no field "{name}" with addresses{hint}')
        verifier = find_verifier(config)
        return Description(
            inputs=(name,),
            required=(name,),
            providers=(
                *((DNS,) if config.dns else ()),
                *((SMTP,) if config.smtp else ()),
                *((verifier.name,) if verifier else ()),
            ),
            secrets=verifier.secrets if verifier else (),
            batch_size=BATCH,
            price=Price(0, None if verifier else 0, ""),
            is_local=not config.dns and verifier is None,
            ages=True,
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The look-up of the domain, where the address leaves one open."""
        config = EmailVerifyConfig.model_validate(job.column.config)
        case = Case(job)
        inspect(case, config, read_lists(settings), 0.0)
        return _look_up(case.address) if config.dns and case.address and not case.reason else None

    def later_requests(self, job: Job, settings: Settings) -> Sequence[CallRequest]:
        """The question to a provider, where syntax and lists leave one open."""
        config = EmailVerifyConfig.model_validate(job.column.config)
        verifier = find_verifier(config)
        case = Case(job)
        inspect(case, config, read_lists(settings), 0.0)
        if verifier is None or case.address is None or not is_open(case, config):
            return ()
        return (verifier.request(mailbox_of(case.address), settings),)

    def plan_note(
        self, config: BaseModel, cells: int, later: Mapping[str, int], settings: Settings
    ) -> str:
        """How many questions to a provider the free checks save."""
        assert isinstance(config, EmailVerifyConfig)
        verifier = find_verifier(config)
        return saving(verifier.name, cells, later.get(verifier.name, 0)) if verifier else ""

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Take a batch of addresses through the stages; each is handed in when it is decided."""
        config = EmailVerifyConfig.model_validate(jobs[0].column.config)
        desk = ctx.shared(f"{KIND} {jobs[0].column.id}", lambda: Desk(config, ctx))
        by_domain: dict[str, list[Case]] = {}
        to_ask: list[Case] = []
        now = ctx.now()
        for job in jobs:
            case = Case(job, next_stage=to_ask if desk.verifier else None)
            inspect(case, config, desk.lists, now)
            if case.address is None or case.reason or not config.dns:
                finish(case, config, ctx, now)
            else:
                by_domain.setdefault(case.address.ascii_domain, []).append(case)
        open_cases: list[Case] = []
        unknown: list[list[Case]] = []
        for domain, cases in by_domain.items():
            known = desk.find_known(domain, now)
            if known is None:
                unknown.append(cases)
            else:  # most leads: a task for each would cost more than all the rest
                _take_known(cases, known, config, desk, ctx, open_cases)
        async with asyncio.TaskGroup() as group:
            for cases in unknown:
                group.create_task(_check_domain(cases, config, desk, ctx, open_cases))
        if desk.prober is not None and open_cases:
            await desk.prober.probe(
                open_cases, ctx, lambda case: finish(case, config, ctx, ctx.now())
            )
        if desk.verifier is not None and to_ask:
            await ask_provider(
                to_ask, desk.verifier, ctx, lambda case: finish(case, config, ctx, ctx.now())
            )

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether a provider has its answer by now."""
        config = EmailVerifyConfig.model_validate(handles[0].job.column.config)
        verifier = find_verifier(config)
        if verifier is None:
            raise InputError("the column does not say any more which provider was asked")
        await ask_again(handles, verifier, ctx, lambda case: finish(case, config, ctx, ctx.now()))


def inspect(case: Case, config: EmailVerifyConfig, lists: Lists, now: float) -> None:
    """What can be said without asking anybody."""
    evidence = case.evidence
    text = str(case.job.values[config.email_field])
    found = read_address(text, takes_reserved=lists.takes_reserved)
    if isinstance(found, Fault):
        evidence.note("syntax", found.detail, now)
        case.decide("syntax", found.reason)
        return
    case.address = found
    evidence.note("syntax", "ok", now)
    evidence.smtputf8 = found.needs_smtputf8
    evidence.subaddress = "+" in found.local
    evidence.role = lists.is_role(found.local)
    evidence.free_mail = found.domain in lists.free_mail
    evidence.disposable = lists.is_disposable(found.ascii_domain)
    if evidence.disposable:
        evidence.note("lists", "a disposable domain", now)
        case.decide("lists", Reason.DISPOSABLE)
    if evidence.disposable or not config.dns:
        _suggest(case, lists)  # else DNS says first whether the domain is real


async def _check_domain(
    cases: list[Case],
    config: EmailVerifyConfig,
    desk: Desk,
    ctx: Context,
    open_cases: list[Case],
) -> None:
    """Ask DNS; cases that it leaves open, and that mail servers are asked about, are added."""
    address = cases[0].address
    assert address is not None
    began = ctx.now()
    try:
        known = await _find_domain(address, cases, desk, ctx)
    except CallFailed as failure:
        for case in cases:
            ctx.done(case.job, failure.outcome)
        return
    _take_known(cases, known, config, desk, ctx, open_cases, began=began)


def _take_known(
    cases: list[Case],
    known: Known,
    config: EmailVerifyConfig,
    desk: Desk,
    ctx: Context,
    open_cases: list[Case],
    *,
    began: float | None = None,
) -> None:
    """Finish the cases of a domain; those that mail servers are asked about are added."""
    now = ctx.now()
    for case in cases:
        _take_domain(case, known, desk.lists, now if began is None else began, now)
        if desk.prober is not None and case.reason is None:
            open_cases.append(case)
        else:
            finish(case, config, ctx, now)


async def _find_domain(address: Address, cases: list[Case], desk: Desk, ctx: Context) -> Known:
    domain = address.ascii_domain
    if known := desk.find_known(domain, ctx.now()):
        return known
    return await desk.asking.share(domain, lambda: _ask_domain(address, cases, desk, ctx))


async def _ask_domain(address: Address, cases: list[Case], desk: Desk, ctx: Context) -> Known:
    domain = address.ascii_domain

    async def ask() -> Answer:
        found = await desk.finder.find(domain)
        is_sure = found.reason not in (Reason.DNS_FAILURE, Reason.NO_NETWORK)
        return Answer(200, found.to_json(), cost_usd_micros=0, is_reusable=is_sure)

    answer = await ctx.call([case.job for case in cases], _look_up(address), ask)
    hosts = from_json(answer.body)
    age_s = DNS_AGE_S if answer.is_reusable else FAILURE_AGE_S
    known = Known(hosts, answer.call_id, answer.from_cache, ctx.now() + age_s)
    desk.keep(domain, known)
    return known


def _take_domain(case: Case, known: Known, lists: Lists, began: float, now: float) -> None:
    hosts, evidence = known.hosts, case.evidence
    case.stage, case.mail_hosts, case.from_cache = "dns", hosts, known.from_cache
    case.call_ids = (known.call_id,) if known.call_id else ()
    evidence.mx_host = hosts.host
    evidence.mx_provider = lists.mail_provider(hosts.host)[0] if hosts.host else ""
    words = str(hosts.reason) if hosts.reason else f"mail goes to {hosts.host}"
    said = f"{words}; {hosts.detail}" if hosts.detail else words
    evidence.note("dns", said, now, ms=1000 * (now - began))
    if hosts.reason:
        case.decide("dns", hosts.reason)
        if hosts.reason in (Reason.NO_SUCH_DOMAIN, Reason.NO_MAIL_SERVER):
            _suggest(case, lists)


def _suggest(case: Case, lists: Lists) -> None:
    assert case.address is not None
    if domain := lists.suggest(case.address.domain):
        case.evidence.suggestion = f"{case.address.local}@{domain}"


def finish(case: Case, config: EmailVerifyConfig, ctx: Context, now: float) -> None:
    """Hand in the verdict, or pass the case on; a function's mailbox is risky however sure it is."""
    if case.next_stage is not None and is_open(case, config):
        case.next_stage.append(case)
        return
    reason, stage = case.reason or Reason.NOT_PROBED, case.stage
    if reason in (Reason.NOT_PROBED, Reason.MAILBOX_EXISTS) and (risk := risk_of(case, config)):
        reason, stage = risk, "lists"
    result: dict[str, Any] = {**result_of(reason, case.evidence, now), "stage": stage}
    if case.provider:
        result["provider"] = case.provider
        if case.score is not None:
            result["score"] = case.score
    bill = Bill(case.cost_usd_micros, case.call_ids, from_cache=case.from_cache)
    shown = result if case.job.column.outputs else result["status"]
    meta = {"verification": result, "validUntil": result["validUntil"]}
    ctx.done(case.job, Value(shown, bill, meta))


def _look_up(address: Address) -> CallRequest:
    return CallRequest(
        provider=DNS,
        operation="mail_hosts",
        body={"domain": address.ascii_domain},
        max_usd_micros=0,
        is_harmless=True,
        max_age_s=DNS_AGE_S,
    )
