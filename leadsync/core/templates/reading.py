"""What a parsed template reads, what it cannot do without, and what it may not say.

The walk also makes outputs that only some leads reach ask for their fields there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from jinja2 import meta, nodes

from leadsync.core.errors import InputError, nearest
from leadsync.core.templates.pricing import priced
from leadsync.core.templates.sandbox import LOOP, METHODS, LeadEnvironment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_MAX_DEPTH = 60
_ATTRIBUTES: frozenset[str] = frozenset[str]().union(*METHODS.values())
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.NSRef: "set with a point in the name",
}
_ORDERING = frozenset({"lt", "lteq", "gt", "gteq"})
_OPTIONAL = frozenset({"default", "d"})
_NONE: frozenset[str] = frozenset()

Scope = dict[str, frozenset[str]]
"""Names that the template itself sets, and the fields that their values need."""


@dataclass(slots=True)
class Reading:
    """What the walk has found.

    Attributes:
        fields: lead fields that the template reads, in their order.
        required: those without which it says nothing true, wherever the lead stands.
        operands: those it computes with, so that a blank can make it fail.
    """

    fields: list[str] = field(default_factory=list[str])
    required: list[str] = field(default_factory=list[str])
    operands: list[str] = field(default_factory=list[str])


def read(tree: nodes.Template, env: LeadEnvironment, known: Collection[str]) -> Reading:
    """Check a tree and find its fields. Outputs in conditions are changed to ask for theirs.

    Raises:
        InputError: a name, filter, test or statement that templates of leads do not have.
    """
    for node, depth in _all(tree):
        _check(node, depth, env, known)
    undeclared = _undeclared(tree, env)
    walk = _Walk(undeclared & set(known))
    own = _set_names(tree.body)
    for name in _names(tree):
        if name.name in undeclared - own and name.name not in known:
            raise _unknown(name.lineno, "field", name.name, known)
    walk.statements(tree.body, {}, sure=True)
    fields = dict.fromkeys(n.name for n in _names(tree) if n.name in walk.fields)
    operands = {
        name.name for node, _ in _all(tree) if _computes(node) for name in node.find_all(nodes.Name)
    }
    return Reading(
        list(fields),
        [f for f in fields if f in walk.required],
        [f for f in fields if f in operands],
    )


def _all(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in reversed(list(node.iter_child_nodes())))


def _names(tree: nodes.Node) -> Iterator[nodes.Name]:
    return (n for n, _ in _all(tree) if isinstance(n, nodes.Name) and n.ctx == "load")


def _computes(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Compare):
        return any(operand.op in _ORDERING for operand in node.ops)
    if isinstance(node, (nodes.Or, nodes.And)):
        return False
    if isinstance(node, nodes.Filter):
        return node.name not in _OPTIONAL
    return isinstance(node, (nodes.BinExpr, nodes.Getitem, nodes.Call))


def _undeclared(tree: nodes.Template, env: LeadEnvironment) -> set[str]:
    """Names that come from outside, as `meta.find_undeclared_variables` finds them.

    Without its optimizer, which would compute constant expressions while it looks.
    """
    generator = meta.TrackingCodeGenerator(env)
    generator.optimizer = None
    generator.visit(tree)
    return generator.undeclared_identifiers


def _set_names(body: list[nodes.Node]) -> set[str]:
    """Names that `{% set %}` sets outside of loops, perhaps in one branch of a condition only."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, (nodes.Assign, nodes.AssignBlock)):
            found |= {n.name for n, _ in _all(node.target) if isinstance(n, nodes.Name)}
        elif isinstance(node, nodes.If):
            branches = (node.body, cast("list[nodes.Node]", node.elif_), node.else_)
            found.update(*map(_set_names, branches))
    return found


def _check(node: nodes.Node, depth: int, env: LeadEnvironment, known: Collection[str]) -> None:
    if depth > _MAX_DEPTH:
        raise InputError(f"the template is nested too deeply at line {node.lineno}")
    for kind, word in _REFUSED.items():
        if isinstance(node, kind):
            raise InputError(f"line {node.lineno}: a template cannot use {{% {word} %}}")
    if isinstance(node, nodes.For) and node.recursive:
        raise InputError(f"line {node.lineno}: a loop cannot be recursive")
    if isinstance(node, nodes.Name) and node.name == "self":
        raise _unknown(node.lineno, "field", "self", ())
    if isinstance(node, nodes.Filter) and node.name not in env.public_filters:
        raise _unknown(node.lineno, "filter", node.name, env.public_filters)
    if isinstance(node, nodes.Test) and node.name not in env.tests:
        raise _unknown(node.lineno, "test", node.name, env.tests)
    if isinstance(node, nodes.Getattr):
        _check_attribute(node, known)


