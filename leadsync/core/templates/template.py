"""A template of a lead: text with `{{ fields }}`, checked when it is saved, bounded when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.templates.limits import MAX_OUTPUT_CHARS, MAX_SOURCE_CHARS, Budget, TemplateLimit
from leadsync.core.templates.text import is_blank
from leadsync.core.values import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadsync.core.models import Value
    from leadsync.core.templates.compiling import Compiled


class BlankInput(Exception):
    """A field that the template needs is blank for this lead: the cell is skipped, not guessed."""

    def __init__(self, field: str) -> None:
        """Name the field; the message is what the grid shows."""
        super().__init__(f"skipped: {field} is blank")
        self.field = field


class Template:
    """A compiled template. May be rendered from several threads at once.

    Attributes:
        text: what the user wrote.
        fields: keys of the lead fields that it reads, in their order.
        required: those of `fields` that must not be blank, whatever else the lead has; fields
            inside conditions, `or` and `default` are not among them.
    """

    __slots__ = ("_env", "_operands", "_root", "fields", "required", "text")

    def __init__(self, text: str, compiled: Compiled) -> None:
        """Made by `compile_template` only."""
        self.text = text
        self.fields = compiled.fields
        self.required = compiled.required
        self._operands = compiled.operands
        self._env = compiled.env
        self._root = compiled.root

    def render(self, values: Mapping[str, Value | tuple[str, ...] | list[str]]) -> str:
        """The text for one lead. Fields that `values` lacks are blank.

        Raises:
            BlankInput: a field that this text needs is blank.
            TemplateLimit: the text or the work would be too much for one cell.
            InputError: the template does not fit the values, as in `{{ name + 1 }}`.
        """
        variables = self._variables(values)
        context = self._env.new_render(variables, Budget())
        try:
            text = "".join(self._root(context))
        except self._env.render_errors as error:
            raise self._explained(error, variables) from error
        if len(text) > MAX_OUTPUT_CHARS:
            raise TemplateLimit(f"an output of more than {MAX_OUTPUT_CHARS:,} characters")
        return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")

    def render_cell(self, values: Mapping[str, Value | tuple[str, ...] | list[str]]) -> str | None:
        """The text for one lead as a cell of a formula column: stripped, None where it is blank.

        Raises: as `render`.
        """
        return storable(self.render(values).strip())

    def _variables(self, values: Mapping[str, Any]) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        for field in self.fields:
            value = values.get(field)
            if is_blank(value):
                if field in self.required:
                    raise BlankInput(field)
                value = ""
            variables[field] = (
                list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value
            )
        return variables

    def _explained(self, error: Exception, variables: Mapping[str, Any]) -> Exception:
        """What went wrong, for people. A blank that it computes with is a blank input."""
        if isinstance(error, self._env.misfits):
            for field in self._operands:
                if variables[field] == "":
                    return BlankInput(field)
        words = str(error).replace("_filter()", "").splitlines() or [type(error).__name__]
        return InputError(f"the template does not fit this lead: {words[0][:200]}")


def compile_template(text: str, known_fields: Collection[str]) -> Template:
    """Check a template and make it ready to render. Takes about a millisecond.

    Args:
        text: Jinja2 over the fields of a lead; text, numbers, and `tags` as a list.
        known_fields: keys of the fields that leads have; any other name is an error now, so that
            it is none for each cell later.

    Raises:
        InputError: a syntax error, or an unknown field, filter, test, method or statement, with
            its line and the nearest known name.
    """
    if len(text) > MAX_SOURCE_CHARS:
        raise InputError(f"the template is longer than {MAX_SOURCE_CHARS:,} characters")
    from leadsync.core.templates.compiling import compile_tree

    return Template(text, compile_tree(text, frozenset(known_fields)))
