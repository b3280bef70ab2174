"""The stage that asks a provider about mailboxes: only where all free checks leave them open.

The provider's word goes before an unknown verdict; an undeliverable one is never asked about.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.late import added
from leadsync.core.engine.outcomes import Bill, Held, HeldWhy, Invalid, NoMatch, Pending
from leadsync.core.errors import AccessError, InputError
from leadsync.enrichers.email_case import Case
from leadsync.enrichers.email_verdict import Evidence, Reason, status_of
from leadsync.enrichers.hunter_verifier import HunterVerifier
from leadsync.enrichers.instantly import InstantlyVerifier
from leadsync.enrichers.verifier import STAGE, Verification, mailbox_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Handle
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.email_config import EmailVerifyConfig
    from leadsync.enrichers.verifier import Verifier

    Finish = Callable[[Case], None]


def find_verifier(config: EmailVerifyConfig) -> Verifier | None:
    """Who is asked about mailboxes; None: nobody.

    Raises:
        InputError: a template of the request cannot be used.
    """
    match config.provider:
        case "":
            return None
        case "hunter":
            return HunterVerifier()
        case "instantly":
            return InstantlyVerifier()
        case "http":
            from leadsync.enrichers.http_verifier import HttpVerifier

            assert config.http is not None
            return HttpVerifier(config.http, config.words)


def is_open(case: Case, config: EmailVerifyConfig) -> bool:
    """Whether a provider could change the verdict: not that of a function, nor of bad domains."""
    is_unknown = case.reason is None or status_of(case.reason) == "unknown"
    return is_unknown and case.address is not None and risk_of(case, config) is None


def risk_of(case: Case, config: EmailVerifyConfig) -> Reason | None:
    """Why the address is risky however sure it is that its mailbox exists."""
    if case.evidence.role:
        return Reason.ROLE
    is_risky = case.evidence.free_mail and config.free_mail_is_risky
    return Reason.FREE_MAIL if is_risky else None


def saving(provider: str, cells: int, asked: int) -> str:
    """What the free checks save, for plans: numbers of addresses."""
    words = f"{provider} is asked about at most {asked:,} of {cells:,} addresses"
    saved = cells - asked
    return f"{words}; lists and earlier answers save {saved:,} calls, DNS may save more"


async def ask_provider(
    cases: Sequence[Case], verifier: Verifier, ctx: Context, finish: Finish
) -> None:
    """Ask about each case; it is finished, or handed in as what stands in the way."""
    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(_ask_about(case, verifier, ctx, finish))


async def ask_again(
    handles: Sequence[Handle], verifier: Verifier, ctx: Context, finish: Finish
) -> None:
    """Look for the answer about one address that needed time.

    Raises:
        CallFailed: no answer came now.
    """
    jobs = [handle.job for handle in handles]
    kept = handles[0].body
    said = await verifier.ask_again(jobs, kept["asked"], ctx)
    for job in jobs:
        case = Case(job, stage=kept["stage"], evidence=Evidence(**kept["evidence"]))
        case.reason = Reason(kept["reason"]) if kept["reason"] else None
        _take(case, said, verifier, ctx, finish)


async def _ask_about(case: Case, verifier: Verifier, ctx: Context, finish: Finish) -> None:
    assert case.address is not None
    try:
        said = await verifier.ask([case.job], mailbox_of(case.address), ctx)
    except CallFailed as failure:
        said = failure.outcome
    except AccessError as error:
        words = [error.message, *([error.next_step] if error.next_step else [])]
        said = Held(HeldWhy.AUTH, "; ".join(words))
    except InputError as error:
        said = Invalid(error.message)
    _take(case, said, verifier, ctx, finish)


def _take(
    case: Case,
    said: Verification | Outcome,
    verifier: Verifier,
    ctx: Context,
    finish: Finish,
) -> None:
    before = Bill(case.cost_usd_micros, case.call_ids, from_cache=case.from_cache)
    case.next_stage = None
    match said:
        case Verification():
            _merge(case, said, verifier.name, ctx.now())
            finish(case)
        case NoMatch():
            nothing = Verification(Reason.PROVIDER_UNSURE, "no answer", bill=said.bill)
            _merge(case, nothing, verifier.name, ctx.now())
            finish(case)
        case Pending():
            handle = {"asked": said.handle, **_kept(case)}
            ctx.done(case.job, replace(said, handle=handle, bill=_joined(before, said.bill)))
        case _:
            ctx.done(case.job, said)


def _kept(case: Case) -> Mapping[str, Any]:
    """What is known of a case, for the process that gets the answer."""
    return {
        "evidence": asdict(case.evidence),
        "stage": case.stage,
        "reason": str(case.reason or ""),
    }


def _merge(case: Case, said: Verification, provider: str, now: float) -> None:
    for name, is_so in said.flags.items():
        setattr(case.evidence, name, is_so)
    case.evidence.note(provider, said.word, now)
    case.decide(STAGE, said.reason)
    bill = _joined(Bill(case.cost_usd_micros, case.call_ids), said.bill)
    case.provider, case.score = provider, said.score
    case.cost_usd_micros, case.call_ids = bill.cost_usd_micros, bill.call_ids
    case.from_cache = bill.from_cache


def _joined(before: Bill, said: Bill) -> Bill:
    """Both bills; what the provider was asked for says whether it was new."""
    return replace(added(before, said), from_cache=said.from_cache)
