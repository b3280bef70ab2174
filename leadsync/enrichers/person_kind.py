"""What all kinds of columns have in common that ask a provider about people."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import Abortable, Description, Price
from leadsync.core.engine.outcomes import Invalid
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.person import Found, LatePersonSource, Question
from leadsync.enrichers.person_config import PersonConfig, fields_in_use

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import PersonQuery, PersonSource, SourceOptions


class PersonKind(ABC):
    """A kind of column over `sources`, by the name that its config gives. See `enricher.Enricher`."""

    kind: ClassVar[str]
    Config: ClassVar[type[BaseModel]]
    sources: ClassVar[Mapping[str, PersonSource]]

    @abstractmethod
    def outcome_of_person(self, job: Job, found: Found, provider: str) -> Outcome:
        """What a person that was found means for the cell."""

    @abstractmethod
    def query(self, job: Job, config: PersonConfig) -> PersonQuery:
        """Whom a lead's turn asks about.

        Raises:
            InputError: what the lead says cannot be asked about.
        """

    @abstractmethod
    def options(self, config: PersonConfig) -> SourceOptions:
        """What the source is told beside the person."""

    def source_of(self, config: PersonConfig) -> PersonSource:
        """The provider that a config names."""
        return self.sources[config.provider]

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads; which of it must be there depends on the rest."""
        assert isinstance(config, PersonConfig)
        source = self.source_of(config)
        return Description(
            inputs=fields_in_use(config, fields),
            providers=(source.name,),
            secrets=(source.secret,),
            batch_size=source.batch_size,
            price=Price(0, None, source.unit),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The question about a lead."""
        config = self._config(job)
        source = self.source_of(config)
        return source.request(self._enough(job, config), self.options(config), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask about these leads; what cannot be asked about is handed in before it costs."""
        config = self._config(jobs[0])
        questions: list[Question] = []
        for job in jobs:
            try:
                questions.append(Question(job, self._enough(job, config)))
            except BlankInput as blank:
                ctx.skip(job, blank.field)
            except InputError as error:
                ctx.done(job, Invalid(error.message))
        if not questions:
            return
        source = self.source_of(config)
        answers = await source.find(questions, self.options(config), ctx)
        asked = [question.job for question in questions]
        self._hand_in(asked, answers, source.name, ctx)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Ask for what was to be told later."""
        config = self._config(handles[0].job)
        source = self.source_of(config)
        assert isinstance(source, LatePersonSource), f"{source.name} tells nothing later"
        answers = await source.collect(handles, self.options(config), ctx)
        self._hand_in([handle.job for handle in handles], answers, source.name, ctx)

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Tell a source to end its work, where it can be told; see `enricher.Abortable`."""
        source = self.source_of(self._config(handles[0].job))
        if isinstance(source, Abortable):
            await source.abort(handles, ctx)

    def _hand_in(
        self, jobs: Sequence[Job], answers: Sequence[Found | Outcome], provider: str, ctx: Context
    ) -> None:
        for job, answer in zip(jobs, answers, strict=True):
            is_found = isinstance(answer, Found)
            ctx.done(job, self.outcome_of_person(job, answer, provider) if is_found else answer)

    def _config(self, job: Job) -> PersonConfig:
        config = self.Config.model_validate(job.column.config)
        assert isinstance(config, PersonConfig)
        return config

    def _enough(self, job: Job, config: PersonConfig) -> PersonQuery:
        """Whom a lead's turn asks about.

        Raises:
            BlankInput: too little is known of the lead.
            InputError: what the lead says cannot be asked about.
        """
        query = self.query(job, config)
        if missing := self.source_of(config).missing(query):
            name = "linkedin" if missing == "linkedin_url" else missing
            raise BlankInput(str(getattr(config, f"{name}_field")))
        return query
