"""The compiling of a template: text → checked and priced tree → a function that renders."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple, cast

from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import TemplateSyntaxError

from leadsync.core.errors import InputError
from leadsync.core.templates.pricing import prepare
from leadsync.core.templates.reading import read
from leadsync.core.templates.sandbox import LeadEnvironment


class Compiled(NamedTuple):
    """What `Template` is built from."""

    fields: tuple[str, ...]
    required: tuple[str, ...]
    operands: tuple[str, ...]
    env: LeadEnvironment
    root: Any


@functools.cache
def environment() -> LeadEnvironment:
    """The environment that all templates share; nothing in it changes after it was built."""
    return LeadEnvironment()


def compile_tree(text: str, known: frozenset[str]) -> Compiled:
    """Parse, check, price and compile a template.

    Raises:
        InputError: as `compile_template`.
    """
    env = environment()
    try:
        tree = env.parse(text)
        reading = read(tree, env, known)
        prepare(tree, env)
        code = env.compile(cast("Any", tree))
    except TemplateSyntaxError as error:
        raise _syntax(error.message or "", error.lineno) from error
    except (RecursionError, SyntaxError, OverflowError, MemoryError) as error:
        raise InputError("the template is nested too deeply") from error
    except ValueError as error:
        raise InputError(f"the template cannot be read: {error}") from error
    root = JinjaTemplate.from_code(env, code, {}).root_render_func
    return Compiled(
        tuple(reading.fields), tuple(reading.required), tuple(reading.operands), env, root
    )


def _syntax(message: str, line: int) -> InputError:
    first = message.splitlines()[0] if message else "cannot be read"
    return InputError(
        f"line {line} of the template: {first[:200].rstrip('.')}",
        next_step="fields stand as {{ title }}, conditions as {% if city %}…{% endif %}",
    )
