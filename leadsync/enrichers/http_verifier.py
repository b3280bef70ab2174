"""Any provider that verifies addresses, by the request that a column describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.engine.asking import ask
from leadsync.core.engine.cells import BlankField
from leadsync.core.engine.enricher import Job
from leadsync.core.engine.outcomes import Invalid, Value
from leadsync.core.engine.part_context import PartContext
from leadsync.core.models import Column, ColumnType
from leadsync.enrichers.answer_fields import number_at
from leadsync.enrichers.email_verdict import Reason
from leadsync.enrichers.http import Http
from leadsync.enrichers.http_description import describe_column
from leadsync.enrichers.http_request import provider_of
from leadsync.enrichers.verifier import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Settings
    from leadsync.core.engine.outcomes import Bill, Json, Outcome
    from leadsync.enrichers.http_config import HttpConfig

FIELD = "email"
_FLAGS = {Reason.CATCH_ALL: "catch_all", Reason.DISPOSABLE: "disposable"}


class HttpVerifier:
    """A verifier that speaks HTTP. See `verifier.Verifier`."""

    def __init__(self, config: HttpConfig, words: Mapping[str, Reason]) -> None:
        """Take the request, and what the words of its answers mean.

        Raises:
            InputError: the request cannot be used, or reads more than the address.
        """
        description = describe_column(config, (FIELD,))
        self._config = config
        self._words = words
        self.name = provider_of(config.url)
        self.secrets = description.secrets
        self._http = Http()

    def request(self, email: str, settings: Settings) -> CallRequest:
        """The question about an address."""
        return self._http.request(self._job(0, 0, email), settings)

    async def ask(self, jobs: Sequence[Job], email: str, ctx: Context) -> Verification | Outcome:
        """What the provider says: a word, with or without a score."""
        own = self._job(jobs[0].lead_id, jobs[0].column.id, email, jobs[0].attempt)
        part = PartContext(ctx, [own], name=self.name, secrets=self.secrets)
        await ask(self._http.run([own], part), part, self.name)
        outcome = part.outcomes[own.lead_id]
        if isinstance(outcome, BlankField):
            return Invalid(f"the request needs {outcome.field}")
        return self._read(outcome.result, outcome.bill) if isinstance(outcome, Value) else outcome

    async def ask_again(
        self, jobs: Sequence[Job], handle: Mapping[str, Any], ctx: Context
    ) -> Verification | Outcome:
        """It never lets anybody wait."""
        raise AssertionError("a provider that answers at once was asked to look again")

    def _read(self, result: Json, bill: Bill) -> Verification:
        found: Mapping[str, Any] = result if isinstance(result, dict) else {"word": result}
        word, score = str(found.get("word", "")), number_at(found, "score")
        reason = self._words.get(word, Reason.PROVIDER_UNSURE)
        flags = {_FLAGS[reason]: True} if reason in _FLAGS else {}
        return Verification(reason, word, score, flags, bill)

    def _job(self, lead_id: int, column_id: int, email: str, attempt: int = 1) -> Job:
        config = self._config.model_dump(mode="json", exclude_unset=True)
        column = Column(
            column_id, FIELD, FIELD, kind=Http.kind, type=ColumnType.TEXT, config=config
        )
        return Job(lead_id, column, {FIELD: email}, attempt)
