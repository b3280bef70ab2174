"""The description of an HTTP column: what its templates read, and the keys that they name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadsync.core.engine.callbacks import KEY
from leadsync.core.engine.enricher import Description, Price
from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType
from leadsync.core.reach import check_host
from leadsync.enrichers.http_request import ANYWHERE, UNIT, checked_url, provider_of
from leadsync.enrichers.http_template import (
    CALLBACK,
    HANDLE,
    ITEMS,
    compile_text,
    secrets_in,
    texts_in,
)
from leadsync.enrichers.unit_prices import USD_MICROS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from leadsync.core.templates import Template
    from leadsync.enrichers.http_config import HttpConfig


def describe_column(config: HttpConfig, fields: Collection[str]) -> Description:
    """What a column reads, fills, needs and costs.

    Raises:
        InputError: a template cannot be compiled or names an unknown field, the address is none,
            or the request lacks what its mode needs.
    """
    _check_address(config.url)
    texts = _texts_of_request(config)
    own = frozenset({CALLBACK}) if config.mode == "callback" else frozenset[str]()
    if config.batch_size > 1:
        templates = [compile_text(text, frozenset(fields)) for text in texts_in(config.item)]
        shared = [compile_text(text, own | {ITEMS}) for text in texts]
        inputs, required = _reads([*templates])
        _check_batch(config, fields, shared)
        assert config.match is not None
        inputs = (*inputs, config.match.field)
        required = (*required, config.match.field)
    else:
        shared = [compile_text(text, frozenset(fields) | own) for text in texts]
        inputs, required = _reads(shared, without=own)
    if config.poll_url:
        compile_text(config.poll_url, frozenset({HANDLE}))
        for text in config.headers.values():
            compile_text(
                text, frozenset()
            )  # a lead may be another one when its result is asked for
    if own and not any(CALLBACK in template.fields for template in shared):
        raise InputError(
            "the request does not say where to call back",
            next_step='put it in the body, as in: {"callback": "{{ callback_url }}"}',
        )
    return Description(
        inputs=tuple(dict.fromkeys(inputs)),
        required=tuple(dict.fromkeys(required)),
        outputs={output.name: ColumnType(output.type) for output in config.outputs},
        providers=(provider_of(config.url),),
        secrets=_secrets(config, texts),
        batch_size=config.batch_size,
        price=_price(config),
    )


def _texts_of_request(config: HttpConfig) -> list[str]:
    return [
        config.url,
        *config.params.values(),
        *config.headers.values(),
        *(text for text in texts_in(config.body) if text),
    ]


def _reads(
    templates: Iterable[Template], without: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fields that templates read, and those of them that must not be blank."""
    found = list(templates)
    inputs = dict.fromkeys(f for template in found for f in template.fields)
    required = dict.fromkeys(f for template in found for f in template.required)
    return (
        tuple(field for field in inputs if field not in without),
        tuple(field for field in required if field not in without),
    )


def _check_batch(config: HttpConfig, fields: Collection[str], shared: Iterable[Template]) -> None:
    assert config.match is not None
    if not any(ITEMS in template.fields for template in shared):
        raise InputError(
            "the body of a batch has no place for its leads", next_step="put {{ items }} there"
        )
    name = config.match.field
    if name not in fields:
        near = nearest(name, fields)
        hint = f'; did you mean "{near}"?' if near else ""
        raise InputError(f'no field "{name}" to match items by{hint}')


def _check_address(url: str) -> None:
    """Refuse an address that no lead can make fit."""
    literal = url.strip().partition("{")[0]
    if provider_of(url) != ANYWHERE or "{" not in url:
        check_host(urlsplit(checked_url(literal)).hostname or "")
    elif literal and not literal.lower().startswith(("http://", "https://")):
        raise InputError(f'"{literal[:80]}" is no http or https address')


def _secrets(config: HttpConfig, texts: Iterable[str]) -> tuple[str, ...]:
    every = [*texts, *texts_in(config.item)]
    names = [name for text in every for name in secrets_in(text)]
    names += [name for name in (config.sign_with, config.callback_secret) if name]
    if config.mode == "callback":
        names.append(KEY)
    return tuple(dict.fromkeys(names))


def _price(config: HttpConfig) -> Price:
    if config.price_usd is None:
        return Price(0, None, UNIT)
    most = math.ceil(config.price_usd * USD_MICROS)
    return Price(0, most, UNIT)
