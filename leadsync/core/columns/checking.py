"""Checks of a column's definition: what a person wrote -> a column that can be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.columns.condition_fields import condition_fields
from leadsync.core.columns.fields import formula_fields, known_fields, label_of
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.columns.keys import check_key, named
from leadsync.core.columns.outputs import MANUAL, map_outputs, missing_targets
from leadsync.core.engine.daily_caps import PER_DAY
from leadsync.core.engine.kinds import enricher_kinds, find_enricher, parse_config
from leadsync.core.errors import InputError, NotFound, nearest
from leadsync.core.installed import OTHERS
from leadsync.core.models import (
    FREE_KINDS,
    Column,
    ColumnType,
)
from leadsync.core.query.catalog import Catalog
from leadsync.core.store.protocol import IDENTITY_KEYS
from leadsync.core.templates import compile_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.engine.enricher import Description
    from leadsync.core.models import Doc

OPTIONS = "options"
CAP_NAMES = (PER_DAY,)
MAX_LABEL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column's definition as a person writes it, before it is checked.

    Attributes:
        label: made from the key where it is empty.
        config: `{"template": text}` for formulas, `{"options": [...]}` for selects, otherwise
            what the kind takes.
        outputs: path in the result (JMESPath) -> key of the column it fills. Paths that the kind
            describes and that are missing here fill a column of the path's own name.
        condition: filter text; runs skip leads that do not match.
        caps: `{"usd_per_day": millionths of a dollar}`.
    """

    key: str
    label: str = ""
    kind: str = MANUAL
    type: ColumnType = ColumnType.TEXT
    config: Doc = field(default_factory=dict[str, Any])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    condition: str = ""
    caps: Doc = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that holds, with the columns that have to be made for its outputs."""

    column: Column
    targets: tuple[Column, ...] = ()


def check_spec(
    spec: ColumnSpec,
    columns: Sequence[Column],
    *,
    old: Column | None = None,
    planned: Sequence[Column] = (),
) -> Checked:
    """The column that a definition means; its id is that of `old`, or 0.

    Args:
        spec: the definition.
        columns: those of the workspace.
        old: the column that is changed; None for a new one.
        planned: columns that the same unit makes as well.

    Raises:
        InputError: a part of it cannot be used; which, why and what to do is said.
        NotFound: the kind is not installed.
    """
    check_key(spec.key, columns, old)
    others = [c for c in [*columns, *planned] if c.key != spec.key]
    fillers = [c.key for c in others if spec.key in c.outputs.values()]
    if fillers and spec.kind != MANUAL:
        raise InputError(
            f'"{spec.key}" is filled by {named(fillers)}, so it cannot be of kind {spec.kind}'
        )
    if spec.kind in FREE_KINDS:
        _check_free(spec)
        inputs = _template_inputs(spec, others) if spec.kind == TEMPLATE else ()
        outputs: dict[str, str] = {}
        targets: tuple[Column, ...] = ()
    else:
        description = describe(spec, others)
        outputs = map_outputs(spec.key, spec.outputs, description)
        targets = missing_targets(spec.key, outputs, description, others)
        own = {spec.key, *outputs.values()}
        catalog = Catalog([*others, *targets, _bare(spec)])
        tested = condition_fields(spec.condition, catalog)
        inputs = tuple(dict.fromkeys([*description.inputs, *(t for t in tested if t not in own)]))
        _check_caps(spec.caps)
        if old and old.armed and PER_DAY not in spec.caps:
            raise InputError(
                f'column "{spec.key}" is armed, and spends by itself: it needs its daily cap',
                next_step=f"leadsync columns disarm {spec.key}",
            )
    column = Column(
        id=old.id if old else 0,
        key=spec.key,
        label=_label(spec),
        kind=spec.kind,
        type=spec.type,
        config=spec.config,
        inputs=inputs,
        outputs=outputs,
        condition=spec.condition.strip(),
        armed=bool(old and old.armed and spec.kind not in FREE_KINDS),
        caps=spec.caps,
        created_at=old.created_at if old else "",
        created_unit=old.created_unit if old else 0,
    )
    return Checked(column, targets)


def describe(spec: ColumnSpec, others: Iterable[Column]) -> Description:
    """What a running kind says of this definition: inputs, outputs, price.

    Raises:
        InputError: the config does not fit the kind, or a template names an unknown field.
        NotFound: the kind is not installed.
    """
    if spec.kind not in enricher_kinds():
        known = [*FREE_KINDS, *enricher_kinds()]
        raise NotFound(
            "kind of column", spec.kind, known=known,
            next_step=f"one of: {', '.join(known)}; {OTHERS}",
        )  # fmt: skip
    config = parse_config(spec.kind, spec.config)
    return find_enricher(spec.kind).describe(config, known_fields(others, [spec.key]))


def find_type(name: str) -> ColumnType:
    """The type of that name.

    Raises:
        InputError: there is none; the nearest is named.
    """
    known = [str(kind) for kind in ColumnType]
    if name.lower() not in known:
        near = nearest(name.lower(), known)
        hint = f'; did you mean "{near}"?' if near else ""
        raise InputError(f'no type "{name}"{hint}', next_step=f"one of: {', '.join(known)}")
    return ColumnType(name.lower())


def _label(spec: ColumnSpec) -> str:
    label = spec.label.strip() or label_of(spec.key)
    if len(label) > MAX_LABEL_CHARACTERS or not label.isprintable():
        raise InputError(
            f'the label of "{spec.key}" has at most {MAX_LABEL_CHARACTERS} visible characters'
        )
    return label


def _check_free(spec: ColumnSpec) -> None:
    for name, given in (
        ("outputs", spec.outputs),
        ("a condition", spec.condition.strip()),
        ("caps", spec.caps),
    ):
        if given:
            raise InputError(
                f'"{spec.key}" is a column of kind {spec.kind}, which has no use for {name}'
            )
    if spec.kind == TEMPLATE and spec.key in IDENTITY_KEYS:
        raise InputError(f'"{spec.key}" tells leads apart, so it cannot be computed')
    allowed = {TEMPLATE} if spec.kind == TEMPLATE else {OPTIONS}
    for name in spec.config:
        if name not in allowed:
            raise InputError(
                f'a column of kind {spec.kind} has no setting "{name}"',
                next_step=f"known settings: {', '.join(allowed)}",
            )
    options = spec.config.get(OPTIONS)
    if options is not None and (
        spec.type is not ColumnType.SELECT
        or not isinstance(options, list)
        or not all(isinstance(o, str) and o.strip() for o in cast("list[Any]", options))
    ):
        raise InputError(f'"options" of "{spec.key}" is a list of texts, for type select only')


def _template_inputs(spec: ColumnSpec, others: Sequence[Column]) -> tuple[str, ...]:
    text = spec.config.get(TEMPLATE)
    if not isinstance(text, str) or not text.strip():
        raise InputError(
            f'the formula "{spec.key}" has no template',
            next_step='as in: --template "{{ first_name }} at {{ company }}"',
        )
    try:
        fields = compile_template(text, known_fields(others, [spec.key])).fields
    except InputError as error:
        message = f'column "{spec.key}": {error.message}'
        raise InputError(message, next_step=error.next_step) from error
    readable = formula_fields(others, [spec.key])
    for name in fields:
        if name not in readable:
            raise InputError(
                f'column "{spec.key}": a formula reads cells only, and "{name}" is none',
                next_step="AI and other running columns may read it",
            )
    return fields


def _check_caps(caps: Mapping[str, Any]) -> None:
    for name, value in caps.items():
        if name not in CAP_NAMES:
            near = nearest(name, CAP_NAMES)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no cap "{name}"{hint}', next_step=f"one of: {', '.join(CAP_NAMES)}")
        if not isinstance(value, int) or value < 0:
            raise InputError(f'the cap "{name}" is an amount in dollars, such as 5 or 0.25')


def _bare(spec: ColumnSpec) -> Column:
    return Column(0, spec.key, spec.label, spec.kind, spec.type)
