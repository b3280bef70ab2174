"""The pricing of a tree: what Jinja computes without asking the sandbox is wrapped in filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from leadsync.core.templates.sandbox import LeadEnvironment

_CHARS_PER_STEP = 64


def prepare(tree: nodes.Template, env: LeadEnvironment) -> None:
    """Make every loop, join, slice, list and comparison of the tree pay for itself."""
    _Pricing().visit(tree)
    tree.set_environment(env)


def priced(node: nodes.Expr, name: str, args: list[nodes.Expr], line: int) -> nodes.Filter:
    """The expression as it goes through one of the filters of `hooks`."""
    return nodes.Filter(node, name, args, [], None, None, lineno=line)


class _Pricing(NodeTransformer):
    """Wraps what Jinja computes without asking the sandbox."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # jinja2's name
        """Count the turns; each costs what its body writes."""
        steps = 1 + _text_chars(node.body) // _CHARS_PER_STEP
        self.generic_visit(node)
        node.iter = priced(
            cast("nodes.Expr", node.iter), "_counted", [nodes.Const(steps)], node.lineno
        )
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        """`a ~ b`, whose length is known before it is made."""
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return priced(items, "_concat", [], node.lineno)

    def _weighed(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        return priced(node, "_weighed", [], node.lineno)

    visit_Compare = visit_Dict = _weighed

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """Slices, which the sandbox does not see."""
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        ends = (node.arg.start, node.arg.stop, node.arg.step)
        args = [nodes.Const(None) if end is None else end for end in ends]
        return priced(node.node, "_sliced", args, node.lineno)

    def _sequence(self, node: Any) -> nodes.Node:
        if node.ctx == "load":
            return self._weighed(node)
        self.generic_visit(node)
        return cast("nodes.Node", node)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        """Lists of lists, which may be small to write and huge to read."""
        return self._weighed(node)

    visit_Tuple = _sequence


def _text_chars(body: list[nodes.Node]) -> int:
    """Characters of plain text that one turn of a loop writes, loops inside it apart."""
    total = 0
    for node in body:
        if isinstance(node, nodes.TemplateData):
            total += len(node.data)
        elif not isinstance(node, nodes.For):
            total += _text_chars(list(node.iter_child_nodes()))
    return total