def _check_attribute(node: nodes.Getattr, known: Collection[str]) -> None:
    on_field = isinstance(node.node, nodes.Name) and node.node.name in known
    on_text = on_field or isinstance(node.node, (nodes.Const, nodes.Filter, nodes.Concat))
    if node.attr.startswith("_") or (on_text and node.attr not in _ATTRIBUTES):
        raise _unknown(node.lineno, "method", node.attr, _ATTRIBUTES | LOOP)


def _unknown(line: int, kind: str, name: str, known: Collection[str]) -> InputError:
    near = nearest(name, known)
    hint = f'; did you mean "{near}"?' if near else ""
    return InputError(f'line {line}: no {kind} "{name[:80]}"{hint}')


class _Walk:
    """One pass over the statements of a template.

    `sure` is True where every lead passes, False inside conditions and loops.
    """

    def __init__(self, fields: Collection[str]) -> None:
        self.fields = frozenset(fields)
        self.required: set[str] = set()

    def statements(self, body: list[nodes.Node], scope: Scope, *, sure: bool) -> None:
        for statement in body:
            self._statement(statement, scope, sure=sure)

    def _statement(self, node: nodes.Node, scope: Scope, *, sure: bool) -> None:
        if isinstance(node, nodes.Output):
            node.nodes = [self._output(child, scope, sure=sure) for child in node.nodes]
        elif isinstance(node, nodes.Assign):
            self._assign(node.target, self.needs(node.node, scope), scope)
        elif isinstance(node, nodes.AssignBlock):
            inner = _Walk(self.fields)
            inner.statements(node.body, dict(scope), sure=True)
            self._assign(node.target, frozenset(inner.required), scope)
        elif isinstance(node, nodes.If):
            for branch in (node.body, cast("list[nodes.Node]", node.elif_), node.else_):
                self._branch(branch, scope)
        elif isinstance(node, nodes.For):
            inside = dict(scope)
            self._assign(node.target, _NONE, inside)
            self.statements(node.body, inside, sure=False)
            self.statements(node.else_, dict(scope), sure=False)
        elif isinstance(node, nodes.With):
            inside = dict(scope)
            for target, value in zip(node.targets, node.values, strict=True):
                self._assign(target, self.needs(value, scope), inside)
            self.statements(node.body, inside, sure=sure)
        else:
            body = cast("list[nodes.Node]", getattr(node, "body", []))
            self.statements(body, dict(scope), sure=sure)

    def _branch(self, body: list[nodes.Node], scope: Scope) -> None:
        """A branch that may not be taken: what it sets may be set or not."""
        inside = dict(scope)
        self.statements(body, inside, sure=False)
        for name in inside.keys() - scope.keys():
            scope[name] = _NONE
        for name, needs in inside.items():
            if scope[name] != needs:
                scope[name] = _NONE

    @staticmethod
    def _assign(target: nodes.Node, needs: frozenset[str], scope: Scope) -> None:
        for name in [target, *target.find_all(nodes.Name)]:
            if isinstance(name, nodes.Name):
                scope[name.name] = needs

    def _output(self, node: nodes.Expr, scope: Scope, *, sure: bool) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            return node
        needs = self.needs(node, scope)
        if sure:
            self.required |= needs
        for choice in [
            n for n in [node, *node.find_all(nodes.CondExpr)] if isinstance(n, nodes.CondExpr)
        ]:
            choice.expr1 = _asking(choice.expr1, self.needs(choice.expr1, scope))
            if choice.expr2 is not None:
                choice.expr2 = _asking(choice.expr2, self.needs(choice.expr2, scope))
        return node if sure else _asking(node, needs)

    def needs(self, node: nodes.Node, scope: Scope) -> frozenset[str]:
        """The fields that have to be filled for this expression to say something."""
        if isinstance(node, nodes.Name):
            if node.name in scope:
                return scope[node.name]
            return frozenset({node.name}) & self.fields
        if isinstance(node, (nodes.Or, nodes.And, nodes.Not, nodes.CondExpr, nodes.Test)):
            return _NONE
        if isinstance(node, nodes.Filter) and node.name in _OPTIONAL:
            return _NONE
        if isinstance(node, nodes.Compare) and not any(o.op in _ORDERING for o in node.ops):
            return _NONE
        found = [self.needs(child, scope) for child in node.iter_child_nodes()]
        return _NONE.union(*found)


def _asking(node: nodes.Expr, needs: frozenset[str]) -> nodes.Expr:
    """The expression, which first makes sure that its fields are filled."""
    if not needs:
        return node
    names: list[nodes.Expr] = [nodes.Const(name) for name in sorted(needs)]
    test = priced(nodes.Const(""), "_filled", names, node.lineno)
    return nodes.CondExpr(test, node, None, lineno=node.lineno)
