"""A template over many leads at once, for requests that ask about a batch: `{{ leads | tojson }}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError, nearest
from leadsync.core.templates.template import compile_template
from leadsync.core.templates.text import is_blank

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadsync.core.templates.template import Template

LEADS = "leads"
_PICKING = frozenset({"map", "max", "min", "reject", "select", "sort", "sum", "unique"})


class BatchTemplate:
    """A compiled template over `leads`, a list of what each lead has by field key.

    Attributes:
        fields: keys of the lead fields that it names, in their order.
    """

    __slots__ = ("_template", "fields")

    def __init__(self, template: Template, fields: tuple[str, ...]) -> None:
        """Made by `compile_batch_template` only."""
        self._template = template
        self.fields = fields

    def render(self, batch: Sequence[Mapping[str, Any]]) -> str:
        """The text for these leads; blank fields are empty text.

        Raises:
            TemplateLimit: the text or the work would be too much.
            InputError: the template does not fit the values.
        """
        leads = [{field: _plain(values.get(field)) for field in self.fields} for values in batch]
        return self._template.render({LEADS: cast("Any", leads)})


def compile_batch_template(text: str, known_fields: Collection[str]) -> BatchTemplate:
    """Check a template over a batch and make it ready to render.

    Args:
        text: Jinja2 over `leads`, as in `{{ leads | map(attribute="email") | list | tojson }}` or
            `{% for lead in leads %}{{ lead.email }}{% endfor %}`.
        known_fields: keys of the fields that leads have.

    Raises:
        InputError: as `compile_template`, and for an attribute that is no field.
    """
    template = compile_template(text, {LEADS})
    found: dict[str, None] = {}
    for name, is_sure in _named(text):
        if name in known_fields:
            found[name] = None
        elif is_sure:
            near = nearest(name, known_fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'the template reads "{name[:80]}", which leads do not have{hint}')
    return BatchTemplate(template, tuple(found))


def _named(text: str) -> Iterator[tuple[str, bool]]:
    """Names that may be fields, and whether they can be nothing else."""
    from jinja2 import nodes

    from leadsync.core.templates.compiling import environment
    from leadsync.core.templates.sandbox import LOOP, METHODS

    methods = frozenset[str]().union(LOOP, *METHODS.values())
    for node in environment().parse(text).find_all((nodes.Getattr, nodes.Filter, nodes.Const)):
        if isinstance(node, nodes.Getattr):
            yield node.attr, node.attr not in methods
        elif isinstance(node, nodes.Const):
            if isinstance(node.value, str):
                yield node.value, False
        elif node.name in _PICKING:
            for pair in node.kwargs:
                if pair.key == "attribute" and isinstance(pair.value, nodes.Const):
                    yield str(pair.value.value), True


def _plain(value: Any) -> Any:
    if is_blank(value):
        return ""
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value
