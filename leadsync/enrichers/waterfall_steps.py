"""The steps of a waterfall, ready to be asked, and the rule that judges what they find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from leadsync.core.columns.condition_fields import condition_fields
from leadsync.core.columns.fields import known_fields
from leadsync.core.engine.enricher import Description, Price
from leadsync.core.errors import InputError, nearest
from leadsync.core.models import Column, ColumnType
from leadsync.core.query.catalog import Catalog
from leadsync.core.query.document import read_document
from leadsync.core.query.match import holds
from leadsync.core.query.parse import parse_filter
from leadsync.enrichers.waterfall_config import KIND, WaterfallConfig
from leadsync.enrichers.waterfall_part import VALUE, make_part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from leadsync.core.models import Value as Cell
    from leadsync.core.query.conditions import Condition
    from leadsync.enrichers.waterfall_part import Part

MOST_AT_ONCE = 100
"""Jobs that one batch of a waterfall has at most, whatever its steps could take."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        then: the second question, about what was found.
        goes_on: with the next step where it is held.
    """

    part: Part
    then: Part | None
    goes_on: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.part.name

    @property
    def types(self) -> dict[str, ColumnType]:
        """Type by name of what it finds, with the second question's."""
        return {**self.part.types, **(self.then.types if self.then else {})}


@dataclass(frozen=True, slots=True)
class Steps:
    """All of a waterfall.

    Attributes:
        accept: the rule as it was written.
        types: type by name of what may be found; of equal names that of the first step.
    """

    all: tuple[Step, ...]
    accept: str
    types: Mapping[str, ColumnType]
    _rule: Condition | None

    @property
    def is_single(self) -> bool:
        """Whether an answer is a single cell."""
        return tuple(self.types) == (VALUE,)

    def find(self, name: str) -> int | None:
        """The place of a step."""
        return next((i for i, step in enumerate(self.all) if step.name == name), None)

    def accepts(self, step: Step, cells: Mapping[str, Cell]) -> bool:
        """Whether what a step found is taken."""
        if self._rule is None:
            return any(cells.get(name) is not None for name in step.part.types)
        return holds(self._rule, cells, {})

    def describe(self) -> Description:
        """What the waterfall reads, finds, needs and may cost."""
        parts = list(self.parts())
        descriptions = [part.description for part in parts]
        firsts = [step.part.description for step in self.all]
        size = max(description.batch_size for description in firsts)
        return Description(
            inputs=_union(self._inputs()),
            required=tuple(
                name
                for name in firsts[0].required
                if all(name in other.required for other in firsts)
            ),
            outputs={} if self.is_single else self.types,
            providers=_union(name for d in descriptions for name in d.providers),
            secrets=_union(name for d in descriptions for name in d.secrets),
            batch_size=min(size, MOST_AT_ONCE),
            price=_price(descriptions),
            is_local=all(description.is_local for description in descriptions),
            ages=any(description.ages for description in descriptions),
        )

    def parts(self) -> Iterator[Part]:
        """All questions in their order."""
        for step in self.all:
            yield step.part
            if step.then is not None:
                yield step.then

    def _inputs(self) -> Iterator[str]:
        for step in self.all:
            yield from step.part.description.inputs
            if step.then is not None:
                found = step.part.types
                yield from (name for name in step.then.description.inputs if name not in found)


def make_steps(config: WaterfallConfig, fields: Collection[str], column: Column) -> Steps:
    """The steps of a config, ready to be asked.

    Raises:
        InputError: a step or the rule does not fit; it is named.
    """
    known = frozenset(fields)
    steps: list[Step] = []
    for step in config.steps:
        part = make_part(step, known, column, VALUE)
        then = None
        if step.then is not None:
            then = make_part(step.then, known | {*part.types}, column, step.then.label)
            if same := sorted({*part.types} & {*then.types}):
                raise InputError(
                    f'step "{part.name}": "{then.name}" would overwrite "{same[0]}"',
                    next_step=f'give it another name: then.outputs = {{ "…" = "{then.name}" }}',
                )
        steps.append(Step(part, then, step.on_held == "next"))
    types: dict[str, ColumnType] = {}
    for each in steps:
        types |= {name: kind for name, kind in each.types.items() if name not in types}
    return Steps(tuple(steps), config.accept.strip(), types, _rule(config.accept, types))


def steps_of(column: Column) -> Steps:
    """The steps of a stored column."""
    text = json.dumps(column.config, sort_keys=True)
    return _stored(text, column.id, column.key, column.type, column.inputs)


@lru_cache(maxsize=64)
def _stored(
    config: str, column_id: int, key: str, kind: ColumnType, inputs: tuple[str, ...]
) -> Steps:
    column = Column(column_id, key, key, KIND, kind, inputs=inputs)
    known = known_fields((), inputs)
    return make_steps(WaterfallConfig.model_validate_json(config), known, column)


def _rule(accept: str, types: Mapping[str, ColumnType]) -> Condition | None:
    """The rule over what is found.

    Raises:
        InputError: it cannot be read, or names something that no step finds.
    """
    if not accept.strip():
        return None
    catalog = Catalog([Column(0, name, name, type=kind) for name, kind in types.items()])
    for name in condition_fields(accept, catalog):
        if name not in types:
            near = nearest(name, types)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(
                f'accept: no step finds "{name}"{hint}', next_step=f"one of: {', '.join(types)}"
            )
    return read_document(parse_filter(accept, catalog), catalog)


def _price(descriptions: Collection[Description]) -> Price:
    first, *_ = (description.price for description in descriptions)
    most = [description.price.max_usd_micros for description in descriptions]
    known = [price for price in most if price is not None]
    return Price(
        first.min_usd_micros, sum(known) if len(known) == len(most) else None, first.unit
    )  # fmt: skip


def _union(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
