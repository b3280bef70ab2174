"""Columns that ask Instantly whether mailboxes exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from leadsync.core.engine.enricher import Description, Price
from leadsync.core.engine.outcomes import Bill, Value
from leadsync.core.errors import InputError, nearest
from leadsync.enrichers.email_lists import takes_reserved
from leadsync.enrichers.email_syntax import Fault, read_address
from leadsync.enrichers.email_verdict import Evidence, result_of
from leadsync.enrichers.instantly import CREDIT, InstantlyVerifier
from leadsync.enrichers.verifier import Verification, mailbox_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.email_syntax import Address

KIND = "instantly_verify"
VERIFIER = InstantlyVerifier()


class InstantlyVerifyConfig(BaseModel):
    """Settings of a column that Instantly fills."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email_field: str = Field(
        "email", title="Field of the address", description="Which field holds the address."
    )


class InstantlyVerify:
    """The kind `instantly_verify`. See `enricher.Enricher`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = InstantlyVerifyConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads; its cell is the status unless its outputs say otherwise."""
        assert isinstance(config, InstantlyVerifyConfig)
        name = config.email_field
        if name not in fields:
            near = nearest(name, fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no field "{name}" with addresses{hint}')
        return Description(
            inputs=(name,),
            required=(name,),
            providers=(VERIFIER.name,),
            secrets=VERIFIER.secrets,
            price=Price(0, None, CREDIT),
            ages=True,
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The question about an address; none about a text that is no address."""
        found = _address(job, settings)
        return None if isinstance(found, Fault) else VERIFIER.request(mailbox_of(found), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask about one address."""
        (job,) = jobs
        found = _address(job, ctx)
        if isinstance(found, Fault):
            evidence = Evidence()
            evidence.note("syntax", found.detail, ctx.now())
            ctx.done(job, _value(job, result_of(found.reason, evidence, ctx.now()), Bill()))
            return
        _hand_in(jobs, await VERIFIER.ask(jobs, mailbox_of(found), ctx), ctx)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether Instantly has its answer by now."""
        jobs = [handle.job for handle in handles]
        _hand_in(jobs, await VERIFIER.ask_again(jobs, handles[0].body, ctx), ctx)


def _address(job: Job, settings: Settings) -> Address | Fault:
    config = InstantlyVerifyConfig.model_validate(job.column.config)
    text = str(job.values[config.email_field])
    return read_address(text, takes_reserved=takes_reserved(settings))


def _hand_in(jobs: Sequence[Job], said: Verification | Outcome, ctx: Context) -> None:
    for job in jobs:
        if not isinstance(said, Verification):
            ctx.done(job, said)
            continue
        evidence = Evidence()
        result = said.merged_into(evidence, VERIFIER.name, ctx.now())
        ctx.done(job, _value(job, result, said.bill))


def _value(job: Job, result: dict[str, Any], bill: Bill) -> Value:
    shown = result if job.column.outputs else result["status"]
    return Value(shown, bill, {"verification": result, "validUntil": result["validUntil"]})
