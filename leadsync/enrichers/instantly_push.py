"""Columns that put leads into a campaign at Instantly; their cells say what became of each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import CallFailed, Description
from leadsync.core.engine.gate import Step, step_of
from leadsync.core.engine.outcomes import Invalid
from leadsync.core.errors import InputError, nearest
from leadsync.enrichers.instantly import API
from leadsync.enrichers.instantly_adding import Adding
from leadsync.enrichers.instantly_config import (
    EMAIL,
    InstantlyConfig,
    mapping_of,
    unfilled,
)
from leadsync.enrichers.instantly_content import changed_lead, content_of
from leadsync.enrichers.instantly_leads import MOST_LEADS, add_ask, change_ask, table_of
from leadsync.enrichers.instantly_ledger import GONE, UPDATED, BatchLedger, Item
from leadsync.enrichers.instantly_variables import standard_name
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import CallRequest, Context, Job, Settings
    from leadsync.core.models import Column

KIND = "instantly"


class InstantlyPush:
    """The kind `instantly`. See `enricher.Enricher` and `enricher.Sends`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = InstantlyConfig

    def __init__(self) -> None:
        """Begin with no column read."""
        self._read: tuple[Column, InstantlyConfig, dict[str, str]] | None = None

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What is sent of a lead; what the sequences need must not be blank."""
        assert isinstance(config, InstantlyConfig)
        _check_fields(config, fields)
        mapping = mapping_of(config, fields)
        missing = unfilled(config, mapping)
        if missing and not config.allow_missing:
            raise InputError(
                f"the sequences use {{{{{missing[0]}}}}}, and no field fills it",
                next_step=f"--map FIELD={missing[0]}, or --allow-missing sends leads without it",
            )
        needed = {standard_name(name) for name in config.variables}
        required = [f for f, n in mapping.items() if n in needed and not config.allow_missing]
        return Description(
            inputs=(EMAIL, *mapping),
            required=(EMAIL, *required),
            providers=(API.name,),
            secrets=(API.secret,),
            batch_size=MOST_LEADS,
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The addition of a lead, which goes together with up to a thousand."""
        config, _ = self._settings_of(job.column)
        ask = add_ask([self.content(job)], config, settings)
        return replace(API.request(ask, settings), jobs=MOST_LEADS)

    # what is sent, for the gate ----------------------------------------------------------------
    def destination(self, config: BaseModel) -> str:
        """The campaign, as the ledger names it."""
        assert isinstance(config, InstantlyConfig)
        return f"{KIND}:{config.campaign}"

    def verdict_fields(self, config: BaseModel) -> tuple[str, str]:
        """Where the verdict about the address stands."""
        assert isinstance(config, InstantlyConfig)
        return config.verdict_field, config.reason_field

    def allowed(self, config: BaseModel) -> Sequence[str]:
        """Verdicts that the column allows beside those of the campaign's policy."""
        assert isinstance(config, InstantlyConfig)
        return config.allow

    def mapping(self, config: BaseModel, fields: Collection[str]) -> Mapping[str, str]:
        """What Instantly calls the fields that it gets."""
        assert isinstance(config, InstantlyConfig)
        return mapping_of(config, fields)

    def content(self, job: Job) -> Mapping[str, Any]:
        """What Instantly gets of a lead."""
        config, mapping = self._settings_of(job.column)
        return content_of(job, mapping, join=config.join)

    def _settings_of(self, column: Column) -> tuple[InstantlyConfig, dict[str, str]]:
        """The config of a column and its mapping, kept for the next lead: 60 µs each."""
        read = self._read
        if read is None or read[0] is not column:
            config = InstantlyConfig.model_validate(column.config)
            read = self._read = (column, config, mapping_of(config, column.inputs))
        return read[1], read[2]

    # asking ------------------------------------------------------------------------------------
    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Add those leads that are new there, change those that have changed here."""
        config, _ = self._settings_of(jobs[0].column)
        place = self.destination(config)
        ledger = BatchLedger(place, await ctx.sent(place, jobs), ctx)
        steps: dict[Step, list[Item]] = {step: [] for step in Step}
        for job in jobs:
            try:
                item = Item(job, self.content(job))
            except InputError as error:
                ctx.done(job, Invalid(error.message))
                continue
            steps[step_of(ledger.entries.get(job.lead_id), item.content)].append(item)
        for item in steps[Step.UNCHANGED]:
            ledger.hand_in(item)
        ctx.secret(API.secret)  # a missing key holds the column, not a lead
        async with asyncio.TaskGroup() as group:
            for item in steps[Step.UPDATE]:
                group.create_task(_change(item, ledger, ctx))
        if steps[Step.CREATE]:
            await Adding(config, ledger, ctx).add(steps[Step.CREATE])


async def _change(item: Item, ledger: BatchLedger, ctx: Context) -> None:
    """Change one lead; one that was removed at Instantly is not added again."""
    their_id = ledger.id_of(item)
    ask = change_ask(their_id, changed_lead(item.content, ledger.fields_of(item)), ctx)
    try:
        answer = await API.call([item.job], ctx, ask)
        if answer.status == 404:
            await ledger.settle([(item, GONE, their_id)], bill_of(answer))
            return
        table_of(answer)
    except CallFailed as failure:
        ctx.done(item.job, failure.outcome)
        return
    await ledger.settle([(item, UPDATED, their_id)], bill_of(answer))


def _check_fields(config: InstantlyConfig, fields: Collection[str]) -> None:
    for field, name in config.map.items():
        if field not in fields and name:
            near = nearest(field, fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no field "{field}" to send as "{name}"{hint}')
